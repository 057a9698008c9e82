#!/usr/bin/env bash
# What adatape-predict says about pictures and IDX files, and its own picture.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/run" --model adatape-fashion-tiny --epochs 30 --batch-size 50 --lr 0.01 \
  --warmup-epochs 1 --class-names zero,one,two,three,four,five,six,seven,eight,nine
model=$work/run/last.safetensors
test_images=$work/data/t10k-images-idx3-ubyte

expect 0 'three.png: three [0-9.]+ %, tape length [0-9]+: [0-9]+ ' adatape-predict "$model" "$work/data/three.png"
expect 0 'three.jpg: three ' adatape-predict "$model" "$work/data/three.jpg"
expect 0 '"class":3,"name":"three","probability":0\.[0-9]+,"length":[0-9]+,"macs":[0-9.]+,"tape":\[\[[0-9]+,' adatape-predict "$model" \
  "$work/data/three.png" --json
expect 0 '^accuracy (9[0-9]|100).* on 70 images' adatape-predict "$model" "$test_images" --labels "$work/data/t10k-labels-idx1-ubyte"
(($(wc -l <"$work/output") == 71)) || fail "wanted 70 images and a summary"
# The true classes are told of a single image, and in JSON.
expect 0 '^accuracy (0|100).00 % on 1 images' adatape-predict "$model" "$test_images" --labels "$work/data/t10k-labels-idx1-ubyte" --indices 14
expect 0 '#14","class":[0-9],.*,"label":4}$' adatape-predict "$model" "$test_images" --labels "$work/data/t10k-labels-idx1-ubyte" --indices 13,14 --json

# A file may be packed; a lower tau reads less; the limit limits.
gzip -k "$test_images"
expect 0 '#4: four ' adatape-predict "$model" "$test_images.gz" --limit 5
(($(wc -l <"$work/output") == 6)) || fail "--limit 5: wanted 5 images and a summary"
# Images by number, over all files, in the files' order.
numbers() { grep -oE '(#[0-9]+|three.png): ' "$work/output" | tr -d '#:\n'; }
expect 0 . adatape-predict "$model" "$test_images" --indices 66,4,69
[[ $(numbers) == '4 66 69 ' ]] || fail "--indices 66,4,69: found $(numbers)"
expect 0 . adatape-predict "$model" "$work/data/three.png" "$test_images.gz" "$work/data/three.png" --indices 0,1,70 --json
[[ $(grep -oE '(#[0-9]+|three.png)"' "$work/output" | tr '\n' ' ') == 'three.png" #0" #69" ' ]] || fail "--indices 0,1,70: found $(cat "$work/output")"
expect 0 '^accuracy [1-9].* on 6 images' adatape-predict "$model" "$test_images" --labels "$work/data/t10k-labels-idx1-ubyte" --indices 13,14,23,24,33,34
expect 2 'indices: wanted numbers below 70, .*found 70' adatape-predict "$model" "$test_images" --indices 3,70
expect 2 'indices' adatape-predict "$model" "$test_images" --indices 3,-1
expect 2 'limit' adatape-predict "$model" "$test_images" --indices 3 --limit 5
expect 0 'tape length 1:' adatape-predict "$model" "$work/data/three.png" --tau 0.01
expect 2 'tau' adatape-predict "$model" "$work/data/three.png" --tau 10.5

expect 0 . adatape-predict "$model" "$test_images" "$work/data/three.jpg" --picture "$work/tapes.png"
expect 0 tapes.png adatape-predict "$model" "$work/tapes.png" --invert

