#!/usr/bin/env bash
# A small run from end to end; runs that were stopped and resumed end in the same bytes as one that was not.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
names=zero,one,two,three,four,five,six,seven,eight,nine
recipe=(--model adatape-fashion-tiny --batch-size 50 --lr 0.01 --warmup-epochs 1 --seed 7
        --dropout 0.1 --stochastic-depth 0.1 --flip 1 --shift 1 --erase 0.2 --class-names "$names")
short=("${recipe[@]}" --data "$work/data" --epochs 6)

same() {
  cmp "$work/$1" "$work/$2" || fail "$1 and $2 differ"
}

expect 0 '^test accuracy [0-9.]+ % on 70 images' adatape-train "${short[@]}" --out "$work/whole" --threads 1
grep -q 'tape length mean' "$work/output" || fail "no statistics of the tape length"
grep -q 'images/s in training.*peak memory' "$work/output" || fail "no speed or memory"
(($(wc -l <"$work/whole/log.jsonl") == 6)) || fail "log.jsonl: wanted 6 lines"

# In the middle of an epoch and at the end of one, with another number of threads.
expect 0 'stopped .* after step 3,' adatape-train "${short[@]}" --out "$work/parts" --stop-after 3 --threads 2
expect 0 'stopped .* after step 14,' adatape-train --data "$work/data" --out "$work/parts" --resume --stop-after 14 --threads 2
expect 2 'lr.*0.01.*0.02' adatape-train --data "$work/data" --out "$work/parts" --resume --lr 0.02
expect 0 '^test accuracy' adatape-train "${short[@]}" --out "$work/parts" --resume
same whole/last.safetensors parts/last.safetensors
same whole/best.safetensors parts/best.safetensors
(($(wc -l <"$work/parts/log.jsonl") == 6)) || fail "log.jsonl of the resumed run: wanted 6 lines"

# A run that was stopped is kept: a new one in its folder is refused unless it says what it means. A second run in a folder that is in use ends.
expect 2 'holds a run.*--resume.*--overwrite' adatape-train "${short[@]}" --out "$work/parts"
same whole/last.safetensors parts/last.safetensors
exec 9>>"$work/parts/run.lock"
flock 9
expect 1 'another run is at work' adatape-train "${short[@]}" --out "$work/parts" --resume
exec 9>&-

# Products of bf16 give other bits, the same ones for any number of threads and after a resume. A run keeps its products.
bf16=("${recipe[@]}" --data "$work/data" --epochs 2 --products bf16)
expect 0 '^test accuracy' adatape-train "${bf16[@]}" --out "$work/bf16" --threads 1
expect 0 'stopped .* after step 2,' adatape-train "${bf16[@]}" --out "$work/bf16_parts" --stop-after 2 --threads 2
expect 2 'products.*bf16.*f32.*keeps its settings' adatape-train --data "$work/data" --out "$work/bf16_parts" --resume --products f32
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/bf16_parts" --resume
same bf16/last.safetensors bf16_parts/last.safetensors
expect 0 '^test accuracy' adatape-train "${recipe[@]}" --data "$work/data" --epochs 2 --out "$work/f32"
losses() { grep -o '"loss":[0-9.e-]*' "$work/$1/log.jsonl"; }
cmp -s <(losses bf16) <(losses f32) && fail "products of bf16 give the losses of f32"

# A resumed run may be longer; the learning rate follows the longer run, or the old schedule, where it has come to 0.
cp -r "$work/whole" "$work/longer"
cp -r "$work/whole" "$work/at_zero"
expect 2 'has already had 6 epochs' adatape-train --data "$work/data" --out "$work/longer" --resume --epochs 5
expect 0 'falls to 0 over 7 epochs' adatape-train --data "$work/data" --out "$work/longer" --resume --epochs 7
(($(wc -l <"$work/longer/log.jsonl") == 7)) || fail "longer: wanted 7 lines in log.jsonl"
grep -q '"epoch":7.*"rate":[0-9.]*[1-9]' "$work/longer/log.jsonl" || fail "longer: the rate of the seventh epoch: $(tail -1 "$work/longer/log.jsonl")"
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/at_zero" --resume --epochs 7 --schedule-epochs 6
grep -q '"epoch":7.*"rate":0\(.0\)\?,' "$work/at_zero/log.jsonl" || fail "the old schedule: the rate of the seventh epoch: $(tail -1 "$work/at_zero/log.jsonl")"

