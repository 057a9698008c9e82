#!/usr/bin/env bash
# killed.sh BIN WORK [RUNS]: kills training runs (SIGKILL) at random moments and resumes them until they end; the last checkpoint must be that of a run that
# nobody disturbed, bit by bit, and no temporary may be left. RUNS (default 2) runs, each killed up to 8 times.
source "$(dirname "${BASH_SOURCE[0]}")/../programs/expect.sh" "$1" "$2"
runs=${3:-2}
RANDOM=11
recipe=(--model adatape-fashion-tiny --batch-size 20 --lr 0.01 --warmup-epochs 1 --seed 5 --dropout 0.1 --shift 1 --epochs 12 --threads 1 --data "$work/data")
often=()
grep -q -- --save-every <<<"$("$bin/adatape-train" --help)" && often=(--save-every 3)

start=$(date +%s%N)
"$bin/adatape-train" "${recipe[@]}" --out "$work/whole" >"$work/output" 2>"$work/errors" || fail "undisturbed: $(cat "$work/errors")"
length=$((($(date +%s%N) - start) / 1000000)) # ms
((length < 6000)) || length=6000 # a run that stood still says nothing of the others
kills=0
for ((run = 1; run <= runs; ++run)); do
  out=$work/run$run
  for ((i = 1; ; ++i)); do
    [[ -f $out/last.safetensors ]] && continue_=(--resume) || { continue_=(); rm -rf "$out"; }
    "$bin/adatape-train" "${recipe[@]}" "${often[@]}" "${continue_[@]}" --out "$out" >"$work/output" 2>"$work/errors" &
    process=$!
    if ((i <= 8)); then
      moment=$((RANDOM % (length / 3 + 20)))
      sleep "$(printf '%d.%03d' $((moment / 1000)) $((moment % 1000)))"
      kill -KILL $process 2>/dev/null && ((++kills))
    fi
    wait $process 2>/dev/null
    code=$?
    ((code == 137)) && continue
    ((code == 0)) || fail "run $run, start $i: exit code $code: $(head -c 300 "$work/errors")"
    break
  done
  for name in last best; do
    cmp "$work/whole/$name.safetensors" "$out/$name.safetensors" || fail "run $run: $name.safetensors is another one"
  done
  (($(wc -l <"$out/log.jsonl") == 12)) || fail "run $run: wanted 12 lines in log.jsonl"
  left=$(find "$out" -name '*.tmp-*')
  [[ -z $left ]] || fail "run $run: left $left"
done
((kills > 0)) || fail "no run was alive when it was to be killed"
echo "$runs runs, killed $kills times, end as the undisturbed one of $length ms"
finish
