#!/usr/bin/env bash
# adatape-parity: a run that was stopped and resumed ends in the same bytes; bad flags, folders in use and records that were tampered with are refused.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
recipe=(--model adatape --length 16 --tape 8 --lr 1e-3 --seed 3)
short=("${recipe[@]}" --batch-size 8 --steps 30 --warmup-steps 5)

expect 0 '^final accuracy [0-9.]+ % on 6400 fresh samples' adatape-parity "${short[@]}" --out "$work/whole" --threads 1
expect 0 'stopped after step 11, saved' adatape-parity "${short[@]}" --out "$work/parts" --stop-after 11 --threads 2
expect 2 'holds a run' adatape-parity "${short[@]}" --out "$work/parts"
expect 2 'lr.*keeps its settings' adatape-parity --out "$work/parts" --resume --lr 0.5
expect 0 'continued after step 11' adatape-parity --out "$work/parts" --resume
for file in last.safetensors log.jsonl; do cmp "$work/whole/$file" "$work/parts/$file" || fail "whole/$file and parts/$file differ"; done
# A run at its end that is continued is tested again, and still says what a step took.
step_time() { grep -o '"seconds_per_step": [^,]*' "$work/parts/result.json"; }
took=$(step_time)
[[ $took =~ [1-9] ]] || fail "no time of a step: $took"
grep -q '"program": "adatape [0-9.]*, batches of' "$work/parts/result.json" || fail 'result.json does not say which program wrote it'
expect 0 'on 100 fresh samples' adatape-parity --out "$work/parts" --resume --test-samples 100
[[ $(step_time) == "$took" ]] || fail "result.json of a run at its end has lost the time of a step: $(step_time), was $took"
expect 0 'final accuracy' adatape-parity --out "$work/parts" --resume
expect 0 'final accuracy' adatape-parity "${recipe[@]}" --batch 4 --warmup 2 --steps 2
expect 0 '^final accuracy .*, mean steps [12]' adatape-parity --model pondernet --length 16 --layers 2 --batch-size 4 --warmup-steps 2 --steps 2

# --overwrite, killed when it is about to put its first file in place, and its second: the run that was there is whole, or the new one goes on. A log of the
# other run, as where it was killed in between, does not become part of it.
if [[ ${#emulator[@]} == 0 ]]; then
  other=("${short[@]}" --clip-norm 0.1)
  expect 0 'final accuracy' adatape-parity "${other[@]}" --out "$work/other"
  for at in 1 2; do
    rm -rf "$work/replaced"
    cp -r "$work/whole" "$work/replaced"
    (
      ASAN_OPTIONS=${ASAN_OPTIONS:-}:verify_asan_link_order=0 KILL_AT_RENAME=$at LD_PRELOAD=$bin/kill_at_rename.so \
        "$bin/adatape-parity" "${other[@]}" --out "$work/replaced" --overwrite
      exit $?
    ) >"$work/output" 2>&1
    code=$?
    ((code == 137)) || fail "--overwrite killed at file $at: exit code $code, wanted 137; $(tail -1 "$work/output")"
    ((at == 1)) || break
    diff -r "$work/whole" "$work/replaced" --exclude='*.tmp-*' || fail '--overwrite killed at its first file: the run that was there is not whole'
  done
  for file in log.jsonl result.json; do [[ ! -e $work/replaced/$file ]] || fail "--overwrite killed at its second file: $file of the other run is there"; done
  sed 's/"step":30/"step":20/' "$work/whole/log.jsonl" >"$work/replaced/log.jsonl"
  cp "$work/whole/result.json" "$work/replaced"
  expect 0 'continued after step 30' adatape-parity --out "$work/replaced" --resume
  for file in last.safetensors log.jsonl; do cmp "$work/other/$file" "$work/replaced/$file" || fail "other/$file and replaced/$file differ"; done
fi

"${emulator[@]}" "$bin/adatape-parity" "${recipe[@]}" --steps 1000000 --out "$work/interrupted" --save-every 1 --overwrite >"$work/output" 2>&1 &
process=$!
while [[ ! -f $work/interrupted/last.safetensors ]] && kill -0 $process 2>/dev/null; do sleep 0.05; done
expect 1 'another run is at work' adatape-parity "${recipe[@]}" --out "$work/interrupted" --overwrite
kill -TERM $process
wait $process
code=$?
((code == 143)) || fail "interrupted: exit code $code, wanted 143"

expect 0 'final accuracy' adatape-parity "${recipe[@]}" --batch 4 --warmup 2 --steps 2 --products bf16
expect 2 'products.*int8' adatape-parity --products int8
expect 0 'final accuracy' adatape-parity "${recipe[@]}" --batch 4 --warmup 2 --steps 3 --curriculum-steps 2
expect 2 'curriculum-steps.*-1' adatape-parity --curriculum-steps -1
expect 2 'lr.*nan' adatape-parity --lr nan
expect 2 'no model of this size' adatape-parity --length 17
expect 2 'out' adatape-parity --resume
expect 1 'cannot be made a folder' adatape-parity "${short[@]}" --out "$work/data/three.png"
# Recorded settings are checked as flags are; file and key are named. Finite weights whose outputs overflow have no accuracy.
if command -v python3 >/dev/null; then
  recorded() {
    rm -rf "$work/recorded"
    cp -r "$work/whole" "$work/recorded"
    python3 "$(dirname "${BASH_SOURCE[0]}")/edit_checkpoint.py" "$work/whole/last.safetensors" "$work/recorded/last.safetensors" "${@:2}"
    expect 1 "$1" adatape-parity --out "$work/recorded" --resume
  }
  recorded 'last.safetensors: metadata "training": "steps": wanted an integer from 1 .*found -4' set training steps -4
  recorded 'last.safetensors: metadata "training": "lr": wanted a number' set training lr '"fast"'
  recorded 'last.safetensors: metadata "training": "model": no such choice: "other"' set training model '"other"'
  recorded 'last.safetensors: metadata "training": key "tau" is missing' set training tau none
  recorded 'last.safetensors: metadata "progress": "since": wanted an integer' set progress since 1e300
  recorded 'last.safetensors: metadata "progress": "loss": wanted a number' set progress loss null
  recorded "fresh sample [0-9]+: the model's output is not finite" scale 1e25
  ! grep -q 'final accuracy' "$work/output" || fail "an accuracy of outputs that are not finite"
else
  echo 'SKIPPED: recorded settings and large weights: no python3'
fi
LC_ALL=C sed -i 's/since\\":0/since\\":9999/' "$work/parts/last.safetensors"
expect 1 'last.safetensors' adatape-parity --out "$work/parts" --resume
if [[ -c /dev/full ]]; then
  "${emulator[@]}" "$bin/adatape-parity" "${short[@]}" >/dev/full 2>"$work/errors"
  code=$?
  ((code == 1)) && (($(wc -l <"$work/errors") == 1)) || fail "a full disk: exit code $code, $(cat "$work/errors")"
fi
finish
