#!/usr/bin/env bash
# package.sh CASE CHECKOUT BUILD FOLDER: one way in which users build over the library. BUILD is a configured build folder, FOLDER a place for files; the
# case "install" comes first and installs BUILD into FOLDER/prefix. CXX, CMAKE name the tools. Exit code 77: the case cannot run on this machine.
set -euo pipefail
case=$1 checkout=$2 build=$3 folder=$4
: "${CXX:=g++}" "${CMAKE:=cmake}"
export OMP_WAIT_POLICY=passive
unset CMAKE_BUILD_TYPE CMAKE_PREFIX_PATH CXXFLAGS LDFLAGS PKG_CONFIG_PATH ADATAPE_INSTRUCTION_SET
tests=$checkout/tests/package prefix=$folder/prefix work=$folder/$case
source "$tests/code_blocks.sh"
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

# user_project SOURCE TARGETS ARGUMENTS...: configures a user's project in $work/build and builds those targets. Without a build type, as many users do.
# SOURCE is one of the folders beside this file, or absolute.
user_project() {
  local source=$tests/$1 targets=$2
  [[ $1 != /* ]] || source=$1
  shift 2
  "$CMAKE" -S "$source" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_CXX_FLAGS="-O0 -DNDEBUG" "$@" >"$work/configure.log" 2>&1 ||
    { cat "$work/configure.log"; fail "the project cannot be configured"; }
  "$CMAKE" --build "$work/build" -j 1 --target $targets >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; fail "the project cannot be built"; }
}

# trains PROGRAM OPENMP: the program of user/train.cpp runs, and says whether its loops run in parallel.
trains() {
  local line
  line=$("$1") || fail "train: $line"
  contains "$line" "openmp $2 assertions 0 ndebug 1 loss falls 1 rows 6"
}

# lacks_dependency PACKAGE SENTENCE: without that package the user's project is not configured, and the sentence says why.
lacks_dependency() {
  rm -rf "$work/build"
  if "$CMAKE" -S "$tests/find_package" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_DISABLE_FIND_PACKAGE_"$1"=ON >"$work/configure.log" 2>&1; then fail "found without $1"; fi
  contains "$(tr -s ' \n' ' ' <"$work/configure.log")" "$2"
}

# small_build FOLDER SOURCE ARGUMENT...: configures SOURCE, a checkout of this project, in FOLDER, with neither programs nor tests.
small_build() {
  "$CMAKE" -S "$2" -B "$1" -DCMAKE_CXX_COMPILER="$CXX" -DADATAPE_BUILD_EXAMPLES=OFF -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF "${@:3}" \
    >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; fail "this project cannot be configured"; }
}

# copy_checkout FOLDER: what of the checkout a build without tests and benchmarks needs.
copy_checkout() {
  mkdir -p "$1"
  cp -r "$checkout"/{CMakeLists.txt,LICENSE,cmake,examples,include} "$1"
}

# refuses SENTENCE ARGUMENT...: adatape_add_programs(ARGUMENT...) is refused with that sentence when the project is configured.
refuses() {
  local sentence=$1 IFS=";"
  shift
  if "$CMAKE" -S "$tests/own_programs" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" "-DUSER_ARGUMENTS=$*" \
    "${disabled[@]}" >"$work/configure.log" 2>&1; then fail "adatape_add_programs($*) is not refused"; fi
  contains "$(tr -s ' \n' ' ' <"$work/configure.log")" "$sentence"
}

rm -rf "$work"
mkdir -p "$work"
case $case in
  install)
    rm -rf "$prefix"
    "$CMAKE" --install "$build" --prefix "$prefix" >"$work/install.log"
    # Headers, the sources of programs for a user's models and the package's own files, nothing else.
    found=$(cd "$prefix" && find . -type f | grep -vE '^\./include/adatape\.h$|^\./include/adatape/.*\.hpp$|^\./share/cmake/adatape/|^\./share/pkgconfig/adatape(-io|-image)?\.pc$' |
      grep -vE '^\./share/adatape/examples/((add_programs|models|programs)\.cmake|command_line\.hpp|((common|image|library|report)/[a-z_]+\.(hpp|cpp|cpp\.in|py)|recipes/[a-z0-9-]+\.toml))$' || true)
    [[ -z $found ]] || fail "installed too: $found"
    ! grep -rqF "$checkout" "$prefix/share/adatape" || fail "the installed sources name the checkout"
    without_mpi=()
    [[ -f $prefix/share/cmake/adatape/adatapeMpiTargets.cmake ]] || without_mpi=(-not -path './adatape/mpi/*')
    [[ $(cd "$checkout/include" && find . -name '*.hpp' "${without_mpi[@]}" | sort) == $(cd "$prefix/include" && find . -name '*.hpp' | sort) ]] ||
      fail "a header is missing"
    ;;
  find_package)
    can_openmp "$CXX" && openmp=1 || openmp=0
    user_project find_package "train files pictures own_layer" -DCMAKE_PREFIX_PATH="$prefix"
    trains "$work/build/train" $openmp
    "$work/build/files" || fail "files"
    "$work/build/pictures" || fail "pictures"
    "$work/build/own_layer" || fail "own_layer"
    ;;
  own_programs)
    # The project that docs/pictures.md shows, with a user's warnings, over an installed tree that has been moved.
    mkdir "$work/source"
    block "$checkout/docs/pictures.md" cpp >"$work/source/mine.hpp"
    block "$checkout/docs/pictures.md" cmake >"$work/source/CMakeLists.txt"
    cp -r "$prefix" "$work/moved"
    user_project "$work/source" all -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_CXX_FLAGS="-O0 ${strict[*]}" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0
    mine=$work/build/mine
    python3 "$tests/make_pictures.py" "$work/data"
    contains "$("$mine-train" --version)" "adatape 0."
    contains "$("$mine-train" --list-models)" $'\nmine '
    contains "$("$mine-train" --data "$work/data" --epochs 2 --batch-size 16 --out "$work/run")" "epoch 2"
    contains "$("$mine-predict" "$work/run/last.safetensors" "$work/data/t10k-images-idx4-ubyte" --labels "$work/data/t10k-labels-idx1-ubyte")" \
      " % on 16 images, mean tape length "
    contains "$("$mine-fewshot" "$work/run/last.safetensors" --data "$work/data" --shots 4 --seeds 1)" "shots"
    contains "$("$mine-export" "$work/run/last.safetensors" --packed --storage bf16 --out "$work/run/packed")" "mine, packed, kernels in bf16"
    contains "$("$mine-predict" "$work/run/packed" "$work/data/t10k-images-idx4-ubyte")" "16 images, mean tape length "
    for program in train predict fewshot export import; do
      help=$("$mine-$program" --help)
      contains "$help" "mine-$program [OPTIONS]"
      [[ $help != *adatape-* ]] || fail "mine-$program --help names a program of ours: $help"
      contains "$("$mine-$program" --nonsense 2>&1 || true)" "mine-$program: "
    done
    # These programs know nothing of MPI, which was not asked for.
    error=$(OMPI_COMM_WORLD_SIZE=3 "$mine-train" --list-models 2>&1 >/dev/null) && fail "a trainer without MPI runs as one of three processes"
    [[ $error == "error: 3 processes were started, but this program was built without MPI, or for another one than theirs" ]] || fail "mine-train: $error"
    contains "$("$mine-predict" --help)$("$mine-fewshot" --help)" "checkpoint of mine-train"
    contains "$("$mine-predict" --help)" "what mine-export packed"
    ;;
  own_programs_subproject)
    # Models of several headers, by add_subdirectory. Our own programs are built so, and building takes minutes: here the build is planned.
    user_project own_programs help -DADATAPE_CHECKOUT="$checkout" "-DUSER_ARGUMENTS=NAME;zoo;CONFIG;first.hpp::First;more/twin.hpp::user::Twin<24, 3>"
    planned=$(cd "$work/build" && ninja -t commands zoo-train zoo-predict zoo-fewshot zoo-export zoo-import | grep -oE '[-]c [^ ]*/models/zoo_[^ ]*' | sed 's/.*models//' | sort)
    for role in train infer narrow store export; do
      (($(grep -cE "^/zoo_${role}_.*(First|Twin)" <<<"$planned") == 2)) || fail "the build of zoo does not compile two models to $role once: $planned"
    done
    # For several instruction sets the shared library has all of them.
    [[ $(uname -m) == x86_64 ]] || exit 0
    rm -rf "$work/build"
    user_project own_programs help -DADATAPE_CHECKOUT="$checkout" "-DUSER_ARGUMENTS=NAME;zoo;CONFIG;first.hpp::First;DISPATCH"
    planned=$(cd "$work/build" && ninja -t commands zoo_c)
    for set in sse2 avx2 avx2_vnni avx512 avx512_vnni avx512_bf16 avx512_amx; do contains "$planned" "zoo_c-sets_$set.o"; done
    ;;
  own_programs_refused)
    disabled=()
    refuses "adatape_add_programs: NAME: wanted letters, digits and any of _.+-, found ''" CONFIG first.hpp::First
    refuses "adatape_add_programs: NAME: wanted letters, digits and any of _.+-, found 'a b'" NAME "a b" CONFIG first.hpp::First
    refuses "adatape_add_programs(mine): wanted CONFIG and one header::Type or more, found none" NAME mine
    refuses "adatape_add_programs: wanted NAME, CONFIG, LIBRARIES and DISPATCH, found 'HEADER'" HEADER first.hpp NAME mine CONFIG first.hpp::First
    for config in first.hpp First ::First first.hpp:: first.hpp:First first.hpp::1st first.hpp::First::; do
      refuses "adatape_add_programs(mine): CONFIG: wanted header::Type, such as mine.hpp::Mine or mine.hpp::ns::Mine, found '$config'" NAME mine CONFIG "$config"
    done
    refuses "adatape_add_programs(mine): CONFIG second.hpp::Second: there is no header $tests/own_programs/second.hpp" NAME mine CONFIG second.hpp::Second
    refuses "adatape_add_programs(mine): CONFIG more::Second: there is no header $tests/own_programs/more" NAME mine CONFIG more::Second
    refuses "adatape_add_programs(mine): CONFIG more/../first.hpp::First: the type is named twice" NAME mine CONFIG first.hpp::First more/../first.hpp::First
    for package in fmt CLI11; do
      disabled=(-DCMAKE_DISABLE_FIND_PACKAGE_fmt=OFF -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=OFF -DCMAKE_DISABLE_FIND_PACKAGE_$package=ON)
      refuses "adatape_add_programs(mine): the programs need fmt and CLI11 (Debian: libfmt-dev libcli11-dev), not found: $package" NAME mine CONFIG first.hpp::First
    done
    # find_package alone needs neither.
    rm -rf "$work/build"
    user_project own_programs help -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_fmt=ON -DCMAKE_DISABLE_FIND_PACKAGE_CLI11=ON
    disabled=(-DCMAKE_DISABLE_FIND_PACKAGE_JPEG=ON)
    rm -rf "$work/build"
    refuses "adatape_add_programs(mine): the programs need adatape::image, which is not here without nlohmann-json, zlib, libpng, libjpeg and threads (Debian: " \
      NAME mine CONFIG first.hpp::First
    ;;
  find_package_serial)
    user_project find_package train -DCMAKE_PREFIX_PATH="$prefix" -DADATAPE_OPENMP=OFF
    trains "$work/build/train" 0
    ;;
  find_package_lacks)
    lacks_dependency ZLIB "the components are io (needs nlohmann-json 3.11 and zlib), image"
    lacks_dependency nlohmann_json "the components are io (needs nlohmann-json 3.11 and zlib), image"
    for package in PNG JPEG; do lacks_dependency $package "adatape has no 'image' here: the components are io"; done
    # Without libpng no header is installed that includes one which is not.
    small_build "$work/lacking" "$checkout" -DADATAPE_MPI=OFF -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON
    "$CMAKE" --install "$work/lacking" --prefix "$work/lacking/prefix" >"$work/install.log"
    included=$(grep -rhoE '^#include "adatape/[^"]+"' "$work/lacking/prefix/include" | cut -d '"' -f 2 | sort -u)
    (($(wc -l <<<"$included") > 100)) || fail "wanted the headers of the library, found $included"
    for header in $included; do [[ -f $work/lacking/prefix/include/$header ]] || fail "without libpng $header is missing, and installed headers include it"; done
    for package in Eigen3 Xsimd; do lacks_dependency $package "adatape needs Eigen 3.4 and xsimd 8.1 to 14"; done
    ;;
  build_type)
    # A build of this project without a preset or a type is optimised; a type that is asked for stays.
    for wanted in Release Debug; do
      rm -rf "$work/build"
      type=()
      [[ $wanted == Release ]] || type=(-DCMAKE_BUILD_TYPE=$wanted)
      small_build "$work/build" "$checkout" "${type[@]}"
      grep -qx "CMAKE_BUILD_TYPE:STRING=$wanted" "$work/build/CMakeCache.txt" || fail "wanted $wanted, found $(grep ^CMAKE_BUILD_TYPE "$work/build/CMakeCache.txt")"
    done
    ;;
  mpi)
    # What the variable ADATAPE_MPI builds, by the commands that are planned.
    plan() {
      rm -rf "$work/build"
      plan_again "$@"
    }
    plan_again() {
      "$CMAKE" -S "$checkout" -B "$work/build" -G Ninja -DCMAKE_CXX_COMPILER="$CXX" -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF "$@" >"$work/configure.log" 2>&1
    }
    # joins PROGRAM SOURCE
    joins() {
      contains "$(ninja -C "$work/build" -t commands "$1")" "$2.cpp"
    }
    plan -DADATAPE_MPI=OFF || { cat "$work/configure.log"; fail "this project cannot be configured without MPI"; }
    ! grep -q '^MPI_' "$work/build/CMakeCache.txt" || fail "ADATAPE_MPI=OFF looks for MPI: $(grep '^MPI_' "$work/build/CMakeCache.txt")"
    for program in adatape-train adatape-fewshot adatape-parity; do joins $program join_alone; done
    ! plan -DADATAPE_MPI=ON -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON || fail "ADATAPE_MPI=ON without MPI is configured"
    contains "$(tr -s ' \n' ' ' <"$work/configure.log")" "ADATAPE_MPI is ON, but there is no MPI (Debian: libopenmpi-dev openmpi-bin)"
    plan -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON || { cat "$work/configure.log"; fail "this project cannot be configured where there is no MPI"; }
    joins adatape-train join_alone
    mpicxx --showme >/dev/null 2>&1 || skip "no MPI to build programs with"
    # Where nobody says whether, MPI that was installed meanwhile counts, and so does that it was removed.
    plan_again -DCMAKE_DISABLE_FIND_PACKAGE_MPI=OFF || { cat "$work/configure.log"; fail "a build folder cannot be configured again with MPI"; }
    joins adatape-train join_mpi
    plan_again -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON || { cat "$work/configure.log"; fail "a build folder cannot be configured again without MPI"; }
    joins adatape-train join_alone
    plan || { cat "$work/configure.log"; fail "this project cannot be configured with MPI"; }
    for program in adatape-train adatape-fewshot adatape-parity adatape-scenes adatape-clutter adatape-recall; do joins $program join_mpi; done
    for program in adatape-predict adatape-export adatape-verify; do
      ! grep -q 'libmpi\|join_mpi' <<<"$(ninja -C "$work/build" -t commands $program)" || fail "$program is linked with MPI"
    done
    ;;
  locale)
    # Where the system has no German locale, one is made in the folder of the test, if the system can.
    "$CXX" -std=c++20 -O0 -DNDEBUG -I "$prefix/include" -isystem /usr/include/eigen3 "$tests/user/locale.cpp" -o "$work/program"
    mkdir "$work/locales"
    if localedef -i de_DE -f UTF-8 "$work/locales/de_DE.UTF-8" >"$work/localedef.log" 2>&1; then export LOCPATH=$work/locales; fi
    rc=0; "$work/program" de_DE.UTF-8 || rc=$?
    ((rc != 77)) || skip "the system has no locale de_DE.UTF-8 and cannot make it: $(head -1 "$work/localedef.log")"
    ((rc == 0)) || fail "locale: exit code $rc"
    # The library's own tests of files and locales see this locale too.
    if [[ -x $build/bin/test_io ]]; then
      "$build/bin/test_io" --test-case='locale*' >"$work/test_io.log" || { cat "$work/test_io.log"; fail "test_io"; }
      contains "$(<"$work/test_io.log")" "a C locale with a decimal comma: true"
    fi
    ;;
  dispatch)
    [[ $(uname -s -m) == "Linux x86_64" ]] || skip "several instruction sets in one program are for x86-64"
    # With optimisation at link time, where the compiler is g++. (clang++ needs other tools for it.)
    flags="-O0 -DNDEBUG"
    [[ $CXX == *clang* ]] || flags+=" -flto"
    user_project find_package "dispatched_program use_entries" -DCMAKE_PREFIX_PATH="$prefix" -DUSER_DISPATCH=ON -DCMAKE_CXX_FLAGS="$flags"
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
    # Instructions that all sets had would end the program on a CPU without them, so nothing is built.
    for flags in -DCMAKE_CXX_FLAGS=-mavx2 "-DCMAKE_CXX_FLAGS= -DUSER_DISPATCH_OPTIONS=-march=x86-64-v3"; do
      "$CMAKE" $flags "$work/build" >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; fail "the project cannot be configured with $flags"; }
      choosers=($(ninja -C "$work/build" -t targets all | grep -oE '^[^ ]*/choose_[a-z_]+\.cpp\.o'))
      ((${#choosers[@]} == 2)) || fail "wanted what chooses the set of a program and of a library, found ${choosers[*]}"
      for chooser in "${choosers[@]}"; do
        compiles=$(ninja -C "$work/build" -t commands "$chooser" | tail -1) # alone: ninja would compile all sets before
        ! (cd "$work/build" && eval "$compiles") >"$work/build.log" 2>&1 || fail "$chooser is compiled with $flags"
        contains "$(<"$work/build.log")" "was given flags for another one, such as -mavx2"
      done
    done
    ;;
  subproject)
    can_openmp "$CXX" && openmp=1 || openmp=0
    user_project subproject "train pictures" -DADATAPE_CHECKOUT="$checkout"
    trains "$work/build/train" $openmp
    "$work/build/pictures" || fail "pictures"
    ;;
  fetch)
    # From a repository with the files of the checkout as they are now.
    command -v git >/dev/null || skip "no git"
    copy_checkout "$work/repository"
    git -C "$work/repository" init --quiet --initial-branch=main
    git -C "$work/repository" add .
    git -C "$work/repository" -c user.name=test -c user.email=test@example.org commit --quiet --message=all
    user_project subproject train -DADATAPE_REPOSITORY="file://$work/repository" -DADATAPE_OPENMP=OFF
    trains "$work/build/train" 0
    # The project that docs/packages.md shows; its build is planned, not run.
    mkdir "$work/shown"
    block "$checkout/docs/packages.md" cmake FetchContent_Declare >"$work/shown/CMakeLists.txt"
    cp "$tests/user/train.cpp" "$work/shown/app.cpp"
    rm -rf "$work/build"
    user_project "$work/shown" help -DADATAPE_REPOSITORY="file://$work/repository"
    contains "$(ninja -C "$work/build" -t commands app)" "_deps/adatape-src/include"
    ;;
  uninstall)
    small_build "$work/build" "$checkout"
    log=$work/uninstall.log
    # uninstalls WANTED SENTENCE: the target ends with 0 or not (WANTED is 1 or 0), and says so.
    uninstalls() {
      local done=1
      "$CMAKE" --build "$work/build" --target uninstall >"$log" 2>&1 || done=0
      ((done == $1)) || { cat "$log"; fail "uninstall: wanted success $1, found $done"; }
      contains "$(tr -s ' \n' ' ' <"$log")" "$2"
    }
    uninstalls 0 "uninstall: nothing was installed from"
    # A file of another owner stays, with its folder. All else goes, with the prefix, which the installation made.
    for other in "" include/adatape/.other; do
      "$CMAKE" --install "$work/build" --prefix "$work/here/prefix" >"$work/install.log"
      [[ -z $other ]] || touch "$work/here/prefix/$other"
      touch "$work/here/mine"
      uninstalls 1 " files from $work/here/prefix"
      left=$(cd "$work/here" && find . -mindepth 1 -not -type d | sort | tr '\n' ' ')
      [[ $left == "./mine ${other:+./prefix/$other }" ]] || fail "uninstall: wanted that mine and '$other' stay, found $left"
      [[ -n $other || ! -e $work/here/prefix ]] || fail "uninstall leaves folders: $(find "$work/here/prefix")"
      uninstalls 0 "uninstall: nothing was installed from"
    done
    [[ $(cd "$work/here/prefix" && find . | sort | tr '\n' ' ') == ". ./include ./include/adatape ./include/adatape/.other " ]] ||
      fail "uninstall leaves empty folders: $(find "$work/here/prefix")"
    # Below DESTDIR, and in the place where other packages are too.
    DESTDIR=$work/stage "$CMAKE" --install "$work/build" --prefix /usr/local >"$work/install.log"
    uninstalls 0 "none of the files that"
    DESTDIR=$work/stage uninstalls 1 " files from $work/stage/usr/local"
    [[ $(cd "$work/stage" && find . | sort | tr '\n' ' ') == ". ./usr ./usr/local ./usr/local/include ./usr/local/share " ]] ||
      fail "uninstall: wanted the folders of /usr/local alone, found: $(find "$work/stage")"
    ;;
  deb)
    command -v dpkg-deb >/dev/null || skip "no dpkg-deb"
    parts=(Io Image Mpi)
    umask 022
    pack() { (cd "$1" && "${CMAKE%cmake}cpack" -G DEB >"$work/cpack.log" 2>&1); }
    # refuses_to_pack SENTENCE ARGUMENT...: of such a build folder no package is made.
    refuses_to_pack() {
      small_build "$work/lacking" "$checkout" "${@:2}"
      ! pack "$work/lacking" || fail "cpack makes a package with $2"
      contains "$(tr -s ' \n' ' ' <"$work/cpack.log")" "$1"
      [[ -z $(find "$work/lacking" -maxdepth 1 -name '*.deb') ]] || fail "cpack leaves a package with $2"
      rm -rf "$work/lacking"
    }
    refuses_to_pack "was configured without adatape::mpi (Debian:" -DADATAPE_MPI=OFF
    refuses_to_pack "was configured without adatape::image and adatape::mpi (Debian:" -DADATAPE_MPI=OFF -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON
    (umask 027 && refuses_to_pack "wanted 022, found 0027")
    mpicxx --showme >/dev/null 2>&1 || skip "no MPI, and so no package"

    # Two checkouts, with other permissions, times, build types and generators, give the same bytes. So does one in which adatape.py was used.
    small_build "$work/build" "$checkout" -G Ninja
    pack "$work/build" || { cat "$work/cpack.log"; fail "cpack"; }
    [[ ! -e $work/build/install_manifest.txt ]] || fail "cpack writes the list of files that the target uninstall removes"
    (umask 077 && copy_checkout "$work/checkout" && mkdir -p "$work/checkout/examples/library/__pycache__")
    small_build "$work/other" "$work/checkout" -G "Unix Makefiles" -DCMAKE_BUILD_TYPE=Debug
    pack "$work/other" || { cat "$work/cpack.log"; fail "cpack in a copy"; }
    version=$(sed -n 's/^project(adatape VERSION \([0-9.]*\).*/\1/p' "$checkout/CMakeLists.txt")
    package=$work/build/libadatape-dev_${version}_all.deb
    cmp "$package" "$work/other/$(basename "$package")" || fail "two packages of the same sources differ"

    # Its fields, and its files: what is installed, below /usr, and two files more.
    while read -r field wanted; do
      found=$(dpkg-deb --field "$package" "$field")
      [[ $found == "$wanted" ]] || fail "$field: wanted $wanted, found $found"
    done <<<"Package libadatape-dev
