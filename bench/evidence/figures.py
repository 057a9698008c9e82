#!/usr/bin/env python3
"""figures.py: draws docs/images/evidence-STUDY.svg from the records in docs/results: accuracy against multiply-accumulates. A model that adapts is a line, along
its thresholds; models that do not are points. Bars are standard deviations over seeds. Needs python3-matplotlib.
"""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "adatape"  # the same file for the same records
import matplotlib.pyplot as plt

from records import ROOT, STUDIES, accuracy, curve, load, spread


def draw(study):
    figure, axes = plt.subplots(figsize=(7, 4.2))
    for run in STUDIES[study]["runs"]:
        records = load(study, run)
        if not records:
            continue
        last = [record["results"][0] for record in records]
        percent, deviation = spread([accuracy(result) for result in last])
        macs = spread([result["mean_macs"] / 1e6 for result in last])[0]
        point = axes.errorbar([macs], [percent], [deviation], fmt="o", capsize=3, label=run["title"])
        if run.get("curve"):
            x, y, _ = zip(*curve(records, run["curve"]))
            axes.plot(x, y, "-", linewidth=1, color=point[0].get_color())
    axes.set_xscale("log")
    axes.set_xlabel("million multiply-accumulates of a sample")
    axes.set_ylabel("accuracy, %")
    axes.set_title(STUDIES[study]["title"], fontsize=10)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "images" / f"evidence-{study}.svg", metadata={"Date": None})
    plt.close(figure)


for name in STUDIES:
    draw(name)
