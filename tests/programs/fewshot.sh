#!/usr/bin/env bash
# What adatape-fewshot reports of a small model, on its screen and in JSON, and what it refuses.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/run" --model adatape-fashion-tiny --epochs 30 --batch-size 50 --lr 0.01 \
  --warmup-epochs 1
expect 0 'saved as' adatape-train --data "$work/data" --out "$work/weak" --model adatape-fashion-tiny --batch-size 50 --stop-after 2

# Ten classes whose test images a trained model tells apart.
expect 0 '^ +10 +(9[0-9]|100)\.' adatape-fewshot "$work/run/last.safetensors" --data "$work/data"

# The features of a model that had two steps only: more shots are better.
model=$work/weak/last.safetensors
fewshot=(adatape-fewshot "$model" --data "$work/data")
expect 0 '^adatape-fashion-tiny: 16 features of [0-9]+ chosen of 330 training images and of 70 test images, 10 classes$' "${fewshot[@]}" --json "$work/all.json"
grep -Eq '^ +shots +top-1 % +deviation +l2$' "$work/output" || fail 'no head of the table'
for shots in 1 5 10 25; do
  grep -Eq "^ +$shots +[0-9.]+ +[0-9.]+ +1024$" "$work/output" || fail "no line for $shots shots"
done
awk '/ 1024$/ {if ($2 <= last) exit 1; last = $2} END {if (last <= 10) exit 1}' "$work/output" || fail "more shots are not better: $(cat "$work/output")"
grep -Eq '^features in 0:[0-9]+, [0-9.]+ images/s$' "$work/output" || fail 'no line about the speed'
said >"$work/one"

# No line of the output but that one and progress is about time, and no other depends on the number of threads.
for threads in 1 2; do
  expect 0 . "${fewshot[@]}" --threads $threads --json "$work/threads.json"
  [[ $(said) == "$(<"$work/one")" ]] || fail "--threads $threads changes the results"
  cmp -s "$work/threads.json" "$work/all.json" || fail "--threads $threads changes the JSON"
done
OMP_NUM_THREADS=7 expect 0 . "${fewshot[@]}" --json "$work/threads.json"
cmp -s "$work/threads.json" "$work/all.json" || fail 'seven threads change the JSON'

# Shots, seeds, l2, limit.
expect 0 '^ +3 ' "${fewshot[@]}" --shots 3 --seeds 1
(($(grep -cE '^ +[0-9]+ ' "$work/output") == 1)) || fail '--shots 3: wanted one line'
grep -Eq '^ +3 +[0-9.]+ +0\.00 +1024$' "$work/output" || fail '--seeds 1: wanted no deviation'
grep -q ' 30 chosen of 330 ' "$work/output" || fail '--shots 3 --seeds 1: wanted the features of 30 training images'
expect 0 ' 0\.5$' "${fewshot[@]}" --shots 1,2 --l2 0.5
expect 0 ' of 20 training images and of 20 test images' "${fewshot[@]}" --limit 20 --shots 1,2,3
[[ $(sed -n '/^ *2 /s/^ *2 *//p' "$work/output") == $(sed -n '/^ *3 /s/^ *3 *//p' "$work/output") ]] ||
  fail '--limit 20: there are two images of each class, so three shots are two'
expect 0 ' 10 chosen of 330 ' adatape-fewshot --shots 1 "$model" --data "$work/data" --rule scenic --json "$work/scenic.json"
expect 0 ' 10 chosen of 330 ' "${fewshot[@]}" --shots 1 --rule scenic --l2 2,8
grep -Eq '^ +1 +[0-9.]+ +0\.00 +[28]$' "$work/output" || fail '--rule scenic --l2 2,8: wanted one of them'

# Pictures made in another way than in training.
grep -q '"fit":"stretch"' "$work/all.json" || fail 'the JSON does not say how pictures were made'
expect 0 . "${fewshot[@]}" --fit stretch --json "$work/fit.json"
cmp -s "$work/fit.json" "$work/all.json" || fail '--fit of the training changes the results'
expect 0 '^pictures are made as --fit big_vision with crop share 0.875, in training as --fit stretch$' "${fewshot[@]}" --fit big_vision --json "$work/fit.json"
grep -q '"fit":"big_vision with crop share 0.875"' "$work/fit.json" || fail 'the JSON does not say --fit big_vision'
[[ $(grep '^ ' "$work/output") != "$(grep '^ ' "$work/one")" ]] || fail '--fit big_vision changes nothing'

# Labels that the model has no output for are classes too.
if command -v python3 >/dev/null; then
  cp -r "$work/data" "$work/relabelled"
  python3 - "$work/relabelled" <<'END' || fail 'cannot write other labels'
import sys
for name in "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte":
    path = sys.argv[1] + "/" + name
    data = bytearray(open(path, "rb").read())
    data[8:] = bytes(2 * label + 1 for label in data[8:])
    open(path, "wb").write(data)
END
  expect 0 ', 20 classes$' adatape-fewshot "$model" --data "$work/relabelled" --rule scenic --shots 1 --json "$work/relabelled.json"
  python3 - "$work" <<'END' || fail 'the JSON is not what the table says'
