#!/usr/bin/env bash
# tables.sh PYTHON SOURCE WORK: the tables of docs/results.md and README.md are those of the records in docs/results, and a copy with another number on one side
# is refused.
set -euo pipefail
python=$1 source=$2 work=$3
export PYTHONDONTWRITEBYTECODE=1

"$python" "$source/bench/evidence/tables.py" --check

# refused WORDS FILE SED_SCRIPT: a copy of pages, records and program in which one file is altered
refused() {
  rm -rf "$work"
  mkdir -p "$work/docs" "$work/bench"
  cp "$source/README.md" "$work"
  cp "$source/docs/results.md" "$work/docs"
  cp -r "$source/docs/results" "$work/docs"
  cp -r "$source/bench/pages.py" "$source/bench/evidence" "$work/bench"
  sed -i "$3" "$work/$2"
  if cmp -s "$work/$2" "$source/$2"; then echo "tables.sh: '$3' changes nothing in $2" >&2; exit 1; fi
  local said
  if said=$("$python" "$work/bench/evidence/tables.py" --check 2>&1); then echo "tables.sh: $2 with '$3' passed" >&2; exit 1; fi
  if [[ $said != *"$1"* ]]; then echo "tables.sh: $2 with '$3': wanted '$1', found '$said'" >&2; exit 1; fi
}
refused 'other numbers' docs/results.md '0,/^| AdaTape, width 32, T = 8 | [0-9]/s/^\(| AdaTape, width 32, T = 8 | \)\([0-9]\)/\19\2/'
refused 'other numbers' README.md '0,/^| AdaTape, [^|]*| [0-9]/s/^\(| AdaTape, [^|]*| \)\([0-9]\)/\19\2/'
refused 'other numbers' docs/results/scenes-8-adatape-0.json 's/"correct": /"correct": 1/'
refused 'wanted a marker' docs/results.md 's/<!-- evidence: scenes-8 -->//'
rm "$work/docs/results/scenes-8-adatape-0.json"
