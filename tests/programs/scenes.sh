#!/usr/bin/env bash
# adatape-scenes on a small set of pictures: it learns, a run that was stopped and resumed ends in the same bytes, result.json is what the screen says, and bad
# flags and files are refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
data=/usr/share/datasets/fashion-mnist
[[ -f $data/train-images-idx3-ubyte.gz ]] || { echo 'SKIPPED: no Fashion-MNIST'; finish; }

expect 0 '^adatape-8-32-2-8 +[0-9]+ parameters, at most 0.482 million' adatape-scenes --list-models
resumes_exactly '^final accuracy [0-9.]+ % on 6400 fresh samples, mean tape length' adatape-scenes \
  --model adatape-8-32-2-8 --batch-size 16 --steps 30 --warmup-steps 5 --seed 3 --ponder-delay 10 --ponder-ramp 10 --query-noise 0.5
# A run keeps its pictures.
expect 1 'parts/last.safetensors: was trained on other pictures than those in .*/data$' adatape-scenes --out "$work/parts" --resume --data "$work/data"

# Enough steps to be far above chance, which is 25 %. The last test and the sweep are in result.json.
expect 0 '^8 tape tokens +accuracy' adatape-scenes --model adatape-8-32-2-8 --batch-size 64 --steps 250 --warmup-steps 20 --sweep --out "$work/learnt" \
  --picture "$work/scenes.png"
png_magic=$(head -c 8 "$work/scenes.png" | od -An -tx1 | tr -d " ")
[[ $png_magic == 89504e470d0a1a0a ]] || fail "scenes.png is no PNG"
if command -v python3 >/dev/null; then
  python3 - "$work/learnt/result.json" "$work/output" <<'PYTHON' || fail "result.json"
import json, re, sys
result = json.load(open(sys.argv[1]))
screen = open(sys.argv[2]).read()
last, *sweep = result["results"]
assert result["model"] == "adatape-8-32-2-8" and result["settings"]["steps"] == 250 and result["config"]["image_reduction"] == 4, result["settings"]
assert last["correct"] / last["samples"] > 0.45, last
assert float(re.search(r"final accuracy ([0-9.]+) %", screen)[1]) == round(100 * last["correct"] / last["samples"], 2)
assert [run["tau"] for run in sweep[:16]] == [n / 2 for n in range(1, 17)] and [run["exact_tape_tokens"] for run in sweep[16:]] == list(range(1, 9))
assert all(run["mean_length"] == run["exact_tape_tokens"] for run in sweep[16:])
assert next(run for run in sweep if run["tau"] == 2)["correct"] == last["correct"], "tau 2 is the model's own threshold"
groups = result["by_difficulty"]
assert [group["difficulty"] for group in groups] == list(range(1, 25))
assert sum(group["samples"] for group in groups) == 6400 and sum(group["correct"] for group in groups) == last["correct"]
assert abs(sum(group["mean_length"] * group["samples"] for group in groups) / 6400 - last["mean_length"]) < 1e-9
PYTHON
else
  echo 'SKIPPED: result.json: no python3'
fi

# A baseline, and one number of tape tokens for all samples.
expect 0 'mean tape length 0.0' adatape-scenes --model vit-8-16-2-8 --batch-size 8 --steps 2
expect 0 'mean tape length 3.0' adatape-scenes --model adatape-8-32-2-8 --batch-size 8 --steps 2 --exact-tape-tokens 3

# A given bank of random cells. Its tokens are no patches of the picture, which is drawn without them.
expect 0 'mean tape length 4.0' adatape-scenes --model given-bank-8-32-2-8-16 --batch-size 8 --steps 2 --exact-tape-tokens 4 --picture "$work/given.png"

expect 2 'adatape-9 not in' adatape-scenes --model adatape-9
expect 2 'exact-tape-tokens: 9 is out of range' adatape-scenes --model adatape-8-32-2-8 --exact-tape-tokens 9
expect 2 'tau: 8.5 is out of range' adatape-scenes --model adatape-8-32-2-8 --tau 8.5
expect 2 'exact-tape-tokens: 1 is out of range' adatape-scenes --model vit-8-16-2-8 --exact-tape-tokens 1
guards_pictures adatape-scenes --model adatape-8-32-2-8 --batch-size 8 --steps 2
expect 2 'marks' adatape-scenes --marks 61
expect 1 '/none: wanted a file train-images-idx3-ubyte or .*, plain or .gz, found none' adatape-scenes --data "$work/none" --steps 2
expect 1 'train-images-idx3-ubyte' adatape-scenes --data "$work/whole" --steps 2
finish
