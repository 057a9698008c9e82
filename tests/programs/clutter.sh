#!/usr/bin/env bash
# adatape-clutter on a small canvas: it learns, a run that was stopped and resumed ends in the same bytes, result.json is what the screen says,
# multiply-accumulates are what the formulas of docs/model.md say, and bad flags and files are refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
data=/usr/share/datasets/fashion-mnist
[[ -f $data/train-images-idx3-ubyte.gz ]] || { echo 'SKIPPED: no Fashion-MNIST'; finish; }

expect 0 '^adatape-56-32-2-8-8 +[0-9]+ parameters, at most 0.358 million' adatape-clutter --list-models
resumes_exactly '^final accuracy [0-9.]+ % on 6400 fresh samples, mean tape length' adatape-clutter \
  --model adatape-56-32-2-8-8 --batch-size 16 --steps 30 --warmup-steps 5 --seed 3 --ponder-delay 10 --ponder-ramp 10 --query-noise 0.5
# A run keeps its pictures.
expect 1 'parts/last.safetensors: was trained on other pictures than those in .*/data$' adatape-clutter --out "$work/parts" --resume --data "$work/data"

# Enough steps to be far above chance, which is 10 %. The last test and the sweep are in result.json.
expect 0 '^8 tape tokens +accuracy' adatape-clutter --model adatape-56-32-2-8-8 --steps 300 --warmup-steps 20 --sweep --out "$work/learnt" \
  --picture "$work/canvases.png"
cp "$work/output" "$work/screen"
png_magic=$(head -c 8 "$work/canvases.png" | od -An -tx1 | tr -d " ")
[[ $png_magic == 89504e470d0a1a0a ]] || fail "canvases.png is no PNG"
expect 0 'mean tape length 0.0' adatape-clutter --model vit-56-32-2-8 --batch-size 8 --steps 2 --out "$work/plain"
if command -v python3 >/dev/null; then
  python3 - "$work/learnt/result.json" "$work/screen" "$work/plain/result.json" <<'PYTHON' || fail "result.json"
import json, re, sys
result, plain = json.load(open(sys.argv[1])), json.load(open(sys.argv[3]))
screen = open(sys.argv[2]).read()
last, *sweep = result["results"]
assert result["model"] == "adatape-56-32-2-8-8" and result["settings"]["fragments"] == 1 and result["config"]["image_reduction"] == 4, result["settings"]
assert last["correct"] / last["samples"] > 0.25, last
assert float(re.search(r"final accuracy ([0-9.]+) %", screen)[1]) == round(100 * last["correct"] / last["samples"], 2)
assert [run["tau"] for run in sweep[:16]] == [n / 2 for n in range(1, 17)] and [run["exact_tape_tokens"] for run in sweep[16:]] == list(range(1, 9))
assert all(run["mean_length"] == run["exact_tape_tokens"] for run in sweep[16:])
assert next(run for run in sweep if run["tau"] == 2)["correct"] == last["correct"], "tau 2 is the model's own threshold"
groups = result["by_difficulty"]
assert [group["difficulty"] for group in groups] == [0, 1, 2, 3, 4]
assert all(1100 < group["samples"] < 1460 for group in groups) and sum(group["samples"] for group in groups) == 6400
assert sum(group["correct"] for group in groups) == last["correct"]
# The glance reduces 56 x 56 pixels and has 2 x 2 own tokens of 7 x 7; 49 bank tokens of 8 x 8 pixels.
D, mlp, classes, own, bank, k = 32, 64, 10, 4, 49, 4
def block(tokens): return tokens * (4 * D * D + 2 * D * mlp) + 2 * tokens * tokens * D
stem = 56 * 56 + own * 49 * D + bank * (64 * D + D * D)
for n, run in enumerate(sweep[16:], 1):
    wanted = stem + n * (bank * D // 2 + k * D) + n * 3 * D * mlp + block(own) + block(own + n) + D * classes
    assert run["mean_macs"] == wanted, (n, run["mean_macs"], wanted)
assert plain["results"][0]["mean_macs"] == bank * 64 * D + 2 * block(bank) + D * classes, plain["results"][0]
PYTHON
else
  echo 'SKIPPED: result.json: no python3'
fi

# Another set, and no fragments at all.
expect 0 'mean tape length 3.0' adatape-clutter --model adatape-56-32-2-8-8 --batch-size 8 --steps 2 --exact-tape-tokens 3 --data "$work/data" --fragments 0

expect 2 'adatape-9 not in' adatape-clutter --model adatape-9
expect 2 'exact-tape-tokens: 9 is out of range' adatape-clutter --model adatape-56-32-2-8-8 --exact-tape-tokens 9
expect 2 'tau: 8.5 is out of range' adatape-clutter --model adatape-56-32-2-8-8 --tau 8.5
expect 2 'exact-tape-tokens: 1 is out of range' adatape-clutter --model vit-56-32-2-8 --exact-tape-tokens 1
expect 2 'fragments' adatape-clutter --fragments -1
expect 2 'fragments' adatape-clutter --fragments 101
guards_pictures adatape-clutter --model vit-56-32-2-8 --batch-size 8 --steps 2
expect 1 '/none: wanted a file train-images-idx3-ubyte or .*, plain or .gz, found none' adatape-clutter --data "$work/none" --steps 2
expect 1 'train-images-idx3-ubyte' adatape-clutter --data "$work/whole" --steps 2

# Files of another kind, of other classes, of images of another size, and of one image.
# write_idx FILE SIZE... <VALUES: an IDX file of bytes; sizes are below 256.
write_idx() {
  local file=$1 rank=$(($# - 1)) size
  shift
  printf "\\0\\0\\x08\\x0$rank" >"$file"
  for size in "$@"; do printf "\\0\\0\\0\\x$(printf %x "$size")" >>"$file"; done
  cat >>"$file"
}
cp -r "$work/data" "$work/wrong"
printf 'no images' >"$work/wrong/t10k-images-idx3-ubyte"
expect 1 't10k-images-idx3-ubyte: not an IDX file' adatape-clutter --data "$work/wrong" --steps 2
cp "$work/data/t10k-labels-idx1-ubyte" "$work/wrong/t10k-images-idx3-ubyte"
expect 1 't10k-images-idx3-ubyte: wanted 3 dimensions .* found 1' adatape-clutter --data "$work/wrong" --steps 2
head -c $((2 * 27 * 27)) /dev/zero | write_idx "$work/wrong/t10k-images-idx3-ubyte" 2 27 27
printf '\0\1' | write_idx "$work/wrong/t10k-labels-idx1-ubyte" 2
expect 1 'wrong: wanted images of 28 x 28, found 27 x 27' adatape-clutter --data "$work/wrong" --steps 2
head -c $((2 * 28 * 28)) /dev/zero | write_idx "$work/wrong/t10k-images-idx3-ubyte" 2 28 28
printf '\0\n' | write_idx "$work/wrong/t10k-labels-idx1-ubyte" 2
expect 1 't10k-labels-idx1-ubyte: label 1 is 10, wanted less than 10' adatape-clutter --data "$work/wrong" --steps 2
head -c $((28 * 28)) /dev/zero | write_idx "$work/wrong/t10k-images-idx3-ubyte" 1 28 28
printf '\0' | write_idx "$work/wrong/t10k-labels-idx1-ubyte" 1
expect 1 'wrong: wanted at least two images' adatape-clutter --data "$work/wrong" --steps 2
finish
