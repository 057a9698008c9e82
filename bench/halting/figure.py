"""docs/images/halting.svg: the time of a step over the bank size, and the forward pass over the tape length. Needs python3-matplotlib."""
import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "adatape"  # the same file for the same record
import matplotlib.pyplot as plt

from costs import BANKS, BATCHES, PAPER_BANKS

COLOURS = {"learned": "tab:blue", "input": "tab:orange"}


def draw_steps(axes, costs):
    for kind, sizes in BANKS.items():
        for batch, style in zip(BATCHES, ("o-", "s--", "^:")):
            steps = {bank: step for bank in sizes if (step := costs.read(kind, bank, batch=batch).step)}
            axes.plot(steps.keys(), steps.values(), style, color=COLOURS[kind], markersize=4, linewidth=1,
                      label=f"{kind} bank, batch {batch}")
    axes.set(xscale="log", yscale="log", xlabel="tokens in the bank", ylabel="microseconds a step and image", title="One step of the reader (T = 10, tau = 2)")


def draw_passes(axes, costs):
    for kind, bank in PAPER_BANKS:
        vit, medians, read = costs.vit(8, kind), costs.median(kind, 8), costs.read(kind, bank, T=32)
        lengths, times = zip(*costs.forward(kind, 8).items())
        above = [100 * (medians[n] - time) / vit for n, time in zip(lengths, times)]
        name = f"{kind} bank of {bank}"
        axes.errorbar(lengths, [100 * (time / vit - 1) for time in times], [[0] * len(above), above], fmt="o", color=COLOURS[kind], markersize=4, linewidth=1,
                      capsize=3, label=f"{name}: whole model, least to median round")
        if read.step:
            axes.plot(lengths, [100 * read.share(read.start + n * read.step) for n in lengths], "--", color=COLOURS[kind], linewidth=1,
                      label=f"{name}: reader alone")
    axes.set(xlabel="tape tokens read", ylabel="% of a ViT-S/16 forward pass", title="What reading adds to ViT-S/16 (batch 8)")


def draw(costs, path):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    draw_steps(left, costs)
    draw_passes(right, costs)
    for axes in (left, right):
        axes.title.set_fontsize(10)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
