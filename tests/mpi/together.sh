# Sourced by the tests of programs in several processes: $1 is the folder of the programs, $2 a folder of the test's own, emptied here, $3 is mpirun.
source "$(dirname "${BASH_SOURCE[0]}")/../programs/expect.sh" "$1" "$2"
mpiexec=$3
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
timeout -k 5 60 "$mpiexec" -n 2 true 2>/dev/null || { echo 'SKIPPED: mpirun starts nothing here'; exit 77; }

# started CODE PATTERN ARGUMENT...: as expect_of, of mpirun with these arguments.
started() { expect_of "$1" "$2" timeout -k 5 100 "$mpiexec" -q "${@:3}"; }

# together PROCESSES CODE PATTERN PROGRAM FLAG...
together() {
  local processes=$1 code=$2 pattern=$3 program=$4
  shift 4
  started "$code" "$pattern" -n "$processes" "$bin/$program" "$@"
}

# The log of a run without what a clock said.
untimed() { sed -E 's/"(images_per_second|seconds|waiting)":[^,}]*,?//g' "$work/$1/log.jsonl"; }

# same_run ONE OTHER: they ended in the same bytes, and said the same.
same_run() {
  local file
  for file in last best; do
    [[ ! -f $work/$1/$file.safetensors ]] || cmp "$work/$1/$file.safetensors" "$work/$2/$file.safetensors" || fail "$1 and $2: $file.safetensors differ"
  done
  diff <(untimed "$1") <(untimed "$2") || fail "$1 and $2: log.jsonl differ"
}
