#!/usr/bin/python3
"""make_corpus.py CHECKPOINT_TOOL: writes the seeds of the fuzz targets into corpus/. Equal runs give equal bytes.

Files whose names begin with "found-" are inputs on which something once went wrong. They are kept as they are."""
import gzip
import hashlib
import io
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import zipfile
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


def weights():
    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    def tensor(offset, shape, strides, kind="Float", elements=16):
        tuples = [b"(" + b"".join(b"K" + bytes([n]) for n in numbers) + b"t" for numbers in (shape, strides)]
        storage = b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"Storage\n" + text("0") + text("cpu") + b"J" + struct.pack("<i", elements) + b"tQ"
        return b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K" + bytes([offset]) + b"".join(tuples) + b"\x89ccollections\nOrderedDict\n)RtR"

    items = [("a.weight", tensor(0, (2, 4), (4, 1))), ("a.bias", tensor(8, (4,), (2,))), ("turned", tensor(0, (4, 4), (1, 4)))]
    state = b"ccollections\nOrderedDict\n)R(" + b"".join(text(name) + value for name, value in items) + b"u}" + text("_metadata") + b"Nsb"
    others = text("epoch") + b"K\x07" + text("args") + b"cargparse\nNamespace\n)\x81}" + text("lr") + b"G" + struct.pack(">d", 0.5) + b"sb"
    write("weights", "pickle", b"\x80\x02}(" + text("model") + state + others + b"u.")
    write("weights", "pickle-half", b"\x80\x02}q\x00" + text("w") + tensor(0, (8,), (1,), "Half", 16) + b"s.")
    write("weights", "pickle-4", b"\x80\x04\x95" + bytes(8) + b"}\x94(\x8c\x01w\x94\x8c\x0ccollections\x8c\x0bOrderedDict\x93)Ru.")

    def npy(descr, order, shape, data):
        header = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()
        header += b" " * (-(len(header) + 11) % 64) + b"\n"
        return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + data

    arrays = {"embedding/kernel": npy("'<f4'", False, (2, 3), bytes(24)), "b": npy("'|V2'", True, (4, 1), bytes(8)), "n": npy("'<i8'", False, (), bytes(8))}
    for name, value in arrays.items():
        write("weights", "npy-" + name.replace("/", "-"), value)
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", method) as archive:
            for key, value in arrays.items():
                with archive.open(zipfile.ZipInfo(key + ".npy"), "w", force_zip64=name == "stored") as file:
                    file.write(value)
        write("weights", name + ".npz", out.getvalue())

    def pack(value):
        if isinstance(value, dict):
            return struct.pack(">BH", 0xDE, len(value)) + b"".join(pack(key) + pack(item) for key, item in value.items())
        if isinstance(value, str):
            return struct.pack(">BB", 0xD9, len(value)) + value.encode()
        if isinstance(value, bytes):
            return struct.pack(">BH", 0xC5, len(value)) + value
        if isinstance(value, list):
            return bytes([0x90 + len(value)]) + b"".join(pack(item) for item in value)
        if isinstance(value, tuple):
            size = 4
            for n in value:
                size *= n
            inner = pack([list(value), "float32", b"\x3f" * size])
            return struct.pack(">BHB", 0xC8, len(inner), 1) + inner
        return bytes([value])

    # The weights of the model of tiny_model.hpp, as scenic writes them.
    def dense(*shape):
        return {"kernel": shape, "bias": shape[1:]}

    norm = {"scale": (4,), "bias": (4,)}
    attention = {**{name: dense(4, 2, 2) for name in ("query", "key", "value")}, "out": {"kernel": (2, 2, 4), "bias": (4,)}}
    block = {"LayerNorm_0": norm, "MultiHeadDotProductAttention_0": attention, "LayerNorm_1": norm, "MlpBlock_0": {"Dense_0": dense(4, 4), "Dense_1": dense(4, 4)}}
    encoder = {"posembed_input": {"pos_embedding": (1, 4, 4)}, "encoderblock_0": block, "encoderblock_1": block, "encoder_norm": norm}
    params = {"embedding": {"kernel": (4, 4, 1, 4), "bias": (4,)}, "Transformer": encoder, "output_projection": dense(4, 3)}
    write("weights", "scenic.msgpack", pack({"optimizer": {"target": params}, "global_step": 5}))
    chunked = {"__msgpack_chunked_array__": 1, "shape": {"0": 6}, "chunks": {"0": (4,), "1": (2,)}}
    write("weights", "chunks.msgpack", pack({"params": {"w": chunked, "x": (2, 2)}}))


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


def library():
    """Calls as fuzz_library.cpp reads them: a byte that names the function, then its choices. 0 is the usual choice."""
    usual = bytes(40)
    write("library", "each", b"".join(bytes([function]) + usual for function in range(10)))
    write("library", "closed", b"".join(bytes([1, 0]) + bytes([function, 245]) + usual for function in (2, 3, 4, 5, 7, 1)))
    for name, changed in (("flipped", bytes([0, 2, 0, 0, 0, 0, 0, 0, 3, 9, 8])), ("cut", bytes([0, 3, 0, 0, 0, 0, 0, 0, 2, 0])), ("no-file", bytes([0, 1]) + b"{}" * 20)):
        write("library", name, changed + usual + bytes([7]) + usual)
    for seed in range(4):
        write("library", f"drawn-{seed}", b"".join(hashlib.sha256(bytes([seed, i])).digest() for i in range(40)))


checkpoints(sys.argv[1])
library()
idx_files()
weights()
pictures()
flags()
size = sum(path.stat().st_size for path in corpus.rglob("*") if path.is_file())
print(f"{size} bytes in {corpus}")
if size >= 300_000:
    sys.exit("the corpus must stay below 300 KB")
