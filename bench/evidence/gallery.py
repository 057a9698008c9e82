#!/usr/bin/env python3
"""gallery.py [--checkpoint FILE] [--programs DIR] | --check: the pictures in docs/images/gallery, the record docs/results/gallery.json, and from it the tables
of docs/gallery.md: what adatape-fashion read of test images of Fashion-MNIST. GROUPS has the rules by which images are chosen. The record holds what
adatape-predict says of them. Without --programs the programs are compiled, and without --checkpoint the model is trained, about four minutes on two cores. Both
are kept in build/gallery. A table stands between the lines `<!-- gallery: NAME -->` and `<!-- end of gallery -->`. --check writes nothing, and fails if the page
has other numbers than the record.
"""
import argparse
import collections
import json
import pathlib
import shlex
import subprocess
import sys

import gallery_tables
import image_runs
from records import RECORDS, ROOT, write_whole

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import idx
import pages

WORK = ROOT / "build" / "gallery"
PAGE = "docs/gallery.md"
PICTURES = ROOT / "docs" / "images" / "gallery"
RECORD = RECORDS / "gallery.json"
TRAINING = ["--model", "adatape-fashion", "--epochs", "4", "--seed", "0"]
SIDE, PATCH, COLUMNS = 28, 2, 14  # an image's pixels, those of a bank patch, and the patches of a row
EDGE = 64  # of 255
SHOWN = 3
TAUS = (0.1, 0.5, 1, 2, 4, 7, 10)
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


def predict(programs, checkpoint, images, *flags):
    """Lines of adatape-predict on the test images."""
    return run([programs / "adatape-predict", checkpoint, images, *flags], stdout=subprocess.PIPE, text=True).splitlines()


def patches_of(pixels):
    """For each image a list of the brightest and the darkest pixel of each bank patch."""
    corners = [row * PATCH * SIDE + column * PATCH for row in range(SIDE // PATCH) for column in range(COLUMNS)]
    values = [[[pixels[start + corner + y * SIDE + x] for y in range(PATCH) for x in range(PATCH)] for corner in corners]
              for start in range(0, len(pixels), SIDE * SIDE)]
    return [[(max(patch), min(patch)) for patch in image] for image in values]


def parts_of(images, key):
    """The images of each value that `key` has: how many there are, how many are answered rightly, and the sums of the predictions' probabilities and of lengths."""
    parts = []
    for value in sorted({image[key] for image in images}):
        group = [image for image in images if image[key] == value]
        parts.append({"value": value, "images": len(group), **{name: sum(image[name] for image in group) for name in ("right", "probability", "length")}})
    return parts


def kinds(patches):
    """How many patches there are, how many are all black, and at an edge: all pixels of a black one are 0, and pixels at an edge differ by EDGE or more."""
    return {"patches": len(patches), "black": sum(brightest == 0 for brightest, _ in patches),
            "edge": sum(brightest - darkest >= EDGE for brightest, darkest in patches)}


def steps_of(images, patches):
    """What each step reads."""
    steps = []
    for step in range(max(image["length"] for image in images)):
        readers = [image for image in images if image["length"] > step]
        read = {right: [patches[image["number"]][patch] for image in readers if image["right"] == right for patch in image["tape"][step]]
                for right in (True, False)}
        wrong = kinds(read[False])
        steps.append({"images": len(readers), **kinds(read[True] + read[False]), "wrong": wrong["patches"], "wrong_edge": wrong["edge"],
                      "commonest": collections.Counter(patch for image in readers for patch in image["tape"][step]).most_common(5)})
    return steps


def chosen(images, right, key):
    """In the order of the picture."""
    first = sorted((image for image in images if image["right"] == right), key=key)[:SHOWN]
    return sorted(first, key=lambda image: (image["length"], image["number"]))


def draw(programs, checkpoint, files, name, images):
    numbers = ",".join(str(image["number"]) for image in images)
    predict(programs, checkpoint, files[0], "--labels", files[1], "--indices", numbers, "--picture", PICTURES / f"{name}.png")


def measure(programs, checkpoint, files):
    """The record. `files` are the test images and their labels."""
    (_, pixels), (_, labels) = map(idx.read, files)
    images = [json.loads(line) for line in predict(programs, checkpoint, files[0], "--json")]
    classes = {image["class"]: image["name"] for image in images}
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        image.update(number=number, label=classes[label], class_number=label, right=image["class"] == label)
    patches = patches_of(pixels)
    by_class = [{**part, "value": classes[part["value"]]} for part in parts_of(images, "class_number")]
    shown = ("number", "label", "name", "probability", "length", "tape")
    groups = {name: [{key: image[key] for key in shown} for image in chosen(images, right, order)] for name, right, order in GROUPS}
    return {"command": shlex.join(["adatape-train", *TRAINING]), "version": image_runs.version(programs), "seed": 0, "lengths": parts_of(images, "length"),
            "classes": by_class, "steps": steps_of(images, patches), "bank": {"images": len(images), **kinds([patch for image in patches for patch in image])},
            "thresholds": [image_runs.predicted(programs, checkpoint, files, tau) for tau in TAUS], "groups": groups}


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    flags = parser.parse_args()
    if not flags.check:
        WORK.mkdir(parents=True, exist_ok=True)
        programs = (flags.programs or build()).resolve()
        checkpoint = flags.checkpoint
        if not checkpoint:
            checkpoint = WORK / "run" / "last.safetensors"
            run([programs / "adatape-train", *TRAINING, "--out", WORK / "run", "--overwrite"])
        files = image_runs.test_files(image_runs.FASHION)
        record = measure(programs, checkpoint.resolve(), files)
        write_whole(RECORD, json.dumps(record, indent=1) + "\n")
        PICTURES.mkdir(parents=True, exist_ok=True)
        for name, images in record["groups"].items():
            draw(programs, checkpoint.resolve(), files, name, images)
    blocks = gallery_tables.blocks(json.loads(RECORD.read_text()))
    return pages.update("gallery.py", "gallery", [PAGE], blocks, blocks.get, check=flags.check, all_placed=True)


if __name__ == "__main__":
    sys.exit(main())