echo 'no image' >"$work/text"
expect 1 'text: wanted a PNG' adatape-predict "$model" "$work/text"
expect 1 'none: cannot open' adatape-predict "$model" "$work/none"
expect 1 't10k-labels.*dimensions' adatape-predict "$model" "$work/data/t10k-labels-idx1-ubyte"
printf '\0\0\x08\x04\0\0\0\1\0\0\0\2\0\0\0\2\0\0\0\2%08d' 0 >"$work/two-channels"
expect 1 'two-channels: wanted images of 1 or 3 channels, found 2' adatape-predict "$model" "$work/two-channels"
head -c 400 "$work/data/three.png" >"$work/short.png"
expect 1 'short.png: damaged PNG' adatape-predict "$model" "$work/short.png"
head -c 900 "$work/data/three.jpg" >"$work/short.jpg"
expect 1 'short.jpg: damaged' adatape-predict "$model" "$work/short.jpg"
expect 1 'no/such/tapes.png' adatape-predict "$model" "$work/data/three.png" --picture "$work/no/such/tapes.png"
[[ ! -s $work/output ]] || fail "a picture that cannot be written is found out behind the predictions: $(cat "$work/output")"
expect 2 'picture-images requires --picture' adatape-predict "$model" "$work/data/three.png" --picture-images 5

# Class names of the checkpoint, of the flag; names that are not UTF-8 are refused, file names are made UTF-8 in JSON.
expect 0 'three.png: drei ' adatape-predict "$model" "$work/data/three.png" --class-names null,eins,zwei,drei,vier,fünf,sechs,sieben,acht,neun
grep -q 'warning: --class-names: .*last.safetensors has other names of its classes$' "$work/errors" || fail 'no warning of other names of classes'
expect 2 'wanted 10 names, found 2' adatape-predict "$model" "$work/data/three.png" --class-names a,b
expect 2 'UTF-8' adatape-predict "$model" "$work/data/three.png" --class-names $'a\xff',b,c,d,e,f,g,h,i,j
cp "$work/data/three.png" "$work/three"$'\xff'".png"
expect 0 '"class":3' adatape-predict "$model" "$work/three"$'\xff'".png" --json
iconv -f UTF-8 -t UTF-8 "$work/output" >"$work/utf8" 2>&1 || fail 'JSON with a file name that is not UTF-8 is not UTF-8'

# Pictures: the limit and the other flags reach the reader.
expect 1 'three.png: wanted at most 100 pixels' adatape-predict "$model" "$work/data/three.png" --max-pixels 100
expect 1 'three.jpg: wanted at most 100 pixels' adatape-predict "$model" "$work/data/three.jpg" --max-pixels 100
expect 2 background adatape-predict "$model" "$work/data/three.png" --background pink
expect 0 'three.jpg: three' adatape-predict "$model" "$work/data/three.jpg" --background black --exif-orientation

# Labels are as many as the images, with a limit too.
expect 1 'labels-idx1-ubyte: wanted 70 labels, one for each image, found 330' adatape-predict "$model" "$test_images" --labels \
  "$work/data/train-labels-idx1-ubyte"
expect 1 'wanted 70 labels' adatape-predict "$model" "$test_images" --limit 5 --labels "$work/data/train-labels-idx1-ubyte"
expect 0 '^accuracy .* on 5 images' adatape-predict "$model" "$test_images" --limit 5 --labels "$work/data/t10k-labels-idx1-ubyte"

# --picture does not take the place of a file that is read, by whatever path.
cp "$model" "$work/kept.safetensors"
ln -s data/three.png "$work/three_link.png"
replaces() { expect 2 "picture: wanted another file than .*$1, which is read" adatape-predict "$model" "$work/data/three.png" "$test_images" "${@:2}"; }
replaces last.safetensors --picture "$work/run/../run/last.safetensors"
replaces three.png --picture "$work/three_link.png"
replaces t10k-images-idx3-ubyte --picture "$test_images"
replaces t10k-labels-idx1-ubyte --limit 0 --labels "$work/data/t10k-labels-idx1-ubyte" --picture "$work/data/t10k-labels-idx1-ubyte"
cmp "$model" "$work/kept.safetensors" || fail '--picture replaced the checkpoint'
expect 0 'three.png: three ' adatape-predict "$model" "$work/data/three.png"

