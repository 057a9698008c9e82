#!/usr/bin/python3
"""compare.py BENCH_IMAGES FOLDER [--rounds N] [--count N] [--core N]: bench_images beside Pillow, on one core, in alternating order.

Makes the test pictures in FOLDER/pictures and leaves all results there as JSON. Prints a table with the medians of the rounds. Needs python3-pil,
python3-numpy and taskset."""
import argparse
import pathlib
import subprocess
import sys

import numpy as np
from PIL import Image, __version__

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "report"))
from pictures import pictures_table, read_rounds

HEIGHT, WIDTH = 375, 500


def make_picture(number):
    """[375, 500, 3] bytes: gradients, ellipses and rectangles of one colour, broad waves, and noise of two scales. A function of the number."""
    random = np.random.Generator(np.random.PCG64(number))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    corners = random.uniform(30, 225, (4, 3))
    v, u = (y / (HEIGHT - 1))[..., None], (x / (WIDTH - 1))[..., None]
    values = (1 - v) * ((1 - u) * corners[0] + u * corners[1]) + v * ((1 - u) * corners[2] + u * corners[3])
    for _ in range(12):
        colour, cy, cx = random.uniform(0, 255, 3), random.uniform(0, HEIGHT), random.uniform(0, WIDTH)
        ry, rx = random.uniform(10, 110, 2)
        dy, dx = (y - cy) / ry, (x - cx) / rx
        inside = dy * dy + dx * dx < 1 if random.random() < 0.6 else (abs(dy) < 1) & (abs(dx) < 1)
        values[inside] = 0.3 * values[inside] + 0.7 * colour
    for _ in range(3):
        f, g, phase = random.uniform(-0.15, 0.15), random.uniform(-0.15, 0.15), random.uniform(0, 6.28)
        values += 8 * np.sin(f * y + g * x + phase)[..., None]
    coarse = random.normal(0, 9, (HEIGHT // 4 + 1, WIDTH // 4, 3)).repeat(4, 0).repeat(4, 1)[:HEIGHT]
    return np.clip(values + coarse + random.normal(0, 5, values.shape), 0, 255).astype(np.uint8)


def make_pictures(folder, count):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:03}.jpg"
        if not path.exists():
            Image.fromarray(make_picture(number)).save(path, quality=90, subsampling="4:2:0")


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args()
    if options.rounds < 1 or options.count < 1 or options.core < 0:
        parser.error("wanted at least one round of at least one picture, and the number of a core")
    pictures, here = options.folder / "pictures", pathlib.Path(__file__).resolve().parent
    make_pictures(pictures, 64)
    for number in range(options.rounds):
        for name in ("adatape", "pillow"):
            out = options.folder / f"images-{name}-{number}.json"
            if name == "adatape":
                command = [options.program, pictures, "--count", options.count, "--json", out]
            else:
                command = [sys.executable, here / "images.py", pictures, options.folder / f"images-adatape-{number}.json", out]
            subprocess.run(["taskset", "-c", str(options.core), *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    print(f"Pillow {__version__}, {options.rounds} rounds of {options.count} pictures, medians (best round in parentheses)\n")
    print(pictures_table(read_rounds(options.folder / "images-pillow-0.json")))


if __name__ == "__main__":
    main()
