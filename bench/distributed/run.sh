#!/usr/bin/env bash
# run.sh [--link RATE] [ROUNDS]: training steps in 1 to 4 processes of one thread each, adatape over MPI with and without overlap, and PyTorch's
# DistributedDataParallel over gloo, in alternating order. Prints one line of JSON for each run (default: 3 rounds); bench/report makes the tables.
#
# Process p runs on core p modulo the number of cores. All processes are on one machine, which is a network namespace of its own, so that others do not count.
# With a link, as tc writes it (1gbit), each is on a machine of its own, and the link of each machine has this rate in each direction. strong: the batch stays
# the same. weak: it grows with the processes. MODELS, SCALINGS and PROCESSES choose some; WARM and STEPS are numbers of steps. PRIO="nice -n -20" as root keeps
# other programs out.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
arguments=("$@") link=
if [[ ${1:-} == --link && -n ${2:-} ]]; then
  link=$2
  shift 2
fi
rounds=${1:-3}
[[ $# -le 1 && $rounds =~ ^[1-9][0-9]{0,2}$ ]] || { echo "run.sh: wanted [--link RATE] [ROUNDS], with 1 to 999 rounds, found '${arguments[*]}'" >&2; exit 2; }
source "$here/../../tests/mpi/machines.sh"
enter_namespaces "$0" "${arguments[@]}"
program=${PROGRAM:-$here/../../build/release/bin/bench_distributed}
cores=$(nproc) library_path=/usr/lib/$(gcc -print-multiarch)
unset OPENBLAS_L2_SIZE
grep -q avx512f /proc/cpuinfo && export OPENBLAS_CORETYPE=SkylakeX # see peers/run_models.sh
export OMP_NUM_THREADS=1 PRIO=${PRIO:-} cores work
use_open_mpi
for processes in ${PROCESSES:-1 2 3 4}; do
  ((processes <= cores)) || echo "run.sh: $processes processes share $cores cores here" >&2
done
hosts=machine0
if [[ -n $link ]]; then
  start_machines 4 && limit_rate "$link" || { echo "run.sh: no machines with a link of $link here" >&2; exit 1; }
  hosts=machine0,machine1,machine2,machine3
else
  export OMPI_MCA_btl=vader,self
  start_machines 1 || exit 1
  hosts=machine0:4
fi

adatape() { # PROCESSES MODEL BATCH LEAVES WARM STEPS [no-overlap] [even]
  on machine0 mpirun --bind-to none --map-by node --host $hosts -n "$1" \
    bash -c 'exec $PRIO taskset -c $((OMPI_COMM_WORLD_RANK % cores)) "$@"' - "$program" "${@:2}"
}
ddp() { # PROCESSES MODEL BATCH WARM STEPS
  local p pids=() failed=0 machine=machine0
  for ((p = 0; p < $1; ++p)); do
    [[ -z $link ]] || machine=machine$p
    RANK=$p WORLD_SIZE=$1 MASTER_ADDR=machine0 MASTER_PORT=29500 GLOO_SOCKET_IFNAME=eth0 LD_PRELOAD=$library_path/libjemalloc.so.2 \
      MALLOC_CONF=dirty_decay_ms:-1,muzzy_decay_ms:-1 LD_LIBRARY_PATH=$library_path/openblas-openmp ATEN_CPU_CAPABILITY=avx512 \
      on $machine $PRIO taskset -c $((p % cores)) /usr/bin/python3 "$here/ddp.py" "${@:2}" &
    pids+=($!)
  done
  for p in "${pids[@]}"; do wait "$p" || failed=1; done
  return $failed
}
# row SCALING COMMAND...: the line of a run. One that fails has none.
row() {
  local said
  said=$("${@:2}" 2>"$work/errors" </dev/null) || { echo "failed: ${*:2}: $(tail -c 300 "$work/errors")" >&2; return; }
  echo "{\"round\": $round, \"scaling\": \"$1\", \"link\": \"$link\", \"cores\": $cores, \"run\": $said}"
}

# Model, batch of strong scaling, batch of a process in weak scaling, leaves, steps before and of the measurement. Leaves are dealt out every 8 batches. The
# tapes of glance are unlike: half of the samples read 2 or 3 tokens, half 8.
models="parity 128 128 8 40 100
glance 256 128 32 40 30
vit-ti16 16 8 8 2 4
vit-s16 16 8 8 2 3
adatape-ti16 16 8 8 17 4"
for ((round = 0; round < rounds; ++round)); do
  while read -r model strong weak leaves warm steps; do
    [[ " ${MODELS:-$model} " == *" $model "* ]] || continue
    warm=${WARM:-$warm} steps=${STEPS:-$steps}
    for scaling in ${SCALINGS:-strong weak}; do
      for processes in ${PROCESSES:-1 2 3 4}; do
        [[ $scaling == strong ]] && batch=$strong || batch=$((weak * processes))
        [[ $processes == 1 ]] || row $scaling adatape $processes "$model" $batch $leaves "$warm" "$steps" no-overlap
        row $scaling adatape $processes "$model" $batch $leaves "$warm" "$steps"
        [[ $processes == 1 || $model != glance ]] || row $scaling adatape $processes "$model" $batch $leaves "$warm" "$steps" even
        [[ $model != vit-* ]] || row $scaling ddp $processes "$model" $batch "$warm" "$steps"
      done
    done
  done <<<"$models"
done
