#!/usr/bin/env bash
# All peers and adatape in alternating order: run_models.sh ROUNDS. Rows go to standard output; bench/report turns them into the table.
# Models run in fp32. NARROW=1: in inference also with kernels in bf16 and int8, in training also with products of bf16, and without recomputation. Peers run
# with bf16 where the processor has instructions for it. VARIANT=one_leaf: in training with one leaf in place of recomputation. PEERS_BUILD holds what setup.sh
# built. INFER, TRAIN, THREADS and SECS choose parts; PRIO="nice -n -20" as root.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd) rounds=${1:-1}
[[ $# -le 1 && $rounds =~ ^[1-9][0-9]{0,2}$ ]] || { echo "run_models.sh: wanted a number of rounds from 1 to 999, found '$*'" >&2; exit 2; }
: "${PEERS_BUILD:?set it to a scratch folder}"
export PEERS_BUILD WAIT=0
lib=/usr/lib/$(gcc -print-multiarch) seconds=${SECS:-2} variant=${NARROW:+bf16}
variant=${variant:-${VARIANT:-recompute}} # of training
source "$here/common/bf16.sh"
# Whatever the environment or OpenBLAS 0.3.21 take the processor for: with less than its AVX-512 kernels PyTorch would train at half its speed.
unset OPENBLAS_L2_SIZE
grep -q avx512f /proc/cpuinfo && export OPENBLAS_CORETYPE=SkylakeX
# A peer that fails has no row.
run() { "$@" || echo "failed: $*" >&2; }
torch() {
  LD_PRELOAD=$lib/libjemalloc.so.2 MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1 LD_LIBRARY_PATH=$lib/openblas-openmp ATEN_CPU_CAPABILITY=avx512 \
    ${PRIO:-} /usr/bin/python3 "$here/torch/bench.py" "$@" --secs "$seconds" 2>/dev/null
}
for ((round = 0; round < rounds; ++round)); do
  for threads in ${THREADS-1 2}; do
    for size in ${INFER-Ti S B}; do for batch in 1 8; do
      run ${PRIO:-} "$PEERS_BUILD/adatape_peer" infer "$size" "$batch" "$threads" "$seconds"
      MIN=2 run ${PRIO:-} node "$here/ort/bench.js" "$size" "$batch" "$threads" "$seconds"
      OMP_NUM_THREADS=$threads run ${PRIO:-} "$PEERS_BUILD/onednn_vit" "$size" "$batch" "$threads" "$seconds"
      [[ -n ${NARROW:-} ]] || continue
      for stored in bf16 int8; do run ${PRIO:-} "$PEERS_BUILD/adatape_peer" infer "$size" "$batch" "$threads" "$seconds" "$stored"; done
      INT8=1 MIN=2 run ${PRIO:-} node "$here/ort/bench.js" "$size" "$batch" "$threads" "$seconds"
      ! multiplies_bf16 || OMP_NUM_THREADS=$threads run ${PRIO:-} "$PEERS_BUILD/onednn_vit" "$size" "$batch" "$threads" "$seconds" bf16
    done; done
    while read -r size batch; do
      [[ -z $size ]] && continue
      run ${PRIO:-} "$PEERS_BUILD/adatape_peer" train "$size" "$batch" "$threads" "$seconds"
      run ${PRIO:-} "$PEERS_BUILD/adatape_peer" train "$size" "$batch" "$threads" "$seconds" "$variant"
      run torch train "$size" "$batch" "$threads"
      [[ -z ${NARROW:-} || $size == P* ]] || ! multiplies_bf16 || run torch train "$size" "$batch" "$threads" --bf16
    done <<<"${TRAIN-$(printf '%s\n' 'Ti 8' 'S 8' 'F 128' 'P2x1 128' 'P2x16 128' 'P4x8 128' 'P4x16 128')}"
  done
done
