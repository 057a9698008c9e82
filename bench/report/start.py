"""Processes that start from a checkpoint or from packed weights: the rows of bench_start."""
from table import table


def ratios(rows):
    """(model, storage, file, threads) -> wall time and CPU time of the start, as parts of those from the checkpoint in f32"""
    found = {(row["model"], row["storage"], row["file"], row["threads"]): row for row in rows}
    return {key: tuple(row[name] / found[key[0], "f32", "checkpoint", key[3]][name] for name in ("wall_ms", "cpu_ms")) for key, row in found.items()}


def start_table(rows):
    """The columns are of one thread, the last one is of two."""
    of = ratios(rows)

    def ratio(row, threads):
        key = (row["model"], row["storage"], row["file"], threads)
        return "{:.2f} ({:.2f})".format(*of[key]) if key in of else "-"

    def cells(row):
        return [row["model"], row["storage"], row["file"], f"{row['MB']:.1f}", f"{row['ready_ms']:.1f}", f"{row['first_ms']:.0f}", f"{row['cpu_ms']:.0f}",
                f"{row['wall_ms']:.0f}", ratio(row, 1), ratio(row, 2)]

    header = ["model", "kernels", "file", "MB", "engine ready, ms", "first image, ms", "CPU ms of the process", "start to logits, ms",
              "over the checkpoint in f32 (CPU)", "the same with two threads"]
    return table(header, (cells(row) for row in rows if row["threads"] == 1))
