"""check_self_test.py FILE.safetensors: whether the picture of the file's self-test is the one that docs/deployment.md describes."""
import json
import struct
import sys
import zlib

with open(sys.argv[1], "rb") as file:
    metadata = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))["__metadata__"]
test, pixels, (height, width, channels) = json.loads(metadata["self_test"]), json.loads(metadata["pixels"]), json.loads(metadata["config"])["image"]
mean, deviation = ([numbers] if channels == 1 else numbers for numbers in (pixels["mean"], pixels["deviation"]))
word = 2**32 - 1


def noise(index):
    x = test["seed"] * 0x9E3779B9 + index & word
    x = (x ^ x >> 16) * 0x7FEB352D & word
    x = (x ^ x >> 15) * 0x846CA68B & word
    return (x ^ x >> 16) >> 24


data = b""
for y in range(height):
    for x in range(width):
        for c in range(channels):
            value = (3 * noise((y // 4 * width + x // 4) * channels + c) + noise(2**31 + (y * width + x) * channels + c)) // 4
            data += struct.pack("<f", (value / 255 - mean[c]) / deviation[c])
assert zlib.crc32(data) == test["input_crc32"], f"{sys.argv[1]}: another picture: {zlib.crc32(data)}, recorded {test['input_crc32']}"
