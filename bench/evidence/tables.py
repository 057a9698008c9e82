#!/usr/bin/env python3
"""tables.py [--check]: writes the tables of docs/results.md and README.md from the records in docs/results. A table stands between the lines
`<!-- evidence: STUDY -->` and `<!-- end of evidence -->`. --check changes nothing and fails if a page has other numbers than the records.
"""
import pathlib
import sys

from records import STUDIES, accuracy, load, spread

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import pages

PAGES = ("docs/results.md", "README.md")


def row(study, run):
    records = load(study, run)
    if not records:
        sys.exit(f"tables.py: docs/results has no record of {study}-{run['name']}")
    last = [record["results"][0] for record in records]
    percent, deviation = spread([accuracy(result) for result in last])
    macs, _ = spread([result["mean_macs"] / 1e6 for result in last])
    length, _ = spread([result["mean_length"] for result in last])
    correlations = [result["correlation"] for result in last]
    reads = any(correlations)
    correlation = f"{min(correlations):.2f} to {max(correlations):.2f}" if reads else "-"
    return f"| {run['title']} | {records[0]['parameters']} | {macs:.2f} | {percent:.2f} ± {deviation:.2f} % | {f'{length:.1f}' if length else '-'} | {correlation} |"


def table(study):
    head = ["| model | parameters | million MACs | accuracy | mean length | length and difficulty (Spearman) |", "|---|---|---|---|---|---|"]
    return "\n".join(head + [row(study, run) for run in STUDIES[study]["runs"]]) + "\n"


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    return pages.update("tables.py", "evidence", PAGES, STUDIES, table, check=bool(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
