#!/usr/bin/env bash
# page.sh PROGRAMS FOLDER: the page of a checkpoint, as Chromium shows it (page.py), and what adatape-page says of wrong use. Exit code 77, which CTest reports
# as skipped, where the compiler for WebAssembly, Chromium, its driver or python3 is missing.
[[ -f $1/adatape-fashion.wasm ]] || { echo "SKIPPED: no compiler for WebAssembly (wasm_packages of cmake/packages.sh)"; exit 77; }
for program in chromium chromedriver python3; do
  command -v $program >/dev/null || { echo "SKIPPED: no $program"; exit 77; }
done
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/../programs/expect.sh"
page=(adatape-page --module "$bin/adatape-fashion.wasm" --source "$here/../../examples/web" --data "$work/data" --images 60)
expect 0 '^test accuracy' adatape-train --data "$work/data" --model adatape-fashion --batch-size 50 --lr 0.003 --epochs 1 --out "$work/run" \
  --class-names '</script>,a"b&c,<b>two</b>,three,four,five,six,seven,eight,nine'
# So short a training leaves answers that hardly depend on the picture. Larger weights make them depend on it.
python3 "$here/../programs/edit_checkpoint.py" "$work/run/best.safetensors" "$work/scaled.safetensors" scale 2
expect 0 'page.html: 1\.[0-4][0-9] MB' "${page[@]}" "$work/scaled.safetensors" "$work/page.html"
expect 1 'no.safetensors' "${page[@]}" "$work/no.safetensors" "$work/none.html"
python3 "$here/../programs/edit_checkpoint.py" "$work/run/best.safetensors" "$work/other.safetensors" set config hidden_size 65
expect 1 'other.safetensors: metadata "config".*hidden_size' "${page[@]}" "$work/other.safetensors" "$work/none.html"
expect 2 'out: wanted another file than .*scaled.safetensors, which is read' "${page[@]}" "$work/scaled.safetensors" "$work/scaled.safetensors"
[[ ! -e $work/none.html ]] || fail "a page of a wrong checkpoint"
python3 "$here/page.py" "$work/page.html" "$work" || fail "the page in Chromium"
finish
