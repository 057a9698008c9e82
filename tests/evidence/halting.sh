#!/usr/bin/env bash
# halting.sh PYTHON SOURCE WORK: the tables of docs/halting.md are those of docs/results/halting.json, and a copy with another number on one side is refused.
set -euo pipefail
python=$1 source=$2 work=$3
export PYTHONDONTWRITEBYTECODE=1

"$python" "$source/bench/halting" --check

# refused WORDS FILE SED_SCRIPT: a copy of page, record and program in which one file is altered
refused() {
  rm -rf "$work"
  mkdir -p "$work/docs/results" "$work/bench"
  cp "$source/docs/halting.md" "$work/docs"
  cp "$source/docs/results/halting.json" "$work/docs/results"
  cp -r "$source/bench/pages.py" "$source/bench/halting" "$source/bench/report" "$work/bench"
  sed -i "$3" "$work/docs/$2"
  if cmp -s "$work/docs/$2" "$source/docs/$2"; then echo "halting.sh: '$3' changes nothing in $2" >&2; exit 1; fi
  local said
  if said=$("$python" "$work/bench/halting" --check 2>&1); then echo "halting.sh: $2 with '$3' passed" >&2; exit 1; fi
  if [[ $said != *"$1"* ]]; then echo "halting.sh: $2 with '$3': wanted '$1', found '$said'" >&2; exit 1; fi
}
refused 'other numbers' halting.md '0,/^| learned, 64 | [0-9]/s/^\(| learned, 64 | \)\([0-9]\)/\19\2/'
refused 'other numbers' results/halting.json '/"T": 10, "bank": 784, "batch": 8, "tau": 2, "learned": 0, "early": 0/s/"us": \[.*\]/"us": [1]/'
refused 'other numbers' results/halting.json '/"bank": "input", "batch": 64, "read": 32/s/"us": \[.*\]/"us": [1]/'
refused 'batches' halting.md 's/<!-- halting: batches -->//'