import json
import sys
work = sys.argv[1]
report = json.load(open(work + "/all.json"))
assert list(report) == ["checkpoint", "model", "storage", "data", "fit", "rule", "seeds", "features", "train_images", "chosen_images", "test_images", "classes",
                        "results"], report
assert report["model"] == "adatape-fashion-tiny" and report["storage"] == "f32" and report["rule"] == "big_vision" and report["seeds"] == 3 and report["classes"] == 10
table = [line.split() for line in open(work + "/one") if line[:1] == " " and "shots" not in line]
assert len(table) == len(report["results"]) == 4
for line, result in zip(table, report["results"]):
    assert len(result["accuracies"]) == 3 and all(abs(70 * a - round(70 * a)) < 1e-9 for a in result["accuracies"]), result
    mean = sum(result["accuracies"]) / 3
    deviation = (sum((a - mean) ** 2 for a in result["accuracies"]) / 3) ** 0.5
    assert abs(result["accuracy"] - mean) < 1e-12 and abs(result["deviation"] - deviation) < 1e-12, result
    assert line == [str(result["shots"]), f"{100 * mean:.2f}", f"{100 * deviation:.2f}", "1024"], (line, result)
scenic = json.load(open(work + "/scenic.json"))
assert scenic["rule"] == "scenic" and scenic["seeds"] is None and len(scenic["results"][0]["accuracies"]) == 1, scenic
relabelled = json.load(open(work + "/relabelled.json"))
assert relabelled["results"] == scenic["results"] and relabelled["classes"] == 20, "other numbers of the same classes change the result"
END
else
  echo 'SKIPPED: JSON and other labels: no python3'
fi

# Wrong flags.
expect 0 '--shots .*=' adatape-fewshot --help
expect 0 '^adatape [0-9.]+, batches of [0-9]+ floats, bf16 by [A-Z0-9a-z]+, int8 by [A-Z0-9a-z]+$' adatape-fewshot --version
expect 2 'MODEL' adatape-fewshot
expect 2 'no-such-flag.*--help' "${fewshot[@]}" --no-such-flag
expect 2 'shots.*wanted an integer from 1' "${fewshot[@]}" --shots 0
expect 2 'shots.*wanted an integer from 1' "${fewshot[@]}" --shots 1,x
expect 2 'seeds.*wanted an integer from 1' "${fewshot[@]}" --seeds 0
expect 2 'seeds.*scenic' "${fewshot[@]}" --rule scenic --seeds 2
expect 2 'l2.*wanted a number from' "${fewshot[@]}" --l2 0
expect 2 'l2.*wanted a number from' "${fewshot[@]}" --l2 nan
expect 2 'l2.*big_vision takes one value, found 2' "${fewshot[@]}" --l2 1,2
expect 2 'rule' "${fewshot[@]}" --rule best
expect 2 'limit' "${fewshot[@]}" --limit -1
expect 2 'fit' "${fewshot[@]}" --fit round
expect 2 'interpolation: --fit big_vision has no bicubic' "${fewshot[@]}" --fit big_vision --interpolation bicubic
expect 2 'threads' "${fewshot[@]}" --threads -1

# Wrong files.
expect 1 'none.safetensors.*No such file' adatape-fewshot "$work/none.safetensors" --data "$work/data"
expect 1 'header' adatape-fewshot "$work/data/three.png" --data "$work/data"
expect 1 'none such' adatape-fewshot "$model" --data "$work/none such"
cp -r "$work/data" "$work/short"
truncate -s 5000 "$work/short/t10k-images-idx3-ubyte"
expect 1 't10k-images.*cut short' adatape-fewshot "$model" --data "$work/short"
cp -r "$work/data" "$work/mixed"
cp "$work/data/t10k-labels-idx1-ubyte" "$work/mixed/train-labels-idx1-ubyte"
expect 1 'train-labels.*330.*70' adatape-fewshot "$model" --data "$work/mixed"
expect 2 'json: wanted another file than .*last.safetensors, which is read' "${fewshot[@]}" --json "$work/weak/../weak/last.safetensors"
expect 1 'no/such/file.json' "${fewshot[@]}" --json "$work/no/such/file.json"
mkfifo "$work/pipe"
expect 1 'pipe: wanted .*regular file' "${fewshot[@]}" --json "$work/pipe"
if command -v python3 >/dev/null; then
  python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$model" "$work/edited.safetensors" scale 1e25
  echo old >"$work/old.json"
  expect 1 'wanted finite features, found .* as feature [0-9]+ of image [0-9]+' adatape-fewshot "$work/edited.safetensors" --data "$work/data" \
    --json "$work/old.json"
  [[ $(cat "$work/old.json") == old ]] || fail 'a run that failed replaced the JSON of another'
  (($(find "$work" -maxdepth 1 -name '*old.json*' | wc -l) == 1)) || fail 'a run that failed left a temporary file'
fi
if [[ -c /dev/full ]]; then
  "${emulator[@]}" "$bin/${fewshot[0]}" "${fewshot[@]:1}" --json "$work/full.json" >/dev/full 2>"$work/errors"
  (($? == 1)) && (($(wc -l <"$work/errors") == 1)) || fail 'standard output is full: wanted exit code 1 and one line'
  [[ -e $work/full.json ]] && fail 'JSON of a run whose table was not written'
fi
finish
