"""make_weights.py FOLDER: tiny weights of a ViT without a class token, for the model adatape-colour-tiny: timm.safetensors, and flax.npz with the same values.
Needs nothing but Python."""
import json
import os
import random
import struct
import sys
import zipfile

width, heads, hidden, blocks, classes, patch, tokens = 16, 2, 32, 2, 10, 8, 16
random.seed(1)


def draw(count, scale, mean=0.0):
    return [mean + random.gauss(0, scale) for _ in range(count)]


def transposed(values, rows, columns):
    return [values[i * columns + j] for j in range(columns) for i in range(rows)]


timm, flax = {}, {}


def linear(timm_name, flax_name, outputs, inputs, shape):
    kernel, bias = draw(outputs * inputs, inputs**-0.5), draw(outputs, 0.2)
    flax[flax_name + "/kernel"], flax[flax_name + "/bias"] = (shape, transposed(kernel, outputs, inputs)), (shape[1:] if shape[0] == inputs else shape[2:], bias)
    timm[timm_name + ".weight"], timm[timm_name + ".bias"] = ((outputs, inputs), kernel), ((outputs,), bias)


def norm(timm_name, flax_name):
    scale, bias = draw(width, 0.2, 1.0), draw(width, 0.2)
    timm[timm_name + ".weight"], timm[timm_name + ".bias"] = ((width,), scale), ((width,), bias)
    flax[flax_name + "/scale"], flax[flax_name + "/bias"] = ((width,), scale), ((width,), bias)


kernel, bias = draw(width * 3 * patch * patch, 0.07), draw(width, 0.2)
timm["patch_embed.proj.weight"], timm["patch_embed.proj.bias"] = ((width, 3, patch, patch), kernel), ((width,), bias)
turned = [kernel[((d * 3 + c) * patch + y) * patch + x] for y in range(patch) for x in range(patch) for c in range(3) for d in range(width)]
flax["embedding/kernel"], flax["embedding/bias"] = ((patch, patch, 3, width), turned), ((width,), bias)
timm["pos_embed"] = flax["pos_embedding"] = ((1, tokens, width), draw(tokens * width, 0.2))
for block in range(blocks):
    ours, theirs = f"Transformer/encoderblock_{block}/", f"blocks.{block}."
    norm(theirs + "norm1", ours + "LayerNorm_0")
    norm(theirs + "norm2", ours + "LayerNorm_1")
    weights, biases = [], []
    for name in ("query", "key", "value"):
        linear("part", ours + "MultiHeadDotProductAttention_0/" + name, width, width, (width, heads, width // heads))
        weights += timm.pop("part.weight")[1]
        biases += timm.pop("part.bias")[1]
    timm[theirs + "attn.qkv.weight"], timm[theirs + "attn.qkv.bias"] = ((3 * width, width), weights), ((3 * width,), biases)
    linear(theirs + "attn.proj", ours + "MultiHeadDotProductAttention_0/out", width, width, (heads, width // heads, width))
    linear(theirs + "mlp.fc1", ours + "MlpBlock_0/Dense_0", hidden, width, (width, hidden))
    linear(theirs + "mlp.fc2", ours + "MlpBlock_0/Dense_1", width, hidden, (hidden, width))
norm("norm", "Transformer/encoder_norm")
linear("head", "head", classes, width, (width, classes))

header, data = {}, b""
for name, (shape, values) in timm.items():
    values = struct.pack(f"<{len(values)}f", *values)
    header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
    data += values
text = json.dumps(header).encode()
with open(os.path.join(sys.argv[1], "timm.safetensors"), "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
with zipfile.ZipFile(os.path.join(sys.argv[1], "flax.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for name, (shape, values) in flax.items():
        dictionary = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
        dictionary += b" " * (-(len(dictionary) + 11) % 64) + b"\n"
        archive.writestr(name + ".npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(dictionary)) + dictionary + struct.pack(f"<{len(values)}f", *values))
