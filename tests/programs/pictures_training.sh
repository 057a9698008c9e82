#!/usr/bin/env bash
# Training on pictures in colour: CIFAR, IDX and folders of PNG and JPEG files; what is refused, each with one line; prediction and few-shot with the result.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
"${emulator[@]}" "$bin/make_test_pictures" "$work/pictures" || exit 1
pictures=$work/pictures
names='apple pie,bird,cat,deer,dog,frog,horse,ship,truck,Äpfel'
recipe=(--model adatape-colour-tiny --batch-size 16 --lr 0.01 --seed 7 --dropout 0.1 --flip 1 --shift 3 --erase 0.3)
short=("${recipe[@]}" --epochs 4)
long=("${recipe[@]}" --epochs 6)

same() {
  cmp "$work/$1" "$work/$2" || fail "$1 and $2 differ"
}

# The same pictures in the same order train the same weights, wherever they are: in CIFAR's files, in IDX, in a folder.
expect 0 '^test accuracy [0-9.]+ % on 30 images' adatape-train "${short[@]}" --data "$pictures/cifar" --out "$work/cifar"
grep -aq 'apple pie.*Äpfel' "$work/cifar/last.safetensors" || fail 'the class names of CIFAR are not in the checkpoint'
grep -aq '"mean\\":\[0' "$work/cifar/last.safetensors" || fail 'no mean of three channels in the checkpoint'
! grep -q 'waiting for data' "$work/output" || fail 'CIFAR is in memory, but waits for data'
expect 0 '^test accuracy' adatape-train "${short[@]}" --data "$pictures/idx" --out "$work/idx" --class-names "$names"
same cifar/last.safetensors idx/last.safetensors
for workers in 0 1 2; do
  expect 0 'epoch 4/4 .* test [0-9.]+ %  waiting for data [0-9.]+ %$' adatape-train "${short[@]}" --data "$pictures/folder" --out "$work/folder$workers" \
    --workers $workers
  same cifar/last.safetensors folder$workers/last.safetensors
  same cifar/best.safetensors folder$workers/best.safetensors
done
grep -q '"waiting":[0-9]' "$work/folder1/log.jsonl" || fail "log.jsonl: no share of waiting: $(tail -1 "$work/folder1/log.jsonl")"

# Pictures of several sizes; a run that was stopped and resumed ends in the same bytes as one that was not.
mixed=("${long[@]}" --data "$pictures/mixed")
expect 0 'images are of 3 classes; adatape-colour-tiny has outputs for 10' adatape-train "${mixed[@]}" --out "$work/mixed"
grep -q '36 training and 12 test images' "$work/output" || fail "other images than there are: $(head -3 "$work/output")"
expect 0 'stopped .* after step 4,' adatape-train "${mixed[@]}" --out "$work/parts" --stop-after 4 --workers 2
expect 0 'stopped .* after step 6,' adatape-train --data "$pictures/mixed" --out "$work/parts" --resume --stop-after 6 --workers 0
expect 0 '^test accuracy' adatape-train --data "$pictures/mixed" --out "$work/parts" --resume --threads 1
same mixed/last.safetensors parts/last.safetensors
same mixed/best.safetensors parts/best.safetensors

# Pictures are made to fit: grey ones for a colour model, a folder in colour for a grey model.
expect 0 'saved' adatape-train --model adatape-colour-tiny --data "$work/data" --out "$work/from_grey" --stop-after 2
expect 0 'saved' adatape-train --model adatape-fashion-tiny --data "$pictures/mixed" --out "$work/to_grey" --stop-after 2
expect 0 'saved' adatape-train --model adatape-fashion-tiny --data "$pictures/idx" --out "$work/idx_to_grey" --stop-after 2
grep -aq '"mean\\":0' "$work/to_grey/last.safetensors" || fail 'a grey model has other statistics than one mean'

