#!/usr/bin/env bash
# scripts.sh SOURCE WORK: what is wrong with the arguments of a script is one line and exit code 2, before anything is installed, built or written.
set -uo pipefail
source=$1 work=$2
rm -rf "$work"
mkdir -p "$work/path"
for program in apt-get cmake sudo; do
  printf '#!/bin/sh\necho %s was called >&2\nexit 97\n' $program >"$work/path/$program"
  chmod +x "$work/path/$program"
done
export PATH=$work/path:$PATH PYTHONDONTWRITEBYTECODE=1
failures=0

# refused PATTERN SCRIPT ARGUMENT...
refused() {
  local pattern=$1 found
  "$source/${@:2:1}" "${@:3}" >"$work/output" 2>"$work/errors" </dev/null
  found=$?
  if ((found != 2 || $(wc -l <"$work/errors") != 1)) || [[ -s $work/output ]] || ! grep -Eq -- "$pattern" "$work/errors"; then
    echo "FAILED: ${*:2}: exit code $found, wanted 2 and one line with '$pattern', found '$(head -c 500 "$work/errors")'"
    ((++failures))
  fi
}
refused 'wanted one preset of .*tests.*asan.*, found .nonsense' cmake/test.sh nonsense
refused "found 'asan asan'" cmake/test.sh asan asan
for seconds in 0 many '1 2'; do refused "wanted a number of seconds, found '$seconds'" cmake/harden.sh $seconds; done
for flag in --help --version --list-models --print-config --stop-after=3 --out=here --resume --overwrite; do
  refused "wanted flags that say how adatape-train is to train, .*, found $flag" cmake/demo.sh --seed 1 $flag
done
refused 'wanted a folder or --check, found .--nonsense' cmake/docs.sh --nonsense
refused 'usage: cmake/docs.sh' cmake/docs.sh one two
refused 'usage: cmake/deb.sh' cmake/deb.sh one two
refused 'wanted a folder, found .--nonsense' cmake/deb.sh --nonsense
refused 'usage: cmake/web.sh' cmake/web.sh one
refused 'wanted MODEL and OUT.html, found .--nonsense' cmake/web.sh --nonsense page.html
refused 'wanted no arguments, found .--nonsense' .ci/run --nonsense
refused 'wanted a folder or nothing, found .--nonsense' tests/package/clean_debian.sh --nonsense
refused 'wanted a number of rounds from 1 to 999, found 0' cmake/bench.sh 0
refused 'wanted a number of rounds from 1 to 999, found 3 4' cmake/bench.sh 3 4
PARTS=nonsense refused 'PARTS: wanted some of .*, found nonsense' cmake/bench.sh
for rounds in 0 many --nonsense; do
  refused "wanted a folder and a number of rounds from 1 to 9999, found 'here $rounds'" bench/web.sh here $rounds
  refused "wanted .--link RATE. .ROUNDS., with 1 to 999 rounds, found '$rounds'" bench/distributed/run.sh $rounds
  refused "wanted a number of rounds from 1 to 999, found '$rounds'" bench/peers/run_models.sh $rounds
  refused 'usage: run.sh PROGRAM MODULES FOLDER .ROUNDS.' bench/onnx/run.sh program modules "$work/folder" $rounds
done
refused 'wanted .--link RATE. .ROUNDS., with 1 to 999 rounds, found .--link.' bench/distributed/run.sh --link
for script in bench/imagenet/run.sh bench/peers/setup.sh bench/peers/gemm/run.sh; do refused 'wanted no arguments, found .--nonsense' $script --nonsense; done
if [[ -x /usr/bin/python3 ]]; then
  for script in cmake/evidence.sh bench/fewshot/study.sh; do
    refused 'unrecognized arguments: --nonsense' $script --nonsense
    refused 'wanted names of studies .*, found nonsense' $script nonsense
  done
fi
exit $((failures > 0))