Source adatape
Version $version
Architecture all
Section libdevel
Depends libeigen3-dev (>= 3.4), libxsimd-dev (>= 8.1), libxsimd-dev (<< 15)
Recommends nlohmann-json3-dev (>= 3.11), zlib1g-dev, libpng-dev, libjpeg-dev
Suggests libfmt-dev, libcli11-dev, python3-numpy, mpi-default-dev"
    tree=$work/tree
    dpkg-deb -x "$package" "$tree"
    documents=./share/doc/libadatape-dev
    found=$(cd "$tree/usr" && find . -type f | sort)
    wanted=$({ cd "$prefix" && find . -type f; printf '%s\n' $documents/changelog.gz $documents/copyright; } | sort)
    if [[ -f $prefix/share/cmake/adatape/adatapeMpiTargets.cmake ]]; then
      [[ $found == "$wanted" ]] || fail "files: $(diff <(echo "$wanted") <(echo "$found"))"
    fi
    for part in "" "${parts[@]}"; do [[ -f $tree/usr/share/cmake/adatape/adatape${part}Targets.cmake ]] || fail "adatape${part}Targets.cmake is missing"; done
    [[ $(ls "$tree") == usr && -z $(find "$tree" -type f -not -perm 644 -o -type d -not -perm 755) ]] || fail "permissions, or folders beside usr"
    ! grep -rqF "$work" "$tree" || fail "the package names the folder that it was built in"
    if command -v lintian >/dev/null; then
      tags=$(lintian --allow-root --display-info --pedantic "$package") && [[ -z $tags ]] || fail "lintian: $tags"
    else
      echo "no lintian: the package is not checked by it"
    fi

    # adatape_compile.py finds the library that it lies in, and takes no other that is installed.
    compile=$tree/usr/share/adatape/examples/library taken=$work/taken
    export PYTHONDONTWRITEBYTECODE=1
    contains "$(python3 "$compile/adatape_compile.py" --help)" "adatape_compile.py MODEL"
    mkdir "$taken"
    printf 'cmake_minimum_required(VERSION 3.25)\nproject(taken CXX)\n' >"$taken/CMakeLists.txt"
    PYTHONPATH=$compile python3 -c 'import adatape_compile as a; print(a.lines_that_use(a.adatape_folder(None)))' >>"$taken/CMakeLists.txt"
    "$CMAKE" -S "$taken" -B "$taken/build" -DCMAKE_CXX_COMPILER="$CXX" -DCMAKE_PREFIX_PATH="$prefix" >"$work/configure.log" 2>&1 ||
      { cat "$work/configure.log"; fail "the lines of adatape_compile.py cannot be configured"; }
    contains "$(<"$taken/build/CMakeCache.txt")" "adatape_DIR:PATH=$tree/usr/share/cmake/adatape"
    export CMAKE_PREFIX_PATH=$tree/usr PKG_CONFIG_PATH=$tree/usr/share/pkgconfig
    "$tests/readme_program.sh" "$checkout" "$work/readme" -O1
    contains "$(<"$work/readme/find_package/build/CMakeCache.txt")" "adatape_DIR:PATH=$tree/usr/share/cmake/adatape"
    ;;
  recipes) python3 "$tests/check_recipes.py" "$checkout" ;;
  pkg_config)
    command -v pkg-config >/dev/null || skip "no pkg-config"
    # The tree may be moved.
    cp -r "$prefix" "$work/moved"
    export PKG_CONFIG_PATH=$work/moved/share/pkgconfig
    contains "$(pkg-config --cflags adatape)" "moved/"
    "$CXX" -O0 -DNDEBUG "$tests/user/files.cpp" $(pkg-config --cflags --libs adatape-io) -o "$work/files" && "$work/files"
    "$CXX" -O0 -DNDEBUG "$tests/user/pictures.cpp" $(pkg-config --cflags --libs adatape-image) -o "$work/pictures" && "$work/pictures"
    "$CXX" -O0 -DNDEBUG "$tests/user/entries.cpp" "$tests/user/use_entries.cpp" $(pkg-config --cflags --libs adatape) -o "$work/entries"
    contains "$("$work/entries")" "checksum -2690"
    ;;
  mixed)
    [[ $(uname -m) == x86_64 ]] || skip "flags of x86-64"
    flags=(-std=c++20 -O0 -DNDEBUG -I "$checkout/include" -isystem /usr/include/eigen3)
    # Names of flags, their lanes of float, and the features that a machine needs to run them.
    declare -A flags_of=([sse2]="" [avx2_without_fma]="-mavx2" [avx2]="-mavx2 -mfma" [avx512]="-mavx2 -mfma -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl"
      [asserting]="-DADATAPE_ASSERTIONS=1" [openmp]="-fopenmp" [all_differs]="-mavx2 -mfma -DADATAPE_ASSERTIONS=1")
    declare -A lanes_of=([sse2]=4 [avx2_without_fma]=8 [avx2]=8 [avx512]=16 [asserting]=4 [openmp]=4 [all_differs]=8)
    declare -A needs=([sse2]=sse2 [avx2_without_fma]=avx2 [avx2]="avx2 fma" [avx512]="avx2 fma avx512f avx512cd avx512bw avx512dq avx512vl" [asserting]=sse2 [openmp]=sse2
      [all_differs]="avx2 fma")
    # The narrowest first and the widest last: of a function with one name for all, a linker keeps the first.
    names=(sse2 asserting avx2_without_fma avx2 avx512) openmp=
    if can_openmp "$CXX"; then names=(sse2 openmp "${names[@]:1}") openmp=-fopenmp; else echo "$CXX has no OpenMP"; fi
    flags_of[all_differs]+=" $openmp"

    # mix PART NAME...: one program of that part with each of these flags that the machine can run is right, in whichever order its objects are linked.
    mix() {
      local part=$1 parts= objects=() reversed=() order name
      for name in "${@:2}"; do
        has ${needs[$name]} || { echo "this machine lacks $name"; continue; }
        "$CXX" "${flags[@]}" ${flags_of[$name]} -DPART=$name -c "$tests/mixed/$part.cpp" -o "$work/$part.$name.o"
        parts+="P($name, ${lanes_of[$name]}) " objects+=("$work/$part.$name.o") reversed=("$work/$part.$name.o" "${reversed[@]}")
      done
      for order in "${objects[*]}" "${reversed[*]}"; do
        "$CXX" "${flags[@]}" "-DPARTS=$parts" "$tests/mixed/main.cpp" $order $openmp -o "$work/$part" || fail "$part does not link in the order $order"
        "$work/$part" || fail "$part in the order $order"
      done
    }
    mix product "${names[@]}"
    mix model sse2 all_differs

    # An object of the library is handed over between equal flags; between different ones that is a link error.
    for name in "${names[@]}"; do
      for half in hands_over takes; do "$CXX" "${flags[@]}" ${flags_of[$name]} -c "$tests/mixed/$half.cpp" -o "$work/$half.$name.o"; done
    done
    for from in "${names[@]}"; do
      for to in "${names[@]}"; do
        linked=1
        log=$("$CXX" "$work/hands_over.$from.o" "$work/takes.$to.o" $openmp -o "$work/handed_over" 2>&1) || linked=0
        if [[ $from == "$to" ]]; then
          ((linked)) || fail "$from to $to does not link: $log"
        else
          ((!linked)) || fail "an object of the library is handed over from $from to $to without a link error"
          contains "$log" "in_use"
        fi
      done
    done
    ;;
  strict_*)
    compiler=${case#strict_}
    command -v "$compiler" >/dev/null || skip "no $compiler"
    # Every header, then every kind of model.
    without_mpi=()
    mpi_folders=$(mpicxx --showme:incdirs 2>/dev/null) || without_mpi=(-not -path 'adatape/mpi/*')
    { (cd "$prefix/include" && find adatape -name '*.hpp' "${without_mpi[@]}" | sort | sed 's/.*/#include "&"/') && cat "$tests/user/all_models.cpp"; } >"$work/all.cpp"
    flags=(-std=c++20 -O0 "${strict[@]}" -I "$prefix/include" -I "$tests/user" -isystem /usr/include/eigen3)
    for folder in $mpi_folders; do flags+=(-isystem "$folder"); done
    "$compiler" "${flags[@]}" -fsyntax-only "$work/all.cpp" "$tests/user/own_layer.cpp" || fail "warnings without OpenMP"
    if can_openmp "$compiler"; then
      (cd "$work" && "$compiler" "${flags[@]}" -march=native -fopenmp -c "$work/all.cpp" "$tests/user/own_layer.cpp") || fail "warnings with OpenMP"
      # Everything of the library that a linker sees stands in the namespace of the flags.
      names=$(nm --defined-only --format=just-symbols "$work/all.o" | grep 7adatape) || fail "all.o holds nothing of the library"
      outside=$(grep -vE '7adatape[0-9]+build_[a-z0-9_]+_openmp_asserting' <<<"$names" || true)
      [[ -z $outside ]] || fail "outside of the namespace of the flags: $(head -3 <<<"$outside" | c++filt)"
    else
      echo "$compiler has no OpenMP"
    fi
    ;;
  *) fail "no case $case" ;;
esac
