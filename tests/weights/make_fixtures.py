#!/usr/bin/python3
"""make_fixtures.py: writes fixtures/, tiny weights of every family in every form of file, and expected.safetensors, the logits that PyTorch and NumPy compute
from them in double. Equal runs give equal bytes up to what torch.save writes.

Made with PyTorch 1.13.1, torchvision 0.14.1, NumPy 1.24.2. Needs python3-torch, python3-torchvision and python3-numpy."""
import argparse
import collections
import json
import pathlib
import struct
import zipfile

import numpy as np
import torch
from torchvision.models.vision_transformer import VisionTransformer

import torch_models as models

folder = pathlib.Path(__file__).parent / "fixtures"
folder.mkdir(exist_ok=True)
size = dict(image=8, patch=4, width=8, heads=2, hidden=12, blocks=2)
classes = 5
images = np.random.default_rng(1).standard_normal((3, 8, 8, 3)).astype(np.float32)  # as ours: [samples, rows, columns, channels]
expected = {"images": images.astype(np.float64)}


def logits_of(model):
    with torch.no_grad():
        return model(torch.from_numpy(images).double().permute(0, 3, 1, 2)).numpy()


def state_of(model, dtype=torch.float32):
    return collections.OrderedDict((name, value.to(dtype)) for name, value in model.state_dict().items())


