"""Tables of the runs of adatape-train. `runs` are pairs of a run of studies.json and its records."""
import pathlib
import sys
from statistics import mean

from records import accuracy, spread

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from report.table import span, table

SHOTS = ("1", "5", "10", "25")


def with_deviation(values, unit=""):
    """The mean, and behind it the deviation where there is more than one value."""
    middle, deviation = spread(values)
    return f"{middle:.2f} ± {deviation:.2f}{unit}" if len(values) > 1 else f"{middle:.2f}{unit}"


def percent(shares):
    return f"{100 * mean(shares):.2f} %"


def tested(results):
    """Accuracy, tape length and million MACs of tests with one seed each."""
    lengths = [result["mean_length"] for result in results]
    macs = mean(result["mean_macs"] / 1e6 for result in results)
    return [with_deviation(list(map(accuracy, results)), " %"), f"{mean(lengths):.2f}" if any(lengths) else "-", f"{macs:.2f}"]


def runs_table(runs):
    rows = []
    for run, records in runs:
        epochs = [epoch for record in records for epoch in record["epochs"] if "seconds" in epoch]  # one that was trained before an interruption has no time
        minutes = sum(epoch["seconds"] for epoch in epochs) / len(records) / 60
        rows.append([run["title"], len(records), records[0]["parameters"], *tested([record["results"][0] for record in records]),
                     span((epoch["images_per_second"] for epoch in epochs), "{:.0f}"), f"{minutes:.1f}"])
    header = ["model", "seeds", "parameters", "test accuracy", "mean tape length", "million MACs an image", "images/s in training", "minutes of training"]
    return table(header, rows)


def epochs_table(runs):
    """Means over the seeds."""
    def row(run, epochs):
        accuracies = (percent([epoch[name] for epoch in epochs]) for name in ("accuracy", "test_accuracy"))
        return [run["title"], epochs[0]["epoch"], f"{mean(epoch['loss'] for epoch in epochs):.4f}", *accuracies, f"{mean(epoch['length'] for epoch in epochs):.2f}"]

    return table(["model", "epoch", "training loss", "training accuracy", "test accuracy", "mean tape length"],
                 (row(run, epochs) for run, records in runs for epochs in zip(*(record["epochs"] for record in records))))


def thresholds_table(runs):
    tests = ((run, results) for run, records in runs for results in zip(*(record["results"][1:] for record in records)))
    return table(["model", "tau", "test accuracy", "mean tape length", "million MACs an image"],
                 ([run["title"], f"{results[0]['tau']:g}", *tested(results)] for run, results in tests))


def storages_table(runs):
    """Means over the seeds; differences and shares: the worst seed."""
    rows = []
    for run, records in runs:
        for tests in zip(*(record["storages"] for record in records)):
            lost = [accuracy(record["storages"][0]) - accuracy(test) for record, test in zip(records, tests)]
            shares = (f"{min(100 * test[name] / test['samples'] for test in tests):.2f} %" for name in ("equal_lengths", "equal_reads"))
            rows.append([run["title"], len(records), tests[0]["storage"], with_deviation(list(map(accuracy, tests)), " %"), f"{max(lost, key=abs):.2f}", *shares])
    return table(["model", "seeds", "kernels", "test accuracy", "lost, the worst seed", "images with as long a tape, the worst seed",
                  "images with the same reads, the worst seed"], rows)


def products_table(exact, narrow):
    """Records of trainings with products of f32 and of bf16, with the same seeds, epoch by epoch."""
    def values(epochs):
        return [with_deviation([epoch["loss"] for epoch in epochs]), with_deviation([100 * epoch["test_accuracy"] for epoch in epochs], " %"),
                f"{mean(epoch['length'] for epoch in epochs):.2f}"]

    pairs = zip(zip(*(record["epochs"] for record in exact)), zip(*(record["epochs"] for record in narrow)))
    return table(["epoch", *(f"{name}, {products}" for name in ("training loss", "test accuracy", "tape length") for products in ("f32", "bf16"))],
                 ([first[0]["epoch"], *(value for pair in zip(values(first), values(second)) for value in pair)] for first, second in pairs))


def fewshot_table(runs, pixels):
    """For features the mean over models and the deviation between them, where a model counts with its mean over the choices of images; for pixels mean and
    deviation over the choices. pixels[data][shots]: accuracies of 0 to 1."""
    rows = []
    for data in pixels:
        for run, records in runs:
            own, _, macs = tested([record["results"][0] for record in records])
            found = [[100 * mean(record["fewshot"][data][shots]) for record in records] for shots in SHOTS]
            rows.append([run["title"], own, macs, data, *map(with_deviation, found)])
        rows.append(["the pixels", "-", "-", data, *(with_deviation([100 * share for share in pixels[data][shots]]) for shots in SHOTS)])
    return table(["features of", "own test accuracy", "million MACs", "data", "1 shot", *SHOTS[1:]], rows)
