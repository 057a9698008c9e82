#!/usr/bin/env python3
"""gallery.py [--checkpoint FILE] [--programs DIR]: the pictures in docs/images/gallery and the tables of docs/gallery.md: what adatape-fashion read of test
images of Fashion-MNIST. GROUPS has the rules by which images are chosen. The tables hold what adatape-predict says of them. Without --programs the programs are
compiled, and without --checkpoint the model is trained, about four minutes on two cores. Both are kept in build/gallery. A table stands between the lines
`<!-- gallery: NAME -->` and `<!-- end of gallery -->`.
"""
import argparse
import collections
import gzip
import json
import pathlib
import re
import subprocess
import sys

from records import ROOT

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import pages

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
IMAGES, LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"
WORK = ROOT / "build" / "gallery"
PAGE = "docs/gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"
TRAINING = ["--model", "adatape-fashion", "--epochs", "4", "--seed", "0"]
SIDE, PATCH, COLUMNS = 28, 2, 14  # an image's pixels, those of a bank patch, and the patches of a row
EDGE = 64  # of 255
SHOWN = 3
# Of the images that are answered rightly, or wrongly, the first in this order; equal ones in the order of the test set.
ORDERS = {
    "shortest": lambda image: image["length"],
    "longest": lambda image: -image["length"],
    "surest": lambda image: -image["probability"],
    "least-sure": lambda image: image["probability"],
}
GROUPS = [(f"{answer}-{order}", answer == "right", key) for order, key in ORDERS.items() for answer in ("right", "wrong")]


def run(command, **options):
    done = subprocess.run([str(part) for part in command], **options)
    if done.returncode:
        sys.exit(f"gallery.py: {command[0]} ended with {done.returncode}")
    return done.stdout


def build():
    run(["cmake", "--preset", "release", "-B", WORK / "build", "-DADATAPE_BUILD_TESTS=OFF", "-DADATAPE_BUILD_BENCH=OFF", "-DADATAPE_MODELS=AdatapeFashion"],
        cwd=ROOT)
    run(["cmake", "--build", WORK / "build", "--target", "adatape-train", "adatape-predict"], cwd=ROOT)
    return WORK / "build" / "bin"


def idx(name, header):
    return gzip.decompress((DATA / name).read_bytes())[header:]


def predict(programs, checkpoint, *flags):
    """Lines of adatape-predict on the test images."""
    return run([programs / "adatape-predict", checkpoint, IMAGES, *flags], cwd=DATA, stdout=subprocess.PIPE, text=True).splitlines()


def patches_of(pixels):
    """For each image a list of the brightest and the darkest pixel of each bank patch."""
    corners = [row * PATCH * SIDE + column * PATCH for row in range(SIDE // PATCH) for column in range(COLUMNS)]
    values = [[[pixels[start + corner + y * SIDE + x] for y in range(PATCH) for x in range(PATCH)] for corner in corners]
              for start in range(0, len(pixels), SIDE * SIDE)]
    return [[(max(patch), min(patch)) for patch in image] for image in values]


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows])


def percent(part, whole):
    return f"{100 * part / whole:.1f} %"


def group_block(name, chosen, classes):
    rows = [[str(image["number"]), classes[image["label"]], image["name"], f"{100 * image['probability']:.1f} %", str(image["length"]),
             "; ".join(" ".join(map(str, token)) for token in image["tape"])] for image in chosen]
    return f"![What these images read](images/gallery/{name}.png)\n\n" + table(
        ["test image", "label", "prediction", "probability", "tape length", "bank patches of each step"], rows)


def shares(title, images, key, name=str):
    """How many images are answered rightly, of each value that image[key] has; [title, ...]."""
    rows = []
    for value in sorted({image[key] for image in images}):
        group = [image for image in images if image[key] == value]
        rows.append([name(value), str(len(group)), percent(sum(image["right"] for image in group), len(group)),
                     percent(sum(image["probability"] for image in group), len(group))])
    return [title, "test images", "right", "mean probability of the prediction"], rows


