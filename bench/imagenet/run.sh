#!/usr/bin/env bash
# run.sh: the paper's recipe at full size on a small data set: AdaTape S/16 at 224 x 224 on drawn pictures in ImageNet's layout, 1000 classes with one training
# and one test picture each. Recipe, accumulated batches, moving average, kill -9, resume, test; the resumed run must end in the bytes of a run that was not
# killed. Then some steps of B/8, 784 own tokens and a tape: its memory. Everything is in build/imagenet; what docs/recipes.md shows is recorded
# (bench/report). About 25 minutes on two cores, the build included.
set -euo pipefail
(($# == 0)) || { echo "run.sh: wanted no arguments, found '$*'" >&2; exit 2; }
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source cmake/packages.sh
require_packages "${build_packages[@]}" "${test_packages[@]}" time
work=$PWD/build/imagenet
programs=$work/build/bin
mkdir -p "$work"
cmake --preset release -B "$work/build" -DADATAPE_BUILD_BENCH=OFF "-DADATAPE_MODELS=AdatapeS16;AdatapeB8" >"$work/build.log"
cmake --build "$work/build" --target adatape-train adatape-predict make_picture_sets >>"$work/build.log" || { tail -20 "$work/build.log" >&2; exit 1; }
if [[ ! -d $work/data ]]; then # it gets its name when it is whole
  rm -rf "$work/data.part"
  "$programs/make_picture_sets" imagenet "$work/data.part" --classes 1000 --train 1 --val 1 --flat
  mv "$work/data.part" "$work/data"
fi

# measured NAME COMMAND...: KiB at most and seconds of the command, to the file NAME.time
measured() { /usr/bin/time -f '%M %e' -o "$work/$1.time" "${@:2}"; }

recipe=(--config examples/recipes/imagenet-adatape-s16.toml --data "$work/data" --average-decay 0.9 --epochs 1)
small=("${recipe[@]}" --batch-size 50 --accumulate 5 --warmup-steps 4 --save-every 3)
echo "a run in one go"
measured whole "$programs/adatape-train" "${small[@]}" --out "$work/whole" --overwrite
echo "the same run, killed behind its first save"
rm -rf "$work/killed"
"$programs/adatape-train" "${small[@]}" --out "$work/killed" >"$work/killed.log" 2>&1 &
victim=$!
while [[ ! -s $work/killed/last.safetensors ]] && kill -0 $victim 2>/dev/null; do sleep 0.2; done
sleep 3 # some steps further
kill -9 $victim 2>/dev/null || { echo "the run ended before it was killed, see $work/killed.log" >&2; exit 1; }
wait $victim 2>/dev/null || true
"$programs/adatape-train" --resume --data "$work/data" --out "$work/killed"
for file in last best; do cmp "$work/whole/$file.safetensors" "$work/killed/$file.safetensors"; done
echo "the killed run has the bytes of the other"
pictures=("$work"/data/val/*.JPEG)
"$programs/adatape-predict" "$work/whole/best.safetensors" "${pictures[0]}"

echo "B/8: 784 own tokens and a tape"
measured b8 "$programs/adatape-train" "${recipe[@]}" --model adatape-b8 --batch-size 8 --accumulate 4 --stop-after 3 --out "$work/b8" --overwrite

/usr/bin/python3 - "$work" <<'PYTHON'
import json
import pathlib
import sys

work = pathlib.Path(sys.argv[1])
epoch = json.loads((work / "whole" / "log.jsonl").read_text().splitlines()[-1])
(kib, seconds), (b8_kib, _) = (map(float, (work / f"{name}.time").read_text().split()) for name in ("whole", "b8"))
row = {"steps": epoch["step"], **{key: epoch[key] for key in ("seconds", "images_per_second", "macs", "waiting")}, "run_seconds": seconds, "MiB": kib / 1024,
       "b8_MiB": b8_kib / 1024}
(work / "imagenet.json").write_text(json.dumps([row]) + "\n")
PYTHON
/usr/bin/python3 bench/report "$work" imagenet
