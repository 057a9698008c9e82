#!/usr/bin/env bash
# Trains the models behind the tables of docs/results.md and draws their figures. Takes hours; finished runs are kept in build/evidence, and an interrupted one
# is continued. --quick trains the smallest study with a fresh seed, a minute or two, and says whether it lies within the recorded error bars. --jobs N trains
# so many models at a time. Other arguments are names of studies (bench/evidence/studies.json).
set -euo pipefail
root=$(realpath -- "$(dirname "${BASH_SOURCE[0]}")/..") # no cd: arguments may be paths
python=/usr/bin/python3 # the one that Debian's packages are for
[[ ! -x $python ]] || "$python" "$root/bench/evidence/run.py" --only-check "$@" || exit
source "$root/cmake/packages.sh"
require_packages "${build_packages[@]}" dataset-fashion-mnist python3-matplotlib
if [[ " $* " == *" --quick "* ]]; then exec "$python" "$root/bench/evidence/run.py" "$@"; fi
"$python" "$root/bench/evidence/run.py" "$@"
"$python" "$root/bench/evidence/tables.py"
"$python" "$root/bench/evidence/figures.py"
