#!/usr/bin/env bash
# What decides a training run beyond the model: configuration files, accumulated batches, the moving average, crops, RandAugment, Mixup; and the recipes
# in examples/recipes.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
"${emulator[@]}" "$bin/make_test_pictures" "$work/pictures" || exit 1
pictures=$work/pictures
recipes=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../examples/recipes" && pwd)
colour=(--model adatape-colour-tiny --batch-size 16 --lr 0.01 --seed 7 --epochs 3 --data "$pictures/mixed")

same() { cmp "$work/$1" "$work/$2" || fail "$1 and $2 differ"; }
# loss FOLDER LINE: the training loss in that line of the log.
loss() { sed -n "$2p" "$work/$1/log.jsonl" | grep -o '"loss":[0-9.e-]*' | cut -d: -f2; }

# A file with the values of flags: what is printed can be read, the command line wins, and what is wrong is one line.
expect 0 '^lr=0.01$' adatape-train "${colour[@]}" --class-names 'a b,c' --print-config
cp "$work/output" "$work/printed.toml"
expect 0 '^model="adatape-colour-tiny"$' adatape-train --config "$work/printed.toml" --print-config
cmp "$work/printed.toml" "$work/output" || fail '--print-config does not print what --config read'
expect 0 '^lr=0.5$' adatape-train --config "$work/printed.toml" --lr 0.5 --print-config
python3 - "$work/printed.toml" <<'PYTHON' || fail 'what --print-config writes is not TOML, or has other values'
import sys
try:
    import tomllib
except ImportError:
    sys.exit(0)
values = tomllib.load(open(sys.argv[1], "rb"))
assert values["lr"] == 0.01 and values["model"] == "adatape-colour-tiny" and values["batch-size"] == 16 and values["class-names"] == ["a b", "c"], values
PYTHON
wrong() {
  printf '%b' "$1" >"$work/wrong.toml"
  expect 2 "$2" adatape-train --config "$work/wrong.toml" --print-config
}
wrong 'lrr = 3\n' 'config: wanted the names of flags .* found lrr '
for line in lr 'lr =' '= 3' '[other]' '[default]' 'lr = 3 4' 'lr = 3,' 'freeze = "a' 'freeze = "a" b' 'class-names = ["a", "b"' 'class-names = ["a" "b"]' 'x'; do
  wrong "seed = 1\n$line\nepochs = 3\n" 'config: line 2: wanted the name of a flag, =, and a value or an array of values, found '
done
wrong ';lr = 3\n' 'config: wanted the names of flags .* found ;lr '
wrong 'lr = 0.1\nseed = 3\nlr = 0.2\n' 'config: line 3: lr has a value in line 1'
# A value is what stands between the quotes. Comments, and arrays, end where TOML says so.
printf '# a comment\n  lr = 0.5 # another\r\nout = "data/set#1" # and "one"\nclass-names = ["a#1", '"'b ] c'"', d,] #\ndecay = kernels\n' >"$work/marks.toml"
expect 0 '^out="data/set#1"$' adatape-train --config "$work/marks.toml" --print-config
grep -q '^lr=0.5$' "$work/output" && grep -Eq '^class-names=\["a#1", "b . c", .d.\]$' "$work/output" && grep -q '^decay="kernels"$' "$work/output" ||
  fail "marks.toml is read otherwise: $(cat "$work/output")"
cp "$work/output" "$work/again.toml"
expect 0 '^out="data/set#1"$' adatape-train --config "$work/again.toml" --print-config
cmp "$work/again.toml" "$work/output" || fail '--print-config does not print what --config read from marks.toml'
expect 1 "print-config: a value cannot be written: --config: line [0-9]+: wanted the name of a flag" adatape-train --out "a'b\"c" --print-config
wrong 'lr = "much"\n' 'lr: wanted a number from 0 to 1000, found much'
wrong 'lr = [0.1, 0.2]\n' 'lr: At Most 1'
wrong 'resume = true\n' 'resume: This option is not allowed'
wrong 'rand-augment = "2;15"\n' 'rand-augment: RandAugment: wanted 0, LAYERS,MAGNITUDE'
expect 2 'none.toml' adatape-train --config "$work/none.toml"
printf 'epochs = 5\n' >"$work/epochs.toml"
printf 'seed = 5\n' >"$work/seed.toml"

