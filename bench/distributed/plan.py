#!/usr/bin/env python3
"""plan.py [--machines N] [--cores N]: a cost model, fitted to the records of bench/distributed/run.sh in docs/results/speed, and what it says of a cluster.
Nothing that it prints about the cluster was measured.

A process that sends b bits in a step needs b / (efficiency * rate) for it. The efficiency follows from the steps without overlap of two processes over a link.
Computing takes the seconds a sample of one core."""
import argparse
import dataclasses
import json
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench" / "report"))
from table import table

BYTES = 4  # of a float
SIZES = {"ViT S/16": (384, 1536), "ViT B/16": (768, 3072)}  # width, MLP
BATCHES, RATES = (1024, 4096), (1, 10, 25, 100)  # of ImageNet; Gbit/s
MISSING = "Not measured yet (ViT S/16 in one process, and any model in two over a link).\n"
BACKWARD = 2 / 3  # of the time of computing


def parameters(width, mlp, blocks=12, tokens=196, inputs=768, classes=1000):
    block = 4 * width * width + 2 * width * mlp + 9 * width + mlp
    return inputs * width + width + tokens * width + blocks * block + 2 * width + width * classes + classes


def macs(width, mlp, blocks=12, tokens=196, inputs=768, classes=1000):
    return tokens * inputs * width + blocks * (tokens * (4 * width * width + 2 * width * mlp) + 2 * tokens * tokens * width) + width * classes


def bits(values, processes, blocks=1):
    """Of a process: gradients of each block, and parameters."""
    return 8 * BYTES * values * (1 - 1 / processes) * (blocks + 1)


def rate_of(link):
    """Bits a second of a rate as tc writes it."""
    units = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}
    return float(link[:-4]) * units[link[-4:]]


@dataclasses.dataclass
class Costs:
    efficiency: float  # share of a link's rate
    sample: float  # seconds of a core for a training step of one sample of S/16
    deviation: float  # largest relative one of the fit

    def transfer(self, values, processes, rate):
        return bits(values, processes) / (self.efficiency * rate)


def fit(here, linked):
    """The mean over the runs of two processes over a link of what a bit takes, over what it takes at the rate of the link. The process that waits less in the
    exchange waits for transfers only. All messages have the size of a chunk, so what a message costs is a part of what its bits cost."""
    points = [(bits(row["parameters"], 2) / rate_of(row["link"]), min(row["runs"]["adatape, no overlap"]["exchange_ms"]) / 1000)
              for row in linked if row["processes"] == 2 and "adatape, no overlap" in row["runs"]]
    slower = max(1, statistics.mean(time / least for least, time in points))  # no link carries more than its rate
    sample = statistics.median(row["runs"]["adatape"]["ms"] / row["batch"] / 1000 for row in here if row["model"] == "vit-s16" and row["processes"] == 1)
    return Costs(1 / slower, sample, max(abs(slower * least / time - 1) for least, time in points))


def can_fit(here, linked):
    return (any(row["model"] == "vit-s16" and row["processes"] == 1 for row in here) and
            any(row["processes"] == 2 and "adatape, no overlap" in row["runs"] for row in linked))


def fit_table(here, linked):
    if not can_fit(here, linked):
        return MISSING
    costs = fit(here, linked)
    return table(["what", "figure"], [
        ["share of the link's rate that transfers reach", f"{costs.efficiency:.0%}"],
        ["largest deviation of a measured time", f"{costs.deviation:.0%}"],
        ["a training step of one image of S/16 on one core", f"{1000 * costs.sample:.0f} ms"],
    ])


def rows_of(costs, machines, cores):
    for name, size in SIZES.items():
        values, sample = parameters(*size), costs.sample * macs(*size) / macs(*SIZES["ViT S/16"])
        for batch in BATCHES:
            computing = batch / machines * sample / cores
            for rate in RATES:
                transfer = costs.transfer(values, machines, rate * 1e9)
                gradients = transfer / 2  # as many values as the parameters, which wait for the update
                overlapped = transfer - min(gradients, BACKWARD * computing)
                # With a process on each core, all send their gradients from machine to machine; the ring of the parameters enters each machine once.
                flat = transfer + (cores - 1) * bits(values, machines) / 2 / (costs.efficiency * rate * 1e9)
                yield [name, batch, f"{rate} Gbit/s", f"{bits(values, machines) / 8e6:.0f}", f"{1000 * computing:.0f}", f"{1000 * transfer:.0f}",
                       f"{computing / (computing + transfer):.0%}", f"{computing / (computing + overlapped):.0%}", f"{computing / (computing + flat):.0%}"]


def plan_table(here, linked, machines=64, cores=32):
    if not can_fit(here, linked):
        return MISSING
    header = ["model", "batch", "link", "MB sent a machine", "computing, ms", "transfers, ms", "efficiency without overlap", "with overlap",
              "one process a core, without overlap"]
    return table(header, rows_of(fit(here, linked), machines, cores))


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=64)
    parser.add_argument("--cores", type=int, default=32)
    options = parser.parse_args()
    if options.machines < 2 or options.cores < 1:
        parser.error("wanted at least two machines with at least one core")
    try:
        here, linked = (json.loads((ROOT / "docs" / "results" / "speed" / f"{name}.json").read_text())["rows"] for name in ("distributed", "distributed_link"))
    except OSError as error:
        raise SystemExit(f"plan.py: wanted the records of cmake/bench.sh, found none ({error})")
    print(fit_table(here, linked))
    print(plan_table(here, linked, options.machines, options.cores))


if __name__ == "__main__":
    main()
