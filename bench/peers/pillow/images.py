#!/usr/bin/python3
"""images.py DIR PLAN JSON: Pillow's speed, one thread, at the operations that bench_images drew.

PLAN is the file that `bench_images DIR --json PLAN` wrote. JSON gets milliseconds a picture. Operations have the same parameters. Where Pillow's definition of
one differs from TensorFlow's (rounding, half a pixel), Pillow's runs. Needs python3-pil and python3-numpy."""
import json
import math
import pathlib
import sys
import time

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

SIDE = 224
GREY = (128, 128, 128)


def affine(picture, matrix):
    return picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST, fillcolor=GREY)


def solarize_add(picture, addition):
    table = [min(255, v + addition) if v < 128 else v for v in range(256)]
    return picture.point(table * 3)


def cutout(picture, half, row, column):
    picture = picture.copy()
    picture.paste(GREY, (max(column - half, 0), max(row - half, 0), min(column + half, SIDE), min(row + half, SIDE)))
    return picture


# In the order of image::tensorflow::Operation. Each takes the picture, the amount, the whole number and the centre.
OPERATIONS = [
    lambda p, a, w, y, x: ImageOps.autocontrast(p),
    lambda p, a, w, y, x: ImageOps.equalize(p),
    lambda p, a, w, y, x: ImageOps.invert(p),
    lambda p, a, w, y, x: p.rotate(a, Image.Resampling.NEAREST, fillcolor=GREY),
    lambda p, a, w, y, x: ImageOps.posterize(p, w),
    lambda p, a, w, y, x: ImageOps.solarize(p, w),
    lambda p, a, w, y, x: ImageEnhance.Color(p).enhance(a),
    lambda p, a, w, y, x: ImageEnhance.Contrast(p).enhance(a),
    lambda p, a, w, y, x: ImageEnhance.Brightness(p).enhance(a),
    lambda p, a, w, y, x: ImageEnhance.Sharpness(p).enhance(a),
    lambda p, a, w, y, x: affine(p, (1, a, 0, 0, 1, 0)),
    lambda p, a, w, y, x: affine(p, (1, 0, 0, a, 1, 0)),
    lambda p, a, w, y, x: affine(p, (1, 0, a, 0, 1, 0)),
    lambda p, a, w, y, x: affine(p, (1, 0, 0, 0, 1, a)),
    lambda p, a, w, y, x: cutout(p, w, y, x),
    lambda p, a, w, y, x: solarize_add(p, w),
]


def prepare(path, plan, crop, seconds):
    now = time.perf_counter
    start = now()
    picture = Image.open(path).convert("RGB")
    decoded = now()
    picture = crop(picture, *plan["box"])
    cropped = now()
    if plan["flip"]:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flipped = now()
    for operation, amount, whole, row, column in plan["operations"]:
        picture = OPERATIONS[operation](picture, amount, whole, row, column)
    augmented = now()
    values = np.array(picture, np.float32)
    values *= 2 / 255
    values -= 1
    end = now()
    for name, passed in zip(("decode", "crop", "flip", "augment", "normalise", "all"),
                            (decoded - start, cropped - decoded, flipped - cropped, augmented - flipped, end - augmented, end - start)):
        seconds[name] = seconds.get(name, 0) + passed
    return values


# The crop is followed by a resize: with Pillow's antialiased filter (resize), as PyTorch's pipelines do it, or without antialias (transform), as TensorFlow's.
def crop_by_resize(picture, left, top, width, height):
    return picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, (left, top, left + width, top + height))


def crop_by_transform(picture, left, top, width, height):
    return picture.transform((SIDE, SIDE), Image.Transform.EXTENT, (left, top, left + width, top + height), Image.Resampling.BILINEAR)


def main(folder, plan, out):
    folder, plans = pathlib.Path(folder), json.loads(pathlib.Path(plan).read_text())["plan"]
    report, count = {}, len(plans)
    files = sorted({p["file"] for p in plans})
    pictures = [Image.open(folder / name).convert("RGB") for name in files[:16]]
    # The peer gets the faster of its two ways to crop.
    trial = {}
    for crop in (crop_by_resize, crop_by_transform):
        start = time.perf_counter()
        for i in range(100):
            crop(pictures[i % len(pictures)], *plans[i % count]["box"])
        trial[crop] = time.perf_counter() - start
    crop = min(trial, key=trial.get)
    for i in range(min(count, len(files))):
        prepare(folder / plans[i]["file"], plans[i], crop, {})
    seconds = {}
    for p in plans:
        prepare(folder / p["file"], p, crop, seconds)
    for name, total in seconds.items():
        report[name] = 1000 * total / count
    for name, filter_ in (("resize bilinear", Image.Resampling.BILINEAR), ("resize bicubic", Image.Resampling.BICUBIC)):
        start = time.perf_counter()
        for i in range(count):
            pictures[i % len(pictures)].resize((SIDE, SIDE), filter_)
        report[name] = 1000 * (time.perf_counter() - start) / count
    for name, ms in report.items():
        print(f"{name:16} {ms:8.3f} ms {1000 / ms:9.0f} pictures/s")
    pathlib.Path(out).write_text(json.dumps({"milliseconds": report, "crop": crop.__name__}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:4])
