#!/usr/bin/env bash
# same_bits.sh PROGRAMS FOLDER: whether WebAssembly computes the bits of native SSE2 code: operations, models, and the module of the
# page. Exit code 77, which CTest reports as skipped, where the compiler for WebAssembly or Node is missing.
set -euo pipefail
bin=$1 work=$2
[[ -f $bin/adatape-fashion.wasm ]] || { echo "SKIPPED: no compiler for WebAssembly (wasm_packages of cmake/packages.sh)"; exit 77; }
command -v node >/dev/null || { echo "SKIPPED: no node"; exit 77; }
rm -rf "$work"
mkdir -p "$work"
export OMP_NUM_THREADS=1
here=$(dirname "${BASH_SOURCE[0]}")
"$bin/arithmetic" >"$work/native.txt"
node --no-warnings "$here/run_command.mjs" "$bin/arithmetic.wasm" >"$work/wasm.txt"
(($(wc -l <"$work/native.txt") == 24)) || { echo "FAILED: wanted 24 kinds of arithmetic, found $(cat "$work/native.txt")"; exit 1; }
diff "$work/native.txt" "$work/wasm.txt" || { echo "FAILED: WebAssembly computes other bits"; exit 1; }
"$bin/native_runs" "$work"
node "$here/run.mjs" "$bin/adatape-fashion.wasm" "$work"
