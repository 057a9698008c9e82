#!/usr/bin/python3
"""check_torchvision.py IMPORT_LOGITS: torchvision's vit_b_16 with random weights against the same weights imported: the largest difference of the logits of
four images, beside that of torchvision in float and in double. Not part of the tests. Build IMPORT_LOGITS by `cmake --build --preset release --target import_logits`.
Needs python3-torch, python3-torchvision and python3-numpy."""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision

import torch_models

sys.dont_write_bytecode = True
model = torch_models.randomise(torchvision.models.vit_b_16(weights=None), 1)
images = torch.randn(4, 3, 224, 224, generator=torch.Generator().manual_seed(2))
state = {name: value.float() for name, value in model.state_dict().items()}
with torch.no_grad():
    exact = model(images.double()).numpy()
    single = model.float()(images).numpy()
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    torch.save(state, folder / "zip.pth")
    torch.save(state, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    values = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
    header = json.dumps({"images": {"dtype": "F32", "shape": values.shape, "data_offsets": [0, values.nbytes]}}).encode()
    (folder / "in").write_bytes(struct.pack("<Q", len(header)) + header + values.tobytes())
    print(f"logits from {exact.min():.2f} to {exact.max():.2f}")
    print(f"torchvision in float: largest difference to torchvision in double {np.abs(single - exact).max():.2e}")
    for form in ("zip", "legacy"):
        subprocess.run([sys.argv[1], folder / (form + ".pth"), folder / "in", folder / "out"], check=True)
        out = (folder / "out").read_bytes()
        logits = np.frombuffer(out[-exact.size * 4 :], np.float32).reshape(exact.shape)
        print(f"imported from the {form} form: largest difference to torchvision in double {np.abs(logits - exact).max():.2e}, to float {np.abs(logits - single).max():.2e}")
        assert np.abs(logits - exact).max() < 1e-4
