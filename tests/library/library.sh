#!/usr/bin/env bash
# library.sh BIN WORK LIBRARY COMPILER PYTHON: programs in C, C++ and Python say the same of the same pictures, bit for bit; one in JavaScript, with the module of the
# page, gives the same classes, tape lengths and bank tokens. Wrong calls end with a line. Only the functions of adatape.h can be linked to. Where PYTHON is empty,
# the programs in Python are left out; the one in JavaScript where there is no module or no Node. The run has averaged weights, which all of them take.
source "$(dirname "${BASH_SOURCE[0]}")/../programs/expect.sh" "$1" "$2"
library=$3 compiler=$4 python=$5
tests=$(realpath "$(dirname "${BASH_SOURCE[0]}")") docs=$tests/../../docs
export PYTHONPATH=$tests/../../examples/library ADATAPE_LIBRARY=$library PYTHONDONTWRITEBYTECODE=1
# Python has no sanitizer of its own. That of the library must be there before everything else, with the C++ library whose functions it replaces. It would call
# what Python keeps for its life leaked.
first=$(ldd "$library" | grep -oE '/[^ ]*libasan[^ ]*') && first+=:$(ldd "$library" | grep -oE '/[^ ]*libstdc\+\+[^ ]*')
[[ -z ${python[*]} ]] || python=(env ${first:+LD_PRELOAD="$first" ASAN_OPTIONS=detect_leaks=0} "$python")

