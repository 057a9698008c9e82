"""The parts of what cmake/bench.sh measures. Each is distilled from the files that it leaves into docs/results/speed/PART.json: {command, seeds, date, version,
compiler, processor, cores, rows}. The tables are made from these records."""
import json
import time

import machine
from distributed import read_processes
from onnx_files import read_onnx
from peers import compare, compare_narrow
from pictures import read_rounds
from products import read_narrow, read_rates

RECORDS = machine.ROOT / "docs" / "results" / "speed"
# What Google Benchmark says beside the counters.
PLUMBING = {"family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index", "threads", "iterations", "real_time",
            "cpu_time", "time_unit"}


def counters(path):
    return [{name: value for name, value in one.items() if name not in PLUMBING} for one in json.loads(path.read_text())["benchmarks"]]


def whole(path):
    return json.loads(path.read_text())


# The part's file, how it is read, and the program. Where the folder has PART.command, that is the command; bench.sh writes it.
PARTS = {
    "products": ("products.txt", lambda path: list(read_rates(path)), "bench/peers/gemm/run.sh"),
    "models": ("models.txt", lambda path: list(compare(path)), "bench/peers/run_models.sh"),
    "one_leaf": ("one_leaf.txt", lambda path: list(compare(path)), "VARIANT=one_leaf bench/peers/run_models.sh"),
    "narrow_products": ("narrow_products.txt", lambda path: list(read_narrow(path)), "NARROW=1 bench/peers/gemm/run.sh"),
    "narrow_models": ("narrow_models.txt", lambda path: list(compare_narrow(path)), "NARROW=1 bench/peers/run_models.sh"),
    **{name: (f"{name}.json", counters, f"OMP_NUM_THREADS=1 bench_{program}")
       for name, program in {"gemm": "gemm", "model": "model", "stored": "stored", "tape_lengths": "tape_lengths", "training": "training",
                             "training_bf16": "products", "input_bank": "input_bank", "adamw": "ops", "ridge": "ridge"}.items()},
    "stored_two": ("stored_two.json", counters, "OMP_NUM_THREADS=2 bench_stored"),
    "start": ("start.json", whole, "bench_start"),
    "file_index": ("file_index.json", whole, "bench_file_index"),
    "compile": ("compile.json", whole, "bench/compile/measure.py"),
    "pictures": ("images-pillow-0.json", read_rounds, "bench/peers/pillow/compare.py"),
    "imagenet": ("imagenet.json", whole, "bench/imagenet/run.sh"),
    "onnx": ("onnx.txt", lambda path: list(read_onnx(path)), "bench/onnx/run.sh"),
    "distributed": ("distributed.txt", lambda path: list(read_processes(path)), "bench/distributed/run.sh"),
    "distributed_link": ("distributed_link.txt", lambda path: list(read_processes(path)), "bench/distributed/run.sh --link 1gbit"),
}


# What a processor measured that has no instructions for bf16 stands beside what one measured that has them.
VNNI = "_vnni"
PARTS |= {name + VNNI: (file.replace(name, name + VNNI), read, command) for name, (file, read, command) in PARTS.items()
          if name in ("narrow_products", "narrow_models", "stored", "stored_two")}


# Programs draw weights and inputs from seeds that stand in their sources, but for these.
SEEDS = {"imagenet": "42, of the recipe"}


def command_of(folder, name):
    said = folder / f"{name}.command"
    return said.read_text().strip() if said.exists() else PARTS[name][2]


def distil(folder, chosen):
    """Writes the record of every part that the folder holds and that is chosen; their names."""
    found = {name: (folder / file, read) for name, (file, read, _) in PARTS.items() if name in chosen and (folder / file).exists()}
    RECORDS.mkdir(parents=True, exist_ok=True)
    for name, (path, read) in found.items():
        try:
            rows = read(path)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise SystemExit(f"bench/report: {path}: wanted what cmake/bench.sh leaves, found something else ({error!r})")
        if not rows:
            raise SystemExit(f"bench/report: {path}: wanted what cmake/bench.sh leaves, found no measurement")
        record = {"command": command_of(folder, name), "seeds": SEEDS.get(name, "fixed in the program"),
                  "date": time.strftime("%Y-%m-%d", time.gmtime(path.stat().st_mtime)), "version": machine.version(), "compiler": machine.compiler(),
                  "processor": machine.processor(), "cores": machine.cores()}
        head = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items()]
        lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
        (RECORDS / f"{name}.json").write_text("{\n" + ",\n".join([*head, f' "rows": [\n{lines}\n ]']) + "\n}\n")
    return list(found)


def load():
    """{part: record} of those that are recorded."""
    return {name: json.loads(path.read_text()) for name in PARTS if (path := RECORDS / f"{name}.json").exists()}
