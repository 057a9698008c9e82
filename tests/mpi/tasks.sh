#!/usr/bin/env bash
# The programs of tasks: any number of processes gives the bits of one, also in a run that continues with another number. What goes wrong is said in one line.
source "$(dirname "${BASH_SOURCE[0]}")/together.sh" "$@"
flags=(--model adatape --length 16 --tape 8 --seed 3 --warmup-steps 2 --test-samples 100)
short=(--batch-size 11 --steps 14)
recipe=("${flags[@]}" "${short[@]}" --lr 1e-3 --leaves 8)

expect 0 'final accuracy' adatape-parity "${recipe[@]}" --out "$work/alone" --sweep
said >"$work/alone_said"
for processes in 1 2 3 5 8; do
  together $processes 0 'final accuracy' adatape-parity "${recipe[@]}" --out "$work/together$processes" --sweep
  diff <(said) "$work/alone_said" || fail "$processes processes print something else than one"
  same_run alone together$processes
done

for task in scenes clutter recall; do
  of_task=(--steps 8 --batch-size 10 --warmup-steps 2 --test-samples 40 --leaves 6 --seed 2)
  [[ $task == recall ]] || of_task+=(--data "$work/data" --picture "$work/$task.png")
  expect 0 'final accuracy' adatape-$task "${of_task[@]}" --out "$work/$task"
  said >"$work/alone_said"
  [[ $task == recall ]] || mv "$work/$task.png" "$work/alone.png"
  together 3 0 'final accuracy' adatape-$task "${of_task[@]}" --out "$work/${task}3"
  diff <(said) "$work/alone_said" || fail "adatape-$task: 3 processes print something else than one"
  [[ $task == recall ]] || cmp "$work/$task.png" "$work/alone.png" || fail "adatape-$task: another picture of 3 processes"
  same_run $task ${task}3
done

# A run that stops and goes on with another number of processes.
together 3 0 'stopped after step 5, saved' adatape-parity "${recipe[@]}" --out "$work/parts" --stop-after 5
together 5 0 'continued after step 5' adatape-parity --out "$work/parts" --resume --stop-after 9
expect 0 'stopped after step 10' adatape-parity --out "$work/parts" --resume --stop-after 10
together 2 0 'final accuracy' adatape-parity --out "$work/parts" --resume
same_run alone parts
together 3 0 'last.safetensors: taken' adatape-parity "${recipe[@]}" --init "$work/alone/last.safetensors" --stop-after 1

# SIGUSR1, which mpirun hands on, is a request to stop.
endless=("${flags[@]}" --leaves 3 --steps 1000000 --out "$work/stopped" --save-every 1)
timeout -k 5 100 "$mpiexec" -q -n 2 "$bin/adatape-parity" "${endless[@]}" >"$work/output" 2>"$work/errors" &
run=$!
while [[ ! -f $work/stopped/last.safetensors ]] && kill -0 $run 2>/dev/null; do sleep 0.05; done
pkill -USR1 -P $run
wait $run
code=$?
((code == 138)) && grep -q 'stopped after step .*, saved' "$work/output" || fail "SIGUSR1: exit code $code, $(tail -1 "$work/output") $(cat "$work/errors")"

# A save that fails ends all.
mkdir -p "$work/unwritable/last.safetensors"
together 3 1 '^error: .*unwritable/last.safetensors' adatape-parity "${recipe[@]}" --out "$work/unwritable" --overwrite --save-every 3

# Wrong flags, of all processes or of one.
program=$bin/adatape-parity
together 3 2 'adatape-parity: .*--nonsense' adatape-parity --nonsense
together 3 2 '^error: --leaves: 3 processes want a batch of at least 3 leaves, .* found 0' adatape-parity "${flags[@]}"
together 3 2 '^error: --leaves: .* found 2' adatape-parity "${flags[@]}" --leaves 2
together 3 2 '^error: --batch-size: 3 processes want' adatape-parity "${flags[@]}" --leaves 8 --batch 2
together 2 2 'holds a run' adatape-parity "${recipe[@]}" --out "$work/alone"
together 2 1 'other/last.safetensors: nothing to resume' adatape-parity --out "$work/other" --resume
other='^error: process 1 has other settings than process 0'
started 1 "$other: lr is 2.0, not 1.0" -n 1 "$program" "${flags[@]}" --leaves 8 --lr 1 : -n 1 "$program" "${flags[@]}" --leaves 8 --lr 2
started 1 "$other: stop-after is 3, not 0" -n 1 "$program" "${recipe[@]}" : -n 2 "$program" "${recipe[@]}" --stop-after 3
started 2 '^process 1 of 2: .*adatape-parity: .*--nonsense' -n 1 "$program" "${recipe[@]}" : -n 1 "$program" "${recipe[@]}" --nonsense

# Other instruction sets, where the program holds several.
if [[ $(ADATAPE_INSTRUCTION_SET=sse2 "$program" --version) != $("$program" --version) ]]; then
  sets=(-n 1 "$program" "${recipe[@]}" : -n 1 -x ADATAPE_INSTRUCTION_SET=sse2 "$program" "${recipe[@]}")
  started 1 '^error: process 1 runs with the instruction set sse2, process 0 with ' "${sets[@]}"
  started 0 'final accuracy' "${sets[@]:0:3}" "${recipe[@]}" --mixed-instruction-sets "${sets[@]:$((3 + ${#recipe[@]}))}" --mixed-instruction-sets
fi

# A checkpoint that is damaged, or that is another one for one of the processes.
from() { printf '%s\n' "$program" "${recipe[@]}" --init init/last.safetensors; }
mkdir -p "$work/there/init" "$work/here/init"
cp "$work/alone/last.safetensors" "$work/there/init"
expect 0 'stopped' adatape-parity "${recipe[@]}" --out "$work/here/init" --overwrite --stop-after 2
started 1 '^error: process 1 has other weights than process 0' -n 1 --wdir "$work/there" $(from) : -n 1 --wdir "$work/here" $(from)
cp -r "$work/parts" "$work/cut"
truncate -s 3000 "$work/cut/last.safetensors"
together 3 1 '^error: .*cut/last.safetensors' adatape-parity --out "$work/cut" --resume
together 3 2 '^error: --steps.*keeps its settings' adatape-parity --out "$work/parts" --resume --steps 15
finish