# Settings that contradict each other.
refused() { expect 2 "$1" adatape-train --data "$pictures/mixed" --out "$work/refused" "${@:2}"; }
refused 'accumulate: a batch of 4 images has at most that many parts, found 5' --batch-size 4 --accumulate 5
refused 'cutmix: needs --mix-rule timm' --cutmix 1
refused 'rand-augment: .*adatape-fashion-tiny takes grey' --model adatape-fashion-tiny --rand-augment 2,15
refused 'normalise: .*adatape-fashion-tiny takes grey' --model adatape-fashion-tiny --normalise imagenet
refused 'freeze: no tensor of adatape-fashion-tiny has "blok"' --model adatape-fashion-tiny --freeze embedding,blok
refused 'lr times --weight-decay' --lr 10 --weight-decay 1
for text in 2 2, 2,15x 2,200 rand-m9-q1 rand-m 101,1; do refused 'RandAugment: wanted' --rand-augment "$text"; done
refused 'image-size: adatape-colour-tiny takes images of 32 x 32, and no adatape-colour-tiny-64 is compiled in' --model adatape-colour-tiny --image-size 64
expect 0 'saved' adatape-train "${colour[@]}" --image-size 32 --out "$work/sized" --stop-after 1
[[ ! -e $work/refused ]] || fail 'a refused run left its folder'
expect 2 'image-size: .*sized/last.safetensors is of adatape-colour-tiny, which takes images of 32 x 32; a resumed run keeps its settings' adatape-train --resume \
  --data "$pictures/mixed" --out "$work/sized" --image-size 64
expect 0 'stopped .* after step 2,' adatape-train --resume --data "$pictures/mixed" --out "$work/sized" --image-size 32 --stop-after 2
# A recipe that says what a new run starts from continues it too.
printf 'init = "%s"\n' "$work/sized/last.safetensors" >"$work/init.toml"
expect 0 'taken [0-9]+ of [0-9]+ tensors$' adatape-train --config "$work/init.toml" "${colour[@]}" --out "$work/of_recipe" --stop-after 1
grep -q 'sized/last.safetensors: pictures are made as it says: fit stretch$' "$work/output" || fail "--init does not say how pictures are made: $(cat "$work/output")"
expect 0 'continued after epoch 0 step 1$' adatape-train --config "$work/init.toml" "${colour[@]}" --out "$work/of_recipe" --resume --stop-after 2
for init in "--init $work/sized/last.safetensors" "--init=$work/sized/last.safetensors"; do
  # shellcheck disable=SC2086
  expect 2 'init excludes --resume' adatape-train "${colour[@]}" --out "$work/of_recipe" --resume $init
done
# Every flag that a file may have is described.
docs=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../docs" && pwd)
expect 0 . adatape-train --print-config
for flag in $(grep -oE '^[a-z-]+=' "$work/output" | tr -d =); do
  grep -qF -- "\`--$flag" "$docs"/{recipes,pictures,distributed}.md || fail "--$flag is in none of recipes.md, pictures.md, distributed.md"
done

# A batch in parts has the samples and, up to rounding, the loss of the batch in one. A run that was killed in the midst of a step goes on with the same bits.
expect 0 '^test accuracy' adatape-train "${colour[@]}" --out "$work/one"
expect 0 '^test accuracy' adatape-train "${colour[@]}" --out "$work/four" --accumulate 4
for line in 1 2 3; do
  awk -v a="$(loss one $line)" -v b="$(loss four $line)" 'BEGIN {exit !(a > 0 && (a - b) ^ 2 < 1e-8 * a * a)}' ||
    fail "epoch $line: loss $(loss one $line) in one part, $(loss four $line) in four"
done
# 36 images: two batches of 16, and 4 that do not fill one.
grep -q '"step":9,' "$work/one/log.jsonl" || fail "kept batches: $(tail -1 "$work/one/log.jsonl")"
expect 0 '36 training and 12 test images, 6 steps in 3 epochs' adatape-train "${colour[@]}" --out "$work/dropped" --drop-last true --accumulate 3
grep -q '"step":6,' "$work/dropped/log.jsonl" || fail "dropped batches: $(tail -1 "$work/dropped/log.jsonl")"
expect 1 '36 samples do not fill a batch of 64' adatape-train --model adatape-colour-tiny --data "$pictures/mixed" --out "$work/none" --drop-last 1 --batch-size 64

