"""adatape beside Pillow: the rounds of peers/pillow/compare.py."""
import json
import statistics

from table import table

STAGES = {"decode": "read and decode", "crop": "crop and resize to 224 x 224", "flip": "flip (every second one)", "augment": "RandAugment(2, 15)",
          "normalise": "to float, -1 to 1", "all": "in all", "resize bilinear": "resize alone, bilinear", "resize bicubic": "resize alone, bicubic"}


def read_rounds(first):
    """For each stage the milliseconds a picture of both programs, in the order of the rounds. `first` is Pillow's first file."""
    rounds = range(len(list(first.parent.glob("images-pillow-*.json"))))
    found = {name: [json.loads((first.parent / f"images-{name}-{number}.json").read_text())["milliseconds"] for number in rounds]
             for name in ("adatape", "pillow")}
    return [{"stage": stage, **{name: [one[stage] for one in found[name]] for name in found}} for stage in STAGES]


def ratio(row):
    """How many times as fast as Pillow: medians of the rounds"""
    return statistics.median(row["pillow"]) / statistics.median(row["adatape"])


def pictures_table(rows):
    """Medians of the rounds, in parentheses the best."""
    def cells(row):
        (a, best_a), (p, best_p) = ((statistics.median(row[name]), min(row[name])) for name in ("adatape", "pillow"))
        return [STAGES[row["stage"]], f"{a:.3f} ({best_a:.3f})", f"{p:.3f} ({best_p:.3f})", f"{1000 / a:.0f}", f"{1000 / p:.0f}",
                f"{ratio(row):.2f} ({best_p / best_a:.2f})"]

    return table(["stage", "adatape ms", "Pillow ms", "adatape pictures/s", "Pillow pictures/s", "adatape / Pillow"], map(cells, rows))