# What the trained model says of pictures.
model=$work/mixed/last.safetensors
expect 0 '"class":[0-9],"name":"' adatape-predict "$model" "$pictures/mixed/test/bird/01.png" --json
expect 0 'apple pie/02.jpg: ' adatape-predict "$model" "$pictures/mixed/test/apple pie/02.jpg" --picture "$work/tape.png"
[[ -s $work/tape.png ]] || fail '--picture wrote nothing for a colour model'
expect 0 '^accuracy [0-9.]+ % on 30 images' adatape-predict "$work/cifar/best.safetensors" "$pictures/idx/t10k-images-idx4-ubyte" --labels \
  "$pictures/idx/t10k-labels-idx1-ubyte"
# Memory of the pictures' test set and of its files gives one accuracy.
tested=$(grep -o '"test_accuracy":[0-9.]*' "$work/cifar/log.jsonl" | sort -t: -k2 -n | tail -1 | cut -d: -f2)
awk -v wanted="$tested" '/^accuracy/ {exit !(($2 - 100 * wanted) ^ 2 < 0.0001)}' "$work/output" ||
  fail "adatape-predict: $(tail -1 "$work/output"), adatape-train: $tested"
for data in cifar idx folder; do
  expect 0 ' of 100 training images and of 30 test images, 10 classes$' adatape-fewshot "$work/cifar/best.safetensors" --data "$pictures/$data" --shots 1,5
  said >"$work/fewshot_$data"
done
same fewshot_cifar fewshot_idx
same fewshot_cifar fewshot_folder
expect 0 ' 3 classes$' adatape-fewshot "$model" --data "$pictures/mixed" --shots 2

# A file that cannot be read ends the run, or is left out and counted.
cp -r "$pictures/mixed" "$work/broken"
head -c 200 "$pictures/mixed/train/bird/01.png" >"$work/broken/train/bird/01.png"
echo 'no picture' >"$work/broken/train/cat/more/00.jpg"
: >"$work/broken/test/cat/01.png"
expect 1 'broken/(train/bird/01.png: damaged PNG|train/cat/more/00.jpg: wanted a JPEG or PNG)' adatape-train "${long[@]}" --data "$work/broken" --out "$work/refused"
expect 0 'left out 2 training and 1 test images$' adatape-train "${long[@]}" --data "$work/broken" --out "$work/skipped" --skip-broken --workers 2
grep -q 'leaving out 2 training images that cannot be read, the first of them: .*broken/train/bird/01.png: damaged' "$work/output" ||
  fail "no word of what is left out: $(head -3 "$work/output")"