# records FILE RULE INTERPOLATION: what the checkpoint says of the fit.
records() {
  grep -aq '"fit":"{\\"crop_share\\":0.875,\\"interpolation\\":\\"'$3'\\",\\"rule\\":\\"'$2'\\"}"' "$work/$1" || fail "no fit $2, $3 in $1"
}

# Everything at once: equal bits for any number of workers and threads, and after a resume; the settings of a resumed run stay.
for rule in scenic timm; do
  all=("${colour[@]}" --accumulate 2 --average-decay 0.9 --average-warmup 1 --crop "${rule/scenic/inception}" --fit $rule --normalise half --mixup 0.4
    --mix-rule $rule --erase 0.2 --dropout 0.1 --warmup-steps 2 --loss sigmoid --head-bias -2)
  [[ $rule == scenic ]] && all+=(--rand-augment 2,15) || all+=(--rand-augment rand-m9-mstd0.5-inc1 --cutmix 1 --mix-probability 0.7)
  expect 0 '^test accuracy' adatape-train "${all[@]}" --out "$work/${rule}_whole" --workers 0
  ! grep -q 'for their mean and deviation' "$work/output" || fail '--normalise half reads all images beforehand'
  expect 0 'after step 4,' adatape-train "${all[@]}" --out "$work/${rule}_parts" --workers 2 --threads 1 --stop-after 4
  expect 2 'a resumed run keeps its settings' adatape-train --resume --config "$work/seed.toml" --data "$pictures/mixed" --out "$work/${rule}_parts"
  expect 0 '^test accuracy' adatape-train --resume --data "$pictures/mixed" --out "$work/${rule}_parts" --workers 1
  for file in last best; do same ${rule}_whole/$file.safetensors ${rule}_parts/$file.safetensors; done
  [[ $rule == scenic ]] && interpolation=area || interpolation=bicubic
  records ${rule}_whole/best.safetensors $rule $interpolation
done
grep -aq '"average/output_projection/bias"' "$work/scenic_whole/last.safetensors" || fail 'last.safetensors lacks the average'
! grep -aq '"average/' "$work/scenic_whole/best.safetensors" || fail 'best.safetensors has an average beside its weights'
! cmp -s "$work/scenic_whole/best.safetensors" "$work/timm_whole/best.safetensors" || fail 'two rules gave the same weights'
# Programs that use a trained model take the averaged weights, as its tests did.
last=$work/scenic_whole/last.safetensors
expect 0 . adatape-export "$last" --storage f32 --out "$work/used.safetensors"
python3 - "$last" "$work/used.safetensors" <<'PYTHON' || fail 'adatape-export does not write the averaged weights'
import json, struct, sys
def tensors(path):
    data = open(path, "rb").read()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    return {name: data[start + info["data_offsets"][0]:start + info["data_offsets"][1]] for name, info in header.items() if name != "__metadata__"}
run, used = map(tensors, sys.argv[1:])
assert used and all(values == run["average/" + name] for name, values in used.items())
assert any(values != run[name] for name, values in used.items())
PYTHON
for file in "$last" "$work/used.safetensors"; do
  expect 0 . adatape-predict "$file" "$pictures/mixed/test/bird/01.png" --json
  cp "$work/output" "$work/said_$(basename "$file")"
  expect 0 . adatape-export "$file" --onnx --out "$work/$(basename "$file").onnx"
done
same said_last.safetensors said_used.safetensors
same last.safetensors.onnx used.safetensors.onnx
expect 0 'taken' adatape-train "${colour[@]}" --init "$last" --out "$work/from_average" --stop-after 1
grep -q '^warning: .*scenic_whole/last.safetensors: its trained weights are taken, not their moving average' "$work/errors" || fail "no word of the average: $(cat "$work/errors")"
# A run that starts from a checkpoint makes pictures as that one says. Where flags say otherwise, a line tells what differs.
from=("${colour[@]}" --init "$work/timm_whole/best.safetensors")
half='"pixels":"{\\"deviation\\":\[0.5,0.5,0.5\],\\"mean\\":\[0.5,0.5,0.5\]}"'
expect 0 "stopped" adatape-train "${from[@]}" --out "$work/init" --stop-after 1
[[ ! -s $work/errors ]] || fail "a warning of pictures that are made alike: $(cat "$work/errors")"
expect 0 'test accuracy' adatape-train --resume --data "$pictures/mixed" --out "$work/init"
records init/last.safetensors timm bicubic
grep -aq "$half" "$work/init/last.safetensors" || fail '--init does not take mean and deviation'
expect 0 'test accuracy' adatape-train "${from[@]}" --out "$work/init_otherwise" --interpolation bilinear --normalise data
grep -Eq '^warning: pictures are made otherwise than for .*best.safetensors: fit timm with crop share 0.875, bilinear, there timm with crop share 0.875; mean 0[.0-9 ]+, there 0.5 0.5 0.5; deviation ' \
  "$work/errors" || fail "no warning of pictures that are made otherwise: $(cat "$work/errors")"
