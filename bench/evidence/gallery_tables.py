"""The blocks of docs/gallery.md from docs/results/gallery.json."""
import pathlib
import sys

from records import accuracy

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from report.table import table


def percent(part, whole):
    return f"{100 * part / whole:.1f} %"


def group_block(name, chosen):
    rows = ([image["number"], image["label"], image["name"], f"{100 * image['probability']:.1f} %", image["length"],
             "; ".join(" ".join(map(str, token)) for token in image["tape"])] for image in chosen)
    return f"![What these images read](images/gallery/{name}.png)\n\n" + table(
        ["test image", "label", "prediction", "probability", "tape length", "bank patches of each step"], rows)


def shares(one):
    """Of a part of the test images."""
    return [one["value"], one["images"], percent(one["right"], one["images"]), percent(one["probability"], one["images"])]


def lengths_block(parts):
    return table(["tape length", "test images", "right", "mean probability of the prediction"], map(shares, parts))


def classes_block(parts):
    return table(["label", "test images", "right", "mean probability of the prediction", "mean tape length"],
                 ([*shares(one), f"{one['length'] / one['images']:.2f}"] for one in parts))


def steps_block(steps, bank):
    """What each step reads: how much of it is black, how much is at an edge, and how much is at the five places that this step reads most."""
    rows = [[number + 1, step["images"], percent(step["black"], step["patches"]), percent(step["edge"], step["patches"]),
             percent(step["wrong_edge"], step["wrong"]) if step["wrong"] else "-", percent(sum(reads for _, reads in step["commonest"]), step["patches"]),
             " ".join(str(place) for place, _ in step["commonest"])] for number, step in enumerate(steps)]
    rows.append(["all patches", bank["images"], percent(bank["black"], bank["patches"]), percent(bank["edge"], bank["patches"]), "",
                 percent(5 * bank["images"], bank["patches"]), ""])
    return table(["step", "test images", "black", "at an edge", "at an edge, wrong answers", "at the five commonest places", "these places"], rows)


def thresholds_block(tests):
    return table(["tau", "test accuracy", "mean tape length", "million MACs an image"],
                 ([f"{one['tau']:g}", f"{accuracy(one):.2f} %", f"{one['mean_length']:.2f}", f"{one['mean_macs'] / 1e6:.2f}"] for one in tests))


def blocks(record):
    """{name: Markdown}"""
    return {"lengths": lengths_block(record["lengths"]), "classes": classes_block(record["classes"]), "steps": steps_block(record["steps"], record["bank"]),
            "thresholds": thresholds_block(record["thresholds"]), **{name: group_block(name, chosen) for name, chosen in record["groups"].items()}}
