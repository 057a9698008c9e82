#!/usr/bin/env python3
"""figures.py: draws docs/images/evidence-STUDY.svg, where a page shows it, from the records in docs/results: accuracy against multiply-accumulates. Stars are
models that adapt their length, dots beside them the same models at other thresholds; what lies below all models of the table is cut off. Bars are standard deviations
over seeds. A study may say `shown_from`, a per cent: models below it are triangles at the lower edge, with their accuracy.

Draws docs/images/training-products.svg too: the epochs of three runs with products of f32 and of three with products of bf16. Needs python3-matplotlib.
"""
import textwrap

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "adatape"  # the same file for the same records
import matplotlib.pyplot as plt
from matplotlib import ticker

from labels import add_labels
from records import ROOT, STUDIES, curve, line, load, point

# By kind of a run: the colour and, for what does not adapt, the line through the points that no cheaper one reaches.
COLOURS = {"adaptive": "tab:red", "fixed": "tab:orange", "plain": "tab:blue", "other": "tab:gray"}
LINES = {"fixed": "a fixed number of tape tokens", "plain": "no bank is read"}


def draw(study):
    """Whether the study has records."""
    points = {run["name"]: (run, load(study, run)) for run in STUDIES[study]["runs"]}
    points = {name: (run, records, point(records)) for name, (run, records) in points.items() if records and run["kind"] != "other"}
    if not points:
        return False
    lowest = STUDIES[study].get("shown_from") or min(percent - deviation for _, _, (_, percent, deviation) in points.values()) - 3
    figure, axes = plt.subplots(figsize=(7, 4.5))
    labels = []
    for name, (run, records, (macs, percent, deviation)) in points.items():
        adapts, below = run["kind"] == "adaptive", percent < lowest
        if below:
            axes.plot([macs], [lowest], "v", markersize=6, color=COLOURS[run["kind"]], clip_on=False)
        else:
            axes.errorbar([macs], [percent], [deviation], fmt="*" if adapts else "o", markersize=11 if adapts else 5, capsize=3, color=COLOURS[run["kind"]])
        labels.append((f"{name}: {percent:.0f} %" if below else name, macs, max(percent, lowest)))
        if run.get("curve"):
            first = name == "adatape"
            x, y, _ = zip(*curve(records, run["curve"]))
            axes.plot(x, y, ".", markersize=3, color=COLOURS[run["kind"]], label="adatape at other thresholds, not trained again" if first else None)
            if first:
                x, y, _ = zip(*curve(records, "exact_tape_tokens"))
                axes.plot(x, y, ":", linewidth=1, color=COLOURS[run["kind"]], label="adatape with 1, 2, 3 and more tokens, not trained again")
    for kind, label in LINES.items():
        best = line([where for run, _, where in points.values() if run["kind"] == kind])
        if best:
            axes.plot([where[0] for where in best], [where[1] for where in best], "-", linewidth=1, color=COLOURS[kind], label=label)
    axes.set_xscale("log")
    for formatter in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
        formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.tick_params(axis="x", which="both", labelsize=7)
    axes.set_ylim(lowest, min(101, max(percent + deviation for _, _, (_, percent, deviation) in points.values()) + 3))
    axes.set_xlabel("million multiply-accumulates of a sample")
    axes.set_ylabel("accuracy, %")
    axes.set_title(textwrap.fill(STUDIES[study]["title"], 90), fontsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=6, loc="upper center", bbox_to_anchor=(0.5, -0.13), ncol=2, frameon=False)
    figure.tight_layout()
    add_labels(axes, labels)
    save(figure, f"evidence-{study}")
    return True


def draw_products():
    figure, places = plt.subplots(1, 2, figsize=(7, 3))
    for study, name, label, style in (("fewshot", "adatape", "f32", "-"), ("products", "bf16", "bf16", "--")):
        for seed, record in enumerate(load(study, {"name": name})):
            for axes, value in zip(places, ("loss", "test_accuracy")):
                x, y = zip(*((epoch["epoch"], epoch[value] * (100 if value == "test_accuracy" else 1)) for epoch in record["epochs"]))
                axes.plot(x, y, style, linewidth=1, color=f"C{seed}", label=f"products of {label}, seed {seed}")
    for axes, title in zip(places, ("training loss", "test accuracy, %")):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
        axes.set_title(title, fontsize=8)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=6)
    save(figure, "training-products")


def save(figure, name):
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "images" / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


pages = "".join((ROOT / page).read_text() for page in ("README.md", "docs/results.md"))
for study in STUDIES:
    if f"images/evidence-{study}.svg" in pages and not draw(study):
        print(f"figures.py: no record of {study}: no figure")
draw_products()
