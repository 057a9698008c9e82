#!/usr/bin/env bash
# Measures the library, and beside it PyTorch, ONNX Runtime, oneDNN, BLAS libraries and Pillow, in alternating order. Leaves everything in build/peers, what the
# tables need in docs/results/speed, and the tables in docs/performance.md and README.md. Optional argument: rounds (default 5). SECS: seconds of each measurement
# beside the peers (default 2). Needs root or sudo for the peers' packages, the npm registry, about 2 GiB and, for five rounds, about 50 minutes (35 with SECS=1).
# What halting costs is measured by bench/halting.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5}
export PEERS_BUILD=${PEERS_BUILD:-$PWD/build/peers}
source cmake/packages.sh
require_packages "${build_packages[@]}" libbenchmark-dev libopenblas-pthread-dev libopenblas-openmp-dev libdnnl-dev libblis-pthread-dev libxsmm-dev \
  python3 python3-torch python3-onnx python3-numpy python3-pil libjemalloc2
command -v node >/dev/null && command -v npm >/dev/null || require_packages nodejs npm
mkdir -p "$PEERS_BUILD"
bash bench/peers/setup.sh >"$PEERS_BUILD/setup.log" 2>&1 || { echo "the peers could not be set up, see $PEERS_BUILD/setup.log" >&2; exit 1; }

benchmarks=(gemm ops model tape_lengths training)
cmake --preset release >/dev/null
cmake --build --preset release --target "${benchmarks[@]/#/bench_}" bench_images bench_start
for threads in 1 2; do
  for name in "${benchmarks[@]}"; do
    OMP_NUM_THREADS=$threads "build/release/bin/bench_$name" --benchmark_out="$PEERS_BUILD/$name-$threads.json" --benchmark_out_format=json
  done
done
for threads in 1 2; do
  rm -rf "$PEERS_BUILD/start"
  build/release/bin/bench_start "$PEERS_BUILD/start" "$rounds" "$threads" | tee "$PEERS_BUILD/start-$threads.md"
done
/usr/bin/python3 bench/compile/measure.py --json "$PEERS_BUILD/compile.json"

bash bench/peers/gemm/run.sh | tee "$PEERS_BUILD/gemm.txt"
bash bench/peers/run_models.sh "$rounds" | tee "$PEERS_BUILD/models.txt"
/usr/bin/python3 bench/peers/pillow/compare.py build/release/bin/bench_images "$PEERS_BUILD" --rounds "$rounds" | tee "$PEERS_BUILD/images.md"
/usr/bin/python3 bench/report "$PEERS_BUILD"
