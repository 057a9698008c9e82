#!/usr/bin/env bash
# docs.sh [OUT]: the documentation as a site in OUT (default out/site): the guides of docs/, and the API of the headers. It opens from disk, without a network.
# A public entity without documentation, a link that leads nowhere, and everything else that Doxygen or Sphinx warns of is an error.
# docs.sh --check: only whether the headers are documented (some seconds). Works in build/docs.
set -euo pipefail
(($# <= 1)) || { echo "usage: cmake/docs.sh [OUT | --check]" >&2; exit 2; }
[[ ${1-} != --* || $1 == --check ]] || { echo "docs.sh: wanted a folder or --check, found '$1'" >&2; exit 2; }
out=${1:+$(realpath -m -- "$1")}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=${out:-$PWD/out/site}
source cmake/packages.sh
require_packages "${documentation_check_packages[@]}"
work=$PWD/build/docs
rm -rf "$work"
mkdir -p "$work"

# without_a_word NAME COMMAND...: runs the command. Where it fails, or has anything to say, says that and ends.
without_a_word() {
  local name=$1 code=0
  shift
  "$@" >"$work/$name.log" 2>"$work/warnings" || code=$?
  [[ $code != 0 || -s $work/warnings ]] || return 0
  head -40 "$work/warnings" >&2
  echo "docs.sh: $name: exit code $code, and $(grep -c . "$work/warnings") lines, all of them in build/docs/warnings" >&2
  exit 1
}

without_a_word doxygen doxygen docs/site/Doxyfile
headers=$(find include -name '*.h*' | wc -l)
echo "all public entities of $headers headers are documented"
[[ ${1-} != --check ]] || exit 0

require_packages "${documentation_packages[@]}"
python=/usr/bin/python3 # Debian's, which has the packages
"$python" docs/site/pages.py "$PWD" "$work/source"
echo "writing pages: two minutes"
without_a_word sphinx "$python" -m sphinx -q -j auto -b html -c docs/site "$work/source" "$work/site"
mkdir -p "$out"
cp -r "$work/site/." "$out"
echo "$out/index.html"
