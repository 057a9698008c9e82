#!/usr/bin/env bash
# network.sh TRAINING WATCHING MPIEXEC: runs on three machines (machines.sh) with a network that is slow, loses frames or is cut. What is late or lost and sent
# again changes no bit. Where a machine is lost, all processes of all machines end within a time that is set, with a line that names it.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/machines.sh"
enter_namespaces "$0" "$@"
training=$1 watching=$2 mpiexec=$3
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}
use_open_mpi
hosts=machine0,machine1,machine2
resent=2
limit=20 # seconds that a loss may take to end all: 2 s of the watch, 3 s of the connections, and time to end processes on busy cores

"$training" 2 2>/dev/null >"$work/alone" || fail "without mpirun: exit code $?"
# same_bits NAME: three machines train as one process does. `took` gets the milliseconds.
same_bits() {
  local start
  start=$(date +%s%3N)
  on machine0 timeout -k 5 60 "$mpiexec" -n 3 --host $hosts "$training" 2 2>"$work/errors" >"$work/found" || fail "$1: exit code $?: $(head -c 500 "$work/errors")"
  took=$(($(date +%s%3N) - start))
  (($(wc -l <"$work/found") == 6)) || fail "$1: wanted two hashes of each, found $(<"$work/found")"
  diff <(sort -u "$work/found") <(sort -u "$work/alone") || fail "$1: other bits than one process"
  echo "$1: $took ms"
}
start_machines 3 || { fail 'three machines'; exit 1; }
on machine0 timeout -k 5 60 "$mpiexec" -n 3 --host $hosts true 2>"$work/errors" ||
  { echo "SKIPPED: mpirun starts nothing here: $(head -c 500 "$work/errors")"; exit 77; }
same_bits 'plain network'
sent=$(on machine1 sed -n 's/^ *eth0: *//p' /proc/net/dev | awk '{print $9}')
if limit_rate 40mbit 2>/dev/null; then
  same_bits "40 Mbit/s for $sent bytes"
  ((took > sent * 8 / 40000 / 2)) || fail "40 Mbit/s: $took ms is too short for $sent bytes"
else
  echo 'not tested: a limited rate (the kernel has no tbf)'
fi

if start_machines 3 10 0; then
  same_bits '10 ms to each machine'
  ((took > 1000)) || fail "10 ms: $took ms is too short"
  start_machines 3 0 2
  same_bits '2 % of frames lost'
  again=$(on machine1 awk '/^Tcp:/ {line = $13} END {print line}' /proc/net/snmp)
  ((again > 0)) || fail '2 % of frames lost: nothing was sent again'
else
  echo 'not tested: delay and loss (no netem in the kernel, no rights to TAP devices)'
fi

# mpirun and its daemons ask for a sign of life after a second of silence, and give a connection up that left two questions without an answer. Where something
# was sent that is not acknowledged, the kernel sends it again and asks nothing. It gives up at the first time behind 0.2 (2^(tcp_retries2 + 1) - 1) = 1.4 s.
# Not before: where frames are lost by chance, two questions in a row may be.
export OMPI_MCA_oob_tcp_keepalive_time=1 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=2

# ends NAME COMMAND... -- PROGRAM...: three processes run the program, then the command is run. All must end within the limit. `errors` gets what they said to
# mpirun, `said` what they said on their machines.
ends() {
  local name=$1 command=() run start machine
  shift
  while [[ $1 != -- ]]; do command+=("$1") && shift; done
  shift
  start_machines 3
  for machine in ${hosts//,/ }; do on $machine sh -c "echo $resent >/proc/sys/net/ipv4/tcp_retries2"; done
  : >"$work/errors"
  on machine0 timeout -k 5 60 "$mpiexec" -n 3 --host $hosts --output-filename "$work/said" "$@" >"$work/found" 2>"$work/errors" &
  run=$!
  until (($(grep -c 'has made a' "$work/errors") == 3)) || ! kill -0 $run 2>/dev/null; do sleep 0.05; done
  sleep 0.2
  start=$(date +%s%3N)
  "${command[@]}" || fail "$name: ${command[*]}"
  while kill -0 $run 2>/dev/null || pgrep -f "^$1" >/dev/null || pgrep -x orted >/dev/null; do
    (($(date +%s%3N) - start < limit * 1000)) || break
    sleep 0.05
  done
  echo "$name: $(($(date +%s%3N) - start)) ms"
  kill -0 $run 2>/dev/null && fail "$name: mpirun is still there after $limit s"
  pgrep -af "^$1" && fail "$name: processes are still there after $limit s"
  pgrep -ax orted && fail "$name: daemons are still there after $limit s"
  wait $run
  local code=$?
  ((code != 0 && code != 124)) || fail "$name: exit code $code"
}
# says PATTERN [FILE]: a line of the run that ended.
says() { grep -qE "$1" "${2:-$work/errors}" || fail "wanted a line with \"$1\", found $(<"${2:-$work/errors}")"; }
waited='numbers: no progress for 2 s with'

ends 'frames to a machine vanish' ip link set port1 nomaster -- "$training" 1000000000
says 'Remote daemon: .* on node machine1'
ends 'the device of a machine is down' on machine1 ip link set eth0 down -- "$watching" 2 10
says "^process [02] on machine[02]: $waited process 1 on machine1 "
says "^process 1 on machine1: $waited process [02] on machine[02]" "$work/said/1/rank.1/stderr" # its line stays on its machine
stop_one() { kill -STOP "$(pgrep -f "^$watching" | tail -1)"; }
ends 'a process hangs' stop_one -- "$watching" 2 10
says "^process [0-2] on machine[0-2]: $waited process [0-2] on machine[0-2] "
cut_between() { bridge link set dev port1 isolated on && bridge link set dev port2 isolated on; }
ends 'two machines lose each other' cut_between -- "$watching" 2 10
says "^process [12] on machine[12]: $waited (process 0 on machine0, )?process [12] on machine[12] "
((failures == 0)) || echo "$failures failed"
exit $((failures > 0))
