#!/usr/bin/env bash
# adatape-train and adatape-fewshot: any number of processes gives the bits of one, with all that draws, mixes, averages or leaves out pictures.
source "$(dirname "${BASH_SOURCE[0]}")/together.sh" "$@"
"$bin/make_test_pictures" "$work/pictures" || exit 1
tiny=(--model adatape-fashion-tiny --data "$work/data" --batch-size 101 --accumulate 3 --leaves 5 --epochs 2 --lr 0.01 --seed 7
      --dropout 0.1 --stochastic-depth 0.1 --shift 1 --erase 0.2 --query-noise 0.1)
declare -A runs=([plain]="" [scenic]="--mixup 0.5 --average-decay 0.9" [timm]="--mixup 0.8 --cutmix 1 --mix-rule timm --loss sigmoid")
for name in "${!runs[@]}"; do
  expect 0 '^test accuracy' adatape-train "${tiny[@]}" ${runs[$name]} --out "$work/$name"
  for processes in 1 2 3; do
    [[ $name == plain && $processes == 1 ]] && continue
    together $processes 0 '^test accuracy' adatape-train "${tiny[@]}" ${runs[$name]} --out "$work/$name$processes"
    same_run $name $name$processes
  done
done
together 3 0 'stopped .* after step 6,' adatape-train "${tiny[@]}" ${runs[timm]} --out "$work/parts" --stop-after 6
together 2 0 'continued after epoch 1 step 6' adatape-train --data "$work/data" --out "$work/parts" --resume
same_run timm parts

# Pictures in files, of which some cannot be read. A part of the last batch has an odd number of samples.
cp -r "$work/pictures/mixed" "$work/broken"
head -c 200 "$work/pictures/mixed/train/bird/01.png" >"$work/broken/train/bird/01.png"
echo 'no picture' >"$work/broken/train/cat/02.jpg"
: >"$work/broken/test/cat/01.png"
folder=(--model adatape-colour-tiny --data "$work/broken" --batch-size 15 --leaves 4 --epochs 3 --lr 0.01 --seed 7 --flip 1 --shift 3 --skip-broken)
for how in "--normalise half" "--normalise half --mixup 0.8 --cutmix 1 --mix-rule timm" "--normalise half --mixup 0.5" "--normalise data"; do
  expect 0 'left out 2 training and 1 test images' adatape-train "${folder[@]}" $how --out "$work/folder" --overwrite
  for processes in 2 3; do
    together $processes 0 'left out 2 training and 1 test images' adatape-train "${folder[@]}" $how --out "$work/folder$processes" --overwrite --workers 1
    same_run folder folder$processes
  done
done
for picture in "$work"/broken/train/*/*.* "$work"/broken/train/*/more/*; do echo 'no picture' >"$picture"; done
together 3 1 '^error: none of the 15 images of a batch can be read' adatape-train "${folder[@]}" --normalise half --out "$work/refused"
together 3 1 '^error: none of the 36 training images can be read' adatape-train "${folder[@]}" --out "$work/refused"

# A picture that cannot be read ends all processes, behind the steps that can be saved.
cp -r "$work/pictures/mixed" "$work/breaks"
echo 'no picture' >"$work/breaks/train/cat/02.jpg"
breaks=(--model adatape-colour-tiny --data "$work/breaks" --batch-size 6 --leaves 4 --epochs 3 --lr 0.01 --seed 7)
together 3 1 '(^|: )error: .*breaks/train/cat/02.jpg: wanted a JPEG or PNG' adatape-train "${breaks[@]}" --out "$work/refused"
expect 1 'breaks/train/cat/02.jpg: wanted a JPEG or PNG' adatape-train "${breaks[@]}" --normalise half --out "$work/saved"
together 3 1 '(^|: )error: .*breaks/train/cat/02.jpg: wanted a JPEG or PNG' adatape-train "${breaks[@]}" --normalise half --out "$work/saved3"
[[ -f $work/saved/last.safetensors ]] || fail 'no step was made before the picture that cannot be read'
cmp "$work/saved/last.safetensors" "$work/saved3/last.safetensors" || fail 'other steps were saved before a picture that cannot be read'

# A save that fails ends all.
mkdir -p "$work/unwritable/last.safetensors"
together 2 1 '^error: .*unwritable/last.safetensors' adatape-train "${tiny[@]}" --out "$work/unwritable" --overwrite --save-every 2

# What processes have in common.
program=$bin/adatape-train
together 3 2 '^error: --leaves: 3 processes' adatape-train --model adatape-fashion-tiny --data "$work/data" --out "$work/refused"
together 3 2 '^error: --batch-size: 3 processes .* with 2' adatape-train --model adatape-fashion-tiny --data "$work/data" --out "$work/refused" --leaves 3 \
  --batch-size 82
cp -r "$work/data" "$work/fewer"
cp "$work/data/t10k-images-idx3-ubyte" "$work/fewer/train-images-idx3-ubyte"
cp "$work/data/t10k-labels-idx1-ubyte" "$work/fewer/train-labels-idx1-ubyte"
common=(--model adatape-fashion-tiny --leaves 2 --out "$work/refused")
started 1 '^error: process 1 has 70 training images, process 0 has 330' -n 1 "$program" "${common[@]}" --data "$work/data" : -n 1 "$program" "${common[@]}" \
  --data "$work/fewer"
[[ ! -f $work/refused/last.safetensors ]] || fail 'a run that was refused has saved something'

# Few-shot evaluation.
few=("$work/plain/last.safetensors" --data "$work/data" --shots 2,5)
expect 0 '^ +5' adatape-fewshot "${few[@]}" --json "$work/few.json"
said >"$work/few_lines"
together 3 0 '^ +5' adatape-fewshot "${few[@]}" --json "$work/few3.json"
cmp "$work/few.json" "$work/few3.json" || fail 'adatape-fewshot: other results of 3 processes'
diff "$work/few_lines" <(said) || fail 'adatape-fewshot: other lines of 3 processes'
finish
