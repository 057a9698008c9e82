#!/usr/bin/env bash
# web.sh [PROGRAMS [ROUNDS]]: the milliseconds of one image of adatape-fashion with tau 1, on one thread: native SSE2 code and WebAssembly under Node, in turn,
# the shortest of all rounds of each, and their ratio. PROGRAMS is a folder of programs with tests, build/tests/bin by default (cmake/test.sh makes it).
set -euo pipefail
bin=${1-} rounds=${2:-10}
[[ $# -le 2 && $bin != -* && $rounds =~ ^[1-9][0-9]{0,3}$ ]] || { echo "web.sh: wanted a folder and a number of rounds from 1 to 9999, found '$*'" >&2; exit 2; }
bin=${bin:+$(realpath -m "$bin")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bin=${bin:-build/tests/bin}
for program in native_runs adatape-fashion.wasm; do
  [[ -f $bin/$program ]] || { echo "$bin/$program: there is no such file; wanted a build with tests and with a compiler for WebAssembly" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
for ((round = 0; round < rounds; ++round)); do
  OMP_NUM_THREADS=1 "$bin/native_runs" "$work"
  node tests/web/run.mjs "$bin/adatape-fashion.wasm" "$work"
done | awk '/^(native|WebAssembly): / { if (!($1 in best) || $2 < best[$1]) best[$1] = $2 }
  END { printf "native SSE2: %.3f ms, WebAssembly: %.3f ms, ratio %.2f\n", best["native:"], best["WebAssembly:"], best["WebAssembly:"] / best["native:"] }'