# --picture takes the place of regular files only. A link stays one.
mkfifo "$work/pipe"
expect 1 'pipe: wanted .*regular file' adatape-predict "$model" "$work/data/three.png" --picture "$work/pipe"
[[ -p $work/pipe ]] || fail '--picture replaced a pipe'
ln -s linked.png "$work/link.png"
expect 0 . adatape-predict "$model" "$work/data/three.png" --picture "$work/link.png"
[[ -L $work/link.png && -f $work/linked.png ]] || fail '--picture replaced a symbolic link'
ln -s pipe "$work/link_to_pipe"
expect 1 'link_to_pipe: wanted .*regular file' adatape-predict "$model" "$work/data/three.png" --picture "$work/link_to_pipe"
[[ -L $work/link_to_pipe && -p $work/pipe ]] || fail '--picture replaced a link to a pipe'
if mknod "$work/null" c 1 3 2>/dev/null; then
  expect 1 'null: wanted .*regular file' adatape-predict "$model" "$work/data/three.png" --picture "$work/null"
  [[ -c $work/null ]] || fail '--picture replaced a device'
else
  echo 'SKIPPED: --picture at a device: mknod is not permitted'
fi

# What did not reach standard output is not taken for a whole result.
for flags in --json --tau=0; do
  "${emulator[@]}" "$bin/adatape-predict" "$model" "$test_images" $flags >/dev/full 2>"$work/errors"
  (($? == 1)) || fail "standard output is full ($flags): wanted exit code 1"
  (($(wc -l <"$work/errors") == 1)) || fail "standard output is full ($flags): wanted one line on standard error"
done

# Checkpoints that somebody else made.
if command -v python3 >/dev/null; then
  edit() { python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$model" "$work/edited.safetensors" "$@"; }
  # edited KEY VALUE PATTERN: what is said of a checkpoint with that metadata entry.
  edited() {
    edit metadata "$1" "$2"
    expect 1 "edited.safetensors: .*$3" adatape-predict "$work/edited.safetensors" "$work/data/three.png"
  }
  for key in config pixels classes; do
    edited $key deep "$key.*nested"
    edited $key '{' "$key.*not valid JSON"
    edited $key 7 "$key.*wanted"
  done
  edited classes '["one", 2]' 'classes\[1\].*wanted a string, found 2'
  edited classes '{"a": "b"}' 'classes.*wanted an array'
  edited pixels '{"mean": "x", "deviation": 1}' '"mean": wanted a number'
  edited pixels '{"mean": 0}' '"deviation" is missing'
  edited pixels '{"mean": 0, "deviation": 0}' '"deviation": wanted a number from'
  edited pixels '{"mean": 1e999, "deviation": 1}' 'pixels.*'
  edited fit '{"rule": "round", "crop_share": 0.9}' '"rule": wanted "stretch" or "stretch-crop" or "scenic" or "timm" or "big_vision", found "round"'
  edited fit '{"rule": "timm", "crop_share": 7}' '"crop_share": wanted a number from'
  edited fit '{"rule": "timm", "crop_share": 0.9, "interpolation": "area"}' 'fit": the rule "timm" has no interpolation "area"'
  edited fit '{"rule": "timm", "crop_share": 0.9, "interpolation": 3}' '"interpolation": wanted "bilinear" or '
  edit set fit interpolation none  # as checkpoints had it before there was a choice
  expect 0 'three.png: three ' adatape-predict "$work/edited.safetensors" "$work/data/three.png"
  edited config '{"loss": 3}' '"loss": wanted "softmax" or "sigmoid", found 3'
  edited config '{"dynamic": {"threshold": -1}}' '"threshold": wanted a number from'
  edited config '{"dynamic": {"threshold": "x"}}' '"threshold": wanted a number'

  # Weights so large that logits overflow: all images are answered, each with an error; no class, no null.
  edit scale 1e25
  expect 1 'the result is not finite \(70 of 70 images\)' adatape-predict "$work/edited.safetensors" "$test_images" --json
  (($(grep -c '"error":"the result is not finite' "$work/output") == 70)) || fail 'wanted 70 lines with an error'
  grep -q '"class"\|null' "$work/output" && fail 'a result that is not finite has a class'
  expect 1 'three.png: the result is not finite' adatape-predict "$work/edited.safetensors" "$work/data/three.png" --picture "$work/no.png"
  grep -q 'three.png: error: the result is not finite' "$work/output" || fail 'text output does not mark a result that is not finite'
  [[ -e $work/no.png ]] && fail 'a picture of results that are not finite was written'
else
  echo 'SKIPPED: checkpoints that somebody else made: no python3'
fi
finish
