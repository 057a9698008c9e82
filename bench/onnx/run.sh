#!/usr/bin/env bash
# run.sh PROGRAM MODULES FOLDER [ROUNDS]: the engine of the library and ONNX Runtime on the same models, in alternating order. PROGRAM is bench_onnx, MODULES a
# folder node_modules with onnxruntime-node, FOLDER a place for files. Prints a line of JSON for each measurement. SECS: seconds of each (default 2).
set -euo pipefail
[[ $# -ge 3 && $# -le 4 && ${4:-5} =~ ^[1-9][0-9]{0,2}$ ]] || { echo "usage: run.sh PROGRAM MODULES FOLDER [ROUNDS], with 1 to 999 rounds" >&2; exit 2; }
program=$1 modules=$2 folder=$3 rounds=${4:-5} seconds=${SECS:-2}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$folder"
"$program" write "$folder"
for ((round = 0; round < rounds; ++round)); do
  for model in vit-s16 adatape-s16 adatape-s16-learned; do
    for threads in 1 2; do
      for batch in 1 8; do
        own=$(OMP_NUM_THREADS=$threads ${PRIO:-} "$program" run $model $batch "$seconds")
        read -r peer difference < <(${PRIO:-} node "$here/runtime.js" "$modules" "$folder" $model $batch $threads "$seconds")
        echo "{\"model\": \"$model\", \"batch\": $batch, \"threads\": $threads, \"ms\": $own, \"ort_ms\": $peer, \"difference\": $difference}"
      done
    done
  done
done