def classes_block(images, classes):
    head, rows = shares("label", images, "label", classes.get)
    for label, row in enumerate(rows):
        lengths = [image["length"] for image in images if image["label"] == label]
        row.append(f"{sum(lengths) / len(lengths):.2f}")
    return table(head + ["mean tape length"], rows)


def kinds(patches):
    """[patches, all black, at an edge]: how many there are; all pixels of a black one are 0, and pixels at an edge differ by EDGE or more."""
    return [len(patches), sum(brightest == 0 for brightest, _ in patches), sum(brightest - darkest >= EDGE for brightest, darkest in patches)]


def steps_block(images, patches):
    """What each step reads: how much of it is black, how much is at an edge, and how much is at the five places that this step reads most."""
    rows = []
    for step in range(max(image["length"] for image in images)):
        readers = [image for image in images if image["length"] > step]
        read = {right: [patches[image["number"]][patch] for image in readers if image["right"] == right for patch in image["tape"][step]]
                for right in (True, False)}
        count, black, edge = kinds(read[True] + read[False])
        wrong, _, wrong_edge = kinds(read[False])
        common = collections.Counter(patch for image in readers for patch in image["tape"][step]).most_common(5)
        rows.append([str(step + 1), str(len(readers)), percent(black, count), percent(edge, count), percent(wrong_edge, wrong) if wrong else "-",
                     percent(sum(reads for _, reads in common), count), " ".join(str(patch) for patch, _ in common)])
    count, black, edge = kinds([patch for image in patches for patch in image])
    rows.append(["all patches", str(len(images)), percent(black, count), percent(edge, count), "", percent(5, SIDE // PATCH * COLUMNS), ""])
    return table(["step", "test images", "black", "at an edge", "at an edge, wrong answers", "at the five commonest places", "these places"], rows)


def thresholds_block(programs, checkpoint):
    rows = []
    for tau in ("0.1", "0.5", "1", "2", "4", "7", "10"):
        summary = predict(programs, checkpoint, "--labels", LABELS, "--tau", tau)[-1]
        accuracy, length, macs = re.match(r"accuracy ([0-9.]+ %).*mean tape length ([0-9.]+), ([0-9.]+) million", summary).groups()
        rows.append([tau, accuracy, length, macs])
    return table(["tau", "test accuracy", "mean tape length", "million MACs an image"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path)
    flags = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    programs = (flags.programs or build()).resolve()
    checkpoint = flags.checkpoint
    if not checkpoint:
        checkpoint = WORK / "run" / "last.safetensors"
        run([programs / "adatape-train", *TRAINING, "--out", WORK / "run", "--overwrite"])
    checkpoint = checkpoint.resolve()

    labels = idx(LABELS, 8)
    images = [json.loads(line) for line in predict(programs, checkpoint, "--json")]
    classes = {image["class"]: image["name"] for image in images}
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        image.update(number=number, label=label, right=image["class"] == label)

    PICTURES.mkdir(parents=True, exist_ok=True)
    patches = patches_of(idx(IMAGES, 16))
    blocks = {"lengths": table(*shares("tape length", images, "length")), "classes": classes_block(images, classes), "steps": steps_block(images, patches),
              "thresholds": thresholds_block(programs, checkpoint)}
    for name, right, key in GROUPS:
        chosen = sorted((image for image in images if image["right"] == right), key=key)[:SHOWN]
        chosen.sort(key=lambda image: (image["length"], image["number"]))  # as in the picture
        numbers = ",".join(str(image["number"]) for image in chosen)
        predict(programs, checkpoint, "--labels", LABELS, "--indices", numbers, "--picture", PICTURES / f"{name}.png")
        blocks[name] = group_block(name, chosen, classes)
    return pages.update("gallery.py", "gallery", [PAGE], blocks, lambda name: blocks[name] + "\n", check=False, all_placed=True)


if __name__ == "__main__":
    sys.exit(main())
