#!/usr/bin/env bash
# processes.sh PROGRAM TWICE THROWING MPIEXEC: any number of processes gives the bits of one, also in a run that continues with another number. More processes than
# leaves are refused. Where a process is killed, or throws while gradients are summed, all end. Where one hangs, all end after the limit.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/waiting.sh"
program=$1 twice=$2 throwing=$3 mpiexec=$4
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

timeout -k 5 60 "$mpiexec" -n 2 true 2>/dev/null || { echo 'SKIPPED: mpirun starts nothing here'; exit 77; }
"$program" 3 2>/dev/null >"$work/alone" || fail "without mpirun: exit code $?"
(($(sort -u "$work/alone" | wc -l) == 2)) || fail "wanted the hashes of two models, found $(cat "$work/alone")"
for processes in 1 2 3 4 5 8; do
  timeout -k 5 120 "$mpiexec" -n $processes "$program" 3 2>"$work/errors" >"$work/found" || fail "$processes processes: exit code $?: $(head -c 500 "$work/errors")"
  (($(wc -l <"$work/found") == 2 * processes)) || fail "$processes processes: wanted two hashes of each, found $(cat "$work/found")"
  diff <(sort -u "$work/found") <(sort -u "$work/alone") || fail "$processes processes: other bits than one"
done

# A second run in a process ends it with one line, and does not call main.
timeout -k 5 60 "$twice" >"$work/found" 2>"$work/errors"
code=$?
((code == 1)) || fail "two runs in a process: exit code $code"
[[ $(<"$work/errors") == "MPI: wanted one run in a process, found a second one" ]] || fail "two runs in a process: $(head -c 500 "$work/errors")"

# A run that stops and goes on with another number of processes ends in the same state.
mkdir "$work/saved"
timeout -k 5 60 "$mpiexec" -n 3 "$program" 2 "$work/saved" >"$work/found" 2>"$work/errors" || fail "saved: $(head -c 500 "$work/errors")"
timeout -k 5 60 "$mpiexec" -n 5 "$program" 3 "" "$work/saved" >"$work/found" 2>"$work/errors" || fail "continued: $(head -c 500 "$work/errors")"
diff <(sort -u "$work/found") <(sort -u "$work/alone") || fail "a run that was continued: other bits than one that was not stopped"

timeout -k 5 60 "$mpiexec" -n 17 "$program" 1 >"$work/found" 2>"$work/errors"
code=$?
((code != 0 && code != 124)) || fail "17 processes for 16 leaves: exit code $code"
grep -q 'MPI: wanted at least as many leaves of a batch as processes, 17, found 16' "$work/errors" || fail "17 processes: $(head -c 500 "$work/errors")"

# A process that throws while the gradients of its last leaves travel ends the run with its line, with a thread that moves MPI on and without one.
for overlap in 1 0; do
  timeout -k 5 60 "$mpiexec" -n 2 "$throwing" $overlap >"$work/found" 2>"$work/errors"
  code=$?
  ((code == 1)) || fail "a process that throws, overlap $overlap: exit code $code: $(head -c 500 "$work/errors")"
  grep -q '^process 1 of 2: the objective throws in step 1$' "$work/errors" || fail "a process that throws, overlap $overlap: $(head -c 500 "$work/errors")"
  (($(grep -c 'has made step 0' "$work/errors") == 2)) || fail "a process that throws, overlap $overlap: wanted a step of both, found $(head -c 500 "$work/errors")"
done

all_began() { (($(grep -c 'has made a step' "$work/errors") == 3)); }
processes_left() { pgrep -f "^$program 1000000000"; }

# ends_after SIGNAL WHAT ARGUMENT...: in a run of three processes one gets that signal, and all end within 40 s. mpirun itself, which may wait for ever
# (killed.sh says when), has 10 s more, and is killed then.
ends_after() {
  local signal=$1 what=$2 run victims code
  shift 2
  : >"$work/errors" # the job empties it too, but maybe behind the first look
  timeout -k 5 120 "$mpiexec" -n 3 "$program" 1000000000 "$@" >"$work/found" 2>"$work/errors" &
  run=$!
  wait_for $run all_began
  victims=($(processes_left))
  ((${#victims[@]} == 3)) || fail "wanted three processes to send one a signal, found ${#victims[@]}"
  ((${#victims[@]} > 1)) && kill -"$signal" "${victims[1]}"
  within 40 processes_left || fail "$what: others are still there after 40 s: $(processes_left | tr '\n' ' ')"
  within 10 kill -0 $run || { echo "$what: mpirun itself did not end"; pkill -9 -f "^$mpiexec .*$program 1000000000"; }
  wait $run
  code=$?
  ((code != 0 && code != 124)) || fail "$what: exit code $code"
}
ends_after KILL "a killed process"
ends_after STOP "a process that hangs" "" "" 10
grep -qE 'process [0-2] on .*: no progress for 10 s with .*; the run ends' "$work/errors" || fail "a process that hangs: $(head -c 500 "$work/errors")"
((failures == 0)) || echo "$failures failed"
exit $((failures > 0))
