#!/usr/bin/env bash
# runtime.sh PROGRAM CHECKOUT FOLDER PYTHON: the models of all golden files as ONNX, of which the checker of the onnx package and ONNX Runtime are asked (run.js).
# ONNX Runtime comes from npm, once a FOLDER, or is the folder node_modules that ADATAPE_ONNX_RUNTIME names. Exit code 77: neither can be had here.
set -uo pipefail
program=$1 checkout=$2 folder=$3 python=$4
mkdir -p "$folder/models"
golden=("$checkout"/tests/golden/*.safetensors "$checkout"/tests/golden/extra/*.safetensors)
"$program" "$folder/models" "${golden[@]}" >"$folder/written" || exit 1
mapfile -t pairs <"$folder/written"
((${#pairs[@]} >= 2 * 48)) || { echo "FAILED: wanted at least 48 models, found $((${#pairs[@]} / 2))"; exit 1; }
asked=0
"$python" "$checkout/tests/onnx/checker.py" "$folder"/models/*.onnx
code=$?
((code == 0 || code == 77)) || { echo 'FAILED: the checker refuses a model'; exit 1; }
((code == 77)) || asked=1

modules=${ADATAPE_ONNX_RUNTIME:-$folder/node_modules}
if [[ ! -d $modules/onnxruntime-node ]] && command -v npm >/dev/null; then
  # Moved when it is whole: a folder that an interrupted installation leaves would be taken for the module.
  (rm -rf "$folder/fetched" && mkdir "$folder/fetched" && cd "$folder/fetched" && echo '{}' >package.json &&
    timeout 300 npm install --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 >"$folder/npm.log" 2>&1 && mv node_modules "$folder") ||
    tail -3 "$folder/npm.log"
fi
if command -v node >/dev/null && [[ -d $modules/onnxruntime-node ]]; then
  node "$checkout/tests/onnx/run.js" "$modules" "${pairs[@]}" || exit 1
  asked=1
else
  echo 'SKIPPED: ONNX Runtime cannot be had here (npm install --ignore-scripts onnxruntime-node)'
fi
((asked)) || exit 77
