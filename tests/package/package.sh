#!/usr/bin/env bash
# package.sh CASE CHECKOUT BUILD FOLDER: one way in which users build over the library. BUILD is a configured build folder, FOLDER a place for files; the
# case "install" comes first and installs BUILD into FOLDER/prefix. CXX, CMAKE name the tools. Exit code 77: the case cannot run on this machine.
set -euo pipefail
case=$1 checkout=$2 build=$3 folder=$4
: "${CXX:=g++}" "${CMAKE:=cmake}"
export OMP_WAIT_POLICY=passive
tests=$checkout/tests/package prefix=$folder/prefix work=$folder/$case
strict=(-Wall -Wextra -Wshadow -Wpedantic -Wconversion -Wsign-conversion -Werror)

fail() { echo "FAILED: $*"; exit 1; }
skip() { echo "skipped: $*"; exit 77; }

# contains TEXT PART
contains() { [[ $1 == *"$2"* ]] || fail "wanted '$2' in: $1"; }

# has FEATURE...: whether the machine has them all.
has() {
  local feature
  for feature in "$@"; do grep -qw "$feature" /proc/cpuinfo || return; done
}

# can_openmp COMPILER
can_openmp() { echo '#include <omp.h>
int main() { return omp_get_max_threads() < 1; }' | "$1" -x c++ -fopenmp - -o "$work/openmp" 2>/dev/null; }

# user_project SOURCE ARGUMENTS...: configures and builds a user's project into $work/build.
user_project() {
  local source=$1
  shift
  "$CMAKE" -S "$tests/$source" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS_RELEASE="-O0 -DNDEBUG" "$@" >"$work/configure.log" 2>&1 ||
    { cat "$work/configure.log"; fail "the project cannot be configured"; }
  "$CMAKE" --build "$work/build" -j 1 >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; fail "the project cannot be built"; }
}

# run_programs OPENMP: both programs of a user run; the first says whether loops run in parallel.
run_programs() {
  local line
  line=$(LC_ALL=C.UTF-8 "$work/build/train") || fail "train: $line"
  contains "$line" "openmp $1 assertions 0 ndebug 1 loss falls 1 rows 6"
  "$work/build/files" || fail "files"
}

rm -rf "$work"
mkdir -p "$work"
case $case in
  install)
    rm -rf "$prefix"
    "$CMAKE" --install "$build" --prefix "$prefix" >"$work/install.log"
    # Headers and the package's own files, nothing else.
    found=$(cd "$prefix" && find . -type f | grep -vE '^\./include/adatape/.*\.hpp$|^\./share/cmake/adatape/|^\./share/pkgconfig/adatape(-io)?\.pc$' || true)
    [[ -z $found ]] || fail "installed too: $found"
    [[ $(cd "$checkout/include" && find . -name '*.hpp' | sort) == $(cd "$prefix/include" && find . -name '*.hpp' | sort) ]] || fail "a header is missing"
    ;;
  find_package)
    can_openmp "$CXX" && openmp=1 || openmp=0
    user_project find_package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release
    run_programs $openmp
    ;;
  find_package_serial)
    user_project find_package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release -DADATAPE_OPENMP=OFF
    run_programs 0
    ;;
  find_package_lacks)
    # A dependency that is not there is named, and adatape is not found.
    if "$CMAKE" -S "$tests/find_package" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON \
      >"$work/configure.log" 2>&1; then fail "io is found without zlib"; fi
    contains "$(tr -s ' \n' ' ' <"$work/configure.log")" "the one component is io, which needs nlohmann-json 3.11 and zlib"
    rm -rf "$work/build"
    if "$CMAKE" -S "$tests/find_package" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_Xsimd=ON \
      >"$work/configure.log" 2>&1; then fail "adatape is found without xsimd"; fi
    contains "$(tr -s ' \n' ' ' <"$work/configure.log")" "adatape needs Eigen 3.4, xsimd 8.1 to 14 and Random123"
    ;;
  dispatch)
    [[ $(uname -s -m) == "Linux x86_64" ]] || skip "several instruction sets in one program are for x86-64"
    user_project find_package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release -DUSER_DISPATCH=ON
    for program in dispatched_program use_entries; do
      while read -r set lanes features; do
        if has $features; then
          best=$lanes
          [[ $(ADATAPE_INSTRUCTION_SET=$set "$work/build/$program") == $'static objects\n'"lanes $lanes checksum -2690" ]] ||
            fail "$program, $set: $(ADATAPE_INSTRUCTION_SET=$set "$work/build/$program" 2>&1)"
        elif ADATAPE_INSTRUCTION_SET=$set "$work/build/$program" 2>/dev/null; then
          fail "$program runs in $set, which this machine lacks"
        fi
      done <<<'sse2 4 sse2
