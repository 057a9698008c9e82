#!/usr/bin/env bash
# halting.sh PYTHON SOURCE WORK: the tables of docs/halting.md are those of docs/results/halting.json, and a copy with another number on one side is refused.
set -euo pipefail
python=$1 source=$2 work=$3
export PYTHONDONTWRITEBYTECODE=1

"$python" "$source/bench/halting" --check

source "$(dirname "${BASH_SOURCE[0]}")/altered.sh"
refused() {
  refused_copy "$1" "docs/$2" "$3" "$source" docs/halting.md docs/results/halting.json bench/pages.py bench/machine.py bench/halting bench/report -- \
    "$python" "$work/bench/halting" --check
}
refused 'other numbers' halting.md '0,/^| learned, 64 | [0-9]/s/^\(| learned, 64 | \)\([0-9]\)/\19\2/'
refused 'other numbers' results/halting.json '/"T": 10, "bank": 784, "batch": 8, "tau": 2, "learned": 0, "early": 0/s/"us": \[.*\]/"us": [1]/'
refused 'other numbers' results/halting.json '/"bank": "input", "batch": 64, "read": 32/s/"us": \[.*\]/"us": [1]/'
refused 'batches' halting.md 's/<!-- halting: batches -->//'
