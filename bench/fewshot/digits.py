"""digits.py DIR: the digits of scikit-learn as IDX files: 8 x 8 pixels, values 0 to 16 stretched to 0 to 255. The first half, of other writers than the
second, is for training."""
import pathlib
import struct
import sys

import numpy
from sklearn.datasets import load_digits

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
digits = load_digits()
pixels = numpy.round(digits.images * 255 / 16).astype(numpy.uint8)
half = len(pixels) // 2
for stem, part in (("train", slice(0, half)), ("t10k", slice(half, None))):
    images, labels = pixels[part], digits.target[part].astype(numpy.uint8)
    (folder / f"{stem}-images-idx3-ubyte").write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, *images.shape) + images.tobytes())
    (folder / f"{stem}-labels-idx1-ubyte").write_bytes(struct.pack(">BBBBI", 0, 0, 8, 1, len(labels)) + labels.tobytes())
