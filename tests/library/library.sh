#!/usr/bin/env bash
# library.sh BIN WORK LIBRARY COMPILER PYTHON: programs in C, C++ and Python say the same of the same pictures, bit for bit. Wrong calls end with a line. Only the functions
# of adatape.h can be linked to. PYTHON may be empty: then the programs in Python are left out.
source "$(dirname "${BASH_SOURCE[0]}")/../programs/expect.sh" "$1" "$2"
library=$3 compiler=$4 python=$5
tests=$(dirname "${BASH_SOURCE[0]}")
export PYTHONPATH=$tests/../../examples/library ADATAPE_LIBRARY=$library PYTHONDONTWRITEBYTECODE=1

expect 0 'epoch 1' adatape-train --model adatape-fashion-tiny --data "$work/data" --epochs 1 --out "$work/run"
model=$work/run/last.safetensors
expect 0 '' adatape-export "$model" --storage int8 --out "$work/int8.safetensors"
python3 "$tests/../programs/edit_checkpoint.py" "$model" "$work/other.safetensors" set config hidden_size 24
head -c 1000 "$model" >"$work/damaged.safetensors"
python3 "$tests/write_pictures.py" "$work/data/t10k-images-idx3-ubyte" "$work/pictures" 12 || exit 1
pictures=("$work"/pictures/*.png)

for tau in 0 0.5 3; do
  "$bin/predict_in_c" "$model" $tau "${pictures[@]}" >"$work/c" || fail "predict.c: exit code $?"
  "$bin/predict_in_cpp" "$model" $tau "${pictures[@]}" >"$work/cpp" || fail "predict.cpp: exit code $?"
  (($(wc -l <"$work/c") == ${#pictures[@]})) || fail "predict.c: wanted ${#pictures[@]} lines, found $(cat "$work/c")"
  diff "$work/c" "$work/cpp" || fail "tau $tau: C and C++ differ"
  [[ -z $python ]] || { "$python" "$tests/predict.py" "$model" $tau "${pictures[@]}" >"$work/py" && diff "$work/c" "$work/py"; } || fail "tau $tau: C and Python differ"
done
"$bin/predict_in_c" "$work/int8.safetensors" 0 "${pictures[@]}" >"$work/int8" || fail "int8: exit code $?"
(($(wc -l <"$work/int8") == ${#pictures[@]})) || fail 'int8: lines are missing'

wrong=("$model" "$work/other.safetensors" "$work/damaged.safetensors" "${pictures[0]}")
"$bin/bad_calls_in_c" "${wrong[@]}" || fail "bad_calls.c: exit code $?"
if [[ -n $python ]]; then
  "$python" "$tests/bad_calls.py" "${wrong[@]}" 2>"$work/errors" || fail "bad_calls.py: $(cat "$work/errors")"
else
  echo 'not tested: Python (no python3 with NumPy)'
fi
python3 "$tests/configuration.py" "$model" "$tests/../../include" "$work" "$compiler" || fail "configuration.py: exit code $?"
others=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | grep -v '^adatape_[a-z_]*$')
[[ -z $others ]] || fail "the library exports $others"
finish
