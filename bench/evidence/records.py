"""The records of docs/results, summarised over seeds."""
import json
import math
import os
import pathlib
import re
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDS = ROOT / "docs" / "results"
SEEDS = (0, 1, 2)
STUDIES = json.loads((pathlib.Path(__file__).parent / "studies.json").read_text())


def load(study, run):
    """The records of one run, in order of the seed."""
    name = re.compile(rf"{re.escape(study)}-{re.escape(run['name'])}-(\d+)")
    records = {int(found[1]): path for path in RECORDS.glob("*.json") if (found := name.fullmatch(path.stem))}
    return [json.loads(records[seed].read_text()) for seed in sorted(records)]


def write_whole(path, text):
    """Writes a file so that it appears whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)


def accuracy(result):
    return 100 * result["correct"] / result["samples"]


def spread(values):
    """(mean, standard deviation over seeds)"""
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def point(records):
    """(MACs in million, mean accuracy, deviation) of the last tests of a run's records."""
    last = [record["results"][0] for record in records]
    return (statistics.mean(result["mean_macs"] / 1e6 for result in last), *spread([accuracy(result) for result in last]))


def line(points):
    """Of these points in order of MACs, those that are more accurate than every other one that costs no more."""
    best = []
    for candidate in sorted(points, key=lambda each: (each[0], -each[1])):
        if not best or candidate[1] > best[-1][1]:
            best.append(candidate)
    return best


def margin(mine, points):
    """How far `mine` lies above the line of the points, and the deviation of this difference. The line is straight over the logarithm of MACs between its points,
    and level before the first and behind the last."""
    best = line(points)
    before = [other for other in best if other[0] <= mine[0]] or best[:1]
    behind = [other for other in best if other[0] >= mine[0]] or best[-1:]
    low, high = before[-1], behind[0]
    share = math.log(mine[0] / low[0]) / math.log(high[0] / low[0]) if low[0] < mine[0] < high[0] else 0.0 if mine[0] <= low[0] else 1.0
    return mine[1] - (low[1] + share * (high[1] - low[1])), math.hypot(mine[2], max(low[2], high[2]))


def cheapest_equal(mine, points):
    """Of the points of the line that are as accurate as `mine`, or less so by at most two deviations of the difference, the one of fewest MACs; None where there
    is none. A point beside the line has a more accurate one that costs no more; only a large deviation of its own could make it equal."""
    return min((other for other in line(points) if other[1] >= mine[1] - 2 * math.hypot(mine[2], other[2])), default=None)


def curve(records, key):
    """Points (MACs in million, mean accuracy, deviation) of the sweep over `key`, tau or exact_tape_tokens, in order of MACs."""
    points = {}
    for record in records:
        for result in record["results"][1:]:
            if (key == "exact_tape_tokens") == (result["exact_tape_tokens"] > 0):
                points.setdefault(result[key], []).append((result["mean_macs"] / 1e6, accuracy(result)))
    return sorted((statistics.mean(macs for macs, _ in values), *spread([percent for _, percent in values])) for values in points.values())
