"""table.py DIR EPOCHS: the table of study.sh, out of the JSON files of adatape-fewshot: for each model, data set and number of shots the mean over three
pre-trained models (each the mean over three choices of images), and the deviation between these models."""
import json
import pathlib
import statistics
import sys

work, epochs = pathlib.Path(sys.argv[1]), sys.argv[2]
print("| features of | own test accuracy | MACs | data | 1 shot | 5 | 10 | 25 |")
print("|---|---|---|---|---|---|---|---|")
for model in ("adatape-fashion", "vit-fashion-equal"):
    runs = [work / f"{model}-{epochs}-{seed}" for seed in range(3)]
    logs = [json.loads((run / "log.jsonl").read_text().splitlines()[-1]) for run in runs]
    own = statistics.mean(100 * log["test_accuracy"] for log in logs)
    macs = statistics.mean(log["macs"] for log in logs) / 1e6
    for data in ("mnist", "digits"):
        cells = []
        results = [json.loads((run / f"{data}.json").read_text())["results"] for run in runs]
        for shots in zip(*results):
            means = [100 * statistics.mean(result["accuracies"]) for result in shots]
            cells.append(f"{statistics.mean(means):.2f} ± {statistics.pstdev(means):.2f}")
        print(f"| `{model}` | {own:.2f} % | {macs:.2f} million | {data} | " + " | ".join(cells) + " |")
