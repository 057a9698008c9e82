#!/usr/bin/env bash
# tables.sh PYTHON SOURCE WORK: the tables of docs/results.md and README.md are those of the records in docs/results, and a copy with another number on one side
# is refused.
set -euo pipefail
python=$1 source=$2 work=$3
export PYTHONDONTWRITEBYTECODE=1

"$python" "$source/bench/evidence/tables.py" --check

source "$(dirname "${BASH_SOURCE[0]}")/altered.sh"
refused() {
  refused_copy "$1" "$2" "$3" "$source" README.md docs/results.md docs/results bench/pages.py bench/evidence -- \
    "$python" "$work/bench/evidence/tables.py" --check
}
refused 'other numbers' docs/results.md '0,/^| AdaTape, width 32, T = 8 | [0-9]/s/^\(| AdaTape, width 32, T = 8 | \)\([0-9]\)/\19\2/'
refused 'other numbers' README.md '0,/^| AdaTape, [^|]*| [0-9]/s/^\(| AdaTape, [^|]*| \)\([0-9]\)/\19\2/'
refused 'other numbers' docs/results/scenes-8-adatape-0.json 's/"correct": /"correct": 1/'
refused 'wanted a marker' docs/results.md 's/<!-- evidence: scenes-8 -->//'
