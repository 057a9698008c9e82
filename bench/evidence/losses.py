#!/usr/bin/env python3
"""losses.py BENCH_LOSSES: runs that program on Fashion-MNIST, and keeps what it says in docs/results/losses.json. About a quarter of an hour on one core."""
import json
import pathlib
import re
import shlex
import subprocess
import sys

from records import RECORDS, write_whole

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from report.table import table

RECORD = RECORDS / "losses.json"
LOSSES = ("softmax", "sigmoid", "sigmoid with that bias")
NUMBERS = r" +([\d. ]+?)"
LINE = re.compile(r"(.+), (\d+) classes, rate ([\d.]+), (\d+) steps of 128:" + "".join(f" +{loss}{NUMBERS}" for loss in LOSSES))


def parse(line):
    task, classes, rate, steps, *found = LINE.fullmatch(line).groups()
    percent = {loss: list(map(float, numbers.split())) for loss, numbers in zip(LOSSES, found)}
    return {"task": task, "classes": int(classes), "rate": float(rate), "steps": int(steps), "percent": percent}


def losses_table():
    def row(run):
        percents = (", ".join(f"{value:.1f}" for value in run["percent"][loss]) for loss in LOSSES)
        return [run["task"], run["classes"], f"{run['rate']:g}", run["steps"], *percents]

    runs = json.loads(RECORD.read_text())["runs"]
    return table(["task", "classes", "rate", "steps of 128", "softmax", "sigmoid, bias 0", "sigmoid with that bias"], map(row, runs))


def main(program):
    command = ["bench_losses", "/usr/share/datasets/fashion-mnist"]
    done = subprocess.run([program, command[1]], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"losses.py: {program} ended with {done.returncode}")
    version, *lines = done.stdout.splitlines()
    record = {"command": shlex.join(command), "version": version.split()[1], "seeds": [0, 1, 2], "runs": list(map(parse, lines))}
    write_whole(RECORD, json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: losses.py BENCH_LOSSES", file=sys.stderr)
        sys.exit(2)
    main(sys.argv[1])
