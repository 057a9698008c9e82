"""edit_checkpoint.py FROM TO metadata KEY VALUE: a safetensors file with that metadata entry; VALUE "deep" is JSON nested 100 000 deep.
edit_checkpoint.py FROM TO scale FACTOR: with every weight (all are F32) times FACTOR. Checksums are dropped: the files are to pass for whole ones."""
import array
import json
import struct
import sys

source, target, what, *values = sys.argv[1:]
with open(source, "rb") as file:
    size, = struct.unpack("<Q", file.read(8))
    header, data = json.loads(file.read(size)), file.read()
header["__metadata__"].pop("adatape.crc32", None)
if what == "metadata":
    header["__metadata__"][values[0]] = "[" * 100_000 + "]" * 100_000 if values[1] == "deep" else values[1]
else:
    weights = array.array("f", data)
    data = array.array("f", [w * float(values[0]) for w in weights]).tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
