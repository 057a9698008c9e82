#!/usr/bin/env python3
"""configuration.py CHECKPOINT INCLUDE WORK COMPILER: adatape_compile.py says in C++ what a checkpoint's configuration says: compiled, it describes itself with the same
keys and values. So does a configuration with every setting that a description may leave out. What it does not know is refused with a line."""
import json
import pathlib
import subprocess
import sys

import adatape_compile

checkpoint, include, work, compiler = sys.argv[1:]
work = pathlib.Path(work)
trained = adatape_compile.configuration(checkpoint)
ENDS = {**trained, "layer_norm_epsilon": 1e-12, "qkv_bias": False, "layer_scale": 1e-4, "class_token": True, "registers": 2, "positions": "sincos2d", "fc_norm": True,
        "representation_size": 10, "classifier": "gap_without_prefix", "gelu": "erf", "image_reduction": 2}
LEARNED = {**{key: value for key, value in trained.items() if key != "patch_bank_size"}, "bank_type": "learn", "tape_bank_size": 20, "dynamic": None,
           "query_type": "gap", "add_tape_token_to_layers": [0, 1]}
STEPS = {key: trained[key] for key in ("image", "patch_size", "hidden_size", "num_heads", "mlp_dim", "num_classes", "classifier", "gelu")}
STEPS.update({"model": "act", "act_max_steps": 3, "act_epsilon": 0.05, "act_type": "accumulated", "act_level": "per_token", "share_parameters": False})
configurations = [trained, ENDS, LEARNED, STEPS]
failures = []

bodies = [adatape_compile.header(config).split("using namespace adatape;\n")[1].replace("struct Model", f"struct Model{i}") for i, config in enumerate(configurations)]
describes = "\n".join(f"std::puts(model::describe<Model{i}>().c_str());" for i in range(len(configurations)))
source = work / "describe.cpp"
source.write_text("#include <cstdio>\n#include \"adatape/adatape.hpp\"\nusing namespace adatape;\n" + "\n".join(bodies) + "\nint main() {\n" + describes + "\n}\n")
subprocess.run([compiler, "-std=c++20", "-O0", "-w", "-I", include, "-I", "/usr/include/eigen3", source, "-o", work / "describe"], check=True)
said = subprocess.run([work / "describe"], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
for config, line in zip(configurations, said, strict=True):
    wanted = {key: value for key, value in config.items() if key != "loss"}
    if json.loads(line) != wanted:
        failures.append(f"wanted {wanted}, found {line}")

for change, text in (({"model": "parity"}, "wanted a model for pictures"), ({"model": "vit with gates"}, "wanted a model for pictures"), ({"gelu": "a; b"}, "gelu: wanted a value"),
                     ({"patch_size": "4"}, "patch_size: wanted a value"), ({"a b": 1}, "no name of a setting"), ({"image": [28, 28, "1"]}, "image: wanted a value")):
    try:
        adatape_compile.header({**trained, **change})
        failures.append(f"{change} is not refused")
    except adatape_compile.Error as error:
        if text not in str(error):
            failures.append(f"{change}: wanted '{text}', found '{error}'")
for path in ("no/such/file", __file__, "/dev/null"):
    try:
        adatape_compile.configuration(path)
        failures.append(f"{path} is not refused")
    except adatape_compile.Error as error:
        if path not in str(error):
            failures.append(f"{path}: {error}")
for failure in failures:
    print("FAILED:", failure)
sys.exit(bool(failures))
