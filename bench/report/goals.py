"""The goals of the project beside what was reached."""
import statistics

from benchmarks import parse
from halting.costs import Costs
from machine import ROOT
from pictures import ratio
from products import peaks, shares_of_peak
from start import ratios as start_ratios
from table import span, table
from training_bf16 import steps

# Times PyTorch in training, with one thread and with two.
TRAINING = {"Ti": (1.6, 2), "S": (1.6, 2), "F": (1.8, 3), "P2x1": (2.5, 4), "P2x16": (2.5, 2.5), "P4x8": (2.5, 2.5), "P4x16": (2.5, 2.5)}
INFERENCE = 1.25


def speed_ups(rows, sizes, mode, threads):
    chosen = (row for row in rows if (row["mode"], row["threads"], row["recompute"]) == (mode, threads, False) and row["size"] in sizes)
    return span(row["speed_up"] for row in chosen if "peer" in row)


def memory(rows, sizes, recompute):
    """Parts of PyTorch's peak in training, each size's largest over the numbers of threads."""
    parts = {}
    for row in rows:
        if row["mode"] == "train" and row["size"] in sizes and row["recompute"] == recompute and "peer" in row:
            parts.setdefault(row["size"], []).append(row["adatape"]["MiB"] / row["best_peer"]["MiB"])
    return span(map(max, parts.values()))


def goals_table(records):
    """Of all parts; rows of parts without a record say so."""
    def rows_of(part):
        return records[part]["rows"] if part in records else []

    models, mixed = rows_of("models"), [one["mixed/alone"] for _, _, one in parse(rows_of("tape_lengths"), "mixed_batch")]
    parity = [size for size in TRAINING if size.startswith("P")]
    off = [abs(one["explained"] - 1) for model, _, one in parse(rows_of("tape_lengths"), "beside_vit") if model == "AdaTapeS"]
    reader = Costs(ROOT / "docs" / "results" / "halting.json").read("learned", 10000)
    starts = [wall for (_, _, file, threads), (wall, _) in start_ratios(rows_of("start")).items() if (file, threads) == ("packed", 1)]
    pictures = {row["stage"]: ratio(row) for row in rows_of("pictures")}

    def with_threads(sizes, mode):
        return f"{speed_ups(models, sizes, mode, 1)} with 1 thread, {speed_ups(models, sizes, mode, 2)} with 2"

    def training(size, batch, goal):
        return [f"training step {size}, batch {batch}", "PyTorch", goal, with_threads([size.split("/")[0]], "train")]

    rows = [
        ["matrix products, weights packed, 1 thread", "oneDNN, weights packed", ">= 1.0 on every shape",
         span(row["ratio"] for row in rows_of("products") if row["threads"] == 1)],
        ["", "FMA peak", ">= 88 % at best", span(shares_of_peak(rows_of("gemm")).values(), "{:.0%}")],
        ["inference Ti, S, B / 16, batch 1 and 8", "the faster of ONNX Runtime and oneDNN", f">= {INFERENCE}; 80 % of the peak at best",
         with_threads(["Ti", "S", "B"], "infer")],
        *(training(f"{size}/16", 8, ">= 1.6 with 1 thread, >= 2 with 2") for size in ("Ti", "S")),
        training("F", 128, ">= 1.8 with 1 thread, >= 3 with 2"),
        *(training(size, 128, ">= 2.5, >= 4 at its worst") for size in parity),
        ["training steps with products of bf16, 1 thread", "the same with products of float", ">= 1.45",
         span(one["ratio"] for *_, one in steps(rows_of("training_bf16")))],
        ["peak memory of training steps", "PyTorch", "<= 0.5", memory(models, TRAINING, False)],
        *([f"with recompute, {name}", "PyTorch", "<= 0.25", memory(models, sizes, True)] for name, sizes in
          [("Ti/16", ["Ti"]), ("S/16", ["S"]), ("F and PdxN", ["F", *parity])]),
        *([f"with one leaf, 1 thread, {row['size']}/16", "PyTorch", "<= 0.35", f"{row['adatape']['MiB'] / row['best_peer']['MiB']:.2f}"]
          for row in rows_of("one_leaf") if row["one_leaf"] and row["size"] in ("Ti", "S")),
        ["AdaTape S/16 forward", "its multiply-accumulates over ViT S/16", "within 5 %", f"within {max(off):.1%}" if off else "not measured"],
        ["reader, learned bank of 10 000, T = 10, batch 8", "the model's forward", "<= 1 %", f"{reader.share(reader.late):.2%}"],
        ["mixed tape lengths in one batch", "the same samples alone", "within 5 %", f"{span(mixed)} times"],
        ["start from packed weights, S/16, 1 thread", "from a checkpoint in f32", "<= 0.25", span(starts)],
        ["training pictures, in all", "Pillow", ">= 1.3", span([pictures["all"]] if pictures else [])],
        ["resizes alone", "Pillow", ">= 1", span(share for stage, share in pictures.items() if stage.startswith("resize"))],
        ["heap allocations, warm", "counted", "0", "0 (`tests/train/allocations_test.cpp`)"],
        ["one translation unit, S/16, forward and training", "", "<= 30 s, <= 1 GB",
         f"{span((one['seconds'] for one in rows_of('compile')), '{:.1f}')} s, {span((one['MiB'] for one in rows_of('compile')), '{:.0f}')} MiB"],
    ]
    return table(["work", "against", "goal", "reached"], rows)


