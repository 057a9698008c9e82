#!/usr/bin/env bash
# web.sh MODEL OUT.html: a page, one file that needs no other and no network, in which a checkpoint of adatape-fashion runs in WebAssembly (docs/web.md).
# adatape-train --model adatape-fashion writes such checkpoints, cmake/demo.sh writes out/demo/last.safetensors. Builds in build/web.
set -euo pipefail
(($# == 2)) || { echo "usage: cmake/web.sh MODEL OUT.html" >&2; exit 2; }
for path; do [[ $path != -* ]] || { echo "web.sh: wanted MODEL and OUT.html, found '$path'" >&2; exit 2; }; done
model=$(realpath -m "$1") out=$(realpath -m "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[[ -f $model ]] || { echo "$model: there is no such file" >&2; exit 1; }
source cmake/packages.sh
require_packages "${build_packages[@]}" "${wasm_packages[@]}"
log=build/web.log
mkdir -p build
echo "compiling the module and the program that makes pages: two minutes the first time; $log has the details"
{ cmake --preset release -B build/web -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF -DADATAPE_MODELS=AdatapeFashion \
    "-DADATAPE_PARITY_MODELS=AdaTape<32,64,2,16>" && cmake --build build/web --target adatape-page adatape-fashion.wasm; } >"$log" 2>&1 || {
  echo "the build failed; the last lines of $log:"
  tail -n 25 "$log"
  exit 1
} >&2
exec build/web/bin/adatape-page "$model" "$out" --module build/web/bin/adatape-fashion.wasm --source examples/web
