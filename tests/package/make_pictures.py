"""make_pictures.py FOLDER: an IDX data set in colour, 32 x 32, of four classes (train: 64 pictures, t10k: 16). The class is the band that is bright."""
import os
import struct
import sys


def write(folder, split, count):
    pixels, labels = bytearray(), bytearray()
    for i in range(count):
        label = i % 4
        labels.append(label)
        for y in range(32):
            for x in range(32):
                bright = y // 8 == label
                pixels += bytes((200 + i % 40 if bright else (7 * x + 13 * y + 31 * i + 5 * c) % 60) for c in range(3))
    with open(os.path.join(folder, split + "-images-idx4-ubyte"), "wb") as file:
        file.write(struct.pack(">IIIII", 0x00000804, count, 32, 32, 3) + pixels)
    with open(os.path.join(folder, split + "-labels-idx1-ubyte"), "wb") as file:
        file.write(struct.pack(">II", 0x00000801, count) + labels)


os.makedirs(sys.argv[1])
write(sys.argv[1], "train", 64)
write(sys.argv[1], "t10k", 16)