grep -q '^test accuracy [0-9.]* % on 11 images' "$work/output" || fail "a test picture that cannot be read counts: $(grep 'test accuracy' "$work/output")"
(($(grep -c '"broken":2,"test_broken":1' "$work/skipped/log.jsonl") == 6)) || fail "log.jsonl: what was left out: $(tail -1 "$work/skipped/log.jsonl")"
expect 0 'stopped' adatape-train "${long[@]}" --data "$work/broken" --out "$work/skipped_parts" --skip-broken --stop-after 4
expect 1 'cannot|damaged|wanted a JPEG' adatape-train --data "$work/broken" --out "$work/skipped_parts" --resume
expect 0 '^test accuracy' adatape-train --data "$work/broken" --out "$work/skipped_parts" --resume --skip-broken --workers 0
same skipped/last.safetensors skipped_parts/last.safetensors
expect 1 'train/cat/more/00.jpg|test/cat/01.png|train/bird/01.png' adatape-fewshot "$model" --data "$work/broken" --shots 12
# A JPEG that ends in the middle of a scan, with the marker of the end.
cp -r "$pictures/mixed" "$work/damaged"
damaged=$work/damaged/train/bird/02.jpg
head -c "$(($(stat -c %s "$damaged") * 4 / 5))" "$pictures/mixed/train/bird/02.jpg" >"$damaged"
printf '\xff\xd9' >>"$damaged"
expect 1 'bird/02.jpg: damaged JPEG: Corrupt JPEG data: premature end' adatape-train "${short[@]}" --data "$work/damaged" --out "$work/refused"
expect 0 '36 training and 12 test images' adatape-train "${short[@]}" --data "$work/damaged" --out "$work/damaged_out" --read-damaged
expect 1 'bird/02.jpg: damaged JPEG' adatape-fewshot "$model" --data "$work/damaged" --shots 12
expect 0 ' 36 chosen of 36 training images' adatape-fewshot "$model" --data "$work/damaged" --shots 12 --read-damaged
expect 1 'bird/02.jpg: damaged JPEG' adatape-predict "$model" "$damaged"
expect 0 'bird/02.jpg' adatape-predict "$model" "$damaged" --read-damaged
for file in "$work"/broken/train/*/*.* "$work"/broken/train/*/more/*; do echo 'no picture' >"$file"; done
expect 1 'none of the 36 training images can be read; the first of them: .*wanted a JPEG or PNG' adatape-train "${long[@]}" --data "$work/broken" \
  --out "$work/refused" --skip-broken
cp -r "$pictures/mixed/train/." "$work/broken/train"
for file in "$work"/broken/test/*/*.* "$work"/broken/test/*/more/*; do echo 'no picture' >"$file"; done
expect 1 'none of the 12 test images can be read' adatape-train "${long[@]}" --data "$work/broken" --out "$work/untestable" --skip-broken

# A file that breaks while the run is at work: its batches are shorter, and the epoch counts it; or the run ends with its name.
# breaks NAME FLAG...: a long run under whose hands a file breaks, with its output in $work/output and its errors in $work/errors.
breaks() {
  local name=$1
  shift
  cp -r "$pictures/mixed" "$work/$name"
  "${emulator[@]}" "$bin/adatape-train" "${recipe[@]}" --data "$work/$name" --epochs 1000000 --out "$work/${name}_out" "$@" >"$work/output" 2>"$work/errors" &
  process=$!
  while [[ ! -f $work/${name}_out/log.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.05; done
  echo 'no picture' >"$work/no_picture"
  mv "$work/no_picture" "$work/$name/train/cat/02.jpg"
}
breaks breaking --skip-broken
while ! grep -q '"broken":1' "$work/breaking_out/log.jsonl" && kill -0 $process 2>/dev/null; do sleep 0.05; done
kill -INT $process
wait $process
code=$?
((code == 130)) || fail "a file that breaks, left out: exit code $code; $(cat "$work/errors")"
grep -q 'left out 1 training and 0 test images$' "$work/output" || fail "a file that breaks is not counted: $(tail -2 "$work/output")"
breaks ending --workers 2
wait $process
code=$?
((code == 1)) && (($(wc -l <"$work/errors") == 1)) && grep -q 'ending/train/cat/02.jpg: wanted a JPEG or PNG' "$work/errors" ||
  fail "a file that breaks: exit code $code; $(cat "$work/errors")"

# A test picture that cannot be read ends the run at the end of an epoch, whose steps are saved: the run goes on to the end of one that met no such picture.
expect 0 '^test accuracy' adatape-train "${short[@]}" --data "$pictures/mixed" --out "$work/tested"
cp -r "$pictures/mixed" "$work/untested"
echo 'no picture' >"$work/untested/test/cat/01.png"
expect 1 'untested/test/cat/01.png: wanted a JPEG or PNG' adatape-train "${short[@]}" --data "$work/untested" --out "$work/untested_out" --save-every 0
grep -aq '"step":"3"' "$work/untested_out/last.safetensors" || fail 'a test that failed lost the steps of its epoch'
cp "$pictures/mixed/test/cat/01.png" "$work/untested/test/cat/01.png"
expect 0 'continued after epoch 0 step 3$' adatape-train --data "$work/untested" --out "$work/untested_out" --resume
for file in last best; do same tested/$file.safetensors untested_out/$file.safetensors; done

# A long test says how far it is. Ctrl-C gives it up, and saves the steps before it. What fails on a terminal has a line of its own.
cp -r "$pictures/mixed" "$work/long"
expect 0 . adatape-predict "$model" "$pictures/idx/t10k-images-idx4-ubyte" --picture "$work/large.png"
for ((i = 0; i < 6000; ++i)); do echo "$work/long/test/cat/large$i.png"; done | xargs -n 500 bash -c 'for to; do ln -s "$0" "$to"; done' "$work/large.png"
"${emulator[@]}" "$bin/adatape-train" "${short[@]}" --data "$work/long" --out "$work/long_out" --save-every 0 --threads 2 >"$work/output" 2>"$work/errors" &
process=$!
while ! grep -q '^epoch 1/4 test  [0-9.]* img/s  [0-9:]* left' "$work/output" && kill -0 $process 2>/dev/null; do sleep 0.1; done
kill -INT $process
wait $process
code=$?
((code == 130)) && grep -q 'stopped in epoch 1 after step 3, saved as' "$work/output" || fail "Ctrl-C in a test: exit code $code; $(tail -2 "$work/output") $(cat "$work/errors")"
if [[ ${#emulator[@]} == 0 ]] && command -v python3 >/dev/null; then
  rm "$work"/long/test/cat/large*
  for ((i = 0; i < 60; ++i)); do ln -s "$work/large.png" "$work/long/test/cat/large$i.png"; done
  echo 'no picture' >"$work/long/test/cat/zz.png"
  "$(dirname "${BASH_SOURCE[0]}")/terminal.py" --fails 80 "$bin/adatape-train" "${short[@]}" --data "$work/long" --out "$work/terminal" >"$work/output" ||
    fail "an error on a terminal: $(tail -1 "$work/output")"
fi

# IDX in colour: the classes are those of the labels, as of grey images.
cp -r "$pictures/idx" "$work/three"
for split in train t10k; do
  labels=$work/three/$split-labels-idx1-ubyte
  { head -c 8 "$pictures/idx/$split-labels-idx1-ubyte"; head -c $(($(stat -c %s "$labels") - 8)) /dev/zero | sed 's/.../\x00\x01\x02/g'; } >"$work/labels"
  mv "$work/labels" "$labels"
done
expect 0 'are of 3 classes; adatape-colour-tiny has outputs for 10' adatape-train "${short[@]}" --data "$work/three" --out "$work/three_out" --stop-after 1

# Layouts. Each is refused before anything is saved.
refused() {
  local pattern=$1 data=$2
  shift 2
  expect 1 "$pattern" adatape-train "${short[@]}" --data "$data" --out "$work/refused" "$@"
  [[ ! -f $work/refused/last.safetensors ]] || fail "$data: a checkpoint was written"
}
refused 'none such: wanted a folder' "$work/none such"
mkdir -p "$work/empty" "$work/hollow/train" "$work/hollow/val" "$work/half/train/a"
refused 'empty: wanted a data set.*train-images-idx3-ubyte.*cifar-10-batches-bin.*train beside one of val' "$work/empty"
refused 'half: wanted a data set' "$work/half"
refused 'half: wanted the folder train and one of val.*found no folder of test pictures' "$work/half" --format folder
refused 'empty: .*found no folder train$' "$work/empty" --format folder
refused 'hollow/train: .*empty folder' "$work/hollow"
refused 'CIFAR-10, found no data_batch_1.bin' "$work/empty" --format cifar
refused 'train-labels' "$work/empty" --format idx
refused 'wanted at most 10 classes, for which adatape-colour-tiny has outputs, found 100$' "$pictures/cifar100"
cp -r "$pictures/cifar" "$work/both"
cp -r "$pictures/cifar100/cifar-100-binary" "$work/both"
refused 'both CIFAR-10 and CIFAR-100' "$work/both"
cp -r "$pictures/cifar" "$work/cut"
truncate -s 5000 "$work/cut/cifar-10-batches-bin/data_batch_3.bin"
refused 'data_batch_3.bin: wanted records of 3073 bytes' "$work/cut"
mkdir -p "$work/single/train" "$work/single/val"
cp -r "$pictures/mixed/train/bird" "$work/single/train"
cp -r "$pictures/mixed/test/bird" "$work/single/val"
refused 'single/train: wanted at least 2 classes, found the single folder "bird"' "$work/single"
cp -r "$pictures/mixed" "$work/bytes"
mv "$work/bytes/train/cat" "$work/bytes/train/c"$'\xff'
refused 'bytes/train: wanted the name of a class in UTF-8' "$work/bytes"
cp -r "$pictures/mixed" "$work/more"
mv "$work/more/test" "$work/more/val"
mv "$work/more/val/cat" "$work/more/val/cow"
refused 'more/val: found the class "cow", which is not one of the 3 given classes' "$work/more"
mkdir "$work/more/train/cow"
refused 'more/train/cow: wanted pictures of a class, found none' "$work/more"
rm -r "$work/more/train/cow" "$work/more/val/cow"
expect 0 'saved' adatape-train "${short[@]}" --data "$work/more" --out "$work/fewer" --stop-after 1  # a class of train without test pictures
mkdir -p "$work/flat/train" "$work/flat/val"
cp "$pictures"/mixed/train/bird/*.png "$work/flat/train"
refused 'flat/train: wanted a folder for each class, found no folder and' "$work/flat"

# Other classes or other pictures under a resumed run; names that the data have already; flags.
cp -r "$pictures/mixed" "$work/renamed"
mv "$work/renamed/train/bird" "$work/renamed/train/bee"
mv "$work/renamed/test/bird" "$work/renamed/test/bee"
expect 1 'other classes than those in .*: wanted "bird" as class 1, found "bee"$' adatape-train --data "$work/renamed" --out "$work/mixed" --resume
cp -r "$pictures/mixed" "$work/more_classes"
cp -r "$pictures/mixed/train/cat" "$work/more_classes/train/dog"
expect 1 'wanted none as class 3, found "dog"$' adatape-train --data "$work/more_classes" --out "$work/mixed" --resume
cp -r "$pictures/mixed" "$work/exchanged"
cp "$pictures/mixed/train/cat/01.png" "$work/exchanged/train/bird/01.png"
expect 1 'trained on other images' adatape-train --data "$work/exchanged" --out "$work/mixed" --resume
expect 2 'class-names.*names of their own' adatape-train "${mixed[@]}" --out "$work/refused" --class-names a,b,c
expect 2 'format' adatape-train "${mixed[@]}" --out "$work/refused" --format zip
expect 2 'workers' adatape-train "${mixed[@]}" --out "$work/refused" --workers -1

# A model of other channels and patches does not start from this one.
expect 1 'mixed/last.safetensors: does not fit this model: "embedding/kernel": wanted \[7, 7, 1, 16\], found \[8, 8, 3, 16\]; "embedding_bank/kernel": ' adatape-train \
  --model adatape-fashion-tiny --data "$pictures/mixed" --out "$work/other_channels" --init "$model"
[[ ! -f $work/other_channels/last.safetensors ]] || fail '--init was refused, but a checkpoint was written'
# The checkpoint has 3 of these 10 classes, so the head begins anew.
expect 0 '2 fresh \("output_projection/kernel", "output_projection/bias"\)$' adatape-train "${short[@]}" --data "$pictures/cifar" --out "$work/ten_classes" \
  --init "$model" --stop-after 1

# Statistics of a checkpoint that somebody else made.
if command -v python3 >/dev/null; then
  edited() {
    python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$model" "$work/edited.safetensors" metadata pixels "$1"
    expect 1 "edited.safetensors: metadata \"pixels\": $2" adatape-predict "$work/edited.safetensors" "$pictures/mixed/test/bird/01.png"
  }
  edited '{"mean": [0, 0], "deviation": [1, 1]}' '"mean": wanted a number or 3 of them, found 2'
  edited '{"mean": [0, 0, 0], "deviation": [1, 1, 0]}' '"deviation": wanted a number from'
  edited '{"mean": [0, 0, 0], "deviation": 1}' 'wanted as many deviations as means'
  edited '{"mean": 0, "deviation": 1}' 'wanted statistics of 3 channels, found 1'
else
  echo 'SKIPPED: statistics of a checkpoint that somebody else made: no python3'
fi
finish
