"""Runs bench_halting, and keeps what the tables need."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import machine

KEYS = ("bank", "batch", "tau", "learned", "early")
MIN_TIME = "--benchmark_min_time=0.02"
LONG = "forward.*/batch:64/"


def rounded(value):
    return float(f"{value:.4g}")


def parse(benchmarks):
    """{("read_tape", T, bank, batch, tau, learned, early) or ("forward", bank type, batch, tokens): us a sample}, and the counters of the reads"""
    times, counters = {}, {}
    for one in benchmarks:
        if one.get("error_occurred"):
            raise SystemExit(f"bench/halting: {one['name']}: {one['error_message']}")
        family, argument, rest = re.match(r"(\w+)<(?:tape::BankType::)?(\w+)>(.*)", one["name"]).groups()
        numbers = {name: int(value) for name, value in re.findall(r"(\w+):(\d+)", rest)}
        if family == "read_tape":
            key = (family, int(argument), *(numbers[name] for name in KEYS))
            times[key] = one["us/sample"]
            counters[key] = {"k": int(one["k"]), "tape": int(one["tape"])}
        else:
            for name, us in one.items():
                if tokens := re.fullmatch(r"read_(\d+)", name):
                    times[family, argument, numbers["batch"], int(tokens[1])] = us
    return times, counters


def run(program, chosen):
    """The JSON that bench_halting with one thread writes of the benchmarks that the regular expression chooses."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "out.json"
        command = [program, MIN_TIME, f"--benchmark_filter={chosen}", f"--benchmark_out={path}", "--benchmark_out_format=json"]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"})
        if done.returncode:
            raise SystemExit(f"bench/halting: {program} ended with {done.returncode}")
        return json.loads(path.read_text())


def measure(program, rounds, path):
    """Writes the record: for every measurement the medians of all rounds, in us a sample. A round is one run of the program. The long passes run once, behind
    the first round. The file is written after every round, so that an interrupt leaves what was measured."""
    times, all_counters, loads = {}, {}, []
    for number in range(rounds):
        for chosen in ([f"-{LONG}", LONG] if number == 0 else [f"-{LONG}"]):
            print(f"round {number + 1} of {rounds}: {chosen}", flush=True)
            result = run(program, chosen)
            found, counters = parse(result["benchmarks"])
            loads.append(round(os.getloadavg()[1], 1))
            for key, us in found.items():
                times.setdefault(key, []).append(rounded(us))
            all_counters.update(counters)
            write(record_of(times, all_counters, result["context"], loads, number + 1), path)


def record_of(times, counters, context, loads, rounds):
    reads = [dict(zip(("T", *KEYS), key[1:])) | counters[key] | {"us": values} for key, values in times.items() if key[0] == "read_tape"]
    passes = [dict(zip(("bank", "batch", "read"), key[1:])) | {"us": values} for key, values in times.items() if key[0] == "forward"]
    return {
        "command": f"OMP_NUM_THREADS=1 bench_halting {MIN_TIME}",
        "date": time.strftime("%Y-%m-%d"),
        "version": context["adatape_version"],
        "seeds": context["seeds"],
        "processor": machine.processor(),
        "cores": machine.cores(),
        "instruction_set": f"-march=native, batches of {context['floats_in_a_batch']} floats",
        "load_of_the_machine": loads,
        "rounds": rounds,
        "unit": "us: microseconds of CPU time a sample, the median of each round",
        "reads": reads,
        "passes": passes,
    }


def write(record, path):
    """One line for every measurement."""
    head = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in record.items() if name not in ("reads", "passes")]
    lists = [f" {json.dumps(name)}: [\n" + ",\n".join(f"  {json.dumps(one)}" for one in record[name]) + "\n ]" for name in ("reads", "passes")]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{\n" + ",\n".join(head + lists) + "\n}\n")