records init_otherwise/last.safetensors timm bilinear
expect 2 'normalise: init needs the flag --init' adatape-train "${colour[@]}" --out "$work/none" --normalise init
expect 2 'interpolation: --fit scenic has no bilinear' adatape-train "${colour[@]}" --out "$work/none" --fit scenic --interpolation bilinear

# Each setting changes what is learned.
for setting in '--crop timm' '--fit timm' '--fit stretch-crop' '--fit big_vision' '--interpolation bicubic' '--normalise imagenet' '--mixup 0.4' \
  '--rand-augment 2,15' '--erase 0.5 --erase-rule timm' '--average-decay 0.5' '--head-bias -1' '--warmup-steps 7' \
  '--decay kernels' '--layer-decay 0.5' '--freeze embedding' \
  '--mixup 1 --mix-rule timm' '--cutmix 1 --mix-rule timm'; do
  # shellcheck disable=SC2086
  expect 0 'test accuracy' adatape-train "${colour[@]}" --out "$work/setting" --overwrite $setting
  ! cmp -s "$work/one/last.safetensors" "$work/setting/last.safetensors" || fail "$setting changes nothing"
  # Only what the setting acts on may differ, not the record of it alone.
  python3 - "$work/one/best.safetensors" "$work/setting/best.safetensors" <<'PYTHON' || fail "$setting: the weights are those without it"
import json, struct, sys
def tensors(path):
    data = open(path, "rb").read()
    return data[8 + struct.unpack("<Q", data[:8])[0]:]
sys.exit(tensors(sys.argv[1]) == tensors(sys.argv[2]))
PYTHON
done

# Fewer classes than the model has outputs: the others are never an answer, and the probabilities of the classes add up to 1.
expect 0 'are of 3 classes; adatape-colour-tiny has outputs for 10, of which the others take no part' adatape-train "${colour[@]}" --out "$work/three"
grep -aq '"class_count":"3"' "$work/three/last.safetensors" || fail 'the checkpoint does not say that there are 3 classes'
expect 2 'class-names: wanted 3 names, found 2' adatape-predict "$work/three/last.safetensors" "$pictures/mixed/test/bird/01.png" --class-names a,b

# The recipes: each is a configuration, and takes some steps on a small set. Where its model is not compiled in, a small one takes its place.
expect 0 'adatape-colour-tiny' adatape-train --list-models
cp "$work/output" "$work/models"
for recipe in "$recipes"/*.toml; do
  name=$(basename "$recipe" .toml)
  model=$(sed -n 's/^model = "\(.*\)"$/\1/p' "$recipe")
  instead=() data=$pictures/mixed
  [[ $name != fashion ]] || data=$work/data
  grep -q "^$model " "$work/models" || { instead=(--model adatape-colour-tiny); [[ $name != fashion ]] || instead=(--model adatape-fashion-tiny); }
  # Flags of the command line win, so a batch of 4096 becomes one of 4.
  expect 0 'saved as' adatape-train --config "$recipe" "${instead[@]}" --data "$data" --out "$work/$name" --batch-size 4 --accumulate 2 --stop-after 2
  python3 - "$recipe" "$work/$name/last.safetensors" <<'PYTHON' || fail "$name: the checkpoint does not record what the recipe says"
import json, struct, sys
try:
    import tomllib
except ImportError:
    sys.exit(0)
wanted = tomllib.load(open(sys.argv[1], "rb"))
data = open(sys.argv[2], "rb").read()
recorded = json.loads(json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])["__metadata__"]["training"])
given = {"model", "batch-size", "accumulate"}
differ = {key: (value, recorded.get(key)) for key, value in wanted.items() if key not in given and recorded.get(key) != value}
sys.exit(str(differ) if differ else 0)
PYTHON
done
finish
