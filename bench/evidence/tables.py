#!/usr/bin/env python3
"""tables.py [--check]: writes the tables of docs/results.md and README.md from the records in docs/results. A table stands between the lines
`<!-- evidence: STUDY -->` and `<!-- end of evidence -->`. --check changes nothing and fails if a page has other numbers than the records.
"""
import re
import sys

from records import ROOT, STUDIES, accuracy, load, spread

PAGES = ("docs/results.md", "README.md")
BLOCK = re.compile(r"(<!-- evidence: ([a-z0-9-]+) -->\n)(.*?)(<!-- end of evidence -->)", re.S)


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
    wrong = []
    for page in PAGES:
        path = ROOT / page
        old = path.read_text()
        new = BLOCK.sub(lambda block: block[1] + "\n" + table(block[2]) + "\n" + block[4], old)
        if new != old and arguments:
            wrong.append(page)
        elif new != old:
            path.write_text(new)
    if wrong:
        print(f"tables.py: {' and '.join(wrong)}: a table has other numbers than the records in docs/results", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
