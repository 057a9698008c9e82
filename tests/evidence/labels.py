#!/usr/bin/env python3
"""labels.py SOURCE: labels of points that lie close together, and at the edges of a figure, do not lie on each other, on a point or outside."""
import itertools
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(sys.argv[1]) / "bench" / "evidence"))
from labels import MARK, box, overlap, place

draws = random.Random(1)
frame = (40, 40, 460, 280)
for spread in (5, 20, 80):
    for middle in ((250, 160), (45, 275), (455, 45)):
        clamped = [tuple(min(max(middle[axis] + draws.uniform(-spread, spread), frame[axis] + 1), frame[axis + 2] - 1) for axis in (0, 1)) for _ in range(14)]
        labels = [("model-" + "8" * (number % 9), spot) for number, spot in enumerate(clamped)]
        boxes = [box(*label, offset) for label, offset in zip(labels, place(labels, frame))]
        for one, other in itertools.combinations(boxes, 2):
            assert not overlap(one, other), f"two labels lie on each other: {one}, {other}"
        for one, (x, y) in itertools.product(boxes, clamped):
            assert not overlap(one, (x - MARK, y - MARK, x + MARK, y + MARK)), f"a label lies on the point at {x}, {y}: {one}"
        assert all(frame[0] < left and frame[1] < bottom and right < frame[2] and top < frame[3] for left, bottom, right, top in boxes), "a label is outside"
[alone] = place([("alone", (100, 100))], frame)
assert alone == (5, 3), f"a point that is alone has its label beside it, found {alone}"
