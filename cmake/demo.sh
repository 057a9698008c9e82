#!/usr/bin/env bash
# Trains AdaTape on Fashion-MNIST for about two minutes on two cores, and tests it on the 10 000 test images. The page out/demo/report.html shows the run. The
# picture out/demo/tapes.png shows test images in order of tape length with the bank patches that each one read. The last two lines say where both are.
# Where the data cannot be had, the demo learns the parity task, which needs none and leaves neither.
# Arguments go to adatape-train, for example --seed 1. After an interruption the same command continues.
set -euo pipefail
for flag; do
  case ${flag%%=*} in # a run that ends early, or elsewhere, or is none, would be taken for the demo's
    -h | --help | --version | --list-models | --print-config | --stop-after | --out | --resume | --overwrite)
      echo "demo.sh: wanted flags that say how adatape-train is to train, such as --seed 1, found $flag" >&2
      exit 2
      ;;
  esac
done
root=$(realpath -- "$(dirname "${BASH_SOURCE[0]}")/..") # no cd: arguments may be paths
source "$root/cmake/packages.sh"
require_packages "${build_packages[@]}"
data=/usr/share/datasets/fashion-mnist
out=$root/out/demo
programs=$root/build/demo/bin
log=$root/build/demo.log

# Copies what the build says to the log; on a terminal one line counts the steps.
count_steps() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    [[ -t 1 && $line =~ ^\[([0-9]+/[0-9]+)\] ]] && printf '\r  step %s ' "${BASH_REMATCH[1]}"
  done
  [[ ! -t 1 ]] || printf '\r\e[K'
}

# build WHAT PROGRAM HOW_LONG: only the model that the demo trains is compiled.
build() {
  echo "compiling $1: $3 the first time, on two cores; each compiler needs less than 700 MB; $log has the details"
  { cmake -S "$root" --preset release -B "$root/build/demo" -DADATAPE_BUILD_TESTS=OFF -DADATAPE_BUILD_BENCH=OFF -DADATAPE_MODELS=AdatapeFashion \
      "-DADATAPE_PARITY_MODELS=AdaTape<32,64,2,16>" && cmake --build "$root/build/demo" --target "$2"; } 2>&1 | count_steps || {
    echo "the build failed; the last lines of $log:"
    tail -n 25 "$log"
    exit 1
  } >&2
}
mkdir -p "$root/build"
: >"$log"

# learn FOLDER COMMAND...: the command trains in the folder; what was interrupted there goes on. A run that cannot go on, such as one of another version or one
# whose settings are not those of the arguments, stays as it is.
learn() {
  local folder=$1 how=--overwrite code=0
  shift
  [[ ! -f $folder/unfinished || ! -f $folder/last.safetensors ]] || how=--resume
  mkdir -p "$folder"
  touch "$folder/unfinished"
  "$@" --out "$folder" $how || code=$?
  if [[ $how == --resume && $code =~ ^[12]$ ]]; then
    printf 'the run was not continued; to replace it by a new one: rm %q, then the same command again\n' "$folder/unfinished" >&2
  fi
  ((code == 0)) || exit $code
  rm "$folder/unfinished"
}

if ! (require_packages dataset-fashion-mnist) || [[ ! -d $data ]]; then
  echo "Fashion-MNIST cannot be had here; learning the parity task instead"
  build "the parity trainer" adatape-parity "about a minute"
  learn "$out/parity" "$programs/adatape-parity"
  exit
fi

build "the trainer" adatape-train "about a minute"
echo "training: about two minutes on two cores; Ctrl-C saves, and the same command continues"
learn "$out" "$programs/adatape-train" --data "$data" "$@"

build "the program that draws" adatape-predict "about half a minute"

"$programs/adatape-predict" "$out/last.safetensors" "$data/t10k-images-idx3-ubyte.gz" --labels "$data/t10k-labels-idx1-ubyte.gz" \
  --picture "$out/tapes.png" >"$out/predictions.txt"
cat <<END
what every test image read: $out/predictions.txt
the report of the run, a page for a browser: $out/report.html
test images in order of tape length, with the bank patches that they read: $out/tapes.png
END