avx2 8 avx2 fma bmi1 bmi2
avx512 16 avx2 fma bmi1 bmi2 avx512f avx512cd avx512bw avx512dq avx512vl'
      contains "$(env -u ADATAPE_INSTRUCTION_SET "$work/build/$program")" "lanes $best "
      rc=0; ADATAPE_INSTRUCTION_SET=avx3 "$work/build/$program" >/dev/null 2>&1 || rc=$?
      ((rc == 2)) || fail "$program: an unknown set ends with exit code $rc, wanted 2"
    done
    ;;
  subproject | fetch)
    can_openmp "$CXX" && openmp=1 || openmp=0
    user_project subproject -DADATAPE_CHECKOUT="$checkout" -DCMAKE_BUILD_TYPE=Release -DUSER_FETCHES="$([[ $case == fetch ]] && echo ON || echo OFF)"
    run_programs $openmp
    ;;
  pkg_config)
    command -v pkg-config >/dev/null || skip "no pkg-config"
    export PKG_CONFIG_PATH=$prefix/share/pkgconfig
    "$CXX" -O0 -DNDEBUG "$tests/user/files.cpp" $(pkg-config --cflags --libs adatape-io) -o "$work/files" && "$work/files"
    "$CXX" -O0 -DNDEBUG "$tests/user/train.cpp" $(pkg-config --cflags --libs adatape) -o "$work/train"
    contains "$("$work/train")" "openmp 0 assertions 0 ndebug 1 loss falls 1 rows 6"
    ;;
  mixed)
    [[ $(uname -m) == x86_64 ]] || skip "flags of x86-64"
    flags=(-std=c++20 -O0 -DNDEBUG -I "$checkout/include" -isystem /usr/include/eigen3)
    avx2="-mavx2 -mfma" avx512="-mavx2 -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl"
    # mix NAME FLAGS_A LANES_A FLAGS_B LANES_B: a program of both parts in both orders is right; an object handed from one to the other is a link error.
    mix() {
      local at=$work/$1 order log
      "$CXX" "${flags[@]}" $2 -DPART=a -c "$tests/mixed/part.cpp" -o "$at.a.o"
      "$CXX" "${flags[@]}" $4 -DPART=b -c "$tests/mixed/part.cpp" -o "$at.b.o"
      for order in "$at.a.o $at.b.o" "$at.b.o $at.a.o"; do
        "$CXX" "${flags[@]}" -DWANTED_A=$3 -DWANTED_B=$5 "$tests/mixed/main.cpp" $order $6 -o "$at" || fail "$1 does not link"
        "$at" || fail "$1 in the order $order"
      done
      "$CXX" "${flags[@]}" $2 -DPART=a -DHANDS_OVER -c "$tests/mixed/part.cpp" -o "$at.hands_over.o"
      "$CXX" "${flags[@]}" $4 -DPART=b -DTAKES -c "$tests/mixed/part.cpp" -o "$at.takes.o"
      if log=$("$CXX" "${flags[@]}" -DWANTED_A=0 -DWANTED_B=0 "$tests/mixed/main.cpp" "$at.hands_over.o" "$at.takes.o" $6 -o "$at.wrong" 2>&1); then
        fail "$1: an object of the library is handed over without a link error"
      fi
      contains "$log" "rows_of"
    }
    # The same flags on both sides: the object may be handed over.
    for part in "a HANDS_OVER" "b TAKES"; do
      "$CXX" "${flags[@]}" -DPART=${part% *} -D${part#* } -c "$tests/mixed/part.cpp" -o "$work/equal.${part% *}.o"
    done
    "$CXX" "${flags[@]}" -DWANTED_A=0 -DWANTED_B=0 "$tests/mixed/main.cpp" "$work/equal.a.o" "$work/equal.b.o" -o "$work/equal" || fail "equal flags do not link"
    if has avx2 fma; then mix sse2_avx2 "" 4 "$avx2" 8 ""; else echo "this machine lacks AVX2"; fi
    if has avx2 fma avx512f avx512cd avx512bw avx512dq avx512vl; then mix avx2_avx512 "$avx2" 8 "$avx512" 16 ""; else echo "this machine lacks AVX-512"; fi
    if can_openmp "$CXX"; then mix serial_openmp "" 4 -fopenmp 4 -fopenmp; else echo "$CXX has no OpenMP"; fi
    mix unchecked_asserting "" 4 -DADATAPE_ASSERTIONS=1 4 ""
    ;;
  strict_*)
    compiler=${case#strict_}
    command -v "$compiler" >/dev/null || skip "no $compiler"
    # Every header, then every kind of model.
    { (cd "$checkout/include" && find adatape -name '*.hpp' | sort | sed 's/.*/#include "&"/') && cat "$tests/user/all_models.cpp"; } >"$work/all.cpp"
    flags=(-std=c++20 -O0 "${strict[@]}" -I "$checkout/include" -I "$tests/user" -isystem /usr/include/eigen3)
  
    "$compiler" "${flags[@]}" -fsyntax-only "$work/all.cpp" || fail "warnings without OpenMP"
    if can_openmp "$compiler"; then
      "$compiler" "${flags[@]}" -march=native -fopenmp -c "$work/all.cpp" -o "$work/all.o" || fail "warnings with OpenMP"
    else
      echo "$compiler has no OpenMP"
    fi
    ;;
  *) fail "no case $case" ;;
esac
