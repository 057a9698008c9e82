#!/usr/bin/env bash
# gallery.sh PYTHON SOURCE WORK: gallery.py makes record, pictures and page of a copy, and --check finds that they agree. A stand-in for adatape-predict says of
# image n class n mod 10, and reads 3 + n mod 5 tokens.
set -euo pipefail
python=$1 source=$2 work=$3
export PYTHONDONTWRITEBYTECODE=1
[[ -f /usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz ]] || { echo 'SKIPPED: no Fashion-MNIST'; exit 77; }
rm -rf "$work"
mkdir -p "$work/docs/results" "$work/programs"
cp -r "$source/bench" "$work"
cp "$source/docs/gallery.md" "$work/docs"
cat >"$work/programs/adatape-predict" <<END
#!$python
import json, pathlib, sys
flags = sys.argv[3:]
if "--json" in flags:
    for n in range(10000):
        length = 3 + n % 5
        print(json.dumps({"class": n % 10, "name": f"kind {n % 10}", "probability": 1 / (1 + n), "length": length, "tape": [[n % 196, 7]] * length}))
elif "--picture" in flags:
    pathlib.Path(flags[flags.index("--picture") + 1]).write_text(flags[flags.index("--indices") + 1])
else:
    print(f"accuracy 10.00 % on 10000 images, mean tape length {flags[flags.index('--tau') + 1]}, 2.50 million MACs an image, 9 images/s")
END
printf '#!/bin/sh\necho version\n' >"$work/programs/adatape-train"
chmod +x "$work"/programs/*
touch "$work/model"

# From another folder, with relative paths.
cd "$work"
"$python" bench/evidence/gallery.py --checkpoint model --programs programs
"$python" bench/evidence/gallery.py --check
"$python" - <<'END'
import json, pathlib
record = json.loads(pathlib.Path("docs/results/gallery.json").read_text())
assert record["version"] == "version" and [part["images"] for part in record["lengths"]] == [2000] * 5, record["lengths"]
assert [(one["tau"], one["mean_length"], one["correct"]) for one in record["thresholds"]] == [(tau, tau, 1000) for tau in (0.1, 0.5, 1, 2, 4, 7, 10)], record["thresholds"]
assert [step["images"] for step in record["steps"]] == [10000, 10000, 10000, 8000, 6000, 4000, 2000], record["steps"]
for name, images in record["groups"].items():
    assert pathlib.Path(f"docs/images/gallery/{name}.png").read_text() == ",".join(str(image["number"]) for image in images), name
assert [image["number"] for image in record["groups"]["wrong-surest"]][0] == 0 and len(record["groups"]) == 8, record["groups"]
END
