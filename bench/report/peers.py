"""adatape beside PyTorch, ONNX Runtime and oneDNN: the rows of peers/run_models.sh."""
import re
import statistics

from table import table


def read_runs(path):
    """(mode, size, batch, threads) -> name -> [(median ms, best ms, MiB, GFLOP of a pass or step) of every round]"""
    runs = {}
    for line in open(path):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 13 or cells[1] not in ("infer", "train"):
            continue
        median = float(re.match(r"([\d.]+) ", cells[8])[1])
        key = (cells[1], cells[2], int(cells[3]), int(cells[4]))
        runs.setdefault(key, {}).setdefault(cells[5], []).append((median, float(cells[7]), float(cells[12]), float(cells[9])))
    return runs


def summary(runs):
    return {"ms": statistics.median(run[0] for run in runs), "best_ms": min(run[1] for run in runs), "MiB": max(run[2] for run in runs)}


NARROW = (" bf16", " int8")  # how the name of a run ends whose factors are narrow


def compare(path):
    """One entry for every way that adatape was run in fp32. The peer is the one with the best median; speed_up is the median of the rounds' ratios."""
    for (mode, size, batch, threads), found in sorted(read_runs(path).items(), key=lambda item: (item[0][0], item[0][3], item[0][1], item[0][2])):
        peers = {name: runs for name, runs in found.items() if not name.endswith(NARROW)}
        others = {name: runs for name, runs in peers.items() if not name.startswith("adatape")}
        best = min(others, key=lambda name: statistics.median(run[0] for run in others[name])) if others else None
        for name in sorted(name for name in peers if name.startswith("adatape")):
            row = {"mode": mode, "size": size, "recompute": name == "adatape recompute", "one_leaf": name == "adatape one_leaf", "batch": batch, "threads": threads, "rounds": len(peers[name]),
                   "GFLOP": peers[name][0][3], "adatape": summary(peers[name])}
            if best:
                ratios = [other[0] / own[0] for own, other in zip(peers[name], others[best])]
                row |= {"peer": best, "best_peer": summary(others[best]), "speed_up": statistics.median(ratios), "best_speed_up": max(ratios)}
            yield row


def models_table(rows):
    def times(one):
        return f"{one['ms']:.2f} ({one['best_ms']:.2f})"

    def cells(row):
        start = [f"{row['mode']} {row['size']}{', recompute' * row['recompute']}", row["batch"], row["threads"], times(row["adatape"])]
        own = f"{row['adatape']['MiB']:.0f}"
        if "peer" not in row:
            return [*start, "-", "-", "-", own, "-"]
        return [*start, times(row["best_peer"]), row["peer"], f"{row['speed_up']:.2f} ({row['best_speed_up']:.2f})", own, f"{row['best_peer']['MiB']:.0f}"]

    header = ["work", "batch", "threads", "adatape ms (best)", "best peer ms (best)", "peer", "speed-up median (best round)", "MiB", "peer MiB"]
    return table(header, map(cells, rows))


def one_leaf_table(rows):
    """Training steps with one leaf beside those with two, and beside the best peer."""
    two = {(row["size"], row["batch"], row["threads"]): row["adatape"] for row in rows if not row["one_leaf"]}

    def cells(row):
        own, peer, usual = row["adatape"], row["best_peer"], two[row["size"], row["batch"], row["threads"]]
        return [f"train {row['size']}", row["batch"], row["threads"], f"{own['ms']:.1f}", f"{usual['ms']:.1f}", f"{peer['ms']:.1f}", f"{own['MiB']:.0f}",
                f"{usual['MiB']:.0f}", f"{peer['MiB']:.0f}", f"{own['MiB'] / peer['MiB']:.2f}"]

    header = ["work", "batch", "threads", "one leaf, ms", "two leaves, ms", "PyTorch, ms", "one leaf, MiB", "two leaves, MiB", "PyTorch, MiB",
              "memory, one leaf / PyTorch"]
    return table(header, (cells(row) for row in rows if row["one_leaf"] and "peer" in row))


