"""Rows of run_models.sh -> a table: report.py FILE [--json FILE].

Median over rounds of each round's median, ratio to the best other peer (median of the rounds' ratios, best of all).
"""
import argparse
import json
import pathlib
import re
import statistics


def read_runs(path):
    """(mode, size, batch, threads) -> name -> [(median ms, best ms, MiB) of every round]"""
    runs = {}
    for line in open(path):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 13 or cells[1] not in ("infer", "train"):
            continue
        median = float(re.match(r"([\d.]+) ", cells[8])[1])
        key = (cells[1], cells[2], int(cells[3]), int(cells[4]))
        runs.setdefault(key, {}).setdefault(cells[5], []).append((median, float(cells[7]), float(cells[12])))
    return runs


def summary(runs):
    return {"ms": statistics.median(run[0] for run in runs), "best_ms": min(run[1] for run in runs), "MiB": max(run[2] for run in runs)}


def compare(runs):
    """One entry for every way that adatape was run; those without a peer have none of its members."""
    for (mode, size, batch, threads), peers in sorted(runs.items(), key=lambda item: (item[0][0], item[0][3], item[0][1], item[0][2])):
        others = {name: runs for name, runs in peers.items() if not name.startswith("adatape")}
        best = min(others, key=lambda name: statistics.median(run[0] for run in others[name])) if others else None
        for name in sorted(name for name in peers if name.startswith("adatape")):
            row = {"work": f"{mode} {size}{name[7:]}", "batch": batch, "threads": threads, "adatape": summary(peers[name])}
            if best:
                ratios = [other[0] / own[0] for own, other in zip(peers[name], others[best])]
                row |= {"peer": best, "best_peer": summary(others[best]), "speed_up": statistics.median(ratios), "best_speed_up": max(ratios)}
            yield row


def table_row(row):
    def times(one):
        return f"{one['ms']:.2f} ({one['best_ms']:.2f})"

    start, own = f"| {row['work']} | {row['batch']} | {row['threads']} | {times(row['adatape'])} |", f"{row['adatape']['MiB']:.0f}"
    if "peer" not in row:
        return f"{start} - | - | - | {own} | - |"
    return f"{start} {times(row['best_peer'])} | {row['peer']} | {row['speed_up']:.2f} ({row['best_speed_up']:.2f}) | {own} | {row['best_peer']['MiB']:.0f} |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rows")
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = list(compare(read_runs(options.rows)))
    print("| work | batch | threads | adatape ms (best) | best peer ms (best) | peer | speed-up median (best round) | MiB | peer MiB |\n|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        print(table_row(row))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")


main()