# --save-every: last.safetensors is there long before the first epoch ends.
expect 2 'save-every' adatape-train "${short[@]}" --out "$work/often" --save-every 10x
expect 0 'stopped' adatape-train "${short[@]}" --out "$work/often" --save-every 2 --stop-after 3
grep -q 'after step 3' "$work/output" || fail "--save-every: $(tail -1 "$work/output")"
# The same run, killed when it is about to put its second file in place, that of step 3. What it leaves is the file of step 2.
if [[ ${#emulator[@]} == 0 ]]; then
  # In a shell of its own, whose word about the kill goes to the file.
  (
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 KILL_AT_RENAME=2 LD_PRELOAD=$bin/kill_at_rename.so \
      "$bin/adatape-train" "${short[@]}" --out "$work/killed" --save-every 2 --stop-after 3
    exit $?
  ) >"$work/output" 2>&1
  code=$?
  ((code == 137)) || fail "killed while it saved: exit code $code, wanted 137; $(tail -1 "$work/output")"
  grep -aq '"step":"2"' "$work/killed/last.safetensors" || fail "--save-every 2: no checkpoint of step 2"
  expect 0 'continued after epoch 0 step 2,?$' adatape-train --data "$work/data" --out "$work/killed" --resume
  same whole/last.safetensors killed/last.safetensors
fi

# A new run is one that --resume continues as soon as it has put a file in place: the first is last.safetensors. Without it there is nothing to continue.
if [[ ${#emulator[@]} == 0 ]]; then
  (
    ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 KILL_AT_RENAME=2 LD_PRELOAD=$bin/kill_at_rename.so \
      "$bin/adatape-train" "${short[@]}" --out "$work/killed_early" --save-every 0
    exit $?
  ) >"$work/output" 2>&1
  code=$?
  ((code == 137)) || fail "killed behind its first file: exit code $code, wanted 137; $(tail -1 "$work/output")"
  expect 0 'continued after epoch 0 step 7$' adatape-train --data "$work/data" --out "$work/killed_early" --resume
  same whole/last.safetensors killed_early/last.safetensors
  same whole/best.safetensors killed_early/best.safetensors
  head -1 "$work/killed_early/log.jsonl" | grep -q '"images_per_second"' && fail "a speed of an epoch that another process trained: $(head -1 "$work/killed_early/log.jsonl")"
fi
mkdir "$work/without_last"
cp "$work/whole"/{best.safetensors,log.jsonl} "$work/without_last"
expect 2 'holds a run without last.safetensors, which cannot be continued: --overwrite replaces it' adatape-train "${short[@]}" --out "$work/without_last"

# A run that goes on and is stopped at once says that its checkpoint is there.
expect 0 'stopped before step 4, .*often/last.safetensors is as it was; --resume continues' adatape-train --data "$work/data" --out "$work/often" --resume --stop-after 3

# Ctrl-C: the step is finished, the run is saved, the exit code is 130.
"${emulator[@]}" "$bin/adatape-train" "${recipe[@]}" --data "$work/data" --epochs 100000 --out "$work/interrupted" --save-every 2 \
  >"$work/output" 2>&1 &
process=$!
while [[ ! -f $work/interrupted/last.safetensors ]] && kill -0 $process 2>/dev/null; do sleep 0.1; done
kill -INT $process
wait $process
code=$?
((code == 130)) || fail "interrupted: exit code $code, wanted 130"
grep -q 'stopped in epoch' "$work/output" || fail "interrupted: $(tail -1 "$work/output")"
[[ -f $work/interrupted/last.safetensors ]] || fail "interrupted: nothing saved"

# The same where the terminal goes away, unless that is to be ignored; and where nobody reads the output any more.
endless=("${recipe[@]}" --data "$work/data" --epochs 100000 --save-every 0)
"${emulator[@]}" "$bin/adatape-train" "${endless[@]}" --out "$work/hung_up" >"$work/output" 2>&1 &
process=$!
while [[ ! -f $work/hung_up/last.safetensors ]] && kill -0 $process 2>/dev/null; do sleep 0.1; done
kill -HUP $process
wait $process
code=$?
((code == 129)) && grep -q 'stopped in epoch .* saved as' "$work/output" || fail "SIGHUP: exit code $code, wanted 129; $(tail -1 "$work/output")"
(trap '' HUP; exec "${emulator[@]}" "$bin/adatape-train" "${endless[@]}" --out "$work/nohup") >"$work/output" 2>&1 &
process=$!
while [[ ! -f $work/nohup/log.jsonl ]] && kill -0 $process 2>/dev/null; do sleep 0.1; done
kill -HUP $process
epochs=$(wc -l <"$work/nohup/log.jsonl")
while (($(wc -l <"$work/nohup/log.jsonl") < epochs + 2)) && kill -0 $process 2>/dev/null; do sleep 0.1; done
kill -INT $process
wait $process
code=$?
((code == 130)) || fail "SIGHUP that is to be ignored: exit code $code, wanted 130; $(tail -1 "$work/output")"
began=$SECONDS
"${emulator[@]}" "$bin/adatape-train" "${endless[@]}" --out "$work/unread" 2>"$work/errors" | head -n 3 >"$work/output"
code=${PIPESTATUS[0]}
((code == 1)) && grep -qx 'error: standard output: cannot write: Broken pipe' "$work/errors" || fail "nobody reads the output: exit code $code, $(cat "$work/errors")"
[[ -s $work/unread/last.safetensors ]] || fail 'nobody reads the output: nothing saved'
step=$(grep -ao '"step":"[0-9]*"' "$work/unread/last.safetensors" | tr -dc 0-9) told=$(wc -l <"$work/unread/log.jsonl")
# Behind 5 s it may have been a line of progress in the next epoch that nobody read.
((step == 7 * told || (SECONDS - began >= 5 && 7 * told < step && step <= 7 * told + 7))) ||
  fail 'nobody reads the output: an epoch in the log is not in the checkpoint'

# Ctrl-C before the first step: nothing is saved, what was there stays. Standard output is a full pipe, so the run waits where it prints its first line;
# it listens to signals before it makes run.lock.
cp -r "$work/whole" "$work/at_once"
rm "$work/at_once/run.lock"
mkfifo "$work/pipe"
exec 7<>"$work/pipe"
dd if=/dev/zero of="$work/pipe" bs=4096 oflag=nonblock conv=nocreat,notrunc status=none 2>/dev/null # ends with an error: the pipe is full
"${emulator[@]}" "$bin/adatape-train" "${short[@]}" --out "$work/at_once" --overwrite >"$work/pipe" 2>"$work/errors" 7>&- &
process=$!
while [[ ! -f $work/at_once/run.lock ]] && kill -0 $process 2>/dev/null; do sleep 0.02; done
kill -INT $process
tr -d '\0' <"$work/pipe" >"$work/output" 7>&- &
reader=$!
exec 7>&-
wait $process
code=$?
wait $reader
((code == 130)) || fail "interrupted at once: exit code $code, wanted 130; $(cat "$work/errors")"
grep -q 'stopped before the first step, nothing saved' "$work/output" || fail "interrupted at once: $(tail -1 "$work/output")"
for file in last.safetensors best.safetensors log.jsonl; do same "whole/$file" "at_once/$file"; done

# A fresh run into a folder with leftovers, some of them damaged; a finished run resumed; other data under a resumed run.
echo garbage >"$work/interrupted/best.safetensors"
expect 0 '^test accuracy' adatape-train "${short[@]}" --out "$work/interrupted" --overwrite
same whole/last.safetensors interrupted/last.safetensors
same whole/best.safetensors interrupted/best.safetensors
expect 0 '^test accuracy' adatape-train "${short[@]}" --out "$work/interrupted" --resume
same whole/last.safetensors interrupted/last.safetensors
cp -r "$work/data" "$work/other"
cp "$work/data/t10k-images-idx3-ubyte" "$work/other/train-images-idx3-ubyte"
cp "$work/data/t10k-labels-idx1-ubyte" "$work/other/train-labels-idx1-ubyte"
expect 1 'other images' adatape-train "${recipe[@]}" --epochs 6 --data "$work/other" --out "$work/parts" --resume

# A log that cannot be read is not taken for an empty one.
cp -r "$work/whole" "$work/unread_log"
rm "$work/unread_log/log.jsonl"
mkdir "$work/unread_log/log.jsonl"
expect 1 'unread_log/log.jsonl: cannot read' adatape-train --data "$work/data" --out "$work/unread_log" --resume --epochs 7

# Results that cannot be written are an error.
if [[ -c /dev/full ]]; then
  "${emulator[@]}" "$bin/adatape-train" --list-models >/dev/full 2>"$work/errors"
  code=$?
  ((code == 1)) && (($(wc -l <"$work/errors") == 1)) || fail "--list-models on a full disk: exit code $code, $(cat "$work/errors")"
  "${emulator[@]}" "$bin/adatape-train" "${short[@]}" --out "$work/full" >/dev/full 2>"$work/errors"
  code=$?
  ((code == 1)) && grep -q 'standard output' "$work/errors" || fail "training on a full disk: exit code $code, $(cat "$work/errors")"
fi

# Settings that contradict each other are bad flags.
expect 2 'lr times --weight-decay must be at most 1' adatape-train "${short[@]}" --out "$work/contradiction" --weight-decay 1000 --overwrite
# Recorded settings are checked as flags are; file and key are named. Metadata that were changed by accident are damaged.
cp -r "$work/whole" "$work/damaged"
LC_ALL=C sed -i 's/dropout\\":0.1/dropout\\":0.7/' "$work/damaged/last.safetensors"
expect 1 'damaged/last.safetensors: the metadata are damaged' adatape-train --data "$work/data" --out "$work/damaged" --resume
# recorded ENTRY KEY VALUE PATTERN: what is said when a run is resumed whose metadata ENTRY has that value.
recorded() {
  rm -rf "$work/recorded"
  cp -r "$work/whole" "$work/recorded"
  python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$work/whole/last.safetensors" "$work/recorded/last.safetensors" set "$1" "$2" "$3"
  expect 1 "recorded/last.safetensors: metadata \"$1\": (key \"$2\" is missing|\"$2\": ${4:-no other pattern})" adatape-train --data "$work/data" --out "$work/recorded" --resume
}
if command -v python3 >/dev/null; then
  recorded training shift -2147483648 'wanted an integer from 0 to 27, found -2147483648'
  recorded training epochs 0 'wanted an integer from 1'
  recorded training epochs -4 'wanted an integer from 1 .*found -4'
  recorded training dropout 2.5 'wanted a number from 0 to 0.999, found 2.5'
  recorded training dropout '"half"' 'wanted a number.*found "half"'
  recorded training loss '"hinge"' 'no such choice: "hinge"'
  recorded training model '"other"' 'no such choice: "other"'
  recorded training batch-size 0 'wanted an integer from 1'
  recorded training batch-size 1e12 'wanted an integer'
  recorded training lr -0.01 'wanted a number from 0'
  recorded training seed -1 'wanted an integer from 0'
  recorded training flip 2 'wanted true or false'
  recorded training erase none
  recorded progress epoch 1e300 'wanted an integer'
  recorded progress epoch -1 'wanted an integer from 0'
  recorded progress batch 0.5 'wanted an integer'
  recorded progress best_accuracy 1.5 'wanted a number'
  recorded progress loss null 'wanted a number'
  recorded progress images none

  edit() { python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$work/whole/last.safetensors" "$work/recorded/last.safetensors" "$@"; }
  edit set progress epoch 9
  expect 1 'last.safetensors: metadata "progress": it disagrees' adatape-train --data "$work/data" --out "$work/recorded" --resume
  edit metadata training '{"shift": x}'
  expect 1 'last.safetensors: metadata "training": not valid JSON' adatape-train --data "$work/data" --out "$work/recorded" --resume

  # Finite weights whose outputs overflow: no accuracy is given for them, and no step is taken from them.
  cp -r "$work/whole" "$work/large"
  python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$work/whole/last.safetensors" "$work/large/last.safetensors" scale 1e25
  cp "$work/large/last.safetensors" "$work/large.safetensors"
  expect 1 "test image [0-9]+: the model's output is not finite" adatape-train --data "$work/data" --out "$work/large" --resume
  ! grep -q 'test accuracy' "$work/output" || fail "an accuracy of outputs that are not finite"
  same large.safetensors large/last.safetensors
  expect 1 'finite' adatape-train "${short[@]}" --out "$work/from_large" --init "$work/large.safetensors"
  [[ ! -f $work/from_large/last.safetensors ]] || fail "a checkpoint was written after a step that is not finite"

  # --init with a checkpoint of other classes: the head begins anew. Of another size of pictures: positions are resampled.
  # from WHAT...: edits from.safetensors, which is the checkpoint of the whole run at first.
  cp "$work/whole/last.safetensors" "$work/from.safetensors"
  from() {
    python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$work/from.safetensors" "$work/edited.safetensors" "$@" &&
      mv "$work/edited.safetensors" "$work/from.safetensors"
  }
  init=("${short[@]}" --stop-after 1 --overwrite --out "$work/from" --init "$work/from.safetensors")
  from reshape output_projection/kernel '[16, 4]'
  from reshape output_projection/bias '[4]'
  expect 0 'from.safetensors: taken 48 of 50 tensors; 2 fresh \("output_projection/kernel", "output_projection/bias"\)$' adatape-train "${init[@]}"
  from set config image '[14, 21, 1]'
  from reshape posembed_input/pos_embedding '[1, 6, 16]'
  from reshape posembed_input_bank/pos_embedding '[1, 15, 16]'
  expect 0 'taken 46 of 50.*"posembed_input/pos_embedding" resampled from 2 x 3 to 4 x 4; "posembed_input_bank/pos_embedding" resampled from 3 x 5 to 7 x 7; 2 fresh' \
    adatape-train "${init[@]}"
  from reshape embedding/bias '[8]'
  from_refused() {
    rm -rf "$work/from"
    expect 1 "from.safetensors: $1" adatape-train "${init[@]}"
    [[ ! -f $work/from/last.safetensors ]] || fail "--init was refused, but a checkpoint was written"
  }
  from_refused 'does not fit this model: "embedding/bias": wanted \[16\], found \[8\]$'
  from set config image none
  from_refused 'wanted a checkpoint of a model for pictures, found no "image" in its configuration$'
else
  echo 'SKIPPED: recorded settings, large weights, --init from another model: no python3'
fi
# --init with the same classes takes everything. At a learning rate of 0 the new run says what the old one said. Other names are other classes.
again=(--model adatape-fashion-tiny --data "$work/data" --epochs 1 --lr 0 --init "$work/whole/last.safetensors")
expect 0 'whole/last.safetensors: taken 50 of 50 tensors$' adatape-train "${again[@]}" --class-names "$names" --out "$work/again"
tested() { grep -o '"test_accuracy":[0-9.]*,"length":[0-9.]*' "$work/$1/log.jsonl" | tail -1; }
[[ -n $(tested again) && $(tested again) == "$(tested whole)" ]] || fail "--init took other weights: $(tested again), wanted $(tested whole)"
expect 0 'taken 48 of 50 tensors; 2 fresh \("output_projection/kernel", "output_projection/bias"\)$' adatape-train "${again[@]}" --class-names other \
  --out "$work/renamed"
# JSON nested 100 000 deep, for the reader of --init and of --resume.
mkdir -p "$work/deep"
deep="{\"__metadata__\":{\"config\":\"$(head -c 100000 /dev/zero | tr '\0' '[')\",\"training\":\"$(head -c 100000 /dev/zero | tr '\0' '[')\"}}"
length=$(printf %08x ${#deep})
printf "\\x${length:6:2}\\x${length:4:2}\\x${length:2:2}\\x${length:0:2}\\0\\0\\0\\0%s" "$deep" >"$work/deep/last.safetensors"
expect 1 'metadata "config": JSON is nested more than' adatape-train "${short[@]}" --out "$work/init" --init "$work/deep/last.safetensors"
expect 1 'metadata "training": JSON is nested more than' adatape-train --data "$work/data" --out "$work/deep" --resume

# The line that is rewritten fits the terminal: a narrow one, a usual one, one that leaves its width to the environment. No line
# is rewritten where nobody knows the width.
if [[ ${#emulator[@]} == 0 ]] && command -v python3 >/dev/null; then
  for columns in 40 80 unknown:50 unknown; do
    "$(dirname "${BASH_SOURCE[0]}")/terminal.py" $columns "$bin/adatape-train" --model adatape-fashion-tiny --data "$work/data" --out "$work/terminal" \
      --overwrite --epochs 100 >"$work/output" || fail "on a terminal of $columns columns: $(tail -1 "$work/output")"
  done
fi

# Fashion-MNIST is known by its pixels and gets its class names; the same images with one pixel changed are other data.
fashion=/usr/share/datasets/fashion-mnist
if [[ -f $fashion/train-images-idx3-ubyte.gz ]]; then
  expect 0 'saved' adatape-train --model adatape-fashion-tiny --data "$fashion" --out "$work/fashion" --stop-after 1
  grep -aq 'T-shirt/top.*Ankle boot' "$work/fashion/last.safetensors" || fail "Fashion-MNIST has no class names"
  mkdir "$work/near"
  ln -s "$fashion"/t10k-* "$fashion/train-labels-idx1-ubyte.gz" "$work/near"
  gzip -dc "$fashion/train-images-idx3-ubyte.gz" >"$work/near/train-images-idx3-ubyte"
  printf '\xff' | dd of="$work/near/train-images-idx3-ubyte" bs=1 seek=16 conv=notrunc status=none
  expect 0 'saved' adatape-train --model adatape-fashion-tiny --data "$work/near" --out "$work/near_out" --stop-after 1
  ! grep -aq 'Trouser' "$work/near_out/last.safetensors" || fail "60 000 images that are not Fashion-MNIST's have its class names"
  rm -r "$work/near"
else
  echo 'SKIPPED: the class names of Fashion-MNIST: dataset-fashion-mnist is not installed'
fi

# One's own data have numbers for names; a model with more outputs than the data have classes says so.
expect 0 'saved' adatape-train --model adatape-fashion-tiny --data "$work/data" --out "$work/own" --stop-after 1
! grep -aq Trouser "$work/own/last.safetensors" || fail "names of Fashion-MNIST for other data"
cp -r "$work/data" "$work/two"
{ head -c 8 "$work/data/train-labels-idx1-ubyte"; head -c 330 /dev/zero | sed 's/../\x00\x01/g'; } >"$work/two/train-labels-idx1-ubyte"
two=(adatape-train --model adatape-fashion-tiny --data "$work/two" --epochs 1)
expect 1 'two: the test images have the class 9, the training images have the classes 0 to 1$' "${two[@]}" --out "$work/two_out"
{ head -c 8 "$work/data/t10k-labels-idx1-ubyte"; head -c 70 /dev/zero | sed 's/../\x00\x01/g'; } >"$work/two/t10k-labels-idx1-ubyte"
expect 0 'images are of 2 classes; adatape-fashion-tiny has outputs for 10' "${two[@]}" --out "$work/two_out" --stop-after 1
expect 2 'class-names: .*two_out/last.safetensors is of 2 classes, found 3; a resumed run keeps its settings' "${two[@]}" --out "$work/two_out" --resume \
  --class-names no,yes,maybe
expect 0 '^test accuracy' "${two[@]}" --out "$work/two_out" --resume --class-names no,yes
truncate -s 3000 "$work/parts/last.safetensors"
expect 1 'last.safetensors' adatape-train "${short[@]}" --out "$work/parts" --resume
finish
