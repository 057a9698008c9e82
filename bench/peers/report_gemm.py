"""Tables of gemm/run.sh -> adatape beside the best other library at each shape: report_gemm.py FILE [--json FILE]. GFLOP/s, 95th percentile (median) of the samples."""
import argparse
import json
import pathlib
import re


def read_rates(path):
    """One entry a shape and number of threads, with the rates of every library that computes in float."""
    threads, names = None, None
    for line in open(path):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if found := re.match(r"== threads=(\d+)", line):
            threads = int(found[1])
        elif cells[0] == "shape":
            names = cells[2:]
        elif names and len(cells) == len(names) + 2 and cells[1][0].isdigit():
            rates = {name: re.match(r"([\d.]+) \(([\d.]+)\)", cell) for name, cell in zip(names, cells[2:]) if "u8s8" not in name}
            m, k, n = map(int, cells[1].split(","))
            yield {"shape": cells[0], "m": m, "k": k, "n": n, "threads": threads,
                   "rates": {name: {"p95": float(rate[1]), "median": float(rate[2])} for name, rate in rates.items() if rate}}


def best(rates, ours):
    """The fastest library by median, of ours or of the others."""
    return max((name for name in rates if name.startswith("adatape") == ours), key=lambda name: rates[name]["median"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tables")
    parser.add_argument("--json")
    options = parser.parse_args()
    rows = list(read_rates(options.tables))
    print("| M, K, N | threads | adatape | best peer | peer | ratio p95 (median) |\n|---|---|---|---|---|---|")
    for row in rows:
        rates = row["rates"]
        own, peer = best(rates, True), best(rates, False)
        row |= {"adatape": own, "peer": peer, "ratio": rates[own]["median"] / rates[peer]["median"]}
        cells = [f"{rates[name]['p95']:.0f} ({rates[name]['median']:.0f})" for name in (own, peer)]
        print(f"| {row['m']}, {row['k']}, {row['n']} | {row['threads']} | {cells[0]} | {cells[1]} | {peer} |"
              f" {rates[own]['p95'] / rates[peer]['p95']:.2f} ({row['ratio']:.2f}) |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")


main()
