"""Training in several processes: the rows of bench/distributed/run.sh, and the tables of docs/distributed.md."""
import json
import statistics

from table import table

MODELS = {"parity": "AdaTape, parity size", "glance": "AdaTape, 4 own tokens", "vit-ti16": "ViT Ti/16", "vit-s16": "ViT S/16", "adatape-ti16": "AdaTape Ti/16, input bank"}
OWN, APART, EVEN, PEER = "adatape", "adatape, no overlap", "adatape, even leaves", "PyTorch DDP"
OF_CONFIGURATION = ("model", "parameters", "processes", "batch", "leaves", "software")


def middle(values):
    """The median over rounds, of numbers or, place by place, of lists."""
    return [statistics.median(place) for place in zip(*values)] if isinstance(values[0], list) else statistics.median(values)


def read_processes(path):
    """One entry for each model, scaling and number of processes: what each program measured there, in medians over the rounds. over_peer: how many times as
    fast as PyTorch, the median of the rounds' ratios."""
    found = {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        run = one["run"]
        if one["link"]:  # one process a machine
            run["wire_MB"] = statistics.mean(run["wire_MB"])
        else:
            run["wire_MB"] = statistics.mean(run["wire_MB"]) / run["processes"]
        row = found.setdefault((run["model"], one["scaling"], run["processes"]), {
            "model": run["model"], "scaling": one["scaling"], "processes": run["processes"], "cores": one["cores"], "link": one["link"], "batch": run["batch"],
            "rounds": {}})
        row["rounds"].setdefault(run["software"], {})[one["round"]] = run
    for row in found.values():
        rounds = row.pop("rounds")
        row |= {key: rounds[OWN][min(rounds[OWN])][key] for key in ("parameters", "leaves")}
        row["rounds"] = len(rounds[OWN])
        row["runs"] = {software: {key: middle([run[key] for run in runs.values()]) for key in next(iter(runs.values())) if key not in OF_CONFIGURATION}
                       for software, runs in rounds.items()}
        if PEER in rounds:
            row["over_peer"] = statistics.median(rounds[PEER][number]["ms"] / rounds[OWN][number]["ms"] for number in rounds[OWN] if number in rounds[PEER])
        yield row


def samples_a_second(row, software=OWN):
    return 1000 * row["batch"] / row["runs"][software]["ms"]


def processes_table(rows):
    """The exchange's share is that of the mean process, and so are the megabytes. Imbalance is the slowest process's computing over the mean."""
    ones = {(row["model"], row["scaling"]): row for row in rows if row["processes"] == 1}

    def cells(row):
        own, runs, one = row["runs"][OWN], row["runs"], ones.get((row["model"], row["scaling"]))
        processes = row["processes"] if row["processes"] <= row["cores"] else f"{row['processes']} on {row['cores']} cores"
        exchange, computing = statistics.mean(own["exchange_ms"]), own["computing_ms"]
        return [MODELS[row["model"]], row["scaling"], row["batch"], processes, f"{own['ms']:.0f}", f"{runs[APART]['ms']:.0f}" if APART in runs else "-",
                f"{samples_a_second(row) / samples_a_second(one):.2f}" if one else "-", f"{exchange / (exchange + statistics.mean(computing)):.0%}",
                f"{max(computing) / statistics.mean(computing):.2f}", f"{statistics.mean(own['sent_MB']):.1f}",
                *([f"{runs[PEER]['ms']:.0f}", f"{runs[PEER]['wire_MB']:.1f}", f"{row['over_peer']:.2f}"] if PEER in runs else ["-"] * 3)]

    header = ["model", "scaling", "batch", "processes", "ms a step", "without overlap, ms", "samples/s over one process", "share of the exchange", "imbalance",
              "MB sent a process", "PyTorch, ms", "PyTorch, MB sent a process", "times as fast as PyTorch"]
    return table(header, map(cells, rows))


def processes_memory_table(rows):
    """Of strong scaling: the most of a process."""
    def cells(row):
        own, peer = row["runs"][OWN], row["runs"].get(PEER)
        return [MODELS[row["model"]], row["batch"], row["processes"], f"{max(own['peak_MiB']):.0f}", f"{max(own['optimizer_MiB']):.1f}",
                f"{max(peer['peak_MiB']):.0f}" if peer else "-"]

    return table(["model", "batch", "processes", "MiB at most", "of the optimizer's state", "PyTorch, MiB at most"],
                 (cells(row) for row in rows if row["scaling"] == "strong"))


def deal_table(rows):
    """Samples of unlike tapes: imbalance is the slowest process's computing over the mean."""
    def cells(row):
        def of(software):
            computing = row["runs"][software]["computing_ms"]
            return [f"{row['runs'][software]['ms']:.0f}", f"{max(computing) / statistics.mean(computing):.2f}"]
        return [row["scaling"], row["batch"], row["processes"], *of(EVEN), *of(OWN)]

    return table(["scaling", "batch", "processes", "ms a step, even leaves", "imbalance", "ms a step, dealt out by time", "imbalance"],
                 (cells(row) for row in rows if EVEN in row["runs"]))


def wire_table(rows):
    """What the formula says of the bytes, beside what left the network devices."""
    def cells(row):
        own, peer = row["runs"][OWN], row["runs"].get(PEER)
        return [MODELS[row["model"]], row["processes"], f"{statistics.mean(own['sent_MB']):.2f}", f"{own['wire_MB']:.2f}",
                f"{peer['wire_MB']:.2f}" if peer else "-"]

    return table(["model", "processes", "MB by formula", "MB on the wire", "PyTorch, MB on the wire"],
                 (cells(row) for row in rows if row["scaling"] == "strong" and row["processes"] > 1))