def safetensors(path, tensors, metadata):
    types = {"float64": "F64", "float32": "F32", "float16": "F16"}
    header, data = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        bytes_ = np.ascontiguousarray(value).tobytes()
        header[name] = {"dtype": types[value.dtype.name], "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def torch_families():
    model = models.randomise(VisionTransformer(8, 4, 2, 2, 8, 12, num_classes=classes), 2)
    expected["torchvision.pth"] = logits_of(model)
    torch.save(state_of(model), folder / "torchvision.pth")

    model = models.randomise(VisionTransformer(8, 4, 2, 2, 8, 12, num_classes=classes), 3)
    expected["torchvision_first.pth"] = logits_of(model)
    first = {name.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): value for name, value in state_of(model).items()}
    torch.save(first, folder / "torchvision_first.pth", _use_new_zipfile_serialization=False)

    model = models.randomise(models.Timm(**size, classes=classes), 4)
    expected["timm.safetensors"] = logits_of(model)
    safetensors(folder / "timm.safetensors", {name: value.numpy() for name, value in state_of(model).items()}, {"format": "pt"})
    with torch.no_grad():  # the grid of 2 x 2 at 4 x 4
        grid = model.pos_embed[:, 1:].reshape(1, 2, 2, 8).permute(0, 3, 1, 2)
        for name, options in {"timm": {"antialias": True}, "deit": {"antialias": False}}.items():
            bigger = torch.nn.functional.interpolate(grid, size=(4, 4), mode="bicubic", align_corners=False, **options)
            rows = torch.cat([model.pos_embed[:, :1], bigger.permute(0, 2, 3, 1).reshape(1, 16, 8)], 1)
            expected["timm.safetensors/positions/" + name] = rows.numpy()
        corners = torch.nn.functional.interpolate(grid, size=(4, 4), mode="bilinear", align_corners=True)
        rows = torch.cat([model.pos_embed[:, :1], corners.permute(0, 2, 3, 1).reshape(1, 16, 8)], 1)
        expected["timm.safetensors/positions/big_vision"] = rows.numpy()

    # As Meta's DeiT-III: under "model", beside what a training run has; tensors that are views.
    model = models.randomise(models.Timm(**size, classes=classes, layer_scale=True, no_embed_class=True), 5)
    expected["deit3.pth"] = logits_of(model)
    state = {name.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2"): value for name, value in state_of(model).items()}
    state["blocks.0.mlp.fc1.weight"] = state["blocks.0.mlp.fc1.weight"].t().contiguous().t()
    shared = torch.cat([state["norm.weight"], state["norm.bias"]])
    state["norm.weight"], state["norm.bias"] = shared[:8], shared[8:]
    run = {"model": state, "epoch": 7, "args": argparse.Namespace(lr=0.001, model="deit"), "best": np.float64(0.5), "scaler": {"scale": 65536.0}}
    torch.save(run, folder / "deit3.pth")

    model = models.randomise(models.Timm(**size, classes=classes, qkv_bias=False), 6)
    expected["timm_no_bias.pth"] = logits_of(model)
    run = {"state_dict": {"module." + name: value for name, value in state_of(model).items()}, "optimizer": {"state": {0: {"step": 3}}, "param_groups": [{"lr": 1e-3}]}}
    torch.save(run, folder / "timm_no_bias.pth", _use_new_zipfile_serialization=False)

    # Registers, and the mean of the patches behind the blocks with a norm of its own; distilled as Meta's DeiT.
    model = models.randomise(models.Timm(**size, classes=classes, registers=2, average=True), 14)
    expected["timm_avg.safetensors"] = logits_of(model)
    safetensors(folder / "timm_avg.safetensors", {name: value.numpy() for name, value in state_of(model).items()}, {"format": "pt"})

    model = models.randomise(models.Timm(**size, classes=classes, distilled=True), 15)
    expected["deit_distilled.pth"] = logits_of(model)
    torch.save({"model": state_of(model)}, folder / "deit_distilled.pth")

    # DINOv2 with registers, for pictures of 16 x 16; what enters a head, for those of 8 x 8.
    model = models.randomise(models.Dinov2(**(size | {"image": 16}), registers=2), 20)
    expected["dinov2.pth/features"] = logits_of(model)
    torch.save(state_of(model), folder / "dinov2.pth")

    model = models.randomise(VisionTransformer(8, 4, 2, 2, 8, 12, num_classes=classes, representation_size=6), 16)
    expected["torchvision_representation.pth"] = logits_of(model)
    torch.save(state_of(model), folder / "torchvision_representation.pth")

    model = models.randomise(models.HuggingFaceDistilled(**size, classes=classes, epsilon=1e-6), 17)
    expected["huggingface_distilled.safetensors"] = logits_of(model)
    safetensors(folder / "huggingface_distilled.safetensors", {name: value.numpy() for name, value in state_of(model).items()}, {"format": "pt"})

    # In half precision; the logits are those of the rounded weights. Our epsilon, so that no tolerance hides a difference.
    model = models.randomise(models.HuggingFace("vit", **size, classes=classes, epsilon=1e-6), 7).half().double()
    expected["huggingface.safetensors"] = logits_of(model)
    safetensors(folder / "huggingface.safetensors", {name: value.numpy() for name, value in state_of(model, torch.float16).items()}, {"format": "pt"})

    model = models.randomise(models.HuggingFace("deit", **size, classes=classes, epsilon=1e-12), 8)
    expected["deit.bin"] = logits_of(model)
    torch.save(state_of(model), folder / "deit.bin")

    model = models.randomise(models.HuggingFaceBase(**size, pooler=True, epsilon=1e-6), 9)
    expected["huggingface_base.bin/features"] = logits_of(model)
    torch.save(state_of(model), folder / "huggingface_base.bin")


def flax_weights(seed):
    """A tree of names and arrays, with the names of scenic."""
    generator, width, heads, hidden = np.random.default_rng(seed), 8, 2, 12

    def draw(*shape, fan, mean=0.0):
        return (generator.standard_normal(shape) * 0.7 * fan**-0.5 + mean).astype(np.float32)

    out = {"embedding/kernel": draw(4, 4, 3, width, fan=48), "embedding/bias": draw(width, fan=16), "cls": draw(1, 1, width, fan=8),
           "positions": draw(1, 5, width, fan=8), "head/kernel": draw(width, classes, fan=8), "head/bias": draw(classes, fan=8)}
    for block in range(2):
        at = f"Transformer/encoderblock_{block}/"
        for norm in ("LayerNorm_0", "LayerNorm_1"):
            out[at + norm + "/scale"], out[at + norm + "/bias"] = draw(width, fan=16, mean=1.0), draw(width, fan=16)
        for name in ("query", "key", "value"):
            layer = at + "MultiHeadDotProductAttention_0/" + name
            out[layer + "/kernel"], out[layer + "/bias"] = draw(width, heads, width // heads, fan=8), draw(heads, width // heads, fan=16)
        layer = at + "MultiHeadDotProductAttention_0/out"
        out[layer + "/kernel"], out[layer + "/bias"] = draw(heads, width // heads, width, fan=8), draw(width, fan=16)
        out[at + "MlpBlock_0/Dense_0/kernel"], out[at + "MlpBlock_0/Dense_0/bias"] = draw(width, hidden, fan=8), draw(hidden, fan=16)
        out[at + "MlpBlock_0/Dense_1/kernel"], out[at + "MlpBlock_0/Dense_1/bias"] = draw(hidden, width, fan=12), draw(width, fan=16)
    out["Transformer/encoder_norm/scale"], out["Transformer/encoder_norm/bias"] = draw(width, fan=16, mean=1.0), draw(width, fan=16)
    return out


def sincos2d(rows, columns, width):
    """big_vision's posemb_sincos_2d."""
    y, x = np.mgrid[:rows, :columns]
    omega = 1.0 / 10000.0 ** (np.arange(width // 4) / (width // 4 - 1))
    y, x = np.einsum("m,d->md", y.flatten(), omega), np.einsum("m,d->md", x.flatten(), omega)
    return np.concatenate([np.sin(x), np.cos(x), np.sin(y), np.cos(y)], axis=1)[None]


def flax_logits(weights):
    """The forward pass of Flax's ViT in NumPy, with GELU in the tanh form. Without cls it pools by the mean, without positions they are sincos2d."""
    w = {name: value.astype(np.float64) for name, value in weights.items()}

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6) * w[name + "/scale"] + w[name + "/bias"]

    patches = images.astype(np.float64).reshape(3, 2, 4, 2, 4, 3).transpose(0, 1, 3, 2, 4, 5).reshape(3, 4, 4, 4, 3)
    x = np.einsum("bnhwc,hwcd->bnd", patches, w["embedding/kernel"]) + w["embedding/bias"]
    if "cls" in w:
        x = np.concatenate([np.broadcast_to(w["cls"], (3, 1, 8)), x], axis=1)
    x = x + (w["positions"] if "positions" in w else sincos2d(2, 2, 8))
    for block in range(2):
        at = f"Transformer/encoderblock_{block}/"
        y, attention = norm(x, at + "LayerNorm_0"), at + "MultiHeadDotProductAttention_0/"
        q, k, v = (np.einsum("bnd,dhc->bnhc", y, w[attention + name + "/kernel"]) + w[attention + name + "/bias"] for name in ("query", "key", "value"))
        scores = np.einsum("bnhc,bmhc->bhnm", q, k) / 2
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        heads = np.einsum("bhnm,bmhc->bnhc", scores / scores.sum(-1, keepdims=True), v)
        x = x + np.einsum("bnhc,hcd->bnd", heads, w[attention + "out/kernel"]) + w[attention + "out/bias"]
        y = norm(x, at + "LayerNorm_1") @ w[at + "MlpBlock_0/Dense_0/kernel"] + w[at + "MlpBlock_0/Dense_0/bias"]
        y = 0.5 * y * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3)))
        x = x + y @ w[at + "MlpBlock_0/Dense_1/kernel"] + w[at + "MlpBlock_0/Dense_1/bias"]
    x = norm(x, "Transformer/encoder_norm")
    x = x[:, 0] if "cls" in w else x.mean(1)
    if "pre_logits/kernel" in w:
        x = np.tanh(x @ w["pre_logits/kernel"] + w["pre_logits/bias"])
    return x @ w["head/kernel"] + w["head/bias"]


def npz(path, arrays, compressed):
    """np.savez with the same times in every run."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, value in arrays.items():
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w", force_zip64=True) as file:
                np.lib.format.write_array(file, value, allow_pickle=True)


def pack(value):
    """msgpack of dictionaries, texts, numbers and arrays, after flax.serialization."""
    if isinstance(value, dict):
        return struct.pack(">BH", 0xDE, len(value)) + b"".join(pack(part) for item in value.items() for part in item)
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, str):
        return struct.pack(">BB", 0xD9, len(value)) + value.encode()
    if isinstance(value, int):
        return struct.pack(">Bq", 0xD3, value)
    if isinstance(value, tuple):
        return bytes([0x90 + len(value)]) + b"".join(pack(part) for part in value)
    if isinstance(value, bytes):
        return struct.pack(">BI", 0xC6, len(value)) + value
    array = np.asarray(value)
    inner = pack((tuple(int(n) for n in array.shape), array.dtype.name, array.tobytes()))
    return struct.pack(">BIB", 0xC9, len(inner), 1 if isinstance(value, np.ndarray) else 3) + inner


def nested(flat):
    out = {}
    for name, value in flat.items():
        *path, last = name.split("/")
        at = out
        for part in path:
            at = at.setdefault(part, {})
        at[last] = value
    return out


def flax_families():
    old = {"MultiHeadDotProductAttention_0": "MultiHeadDotProductAttention_1", "LayerNorm_1": "LayerNorm_2", "MlpBlock_0": "MlpBlock_3",
           "positions": "Transformer/posembed_input/pos_embedding"}

    def renamed(weights, names):
        out = {}
        for name, value in weights.items():
            for part, other in names.items():
                name = name.replace(part, other)
            out[name] = value
        return out

    weights = flax_weights(11)
    expected["augreg.npz"] = flax_logits(weights)
    npz(folder / "augreg.npz", renamed(weights, old), True)

    # With scan, without a position of cls, in bfloat16 as NumPy has it; the moments of the optimizer beside.
    weights = {name: (value.view(np.uint32) & 0xFFFF0000).view(np.float32) for name, value in flax_weights(12).items()}
    weights["positions"][:, 0] = 0
    expected["big_vision.npz"] = flax_logits(weights)
    stacked = {}
    for name, value in weights.items():
        if "encoderblock_0" in name:
            value = np.stack([value, weights[name.replace("encoderblock_0", "encoderblock_1")]])
        elif "encoderblock_1" in name:
            continue
        stacked["params/" + name.replace("encoderblock_0", "encoderblock").replace("positions", "pos_embedding")] = value
    stacked["params/pos_embedding"] = stacked["params/pos_embedding"][:, 1:]
    stacked = {name: (value.view(np.uint32) >> 16).astype(np.uint16).view("V2").reshape(value.shape) for name, value in stacked.items()}
    stacked["opt/0/mu/embedding/kernel"] = np.zeros((4, 4, 3, 8), np.float16)
    stacked["opt/0/count"] = np.int32(7)
    npz(folder / "big_vision.npz", stacked, False)

    # big_vision's vit_s16_i1k: the mean of the patches, fixed positions, which are not stored, and pre_logits.
    weights = {name: value for name, value in flax_weights(18).items() if name not in ("cls", "positions")}
    generator = np.random.default_rng(19)
    weights["pre_logits/kernel"] = (generator.standard_normal((8, 6)) * 0.3).astype(np.float32)
    weights["pre_logits/bias"] = (generator.standard_normal(6) * 0.2).astype(np.float32)
    weights["head/kernel"] = weights["head/kernel"][:6]
    expected["big_vision_gap.npz"] = flax_logits(weights)
    npz(folder / "big_vision_gap.npz", {"params/" + name: value for name, value in weights.items()}, True)

    # Some elements in the order of Fortran and in double; an array in chunks.
    weights = flax_weights(13)
    expected["scenic.msgpack"] = flax_logits(weights)
    names = {"positions": "Transformer/posembed_input/pos_embedding", "head/": "output_projection/"}
    target = nested(renamed(weights, names))
    kernel = weights["embedding/kernel"]
    chunks = [kernel.reshape(-1)[i : i + 200] for i in range(0, kernel.size, 200)]
    target["embedding"]["kernel"] = {"__msgpack_chunked_array__": True, "shape": {str(i): n for i, n in enumerate(kernel.shape)},
                                     "chunks": {str(i): chunk for i, chunk in enumerate(chunks)}}
    target["cls"] = target["cls"].astype(np.float64)
    (folder / "scenic.msgpack").write_bytes(pack({"optimizer": {"target": target, "state": {"step": np.int32(5)}}, "global_step": 5}))


torch_families()
flax_families()
safetensors(folder / "expected.safetensors", expected, {})
total = sum(path.stat().st_size for path in folder.iterdir())
print(f"{total} bytes in {folder}")
for name, value in expected.items():
    print(name, value.shape, float(np.abs(value).max()))
