#!/usr/bin/env bash
# cmake/demo.sh to its end, on a small data set, with programs that are there already in place of those that it would build: it says where report.html and
# tapes.png are.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tree=$work/tree
mkdir -p "$tree/cmake" "$tree/build/demo/bin" "$work/path"
gzip "$work"/data/t10k-*
sed "s|^data=.*|data='$work/data'|" "$root/cmake/demo.sh" >"$tree/cmake/demo.sh"
grep -qF "data='$work/data'" "$tree/cmake/demo.sh" || fail 'demo.sh does not say where its data are'
printf 'require_packages() { :; }\nbuild_packages=()\n' >"$tree/cmake/packages.sh"
printf '#!/bin/sh\n' >"$work/path/cmake"
for program in adatape-train adatape-predict; do
  printf '#!/usr/bin/env bash\nexec %s "$@"\n' "$(printf '%q ' "${emulator[@]}" "$bin/$program")" >"$tree/build/demo/bin/$program"
done
chmod +x "$work/path/cmake" "$tree"/build/demo/bin/*

demo() {
  PATH=$work/path:$PATH bash "$tree/cmake/demo.sh" --model adatape-fashion-tiny --epochs 2 --batch-size 50 --lr 0.01 --warmup-epochs 1 >"$work/output" 2>&1 ||
    fail "demo.sh: exit code $?: $(tail -n 3 "$work/output")"
  for file in report.html tapes.png predictions.txt; do
    [[ -s $tree/out/demo/$file ]] || fail "demo.sh: no $file"
  done
  # The last two lines end with the paths, which hold from any folder.
  mapfile -t last < <(tail -n 2 "$work/output" | sed 's/.*: //')
  [[ ${last[0]-} -ef $tree/out/demo/report.html && ${last[0]-} == /*/report.html ]] || fail "demo.sh: wanted the path of report.html, found '${last[0]-}'"
  [[ ${last[1]-} -ef $tree/out/demo/tapes.png && ${last[1]-} == /*/tapes.png ]] || fail "demo.sh: wanted the path of tapes.png, found '${last[1]-}'"
}
demo
# Again, over the leftovers of the first run.
demo
finish
