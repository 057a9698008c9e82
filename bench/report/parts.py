"""The parts of what cmake/bench.sh measures. Each is distilled from the files that it leaves into docs/results/speed/PART.json: {command, date, version,
processor, cores, rows}. The tables are made from these records."""
import json
import time

import machine
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


# The file that shows whether the part was measured, how it is read, and the command.
PARTS = {
    "products": ("gemm.txt", lambda path: list(read_rates(path)), "bench/peers/gemm/run.sh"),
    "models": ("models.txt", lambda path: list(compare(path)), "bench/peers/run_models.sh"),
    "narrow_products": ("narrow_products.txt", lambda path: list(read_narrow(path)), "NARROW=1 bench/peers/gemm/run.sh"),
    "narrow_models": ("narrow_models.txt", lambda path: list(compare_narrow(path)), "NARROW=1 bench/peers/run_models.sh"),
    **{name: (f"{name}-1.json", counters, f"OMP_NUM_THREADS=1 bench_{name}") for name in ("gemm", "model", "stored", "tape_lengths", "training")},
    "compile": ("compile.json", whole, "bench/compile/measure.py"),
    "pictures": ("images-pillow-0.json", read_rounds, "bench/peers/pillow/compare.py"),
}


def distil(folder):
    """Writes the record of every part that the folder holds; their names."""
    found = {name: (folder / file, read, command) for name, (file, read, command) in PARTS.items() if (folder / file).exists()}
    RECORDS.mkdir(parents=True, exist_ok=True)
    for name, (path, read, command) in found.items():
        try:
            rows = read(path)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SystemExit(f"bench/report: {path}: wanted what cmake/bench.sh leaves, found something else ({error!r})")
        record = {"command": command, "date": time.strftime("%Y-%m-%d", time.gmtime(path.stat().st_mtime)), "version": machine.version(),
                  "processor": machine.processor(), "cores": machine.cores()}
        head = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items()]
        lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
        (RECORDS / f"{name}.json").write_text("{\n" + ",\n".join([*head, f' "rows": [\n{lines}\n ]']) + "\n}\n")
    return list(found)


def load():
    """{part: record} of those that are recorded."""
    return {name: json.loads(path.read_text()) for name in PARTS if (path := RECORDS / f"{name}.json").exists()}
