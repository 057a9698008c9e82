"""Rows of run_models.sh -> a table: median over rounds of each round's median, ratio to the best other peer (median of the rounds' ratios, best of all)."""
import re
import statistics
import sys

rows = {}
for line in open(sys.argv[1]):
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) < 13 or cells[1] not in ("infer", "train"):
        continue
    median = float(re.match(r"([\d.]+) ", cells[8])[1])
    rows.setdefault((cells[1], cells[2], int(cells[3]), int(cells[4])), {}).setdefault(cells[5], []).append((median, float(cells[7]), float(cells[12])))

print("| work | batch | threads | adatape ms (best) | best peer ms (best) | peer | speed-up median (best round) | MiB | peer MiB |\n|---|---|---|---|---|---|---|---|---|")
for (mode, size, batch, threads), peers in sorted(rows.items(), key=lambda item: (item[0][0], item[0][3], item[0][1], item[0][2])):
    others = {name: runs for name, runs in peers.items() if not name.startswith("adatape")}
    best = min(others, key=lambda name: statistics.median(run[0] for run in others[name])) if others else None
    for name in sorted(name for name in peers if name.startswith("adatape")):
        mine = peers[name]
        text = f"| {mode} {size}{name[7:]} | {batch} | {threads} | {statistics.median(r[0] for r in mine):.2f} ({min(r[1] for r in mine):.2f}) |"
        if best:
            ratios = [other[0] / own[0] for own, other in zip(mine, others[best])]
            text += (f" {statistics.median(r[0] for r in others[best]):.2f} ({min(r[1] for r in others[best]):.2f}) | {best} |"
                     f" {statistics.median(ratios):.2f} ({max(ratios):.2f}) | {max(r[2] for r in mine):.0f} | {max(r[2] for r in others[best]):.0f} |")
        else:
            text += f" - | - | - | {max(r[2] for r in mine):.0f} | - |"
        print(text)
