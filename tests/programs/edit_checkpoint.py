"""edit_checkpoint.py FROM TO metadata KEY VALUE: a safetensors file with that metadata entry; VALUE "deep" is JSON nested 100 000 deep.
edit_checkpoint.py FROM TO set ENTRY KEY JSON: with that value for a key of the JSON object in a metadata entry; JSON "none" takes the key out.
edit_checkpoint.py FROM TO reshape NAME JSON: with that shape for a tensor (F32); its values are repeated or cut off.
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
elif what == "reshape":
    name, shape = values[0], json.loads(values[1])
    begin, end = header[name]["data_offsets"]
    size = 4
    for side in shape:
        size *= side
    data = data[:begin] + (data[begin:end] * (size // (end - begin) + 1))[:size] + data[end:]
    header[name]["shape"] = shape
    for tensor in header.values():
        if "data_offsets" in tensor:
            tensor["data_offsets"] = [at + (size - (end - begin) if at >= end else 0) for at in tensor["data_offsets"]]
else:
    weights = array.array("f", data)
    data = array.array("f", [w * float(values[0]) for w in weights]).tobytes()
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
