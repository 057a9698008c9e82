"""make_weights.py FOLDER: tiny weights of a ViT without a class token, for the model adatape-colour-tiny: timm.safetensors, and with the same values flax.npz,
torchvision.safetensors and hf/model.safetensors. Needs nothing but Python."""
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



def renamed(tensors, parts, splits=()):
    """The tensors with parts of their names in other words. The first axis of one whose name contains a key of `splits` is cut into three tensors."""
    out = {}
    for name, (shape, values) in tensors.items():
        split = next((words for key, words in splits if key in name), None)
        for part, other in parts:
            name = name.replace(part, other)
        if split:
            for at, word in enumerate(split):
                out[name.replace("SPLIT", word)] = ((shape[0] // 3, *shape[1:]), values[at * len(values) // 3:(at + 1) * len(values) // 3])
        else:
            out[name] = (shape, values)
    return out


torchvision = renamed(timm, [("patch_embed.proj", "conv_proj"), ("pos_embed", "encoder.pos_embedding"), ("blocks.", "encoder.layers.encoder_layer_"),
                             ("attn.qkv.", "self_attention.in_proj_"), ("attn.proj", "self_attention.out_proj"), ("norm1", "ln_1"), ("norm2", "ln_2"),
                             ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3"), ("head.", "heads.head.")])
torchvision = {name.replace("norm.", "encoder.ln.") if name.startswith("norm.") else name: value for name, value in torchvision.items()}
hugging_face = renamed(timm, [("patch_embed.proj", "vit.embeddings.patch_embeddings.projection"), ("pos_embed", "vit.embeddings.position_embeddings"),
                              ("blocks.", "vit.encoder.layer."), ("attn.qkv", "attention.attention.SPLIT"), ("attn.proj", "attention.output.dense"),
                              ("norm1", "layernorm_before"), ("norm2", "layernorm_after"), ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"),
                              ("head.", "classifier.")], [("attn.qkv", ("query", "key", "value"))])
hugging_face = {name.replace("norm.", "vit.layernorm.") if name.startswith("norm.") else name: value for name, value in hugging_face.items()}


def write_safetensors(name, tensors):
    header, data = {}, b""
    for tensor, (shape, values) in tensors.items():
        values = struct.pack(f"<{len(values)}f", *values)
        header[tensor] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path = os.path.join(sys.argv[1], name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


write_safetensors("timm.safetensors", timm)
write_safetensors("torchvision.safetensors", torchvision)
write_safetensors("hf/model.safetensors", hugging_face)
with zipfile.ZipFile(os.path.join(sys.argv[1], "flax.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
    for name, (shape, values) in flax.items():
        dictionary = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
        dictionary += b" " * (-(len(dictionary) + 11) % 64) + b"\n"
        archive.writestr(name + ".npy", b"\x93NUMPY\x01\0" + struct.pack("<H", len(dictionary)) + dictionary + struct.pack(f"<{len(values)}f", *values))
