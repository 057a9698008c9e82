# Sourced by the tests of the programs: $1 is the folder of the programs, $2 a folder of the test's own, emptied here; further arguments
# are the command that runs programs of another architecture.
set -uo pipefail
bin=$1
work=$2
emulator=("${@:3}")
rm -rf "$work"
mkdir -p "$work"
"${emulator[@]}" "$bin/make_test_images" "$work/data" || exit 1
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# expect CODE PATTERN PROGRAM ARGUMENT...: the exit code, and an extended regular expression that the output must match. After a failure (any
# code but 0) standard error must be exactly one line, and that line must match. Output is left in $work/output, errors in $work/errors.
expect() {
  local code=$1 pattern=$2 program=$3 found
  shift 3
  "${emulator[@]}" "$bin/$program" "$@" >"$work/output" 2>"$work/errors"
  found=$?
  ((found == code)) || fail "$program $*: exit code $found, wanted $code; $(head -c 300 "$work/errors")"
  if ((code == 0)); then
    grep -Eq -- "$pattern" "$work/output" || fail "$program $*: output lacks '$pattern'"
  else
    (($(wc -l <"$work/errors") == 1)) || fail "$program $*: wanted one line on standard error, found $(wc -l <"$work/errors")"
    grep -Eq -- "$pattern" "$work/errors" || fail "$program $*: '$(cat "$work/errors")' lacks '$pattern'"
  fi
}

finish() {
  ((failures == 0)) || echo "$failures failed"
  exit $((failures > 0))
}
