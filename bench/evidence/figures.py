#!/usr/bin/env python3
"""figures.py: draws docs/images/evidence-STUDY.svg from the records in docs/results: accuracy against multiply-accumulates. Stars are models
that adapt their length, dots beside them the same models at other thresholds. Bars are standard deviations over seeds. Needs python3-matplotlib.
"""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "adatape"  # the same file for the same records
import matplotlib.pyplot as plt

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
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name, (run, records, (macs, percent, deviation)) in points.items():
        adapts = run["kind"] == "adaptive"
        axes.errorbar([macs], [percent], [deviation], fmt="*" if adapts else "o", markersize=11 if adapts else 5, capsize=3, color=COLOURS[run["kind"]])
        axes.annotate(name, (macs, percent), xytext=(5, 4), textcoords="offset points", fontsize=7)
        if run.get("curve"):
            x, y, _ = zip(*curve(records, run["curve"]))
            axes.plot(x, y, ".", markersize=3, color=COLOURS[run["kind"]], label="AdaTape at other thresholds, not trained again" if name == "adatape" else None)
    for kind, label in LINES.items():
        best = line([where for run, _, where in points.values() if run["kind"] == kind])
        if best:
            axes.plot([where[0] for where in best], [where[1] for where in best], "-", linewidth=1, color=COLOURS[kind], label=label)
    axes.set_xscale("log")
    axes.set_xlabel("million multiply-accumulates of a sample")
    axes.set_ylabel("accuracy, %")
    axes.set_title(STUDIES[study]["title"], fontsize=8)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "images" / f"evidence-{study}.svg", metadata={"Date": None})
    plt.close(figure)
    return True


for study in STUDIES:
    if not draw(study):
        print(f"figures.py: no record of {study}: no figure")