def goals_and_peak_table(models, gemm):
    """The goals of speed in GFLOP/s. The peak of more threads is that of one, times their number."""
    peak = statistics.median(peaks(gemm))

    def cells(row):
        least = TRAINING[row["size"]][row["threads"] > 1] if row["mode"] == "train" else INFERENCE
        own, peer = (1000 * row["GFLOP"] / row[name]["ms"] for name in ("adatape", "best_peer"))
        shares = (f"{rate / (peak * row['threads']):.0%}" for rate in (peer, least * peer, own))
        return [f"{row['mode']} {row['size']}", row["batch"], row["threads"], row["peer"], f"{peer:.0f}", f"{least:g}", f"{least * peer:.0f}", f"{own:.0f}", *shares]

    header = ["work", "batch", "threads", "peer", "peer, GFLOP/s", "goal, times the peer", "goal, GFLOP/s", "adatape, GFLOP/s", "peer, share of the peak",
              "goal, share of the peak", "adatape, share of the peak"]
    return table(header, (cells(row) for row in models if "peer" in row and not row["recompute"]))


def least_memory_line(models, training):
    """What a training step of S/16 holds whatever it computes again."""
    states = [one["state_MiB"] for model, _, one in parse(training, "training_step") if model == "VitS"]
    peers = [row["best_peer"]["MiB"] for row in models if (row["mode"], row["size"]) == ("train", "S") and "peer" in row]
    if not states or not peers:
        return "Not measured yet (S/16).\n"
    state, peer = states[0], max(peers)
    return (f"Parameters, gradients and two moments of S/16 take {state:.0f} MiB, and the gradients of a second leaf {state / 4:.0f} MiB. Together they are "
            f"{1.25 * state / peer:.2f} times the {peer:.0f} MiB of PyTorch.\n")


class Reached:
    """Rows of goals with narrow factors: the ratios that were reached, and the number of rows of the records that reach the goal."""

    def __init__(self, products, models, two_threads):
        self.products, self.models, self.two_threads = products, models, two_threads

    @staticmethod
    def row(work, against, least, ratios):
        ratios = list(ratios)
        return [work, against, f">= {least}", f"{span(ratios)}; {sum(ratio >= least for ratio in ratios)} of {len(ratios)} rows"]

    def rates(self, work, against, least, own, other):
        return self.row(work, against, least, (one["rates"][own]["p95"] / one["rates"][other]["p95"] for one in self.products))

    def models_of(self, work, against, least, mode, stored, key, sizes=("Ti", "S", "B", "F")):
        return self.row(work, against, least, (one[key] for one in self.models if (one["mode"], one["stored"]) == (mode, stored) and one["size"] in sizes and
                                               one[key] is not None))

    def long_samples(self, stored, least):
        return self.row(f"forward pass AdaTape B/8, {stored}, 2 threads", "fp32", least, (one[stored] for one in self.two_threads if "B8" in one["name"]))

    def with_int8(self):
        return [
            self.rates("products, int8", "fp32", 3.3, "adatape int8", "adatape packed"),
            self.rates("products, int8", "oneDNN u8s8", 0.9, "adatape int8", "oneDNN u8s8 prepack"),
            self.models_of("forward pass S, B / 16, int8", "fp32", 2.4, "infer", "int8", "over_fp32", "SB"),
            self.models_of("forward pass Ti, S, B / 16, int8", "a peer with int8", 1.3, "infer", "int8", "over_narrow_peer"),
            self.long_samples("int8", 1.9),
        ]


def narrow_goals_table(products, models, two_threads):
    """Of a processor that multiplies bf16."""
    of = Reached(products, models, two_threads)
    return table(["work", "against", "goal", "reached"], [
        of.rates("products, bf16", "fp32", 1.9, "adatape bf16", "adatape packed"),
        of.rates("products, bf16", "oneDNN bf16", 0.98, "adatape bf16", "oneDNN bf16 prepack"),
        of.models_of("forward pass S, B / 16, bf16", "fp32", 1.65, "infer", "bf16", "over_fp32", "SB"),
        of.models_of("forward pass Ti, S, B / 16, bf16", "the best peer in fp32", 1.7, "infer", "bf16", "over_peer"),
        of.models_of("forward pass Ti, S, B / 16, bf16", "a peer with bf16", 1.02, "infer", "bf16", "over_narrow_peer"),
        of.long_samples("bf16", 1.5),
        of.models_of("training step Ti, S / 16, F, bf16", "fp32", 1.45, "train", "bf16", "over_fp32"),
        of.models_of("training step Ti, S / 16, F, bf16", "PyTorch", 1.6, "train", "bf16", "over_peer"),
        of.models_of("training step Ti, S / 16, F, bf16", "PyTorch, autocast to bf16", 1.3, "train", "bf16", "over_narrow_peer"),
        *of.with_int8(),
    ])


def vnni_goals_table(products, models, two_threads):
    """Of a processor that multiplies int8, and bf16 not faster than float. There bf16 saves memory, and should cost no time."""
    of = Reached(products, models, two_threads)
    return table(["work", "against", "goal", "reached"], [
        *of.with_int8(),
        of.rates("products, bf16", "fp32", 1, "adatape bf16", "adatape packed"),
        of.rates("products, bf16", "oneDNN bf16", 0.98, "adatape bf16", "oneDNN bf16 prepack"),
        of.models_of("forward pass Ti, S, B / 16, bf16", "fp32", 1, "infer", "bf16", "over_fp32"),
    ])
