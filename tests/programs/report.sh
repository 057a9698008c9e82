#!/usr/bin/env bash
# What a run leaves beside its log: report.html, log.csv, TensorBoard's event files. They are complete, agree with the log, and let nothing from outside be HTML.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
"${emulator[@]}" "$bin/make_test_pictures" "$work/pictures" || exit 1
here=$(dirname "${BASH_SOURCE[0]}")
names='<script>alert(1)</script>,a"b&c,two,three,four,five,six,seven,eight,nine'
base=(--data "$work/data" --batch-size 50 --lr 0.01 --warmup-epochs 1)
tiny=("${base[@]}" --model adatape-fashion-tiny --epochs 2)

# complete FOLDER EPOCHS: all files of the run are there, can be read, and agree.
complete() {
  local file
  for file in report.html log.csv log.jsonl last.safetensors best.safetensors; do [[ -s $work/$1/$file ]] || fail "$1: no $file"; done
  if command -v python3 >/dev/null; then
    python3 "$here/check_report.py" "$work/$1" "$2" >"$work/faults" 2>&1 || fail "$1: $(head -5 "$work/faults")"
  else
    echo "SKIPPED: what is in the files of $1: no python3"
  fi
}
# events FOLDER COUNT
events() {
  local files=("$work/$1"/events.out.tfevents.*)
  ((${#files[@]} == $2)) || fail "$1: ${#files[@]} event files, wanted $2"
}

expect 0 '^test accuracy' adatape-train "${tiny[@]}" --class-names "$names" --out "$work/whole"
complete whole 2
events whole 1
report=$work/whole/report.html
grep -qF '&lt;script&gt;alert(1)&lt;/script&gt;' "$report" || fail 'the name of class 0 is not in the report'
! grep -qF '<script>alert' "$report" || fail 'the name of class 0 is a script'
grep -qF 'a&quot;b&amp;c' "$report" || fail 'the name of class 1 is not in the report'
! grep -qF 'a"b' "$report" || fail 'the quote in the name of class 1 ends an attribute'
grep -qF -- '--class-names &#39;&lt;script&gt;' "$report" || fail "no quoted command line: $(grep '<pre' "$report")"
grep -qF 'rect class="read"' "$report" || fail 'no bank patches are marked'

# Before the last epoch there is no sweep of thresholds; a resumed run goes on with the curves, in an event file of its own, and repeats none.
expect 0 'stopped .* after step 9,' adatape-train "${tiny[@]}" --out "$work/parts" --stop-after 9
grep -qF 'After epoch 1 of 2' "$work/parts/report.html" || fail 'no report of the first epoch'
! grep -qF 'Accuracy against compute' "$work/parts/report.html" || fail 'a sweep of thresholds before the last epoch'
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/parts" --resume
complete parts 2
events parts 2
# A finished run that is resumed gets its report again, and no events.
rm "$work/parts/report.html" "$work/parts/log.csv"
expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/parts" --resume
complete parts 2
events parts 2
# A single epoch; --overwrite takes the files of the old run away.
expect 0 '^test accuracy' adatape-train "${base[@]}" --model adatape-fashion-tiny --epochs 1 --out "$work/parts" --overwrite
complete parts 1
events parts 1

# Pictures in colour, read again from their files, one of which is broken; classes named after folders.
cp -r "$work/pictures/mixed" "$work/mixed"
for split in train test; do mv "$work/mixed/$split/bird" "$work/mixed/$split/<b>\"bird'&amp;"; done
echo 'no picture' >"$work/mixed/test/cat/01.png"
expect 0 '^test accuracy [0-9.]* % on 11 images' adatape-train --model adatape-colour-tiny --data "$work/mixed" --batch-size 16 --lr 0.01 --epochs 2 --skip-broken \
  --out "$work/<i>colour"
mv "$work/<i>colour" "$work/colour"
complete colour 2
grep -qF '&lt;b&gt;&quot;bird&#39;&amp;amp;' "$work/colour/report.html" || fail 'the name of a folder is not in the report'
! grep -qE '<(b|i)>' "$work/colour/report.html" || fail 'the name of a folder is HTML'
grep -q 'test_broken' "$work/colour/log.csv" || fail "log.csv: $(head -1 "$work/colour/log.csv")"

# Models without a tape: no word of one.
for model in vit-fashion ut-fashion; do
  if "${emulator[@]}" "$bin/adatape-train" --list-models | grep -q "^$model "; then
    expect 0 '^test accuracy' adatape-train "${base[@]}" --model $model --epochs 1 --out "$work/$model"
    complete $model 1
    ! grep -qiE 'tape|bank patch|tau [0-9]' <(grep -v -e 'class="card settings"' -e '<dt>tau' -e '<pre' -e '<style' "$work/$model/report.html" | sed '/<style>/,/<\/style>/d; /<script>/,/<\/script>/d') ||
      fail "$model reads no tape, but its report says: $(grep -iom3 -E '.{20}tape.{20}' "$work/$model/report.html")"
  else
    echo "SKIPPED: the report of $model: it is not compiled in"
  fi
done

# A file that cannot be written ends the run with one line; what was saved before is whole, and the run goes on from there.
for file in report.html log.csv; do
  rm -rf "$work/blocked"
  mkdir -p "$work/blocked/$file"
  expect 1 "blocked/$file: .*directory" adatape-train "${tiny[@]}" --out "$work/blocked"
  grep -aq '"step":"7"' "$work/blocked/last.safetensors" || fail "$file could not be written: the checkpoint of the first epoch is not there"
  rmdir "$work/blocked/$file"
  expect 0 '^test accuracy' adatape-train --data "$work/data" --out "$work/blocked" --resume
  complete blocked 2
done
expect 1 'cannot be made a folder' adatape-train "${tiny[@]}" --out "$work/data/train-labels-idx1-ubyte/out"
finish
