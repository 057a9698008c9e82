#!/usr/bin/env bash
# Measures the library beside PyTorch, ONNX Runtime and oneDNN on this machine, all in alternating order, and prints the table of docs/performance.md.
# Optional argument: rounds (default 5). Needs root or sudo for the peers' packages, the npm registry, about 2 GiB and, for five rounds, about an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5}
export PEERS_BUILD=${PEERS_BUILD:-$PWD/build/peers}
source cmake/packages.sh
require_packages "${build_packages[@]}" libbenchmark-dev libopenblas-pthread-dev libopenblas-openmp-dev libdnnl-dev libblis-pthread-dev libxsmm-dev \
  python3-torch python3-onnx python3-numpy libjemalloc2
command -v node >/dev/null && command -v npm >/dev/null || require_packages nodejs npm
mkdir -p "$PEERS_BUILD"
bash bench/peers/setup.sh >"$PEERS_BUILD/setup.log" 2>&1 || { echo "the peers could not be set up, see $PEERS_BUILD/setup.log" >&2; exit 1; }

cmake --preset release >/dev/null
cmake --build --preset release --target bench_gemm bench_ops bench_halting bench_model
for threads in 1 2; do
  for name in gemm ops halting model; do
    OMP_NUM_THREADS=$threads "build/release/bin/bench_$name" --benchmark_out="$PEERS_BUILD/$name-$threads.json" --benchmark_out_format=json
  done
done

bash bench/peers/gemm/run.sh | tee "$PEERS_BUILD/gemm.txt"
bash bench/peers/run_models.sh "$rounds" | tee "$PEERS_BUILD/models.txt"
python3 bench/peers/report.py "$PEERS_BUILD/models.txt" | tee "$PEERS_BUILD/models.md"
