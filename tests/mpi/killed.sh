#!/usr/bin/env bash
# killed.sh BIN WORK MPIEXEC [KILLS]: kills a process of a run at a random moment, KILLS times (default 6; 20 were made by hand). All processes end within 60 s,
# and mpirun names the process. The last checkpoint is whole: the run goes on with another number of processes, and ends in the bytes of a run that nobody disturbed.
#
# mpirun of Open MPI 4.1 may itself wait for ever when one of its processes is killed, deaf to SIGTERM, after it has ended the others. One round may see that;
# mpirun is killed then.
source "$(dirname "${BASH_SOURCE[0]}")/waiting.sh"
source "$(dirname "${BASH_SOURCE[0]}")/together.sh" "$1" "$2" "$3"
kills=${4:-6}
RANDOM=11
recipe=(--model adatape --length 16 --tape 8 --lr 1e-3 --seed 3 --batch-size 8 --leaves 5 --steps 100000 --warmup-steps 5 --test-samples 10)
out=$work/killed
hung=0
saved_step() { grep -ao '"step":"[0-9]*"' "$out/last.safetensors" 2>/dev/null | tr -dc 0-9; }
saved_again() { [[ $(saved_step) != "$before" ]]; }
processes_left() { pgrep -f "^$bin/adatape-parity .*--out $out"; }

for ((kill = 1; kill <= kills; ++kill)); do
  processes=$((2 + RANDOM % 4))
  before=$(saved_step)
  [[ -n $before ]] && how=(--resume) || how=("${recipe[@]}" --overwrite)
  : >"$work/output" # the job empties it too, but maybe behind the first look
  timeout -k 5 300 "$mpiexec" -n $processes "$bin/adatape-parity" "${how[@]}" --out "$out" --save-every 2 >"$work/output" 2>"$work/errors" &
  run=$!
  # When it says that it begins; in most rounds when it has saved again.
  wait_for $run grep -q parameters "$work/output"
  ((kill % 4 == 0)) || wait_for $run saved_again
  sleep "0.$(printf %03d $((RANDOM % 300)))"
  victims=()
  while ((${#victims[@]} < processes)) && kill -0 $run 2>/dev/null; do victims=($(processes_left)); done
  kill -9 "${victims[RANDOM % processes]}" 2>/dev/null || fail "round $kill: there was no process to kill"
  within 60 processes_left || fail "round $kill: others are still there after 60 s: $(processes_left | tr '\n' ' ')"
  if within 60 kill -0 $run; then
    wait $run
    code=$?
    ((code != 0 && code != 124)) || fail "round $kill: exit code $code"
    grep -Eq 'process rank [0-9]+ .* on signal 9' "$work/errors" || fail "round $kill: no word of the process: $(head -c 500 "$work/errors")"
  else
    echo "round $kill: mpirun itself did not end: $(ps -o pid,ppid,stat,wchan:20,args -A | grep "[-]-out $out")"
    pkill -9 -f "^$mpiexec .*--out $out"
    wait $run
    ((++hung))
  fi
done
((hung <= 1)) || fail "mpirun did not end in $hung rounds"
reached=$(saved_step)
[[ -n $reached ]] || fail 'nothing was saved'
last=$((reached + 2))
together 3 0 "continued after step $reached" adatape-parity --out "$out" --resume --stop-after $last
expect 0 "stopped after step $last" adatape-parity "${recipe[@]}" --out "$work/whole" --stop-after $last
cmp "$out/last.safetensors" "$work/whole/last.safetensors" || fail 'a run that was killed ends in other bytes'
left=$(find "$out" -name '*.tmp-*')
[[ -z $left ]] || fail "left $left"
echo "killed $kills times in $last steps"
finish
