"""The records of docs/results, summarised over seeds."""
import json
import pathlib
import statistics

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDS = ROOT / "docs" / "results"
STUDIES = json.loads((pathlib.Path(__file__).parent / "studies.json").read_text())


def load(study, run):
    """The records of one run, in order of the seed."""
    records = sorted(RECORDS.glob(f"{study}-{run['name']}-[0-9]*.json"), key=lambda path: int(path.stem.rsplit("-", 1)[1]))
    return [json.loads(path.read_text()) for path in records]


def accuracy(result):
    return 100 * result["correct"] / result["samples"]


def spread(values):
    """(mean, standard deviation over seeds)"""
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def curve(records, key):
    """Points (MACs in million, mean accuracy, deviation) of the sweep over `key`, tau or exact_tape_tokens, in order of MACs."""
    points = {}
    for record in records:
        for result in record["results"][1:]:
            if (key == "exact_tape_tokens") == (result["exact_tape_tokens"] > 0):
                points.setdefault(result[key], []).append((result["mean_macs"] / 1e6, accuracy(result)))
    return sorted((statistics.mean(macs for macs, _ in values), *spread([percent for _, percent in values])) for values in points.values())
