"""edit_packed.py FROM TO KEY JSON: a file of packed weights with that value for a key of its header. Length and checksum of the header fit."""
import json
import struct
import sys
import zlib

source, target, key, value = sys.argv[1:]
with open(source, "rb") as file:
    content = file.read()
page = 65536


def begin(length):
    return (24 + length + page - 1) // page * page


magic, form, length, _, zero = struct.unpack("<8sIIII", content[:24])
header = json.loads(content[24 : 24 + length])
header[key] = json.loads(value)
text = json.dumps(header).encode()
start = struct.pack("<8sIIII", magic, form, len(text), zlib.crc32(text), zero) + text
with open(target, "wb") as file:
    file.write(start.ljust(begin(len(text)), b"\0") + content[begin(length) :])
