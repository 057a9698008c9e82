#!/usr/bin/env bash
# cmake/demo.sh to its end, on a small data set, with programs that are there already in place of those that it would build: it says where report.html and
# tapes.png are. The checkout stands in a folder with a space, and the demo is called from elsewhere.
source "$(dirname "${BASH_SOURCE[0]}")/expect.sh"
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
tree=$work/'a tree'
mkdir -p "$tree/cmake" "$tree/build/demo/bin" "$work/path" "$work/elsewhere"
cd "$work/elsewhere" || exit 1
printf 'batch-size = 50\n' >recipe.toml
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
  PATH=$work/path:$PATH bash "$tree/cmake/demo.sh" --model adatape-fashion-tiny --epochs 2 --config recipe.toml --lr 0.01 --warmup-epochs 1 >"$work/output" 2>&1 ||
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

# An interrupted run goes on. One that cannot go on, because it is damaged or has other settings, stays, and a line says how to begin anew.
run=$tree/out/demo
cp "$run/last.safetensors" "$work/whole"
touch "$run/unfinished"
demo
grep -q 'continued after' "$work/output" || fail "an interrupted run was not continued: $(cat "$work/output")"
not_continued() { # CODE FLAG...
  local code=$1 found=0
  shift
  touch "$run/unfinished"
  cp "$run/last.safetensors" "$work/before"
  PATH=$work/path:$PATH bash "$tree/cmake/demo.sh" "$@" >"$work/output" 2>"$work/errors" || found=$?
  ((found == code)) || fail "demo.sh $*: exit code $found, wanted $code"
  cmp "$work/before" "$run/last.safetensors" && [[ -s $run/best.safetensors && -s $run/log.jsonl ]] || fail "demo.sh $*: the run that cannot go on was replaced"
  tail -n 1 "$work/errors" | grep -q 'not continued; .*: rm .*/out/demo/unfinished' || fail "demo.sh $*: no word of how to begin anew: $(cat "$work/errors")"
}
not_continued 2 --lr 0.02
head -c 5000 "$work/whole" >"$run/last.safetensors"
not_continued 1
rm "$run/unfinished"
demo
finish
