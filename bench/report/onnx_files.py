"""Models as ONNX files: the rows of bench/onnx/run.sh, and the table of docs/onnx.md."""
import json
import statistics

from table import table

MODELS = {"vit-s16": "ViT S/16", "adatape-s16": "AdaTape S/16, input bank", "adatape-s16-learned": "AdaTape S/16, learned bank"}


def read_onnx(path):
    """One entry for each model, batch and number of threads, in medians over the rounds; `times` is the median of the rounds' ratios."""
    found = {}
    for line in path.read_text().splitlines():
        one = json.loads(line)
        found.setdefault((one["model"], one["threads"], one["batch"]), []).append(one)
    for (model, threads, batch), rounds in found.items():
        yield {"model": model, "threads": threads, "batch": batch, "rounds": len(rounds), "ms": statistics.median(one["ms"] for one in rounds),
               "ort_ms": statistics.median(one["ort_ms"] for one in rounds), "times": statistics.median(one["ort_ms"] / one["ms"] for one in rounds),
               "difference": max(one["difference"] for one in rounds)}


def onnx_table(rows):
    return table(["model", "threads", "batch", "engine, ms", "ONNX Runtime on the file, ms", "times as fast", "largest difference of logits"],
                 ([MODELS[row["model"]], row["threads"], row["batch"], f"{row['ms']:.1f}", f"{row['ort_ms']:.1f}", f"{row['times']:.2f}", f"{row['difference']:.1e}"]
                  for row in rows))
