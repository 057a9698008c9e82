#!/usr/bin/python3
"""make_corpus.py CHECKPOINT_TOOL: writes the seeds of the fuzz targets into corpus/. Equal runs give equal bytes.

Files whose names begin with "found-" are inputs on which something once went wrong. They are kept as they are."""
import gzip
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

from PIL import Image

corpus = pathlib.Path(__file__).parent / "corpus"


def write(target, name, content):
    folder = corpus / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def safetensors(header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def checkpoints(tool):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "tiny.safetensors"
        subprocess.run([tool, "save", path, "12"], check=True)
        whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header, data = json.loads(whole[8 : 8 + length]), whole[8 + length :]
    metadata = header.pop("__metadata__")
    write("checkpoint", "whole", whole)

    # Without moments and checksums.
    del metadata["adatape.crc32"]
    own, parts, at = {}, [], 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if name.startswith("adamw/"):
            continue
        begin, end = entry["data_offsets"]
        own[name] = {**entry, "data_offsets": [at, at + end - begin]}
        parts.append(data[begin:end])
        at += end - begin
    data = b"".join(parts)
    write("checkpoint", "own", safetensors({"__metadata__": metadata, **own}, data))

    # Half precision, and some tensors of another model.
    half = {name: {**entry, "dtype": "BF16", "data_offsets": [o // 2 for o in entry["data_offsets"]]} for name, entry in own.items()}
    bf16 = b"".join(data[i + 2 : i + 4] for i in range(0, len(data), 4))
    write("checkpoint", "bfloat16", safetensors({"__metadata__": metadata, **half}, bf16))
    other = {
        "output_projection/bias": {"dtype": "F16", "shape": [3], "data_offsets": [0, 6]},
        "flags": {"dtype": "BOOL", "shape": [2], "data_offsets": [6, 8]},
        "count": {"dtype": "I64", "shape": [], "data_offsets": [8, 16]},
        "empty": {"dtype": "F64", "shape": [0, 9], "data_offsets": [16, 16]},
        "wide": {"dtype": "F64", "shape": [1, 2], "data_offsets": [16, 32]},
    }
    write("checkpoint", "other", safetensors({"__metadata__": metadata, **other}, bytes(range(32))))
    write("checkpoint", "bare", safetensors({}, b""))
    packed_headers(metadata)


def packed_headers(metadata):
    def text(**changed):
        header = {"library": "VERSION", "instruction_set": "SET", "storage": "f32", "scalar": "f32", "bytes": "BYTES", "crc32": 7, "metadata": metadata}
        return json.dumps({**header, **changed}, separators=(",", ":")).encode()

    write("packed", "header", text())
    write("packed", "other-set", text(instruction_set="neon9"))
    write("packed", "other-bytes", text(bytes=64))
    write("packed", "bare", text(metadata={}))
    write("packed", "start", b"ADATAPE\0" + struct.pack("<IIII", 1, len(text()), zlib.crc32(text()), 0) + text())


def idx(shape, values, kind=8):
    return bytes([0, 0, kind, len(shape)]) + b"".join(struct.pack(">I", n) for n in shape) + bytes(values)


def idx_files():
    images, labels = idx([3, 4, 5], range(60)), idx([6], [1, 2, 3, 0, 9, 8])
    packed = gzip.compress(images, mtime=0)
    write("idx", "images", images)
    write("idx", "labels", labels)
    write("idx", "colour", idx([2, 3, 3, 3], range(54)))
    write("idx", "floats", idx([2], range(8), kind=0x0D))
    write("idx", "images.gz", packed)
    write("idx", "labels-stored.gz", gzip.compress(labels, compresslevel=0, mtime=0))
    write("idx", "padded.gz", packed + bytes(100))
    write("idx", "two-members.gz", gzip.compress(images[:30], mtime=0) + gzip.compress(images[30:], mtime=0))
    write("idx", "bomb.gz", gzip.compress(idx([250, 16, 16], bytes(64000)), mtime=0))


def pictures():
    grey = Image.frombytes("L", (9, 7), bytes(i * 4 for i in range(63)))
    exif = Image.Exif()
    exif[0x0112] = 6

    def save(name, image, **options):
        out = io.BytesIO()
        image.save(out, **options)
        write("picture", name, out.getvalue())

    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        image = grey.convert("I").point(lambda v: v * 257).convert("I;16") if mode == "I;16" else grey.convert(mode)
        save("png-" + mode.replace(";", ""), image, format="PNG")
    save("png-stored", grey.convert("RGB"), format="PNG", compress_level=0)
    save("png-palette-clear", grey.convert("P"), format="PNG", transparency=3)
    save("png-exif", grey, format="PNG", exif=exif)
    save("jpeg-L", grey, format="JPEG")
    save("jpeg-RGB", grey.convert("RGB"), format="JPEG", exif=exif)
    save("jpeg-CMYK", grey.convert("CMYK"), format="JPEG")
    save("jpeg-progressive", grey.convert("RGB"), format="JPEG", progressive=True)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    # Adam7, which Pillow does not write: 1 x 1 pixel has one pass of one row.
    interlaced = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 1)) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    write("picture", "png-interlaced", b"\x89PNG\r\n\x1a\n" + interlaced)


def flags():
    lines = {
        "usual": "--epochs 6 --batch-size 50 --lr 0.01 --seed 7 --flip 1 --shift 1 --erase 0.2",
        "equals": "--lr=1e-3 --tau=1.5 --loss=sigmoid --dropout=0.1 --seed=18446744073709551615",
        "not-finite": "--lr nan --tau inf --weight-decay -inf --clip-grad 1e400",
        "integers": "--epochs 010 --seed -1 --batch-size 2000000000000000000 --shift -2147483648",
        "names": "--class-names a\n,b,,\u00e9 --help --version --resume --epochs",
        "newline": "--lr 1\n2 --no\x1bsuch=\t --model=a\u0007b",
        "bytes": "--loss \udcff\udcfe --model \u2028 -- -x --no-such",
    }
    numbers = ("weight-decay", "warmup-epochs", "clip-grad", "smoothing", "tau", "ponder-weight", "dropout", "stochastic-depth", "query-noise", "bernoulli-p",
               "erase", "head-bias", "average-decay", "layer-decay", "crop-share", "mixup", "cutmix", "mix-probability")
    record = {"model": "tiny", "epochs": 6, "schedule-epochs": 0, "batch-size": 50, "accumulate": 2, "drop-last": False, "warmup-steps": 3, "lr": 0.01, "seed": 7,
              "flip": True, "shift": 1, "loss": "softmax", "average-warmup": True, "normalise": "half", "fit": "timm", "crop": "inception", "decay": "kernels",
              "freeze": "embedding", "rand-augment": "2,15", "mix-rule": "timm", "products": "bf16"}
    record.update({name: 0.1 for name in numbers})
    for name, line in lines.items():
        words = line.encode("utf-8", "surrogateescape").replace(b" ", b"\0")
        write("flags", name, words + b"\0\0" + json.dumps(record).encode())
    recipes = pathlib.Path(__file__).resolve().parents[2] / "examples" / "recipes"
    for name in ("imagenet-adatape-s16", "pets-finetune"):
        write("flags", name + ".toml", b"\0" + (recipes / (name + ".toml")).read_bytes())
    write("flags", "brackets.toml", b'\0lr = 0.5 # rate\nmodel = "wide"\nfreeze = "embedding,output"\nclass-names = ["a", "b"]\n[[\n')


checkpoints(sys.argv[1])
idx_files()
pictures()
flags()
size = sum(path.stat().st_size for path in corpus.rglob("*") if path.is_file())
print(f"{size} bytes in {corpus}")
if size >= 300_000:
    sys.exit("the corpus must stay below 300 KB")
