#!/usr/bin/env python3
"""tables.py [--check]: writes the tables of the pages from the records in docs/results. A table stands between the lines `<!-- evidence: NAME -->` and
`<!-- end of evidence -->`. NAME is a study, one of OTHERS, or the name of a model with a card. docs/results.md and docs/fewshot.md have one of every study with
records and of OTHERS. --check changes nothing and fails if a page has other numbers than the records.
"""
import json
import pathlib
import sys

import image_tables
from losses import losses_table
from records import RECORDS, SEEDS, STUDIES, cheapest_equal, load, margin, point, spread

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import pages


def records_of(study, run):
    records = load(study, run)
    if not records:
        sys.exit(f"tables.py: docs/results has no record of {study}-{run['name']}")
    return records


def row(run, records):
    last = [record["results"][0] for record in records]
    macs, percent, deviation = point(records)
    length, _ = spread([result["mean_length"] for result in last])
    correlations = [result["correlation"] for result in last]
    correlation = f"{min(correlations):.2f} to {max(correlations):.2f}" if any(correlations) else "-"
    milliseconds, _ = spread([1000 * result["seconds"] / result["samples"] for result in last])
    seeds = "" if len(records) >= len(SEEDS) else f" ({len(records)} seed{'s' if len(records) > 1 else ''})"
    deviations = f" ± {deviation:.2f}" if len(records) > 1 else ""
    return (f"| {run['title']}{seeds} | {records[0]['parameters']} | {macs:.2f} | {milliseconds:.2f} | {percent:.2f}{deviations} % | "
            f"{f'{length:.1f}' if length else '-'} | {correlation} |")


def verdict(run, points_of):
    """Where a model that adapts its length lies, seen from the lines of the others; empty where there are no others. points_of[kind]: the points of a kind."""
    mine = points_of["adaptive"][run["name"]]
    said = []
    for kind, name in (("plain", "the models that read no bank of their input"), ("fixed", "a fixed number of tape tokens")):
        others = points_of[kind].values()
        if others:
            points, deviation = margin(mine, others)
            equal = cheapest_equal(mine, others)
            cost = f"the cheapest as accurate costs {equal[0] / mine[0]:.2g} times as much" if equal else "none of them is as accurate"
            said.append(f"{abs(points):.1f} points {'above' if points > 0 else 'below'} the line of {name} ({abs(points) / max(deviation, 0.005):.1f} deviations), {cost}")
    return f"- *{run['title']}:* {'; '.join(said)}." if said else ""


def tasks_table(runs, records):
    head = ["| model | parameters | million MACs | ms a sample | accuracy | mean length | length and difficulty (Spearman) |", "|---|---|---|---|---|---|---|"]
    points_of = {kind: {run["name"]: point(records[run["name"]]) for run in runs if run["kind"] == kind} for kind in ("adaptive", "plain", "fixed")}
    verdicts = [said for run in runs if run["kind"] == "adaptive" and (said := verdict(run, points_of))]
    return "\n".join(head + [row(run, records[run["name"]]) for run in runs] + ([""] + verdicts if verdicts else [])) + "\n"


def image_runs(study, model=None):
    """Pairs of a run of the study and its records; of a model alone where one is given."""
    pairs = [(run, records_of(study, run)) for run in STUDIES[study]["runs"]]
    return [(run, records) for run, records in pairs if model in (None, records[0]["model"])]


def fewshot():
    return image_tables.fewshot_table(image_runs("fewshot"), json.loads((RECORDS / "fewshot-pixels.json").read_text())["fewshot"])


def card(model):
    return image_tables.runs_table(image_runs("fashion", model) + image_runs("fewshot", model))


OTHERS = {
    "fashion-epochs": lambda: image_tables.epochs_table(image_runs("fashion")),
    "fashion-thresholds": lambda: image_tables.thresholds_table(image_runs("fashion")),
    "fewshot": fewshot,
    "losses": losses_table,
    "products": lambda: image_tables.products_table(load("fewshot", {"name": "adatape"}), load("products", {"name": "bf16"})),
    "storages": lambda: image_tables.storages_table([pair for study in ("fashion", "mnist") for pair in image_runs(study) if "storages" in pair[0]]),
}
CARDS = ("adatape-fashion", "vit-fashion-equal", "adatape-fashion-wide")


def table(name):
    if name in OTHERS:
        return OTHERS[name]()
    if name in CARDS:
        return card(name)
    if STUDIES[name]["program"] == "adatape-train":
        return image_tables.runs_table(image_runs(name))
    runs = STUDIES[name]["runs"]
    return tasks_table(runs, {run["name"]: records_of(name, run) for run in runs})


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(f"tables.py: wanted --check or nothing, found {' '.join(arguments)}", file=sys.stderr)
        return 2
    recorded = [study for study, described in STUDIES.items() if any(load(study, run) for run in described["runs"])]
    codes = [pages.update("tables.py", "evidence", ("docs/results.md", "docs/fewshot.md"), [*recorded, *OTHERS], table, check=bool(arguments), all_placed=True),
             pages.update("tables.py", "evidence", ("README.md", "docs/model-cards.md"), [*STUDIES, *OTHERS, *CARDS], table, check=bool(arguments))]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
