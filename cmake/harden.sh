#!/usr/bin/env bash
# harden.sh [SECONDS]: the long forms of tests/robustness, built with clang's address and undefined behaviour sanitizers in build/harden. SECONDS (default
# FUZZ_SECONDS, else 60) is the time of each fuzz target and of the soak; the rest takes as long as it takes, about 20 minutes on two cores.
# JOBS=n compiles n files at once (default: one for each core). What a check finds is kept in build/harden/findings; the exit code is then 1.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-${FUZZ_SECONDS:-60}}
[[ $# -le 1 && $seconds =~ ^[1-9][0-9]*$ ]] || { echo "harden.sh: wanted a number of seconds, found '${*:-$seconds}'" >&2; exit 2; }
source cmake/packages.sh
require_packages "${build_packages[@]}" "${harden_packages[@]}"
build=$PWD/build/harden
bin=$build/bin
found=$build/findings
targets=(checkpoint packed idx weights picture flags library)

echo "building with clang and its sanitizers in build/harden: some minutes the first time"
mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-DADATAPE_ASSERTIONS=1 \
  "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" -DADATAPE_FUZZERS=ON \
  -DADATAPE_BUILD_BENCH=OFF -DADATAPE_MODELS=AdatapeFashionTiny >"$build/configure.log" ||
  { cat "$build/configure.log" >&2; exit 1; }
cmake --build "$build" -j "${JOBS:-$(nproc)}" --target "${targets[@]/#/fuzz_}" mutate_checkpoint soak checkpoint_tool failing_disk make_test_images \
  adatape-train adatape-predict adatape-fewshot adatape-export adatape-import || exit 1

rm -rf "$found" "$build/work"
mkdir -p "$found" "$build/work"
export OMP_WAIT_POLICY=passive UBSAN_OPTIONS=print_stacktrace=1
rows=()
failed=0
start=$SECONDS
guesses=() # of seconds, one for each check that is still to come

# check NAME GUESS COMMAND...: runs a check whose output goes to findings/NAME.log if it fails. $figures is the last line of that output that has figures.
check() {
  local name=$1 guess=$2 log=$build/work/$1.log from=$SECONDS code left=0 g
  shift 2
  for g in "${guesses[@]}"; do ((left += g)); done
  printf '%-24s about %d s, %d min left\n' "$name" "$guess" $(((left + 59) / 60))
  guesses=("${guesses[@]:1}")
  "$@" >"$log" 2>&1
  code=$?
  figures=$(tail -1 "$log")
  if ((code != 0)); then
    failed=1
    cp "$log" "$found/$name.log"
    echo "  FOUND something: exit code $code, see build/harden/findings/$name.log; it ends with:"
    tail -5 "$log" | cut -c 1-300 | sed 's/^/  /'
  fi
  took=$((SECONDS - from)) result=$( ((code == 0)) && echo ok || echo FOUND)
}
row() { rows+=("$(printf '%-24s %-6s %5d s  %s' "$1" "$result" "$took" "$figures")"); }

fuzz() {
  local target=$1 folder=$build/corpus/$1
  mkdir -p "$folder"
  "$bin/fuzz_$target" -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=2048 -malloc_limit_mb=256 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$found/$target-" "$folder" "tests/robustness/corpus/$target"
}

for target in "${targets[@]}"; do guesses+=("$seconds"); done
guesses+=(200 60 900 60 "$seconds")
for target in "${targets[@]}"; do
  check "fuzz_$target" "$seconds" fuzz "$target"
  log=$build/work/fuzz_$target.log
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  figures="$executions executions, ${coverage:-cov: ?} edges, $(find "$build/corpus/$target" -type f | wc -l) inputs kept"
  row "fuzz_$target"
done
check mutations 200 "$bin/mutate_checkpoint" --every 5 --keep "$found"
row mutations
check flags 60 python3 tests/robustness/mutate_flags.py "$bin" "$build/work/flags" 1500 "$RANDOM"
row flags
ASAN_OPTIONS=verify_asan_link_order=0 check failing_disk 900 tests/robustness/failing_disk.sh "$bin" "$build/work/failing_disk" \
  "$build/tests/robustness/failing_disk.so" long
figures=$(grep -E '^(checkpoint_tool|adatape-train): ' "$build/work/failing_disk.log" | paste -sd ,)
row failing_disk
check killed 60 tests/robustness/killed.sh "$bin" "$build/work/killed" 8
row killed
ASAN_OPTIONS=quarantine_size_mb=8 check soak "$seconds" "$bin/soak" --seconds "$seconds" --folder "$build/work/soak"
row soak

echo
printf '%-24s %-6s %7s  %s\n' check result time figures
printf '%s\n' "${rows[@]}"
rmdir "$found" 2>/dev/null
((failed == 0)) && echo "nothing found in $((SECONDS - start)) s" || echo "findings are in build/harden/findings"
exit $failed
