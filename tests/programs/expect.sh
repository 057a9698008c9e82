# Sourced by the tests of the programs: $1 is the folder of the programs, $2 a folder of the test's own, emptied here; further arguments
# are the command that runs programs of another architecture.
set -uo pipefail
unset COLUMNS # a program that knows the width of its terminal rewrites lines
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

# expect_of CODE PATTERN COMMAND...: the exit code, and an extended regular expression that the output must match. After a failure (any code but 0) standard
# error must be exactly one line, and that line must match. Output is left in $work/output, errors in $work/errors.
expect_of() {
  local code=$1 pattern=$2 found
  shift 2
  "$@" >"$work/output" 2>"$work/errors"
  found=$?
  ((found == code)) || fail "$*: exit code $found, wanted $code; $(head -c 500 "$work/errors")"
  if ((code == 0)); then
    grep -Eq -- "$pattern" "$work/output" || fail "$*: output lacks '$pattern'"
  else
    (($(wc -l <"$work/errors") == 1)) || fail "$*: wanted one line on standard error, found $(cat "$work/errors")"
    grep -Eq -- "$pattern" "$work/errors" || fail "$*: '$(cat "$work/errors")' lacks '$pattern'"
  fi
}

# What the last command said and a clock did not: without lines of progress, speeds and times.
said() { sed -E '/\/s  [0-9:]+ left  /d; /^features in/d; s/ +[0-9.e+]+ steps\/s, [0-9:]+ left//' "$work/output"; }

# expect CODE PATTERN PROGRAM ARGUMENT...: the same of one of the programs.
expect() { expect_of "$1" "$2" "${emulator[@]}" "$bin/$3" "${@:4}"; }

# resumes_exactly PATTERN PROGRAM FLAG...: a run of a task says PATTERN at its end, and one that was stopped and resumed, with another number of threads, ends in
# the same bytes. A folder that holds a run is refused. The runs stay in $work/whole and $work/parts.
resumes_exactly() {
  local pattern=$1 program=$2 file
  shift 2
  expect 0 "$pattern" "$program" "$@" --out "$work/whole" --threads 1
  expect 0 'stopped after step 11, saved' "$program" "$@" --out "$work/parts" --stop-after 11 --threads 2
  expect 2 'holds a run' "$program" "$@" --out "$work/parts"
  expect 0 'continued after step 11' "$program" --out "$work/parts" --resume
  for file in last.safetensors log.jsonl; do cmp "$work/whole/$file" "$work/parts/$file" || fail "whole/$file and parts/$file differ"; done
}

# guards_pictures PROGRAM FLAG...: a task finds out before it trains that its picture cannot be written, makes the folder of its run before it tries, and puts no
# picture in the place of the checkpoint that it begins with.
guards_pictures() {
  local program=$1
  shift
  expect 1 'none/picture.png' "$program" "$@" --picture "$work/none/picture.png"
  [[ ! -s $work/output ]] || fail "$program: a picture that cannot be written is found out when the model is trained"
  expect 0 'final accuracy' "$program" "$@" --out "$work/new" --picture "$work/new/picture.png"
  cp "$work/new/last.safetensors" "$work/init.safetensors"
  expect 2 'picture: wanted another file than .*init.safetensors, which is read' "$program" "$@" --init "$work/init.safetensors" --picture "$work/init.safetensors"
  cmp "$work/new/last.safetensors" "$work/init.safetensors" || fail "$program: --picture replaced a checkpoint"
}

finish() {
  ((failures == 0)) || echo "$failures failed"
  exit $((failures > 0))
}
