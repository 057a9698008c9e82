#!/usr/bin/env python3
"""write_pictures.py IDX FOLDER COUNT: the first images of an IDX file of grey images as PNG files."""
import pathlib
import struct
import sys
import zlib

source, folder, count = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
data = pathlib.Path(source).read_bytes()
_, _, height, width = struct.unpack(">4I", data[:16])


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


folder.mkdir()
for i in range(count):
    rows = (data[16 + (i * height + y) * width:][:width] for y in range(height))
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    (folder / f"{i:02}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows))) +
                                         chunk(b"IEND", b""))
