# Sourced by tests that wait for processes.

# wait_for PROCESS COMMAND...: waits until the command succeeds, or the process has ended.
wait_for() {
  until "${@:2}" >/dev/null 2>&1 || ! kill -0 "$1" 2>/dev/null; do sleep 0.02; done
}

# within SECONDS COMMAND...: waits until the command fails. False where it does not in that time.
within() {
  local end=$((SECONDS + $1))
  while "${@:2}" >/dev/null 2>&1; do
    ((SECONDS < end)) || return 1
    sleep 0.02
  done
}
