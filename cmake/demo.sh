#!/usr/bin/env bash
# Trains AdaTape on Fashion-MNIST for about two minutes on two cores, tests it on the 10 000 test images, and draws out/demo/tapes.png: test images
# in order of tape length with the bank patches that each one read. Where the data cannot be had it learns the parity task, which needs none.
# Arguments go to adatape-train, for example --seed 1. After an interruption the same command continues.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source cmake/packages.sh
require_packages "${build_packages[@]}"
data=/usr/share/datasets/fashion-mnist
out=out/demo
programs=build/demo/bin

# build WHAT PROGRAM: only the model that the demo trains is compiled, each compiler needs less than 700 MB.
build() {
  echo "compiling $1 (the first time this takes about a minute on two cores)"
  cmake --preset release -B build/demo -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF -DADATAPE_MODELS=AdatapeFashion "-DADATAPE_PARITY_MODELS=AdaTape<32,64,2,16>" >build/demo.log ||
    { cat build/demo.log; exit 1; }
  cmake --build build/demo --target "$2"
}
mkdir -p build

if ! (require_packages dataset-fashion-mnist) || [[ ! -d $data ]]; then
  echo "Fashion-MNIST cannot be had here; learning the parity task instead"
  build "the parity trainer" adatape-parity
  exec "$programs/adatape-parity" --out "$out/parity" --overwrite
fi

build "the trainer" adatape-train
mkdir -p "$out"
train() {
  touch "$out/unfinished"
  "$programs/adatape-train" --data "$data" --out "$out" "$@" || return
  rm "$out/unfinished"
}
if [[ -f $out/unfinished && -f $out/last.safetensors ]]; then
  # Code 1: the leftovers are of no use, for example from another version.
  train --resume "$@" || { code=$?; ((code == 1)) || exit $code; train --overwrite "$@"; }
else
  train --overwrite "$@"
fi

build "the program that draws" adatape-predict

"$programs/adatape-predict" "$out/last.safetensors" "$data/t10k-images-idx3-ubyte.gz" --labels "$data/t10k-labels-idx1-ubyte.gz" \
  --picture "$out/tapes.png" >"$out/predictions.txt"
echo "test images in order of tape length, with the bank patches they read: $out/tapes.png; what every image read: $out/predictions.txt"
