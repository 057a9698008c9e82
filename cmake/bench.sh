#!/usr/bin/env bash
# Measures the library, and beside it PyTorch, ONNX Runtime, oneDNN, BLAS libraries and Pillow, in alternating order. Behind each part its record in
# docs/results/speed is written, and the tables of docs and README.md. Everything else is left in build/peers. Optional argument: rounds (default 5).
#
#   PARTS="stored start"     these parts alone, of those below; after a failure, those that are left. Where the processor has no instructions for bf16 that
#                            are faster than float, the parts of narrow factors are recorded under names of their own, which end with _vnni
#   BUILD_ONLY=1             only builds what the parts need
#   SECS                     seconds of each measurement beside the peers (default 2)
#   PRIO="nice -n -20"       as root: keeps other programs out of the measurements beside the peers
#   PEERS_BUILD              a folder in place of build/peers; what is built there and not older than its sources is not built again
#
# Needs root or sudo for the peers' packages, the npm registry, about 2 GiB and, on two cores, about 70 minutes with SECS=1, most of them beside the peers.
# The parts of several processes need root or user namespaces, and about 45 minutes each.
# What halting costs is measured by bench/halting, ImageNet's recipe by bench/imagenet/run.sh.
set -euo pipefail
[[ -z ${PEERS_BUILD:-} ]] || PEERS_BUILD=$(realpath -m -- "$PEERS_BUILD")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5}
[[ $# -le 1 && $rounds =~ ^[1-9][0-9]{0,2}$ ]] || { echo "bench.sh: wanted a number of rounds from 1 to 999, found $*" >&2; exit 2; }
export PEERS_BUILD=${PEERS_BUILD:-$PWD/build/peers}
export SECS=${SECS:-2}
all=(models one_leaf narrow_models products narrow_products gemm stored stored_two model training tape_lengths training_bf16 input_bank adamw ridge start
  pictures compile file_index onnx distributed distributed_link)
read -ra parts <<<"${PARTS:-${all[*]}}"
for part in "${parts[@]}"; do
  [[ " ${all[*]} " == *" $part "* ]] || { echo "PARTS: wanted some of ${all[*]}, found $part" >&2; exit 2; }
done
wanted() { # PART...: is one of these to be measured?
  local part
  for part; do [[ " ${parts[*]} " != *" $part "* ]] || return 0; done
  return 1
}

source cmake/packages.sh
source bench/peers/common/bf16.sh
require_packages "${build_packages[@]}" libbenchmark-dev python3
mkdir -p "$PEERS_BUILD"
if wanted products narrow_products models one_leaf narrow_models pictures; then
  require_packages libopenblas-pthread-dev libopenblas-openmp-dev libdnnl-dev libblis-pthread-dev libxsmm-dev python3-torch python3-onnx python3-numpy \
    python3-pil libjemalloc2
fi
if wanted distributed distributed_link; then
  require_packages libopenmpi-dev openmpi-bin iproute2 procps python3-torch libopenblas-openmp-dev libjemalloc2
fi
if wanted models one_leaf narrow_models onnx; then
  command -v node >/dev/null && command -v npm >/dev/null || require_packages nodejs npm
  echo "building the peers"
  bash bench/peers/setup.sh >"$PEERS_BUILD/setup.log" 2>&1 || { echo "the peers could not be set up, see $PEERS_BUILD/setup.log" >&2; exit 1; }
fi

# What ends the names of the parts of narrow factors.
vnni=_vnni
if multiplies_bf16; then vnni=; fi

# The programs of parts that have another name than their part.
declare -A programs=([stored_two]=stored [training_bf16]=products [adamw]=ops [pictures]=images [distributed_link]=distributed)
cmake --preset release >/dev/null
targets=()
for part in "${parts[@]}"; do
  case $part in models | one_leaf | narrow_models | products | narrow_products | compile) ;; *) targets+=("bench_${programs[$part]:-$part}") ;; esac
done
((${#targets[@]} == 0)) || cmake --build --preset release --target "${targets[@]}"
[[ -z ${BUILD_ONLY:-} ]] || exit 0

# measure PART COMMAND...: runs the command and records the part. PART.txt gets what is printed, PART.command the command.
measure() {
  local part=$1 start=$SECONDS said
  shift
  wanted "${part%_vnni}" || return 0
  said=$(printf '%q ' "$@")
  said=${said//"$PEERS_BUILD"/build/peers}
  echo "== $part: $said"
  "$@" | tee "$PEERS_BUILD/$part.txt"
  echo "${said#env }" >"$PEERS_BUILD/$part.command"
  /usr/bin/python3 bench/report "$PEERS_BUILD" "$part"
  echo "== $part took $((SECONDS - start)) s"
}
# benchmark PART [FILTER]: a part that Google Benchmark measures, with one thread, or THREADS.
benchmark() {
  local name=${1%_vnni}
  measure "$1" env OMP_NUM_THREADS="${THREADS:-1}" "build/release/bin/bench_${programs[$name]:-$name}" ${2:+--benchmark_filter="$2"} \
    --benchmark_out="$PEERS_BUILD/$1.json"
}

rm -rf "$PEERS_BUILD/start" "$PEERS_BUILD/files" # what an interrupted run left
beside=(SECS="$SECS" ${PRIO:+PRIO="$PRIO"})
measure models env "${beside[@]}" bash bench/peers/run_models.sh "$rounds"
measure one_leaf env VARIANT=one_leaf INFER= THREADS=1 TRAIN=$'Ti 8\nS 8\nF 128' "${beside[@]}" bash bench/peers/run_models.sh "$rounds"
measure "narrow_models$vnni" env NARROW=1 ${vnni:+TRAIN=} "${beside[@]}" bash bench/peers/run_models.sh "$rounds"
measure products env ${PRIO:+PRIO="$PRIO"} PASSES="$rounds" bash bench/peers/gemm/run.sh
measure "narrow_products$vnni" env ${PRIO:+PRIO="$PRIO"} NARROW=1 PASSES="$rounds" bash bench/peers/gemm/run.sh
for part in gemm "stored$vnni" model training tape_lengths input_bank; do benchmark "$part"; done
[[ -n $vnni ]] || benchmark training_bf16
THREADS=2 benchmark "stored_two$vnni" forward
benchmark adamw adamw
benchmark ridge
measure start build/release/bin/bench_start "$PEERS_BUILD/start" "$PEERS_BUILD/start.json" "$((rounds + 4))" 1 2
measure pictures /usr/bin/python3 bench/peers/pillow/compare.py build/release/bin/bench_images "$PEERS_BUILD" --rounds "$rounds"
measure compile /usr/bin/python3 bench/compile/measure.py --json "$PEERS_BUILD/compile.json"
measure file_index build/release/bin/bench_file_index "$PEERS_BUILD/files" "$PEERS_BUILD/file_index.json"
measure onnx env "${beside[@]}" bash bench/onnx/run.sh build/release/bin/bench_onnx "$PEERS_BUILD/ort/node_modules" "$PEERS_BUILD/onnx-files" "$rounds"
processes() { measure "$1" env ${PRIO:+PRIO="$PRIO"} bash bench/distributed/run.sh "${@:2}" "$(((rounds + 1) / 2))"; }
processes distributed
processes distributed_link --link 1gbit
echo "all took $SECONDS s"