def compare_narrow(path):
    """One entry for every way that adatape was run with narrow factors: of weights in inference, of products in training. Each ratio is a median of the rounds'
    ratios: times of adatape in fp32, of the best peer in fp32, and of the best peer with factors as narrow, over that of the entry."""
    for (mode, size, batch, threads), runs in sorted(read_runs(path).items(), key=lambda item: (item[0][0], item[0][3], item[0][1], item[0][2])):
        def best(names):
            return min(names, key=lambda name: statistics.median(run[0] for run in runs[name]), default=None)

        def over(name, own):
            return statistics.median(other[0] / one[0] for one, other in zip(runs[own], runs[name])) if name else None

        others = [name for name in runs if not name.startswith("adatape")]
        wide = best([name for name in others if not name.endswith(NARROW)])
        for stored in (ending.strip() for ending in NARROW):
            own = f"adatape {stored}"
            if own in runs:
                narrow = best([name for name in others if name.endswith(stored)])
                yield {"mode": mode, "size": size, "batch": batch, "threads": threads, "stored": stored, "fp32": summary(runs["adatape"]),
                       "adatape": summary(runs[own]), "over_fp32": over("adatape", own), "peer": wide, "over_peer": over(wide, own), "narrow_peer": narrow,
                       "best_narrow_peer": summary(runs[narrow]) if narrow else None, "over_narrow_peer": over(narrow, own)}


def narrow_models_table(rows):
    def ratio(row, key, name):
        return "-" if row[key] is None else f"{row[key]:.2f} ({PEERS.get(row[name], row[name])})"

    return table(["work", "batch", "threads", "factors", "ms", "fp32 ms", "over fp32", "over the best peer in fp32", "over a peer with the same factors", "MiB"],
                 ([f"{row['mode']} {row['size']}", row["batch"], row["threads"], row["stored"], f"{row['adatape']['ms']:.1f}", f"{row['fp32']['ms']:.1f}",
                   f"{row['over_fp32']:.2f}", ratio(row, "over_peer", "peer"), ratio(row, "over_narrow_peer", "narrow_peer"), f"{row['adatape']['MiB']:.0f}"]
                  for row in rows))


# The rows that README.md shows. What follows the number of threads says how narrow factors are.
SHOWN = {("infer", "S", 8, 1): "forward pass of ViT-S/16, batch 8, one core", ("infer", "S", 8, 1, "bf16"): "the same, weights in bf16",
         ("infer", "S", 8, 1, "int8"): "the same, weights in int8", ("train", "S", 8, 1): "training step of ViT-S/16, batch 8, one core",
         ("train", "F", 128, 2): "training step of the Fashion-MNIST ViT, batch 128, two cores"}
PEERS = {"eager": "PyTorch 1.13.1", "eager bf16": "PyTorch 1.13.1, autocast"}


def readme_table(models, narrow_models):
    """Of two whole records. Narrow factors are compared with a peer whose factors are as narrow."""
    def key(row, *stored):
        return row["mode"], row["size"], row["batch"], row["threads"], *stored

    found = {key(row): (row["adatape"], row["best_peer"], row["peer"], row["speed_up"], models["processor"]) for row in models["rows"]
             if not row["recompute"] and "peer" in row}
    found |= {key(row, row["stored"]): (row["adatape"], row["best_narrow_peer"], row["narrow_peer"], row["over_narrow_peer"], narrow_models["processor"])
              for row in narrow_models["rows"] if row["narrow_peer"]}

    def cells(key, work):
        own, peer, name, speed_up, processor = found[key]
        return [work, f"{own['ms']:.0f} ms", f"{peer['ms']:.0f} ms", PEERS.get(name, name), f"{speed_up:.2f}", f"{own['MiB']:.0f} MiB", f"{peer['MiB']:.0f} MiB",
                re.sub(r".*\((.*)\).*", r"\1", processor)]

    header = ["work", "adatape", "best peer", "peer", "speed-up", "memory", "memory of the peer", "processor"]
    return table(header, (cells(*one) for one in SHOWN.items() if one[0] in found))
