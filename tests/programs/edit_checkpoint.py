"""edit_checkpoint.py FROM TO metadata KEY VALUE: a safetensors file with that metadata entry; VALUE "deep" is JSON nested 100 000 deep.
edit_checkpoint.py FROM TO set ENTRY KEY JSON: with that value for a key of the JSON object in a metadata entry; JSON "none" takes the key out.
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
elif what == "set":
    entry, key, value = values
    record = json.loads(header["__metadata__"][entry])
    if value == "none":
        del record[key]
    else:
        record[key] = "VALUE"
    # The value goes in as it is spelled: 1e300 must not become an integer of 300 digits.
    header["__metadata__"][entry] = json.dumps(record).replace('"VALUE"', value)
else:
    weights = array.array("f", data)
    data = array.array("f", [w * float(values[0]) for w in weights]).tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