expect 0 'epoch 1' adatape-train --model adatape-fashion --data "$work/data" --batch-size 50 --lr 0.003 --epochs 1 --average-decay 0.5 --out "$work/run"
model=$work/run/last.safetensors
expect 0 '' adatape-export "$model" --storage int8 --out "$work/int8.safetensors"
python3 "$tests/../programs/edit_checkpoint.py" "$model" "$work/other.safetensors" set config hidden_size 24
head -c 1000 "$model" >"$work/damaged.safetensors"
python3 "$tests/write_pictures.py" "$work/data/t10k-images-idx3-ubyte" "$work/pictures" 12 || exit 1
pictures=("$work"/pictures/*.png)
module=$bin/adatape-fashion.wasm
[[ -f $module ]] && command -v node >/dev/null || module=

for tau in 0 0.5 3; do
  "$bin/predict_in_c" "$model" $tau "${pictures[@]}" >"$work/c" || fail "predict.c: exit code $?"
  "$bin/predict_in_cpp" "$model" $tau "${pictures[@]}" >"$work/cpp" || fail "predict.cpp: exit code $?"
  (($(wc -l <"$work/c") == ${#pictures[@]})) || fail "predict.c: wanted ${#pictures[@]} lines, found $(cat "$work/c")"
  diff "$work/c" "$work/cpp" || fail "tau $tau: C and C++ differ"
  [[ -z ${python[*]} ]] || { "${python[@]}" "$tests/predict.py" "$model" $tau "${pictures[@]}" >"$work/py" && diff "$work/c" "$work/py"; } || fail "tau $tau: C and Python differ"
  [[ -z $module ]] || { node "$tests/predict.mjs" "$module" "$model" $tau "$work/data/t10k-images-idx3-ubyte" 12 >"$work/js" && diff <(cut -d ';' -f 1-3 "$work/c") "$work/js"; } ||
    fail "tau $tau: C and JavaScript differ"
done
"$bin/predict_in_c" "$work/int8.safetensors" 0 "${pictures[@]}" >"$work/int8" || fail "int8: exit code $?"
(($(wc -l <"$work/int8") == ${#pictures[@]})) || fail 'int8: lines are missing'

wrong=("$model" "$work/other.safetensors" "$work/damaged.safetensors" "${pictures[0]}")
"$bin/bad_calls_in_c" "${wrong[@]}" || fail "bad_calls.c: exit code $?"
if [[ -n ${python[*]} ]]; then
  "${python[@]}" "$tests/bad_calls.py" "${wrong[@]}" 2>"$work/errors" || fail "bad_calls.py: $(cat "$work/errors")"
  mkdir "$work/example"
  cp "$model" "$work/example/model.safetensors"
  cp "${pictures[0]}" "$work/example/picture.png"
  (cd "$work/example" && "${python[@]}" -c 'import adatape, doctest, sys; result = doctest.testmod(adatape); sys.exit(result.failed > 0 or result.attempted < 4)') ||
    fail 'the example of adatape.py'
  mkdir -p "$work/example/build/release/examples"
  ln -s "$library" "$work/example/build/release/examples/libadatape_c.so"
  awk -v language=python -f "$tests/../docs/block.awk" "$docs/library.md" >"$work/example/predict.py"
  (cd "$work/example" && "${python[@]}" predict.py) >"$work/output" && grep -Eq '^[^ ]+ 0\.[0-9]+ \[[0-9]+\]$' "$work/output" || fail "the example of library.md: $(cat "$work/output")"
  # The environment may name more threads than set_threads takes.
  (cd "$work/example" && OMP_NUM_THREADS=1500 OMP_THREAD_LIMIT=2 "${python[@]}" -c 'import adatape
model = adatape.Model("model.safetensors")
model.predict(model.read_picture("picture.png"), threads=1)') || fail "a prediction with one thread where OMP_NUM_THREADS is 1500: exit code $?"
else
  echo 'not tested: Python (no python3 with NumPy)'
fi
if [[ -n $module ]]; then
  refused() { expect_of 1 "$1" node "$tests/predict.mjs" "$module" "$2" 0 "$work/data/t10k-images-idx3-ubyte" 1; }
  refused '^error: checkpoint: its configuration is not that of the module: hidden_size$' "$work/other.safetensors"
  left_out=$(sed -n '/kKeysLeftOut{/,/};/p' "$tests/../../include/adatape/io/configuration.hpp" | grep -oE '"[a-z0-9_]+"' | tr -d '"')
  (($(wc -w <<<"$left_out") >= 12)) || fail "io/configuration.hpp: wanted the keys that descriptions leave out, found '$left_out'"
  for key in $left_out; do
    python3 "$tests/../programs/edit_checkpoint.py" "$model" "$work/other_$key.safetensors" set config "$key" 1
    refused "^error: checkpoint: its configuration is not that of the module: $key\$" "$work/other_$key.safetensors"
  done
  refused '^error: checkpoint: wanted a header of [0-9]+ bytes, found 992$' "$work/damaged.safetensors"
  for at in 3 2000 -1; do
    python3 -c 'import pathlib, sys
content = bytearray(pathlib.Path(sys.argv[1]).read_bytes())
content[int(sys.argv[3])] ^= 4
pathlib.Path(sys.argv[2]).write_bytes(content)' "$model" "$work/flipped.safetensors" $at
    refused '^error: checkpoint: ' "$work/flipped.safetensors"
  done
  mkdir "$work/page"
  cp "$tests"/../../examples/web/{engine,checkpoint}.mjs "$module" "$work/page"
  cp "$model" "$work/page/model.safetensors"
  awk -v language=js -f "$tests/../docs/block.awk" "$docs/web.md" >"$work/page/example.mjs"
  (cd "$work/page" && node example.mjs) >"$work/output" && grep -Eq '^[0-9] [0-9]+ [0-9]+$' "$work/output" || fail "the example of web.md: $(cat "$work/output")"
else
  echo 'not tested: JavaScript (no module for WebAssembly, or no node)'
fi
python3 "$tests/configuration.py" "$model" "$tests/../../include" "$work" "$compiler" || fail "configuration.py: exit code $?"
python3 "$tests/cache.py" "$work/cache" || fail "cache.py: exit code $?"
exported=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' | sort)
declared=$(grep -oE '^ADATAPE_API .*\badatape_[a-z_]+\(' "$tests/../../include/adatape.h" | grep -oE 'adatape_[a-z_]+\($' | tr -d '(' | sort)
[[ -n $declared && $exported == "$declared" ]] || fail "wanted the library to export $declared, found $exported"
finish
