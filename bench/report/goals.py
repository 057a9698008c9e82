"""The goals of the project beside what was reached."""
from benchmarks import parse
from halting.costs import Costs
from machine import ROOT
from products import shares_of_peak
from table import span, table


def ratios(rows, sizes, mode, threads):
    return span(row["speed_up"] for row in rows if (row["mode"], row["threads"], row["recompute"]) == (mode, threads, False) and row["size"] in sizes)


def memory(rows, sizes, recompute):
    """Parts of PyTorch's peak in training, each size's largest over the numbers of threads."""
    parts = {}
    for row in rows:
        if row["mode"] == "train" and row["size"] in sizes and row["recompute"] == recompute and "peer" in row:
            parts.setdefault(row["size"], []).append(row["adatape"]["MiB"] / row["best_peer"]["MiB"])
    return span(map(max, parts.values()))


def goals_table(products, gemm, models, tape_lengths, compilers):
    parity = sorted({row["size"] for row in models if row["size"].startswith("P")})
    everything = ["Ti", "S", "F", *parity]
    product_ratios = [row["ratio"] for row in products if row["threads"] == 1]
    explained = [abs(one["explained"] - 1) for model, _, one in parse(tape_lengths, "beside_vit") if model == "AdaTapeS"]
    reader = Costs(ROOT / "docs" / "results" / "halting.json").read("learned", 10000)
    mixed = [one["mixed/alone"] for _, _, one in parse(tape_lengths, "mixed_batch")]

    def trained(sizes):
        return f"{ratios(models, sizes, 'train', 1)} with 1 thread, {ratios(models, sizes, 'train', 2)} with 2"

    rows = [
        ["matrix products, weights packed, 1 thread", "oneDNN, weights packed", ">= 1.0 on every shape", span(product_ratios)],
        ["", "FMA peak", ">= 88 % at best", span(shares_of_peak(gemm).values(), "{:.0%}")],
        ["inference Ti, S, B / 16, batch 1 and 8", "the faster of ONNX Runtime and oneDNN", ">= 1.25; 80 % of the peak at best",
         f"{ratios(models, ['Ti', 'S', 'B'], 'infer', 1)} with 1 thread, {ratios(models, ['Ti', 'S', 'B'], 'infer', 2)} with 2"],
        ["training step Ti/16, batch 8", "PyTorch", ">= 1.6 with 1 thread, >= 2 with 2", trained(["Ti"])],
        ["training step S/16, batch 8", "PyTorch", ">= 1.6 with 1 thread, >= 2 with 2", trained(["S"])],
        ["training step F, batch 128", "PyTorch", ">= 1.8 with 1 thread, >= 3 with 2", trained(["F"])],
        *([f"training step {size}, batch 128", "PyTorch", ">= 2.5, >= 4 at its worst", trained([size])] for size in parity),
        ["peak memory of those steps", "PyTorch", "<= 0.5", memory(models, everything, False)],
        *([f"with recompute, {name}", "PyTorch", "<= 0.25", memory(models, sizes, True)] for name, sizes in
          [("Ti/16", ["Ti"]), ("S/16", ["S"]), ("F and PdxN", ["F", *parity])]),
        ["AdaTape S/16 forward", "its multiply-accumulates over ViT S/16", "within 5 %", f"within {max(explained):.1%}"],
        ["reader, learned bank of 10 000, T = 10, batch 8", "the model's forward", "<= 1 %", f"{reader.share(reader.late):.2%}"],
        ["mixed tape lengths in one batch", "the same samples alone", "within 5 %", f"{span(mixed)} times"],
        ["heap allocations, warm", "counted", "0", "0 (`tests/train/allocations_test.cpp`)"],
        ["one translation unit, S/16, forward and training", "", "<= 30 s, <= 1 GB",
         f"{span((one['seconds'] for one in compilers), '{:.1f}')} s, {span((one['MiB'] for one in compilers), '{:.0f}')} MiB"],
    ]
    return table(["work", "against", "goal", "reached"], rows)
