# Sourced by scripts that run programs on several machines which this one plays: network namespaces machine0, machine1 and so on, with an Ethernet between them.
# All of it is in namespaces of the script: nothing outside changes, and everything ends with the script.

# enter_namespaces SCRIPT ARGUMENT...: runs the script again in namespaces of its own, and exits with its code. Returns in that second run. Where the kernel
# or the rights do not allow it, it exits with 77 and a line. `work` is a folder that is there as long as the script runs.
enter_namespaces() {
  if [[ -n ${ADATAPE_MACHINES:-} ]]; then
    work=$ADATAPE_MACHINES
    trap 'exit 143' TERM INT HUP # the first process of a namespace ignores signals that it does not handle
    ip link set lo up
    return
  fi
  local own=(--mount --net --uts --pid --fork --mount-proc --kill-child)
  ((EUID == 0)) || own+=(--user --map-root-user)
  unshare "${own[@]}" sh -c 'ip link add name try type bridge && ip link add name one type veth peer name two' 2>/dev/null ||
    { echo 'SKIPPED: no network namespaces, bridges and pairs of devices here (root, or user namespaces, iproute2)'; exit 77; }
  work=$(mktemp -d)
  trap "rm -rf '$work'" EXIT
  ADATAPE_MACHINES=$work unshare "${own[@]}" bash "$@"
  exit
}

# on MACHINE COMMAND...: runs the command there.
on() { nsenter --target "$(<"$work/$1/pid")" --net --uts "${@:2}"; }

# start_machines COUNT [MILLISECONDS PERCENT]: in place of those that are there. With two more numbers each frame takes so long to its machine, and so many are
# lost. Returns 1 where the kernel cannot do that.
start_machines() {
  local count=$1 delay=${2:-0} loss=${3:-0} with=bridge i pid
  stop_machines
  if [[ $delay != 0 || $loss != 0 ]]; then
    if tc qdisc add dev lo root netem delay 1ms 2>/dev/null; then
      tc qdisc del dev lo root
      with=netem
    elif ip tuntap add dev try mode tap 2>/dev/null; then
      ip link delete try
      with=wire
    else
      return 1
    fi
  fi
  machines=$count
  ip link add name switch type bridge
  ip link set switch up
  echo '127.0.0.1 localhost' >"$work/hosts"
  if [[ $with == wire ]]; then
    local taps=()
    rm -f "$work/wire"
    for ((i = 0; i < count; ++i)); do
      taps+=("port$i")
      ip tuntap add dev "port$i" mode tap
    done
    python3 "$(dirname "${BASH_SOURCE[0]}")/wire.py" "$delay" "$loss" "${taps[@]}" >"$work/wire" &
    machine_pids+=($!)
    until [[ -s $work/wire ]] 2>/dev/null; do kill -0 $! && sleep 0.02 || return; done
  fi
  for ((i = 0; i < count; ++i)); do
    mkdir -p "$work/machine$i"
    unshare --net --uts sleep infinity &
    pid=$!
    machine_pids+=($pid)
    echo $pid >"$work/machine$i/pid"
    until [[ $(readlink "/proc/$pid/ns/uts") != "$(readlink /proc/$$/ns/uts)" && $(<"/proc/$pid/comm") == sleep ]]; do sleep 0.01; done
    if [[ $with == wire ]]; then
      ip link set "port$i" netns $pid name eth0
    else
      ip link add name "port$i" type veth peer name eth0 netns $pid
      ip link set "port$i" master switch up
      [[ $with != netem ]] || tc qdisc add dev "port$i" root netem delay "${delay}ms" loss "$loss%" limit 10000
    fi
    on "machine$i" sh -c "hostname machine$i && ip link set lo up && ip address add 10.0.0.$((i + 1))/24 dev eth0 && ip link set eth0 up"
    echo "10.0.0.$((i + 1)) machine$i" >>"$work/hosts"
  done
  mount --bind "$work/hosts" /etc/hosts
}

stop_machines() {
  local i
  if ((${#machine_pids[@]} > 0)); then
    for ((i = 0; i < machines; ++i)); do ip link delete "port$i"; done
    kill "${machine_pids[@]}"
    wait "${machine_pids[@]}"
    machine_pids=()
    umount /etc/hosts
    ip link delete switch
  fi 2>/dev/null
}
machine_pids=() # of all programs that play machines and network
machines=0

# limit_rate RATE: of each machine's link, in both directions, as tc writes it (1gbit).
limit_rate() {
  local i limit=(root tbf rate "$1" burst 256kb latency 50ms)
  for ((i = 0; i < machines; ++i)); do
    tc qdisc replace dev "port$i" "${limit[@]}" && on "machine$i" tc qdisc replace dev eth0 "${limit[@]}" || return
  done
}

# use_open_mpi: mpirun starts its daemons on these machines, and processes meet through the network alone.
use_open_mpi() {
  printf '#!/bin/bash\nmachine=$1\nshift\nexec nsenter --target "$(<"%s/$machine/pid")" --net --uts sh -c "$*"\n' "$work" >"$work/agent"
  chmod +x "$work/agent"
  export TMPDIR=$work OMPI_MCA_plm_rsh_agent=$work/agent OMPI_MCA_btl=tcp,self OMPI_MCA_pml=ob1
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
}
