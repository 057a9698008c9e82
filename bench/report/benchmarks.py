"""Tables from the JSON of our own benchmarks, with one thread unless they say another number."""
import re

from table import table

MODELS = {"VitTi": "ViT Ti/16", "AdaTapeTi": "AdaTape Ti/16, input bank", "VitS": "ViT S/16", "AdaTapeS": "AdaTape S/16, input bank",
          "AdaTapeSLearned": "AdaTape S/16, learned bank of 10 000", "FashionVit": "ViT F", "FashionAdaTape": "AdaTape F, bank of 196",
          "AdaTapeB": "AdaTape B/16, input bank", "AdaTapeB8": "AdaTape B/8, input bank"}


def model_name(name):
    name = name.removeprefix("bench::models::")
    fixed = re.match(r"FixedRead<(\d+)>", name)
    return f"S/16, fixed read of {fixed[1]}" if fixed else MODELS.get(name, name)


def parse(benchmarks, family):
    """(model or other template argument, {argument: number}, counters) of a family's benchmarks that ran"""
    for one in benchmarks:
        if "error_occurred" not in one and (found := re.match(rf"{family}<(.+)>((?:/\w+:\d+)*)", one["name"])):
            yield found[1], {name: int(value) for name, value in re.findall(r"(\w+):(\d+)", found[2])}, one


def forward_table(benchmarks):
    rows = ([model_name(model), args["batch"], f"{one['images/s']:.1f}", f"{one['GFLOP/s']:.0f}", f"{one['tape']:.3g}",
             f"{one['workspace_MiB'] + one['scratch_MiB']:.1f}"] for model, args, one in parse(benchmarks, "forward"))
    return table(["model", "batch", "images/s", "GFLOP/s", "tape tokens a sample", "memory beside the weights, MiB"], rows)


def tape_lengths_table(benchmarks):
    rows = ([model_name(model), args["batch"], f"{one['live']:g}", f"{one['time_ratio']:.3f}", f"{one['mac_ratio']:.3f}", f"{one['explained']:.3f}"]
            for model, args, one in parse(benchmarks, "beside_vit"))
    return table(["model", "batch", "live tokens", "time ratio", "MAC ratio", "explained"], rows)


def mixed_table(benchmarks):
    rows = ([f"AdaTape S/{model[9:-1]}", f"{one['shortest']:.0f} to {one['longest']:.0f}", f"{one['ms']:.1f}", f"{one['alone_ms']:.1f}", f"{one['mixed/alone']:.3f}"]
            for model, _, one in parse(benchmarks, "mixed_batch"))
    return table(["model", "tape tokens", "batch ms", "one by one ms", "ratio"], rows)


def training_table(benchmarks):
    runs = {(model, args["batch"], args["recompute"]): one for model, args, one in parse(benchmarks, "training_step")}

    def cells(model, batch, recompute):
        one, other = runs[model, batch, recompute], runs.get((model, batch, 1))
        return [model_name(model) + ", recompute" * recompute, batch, f"{one['images/s']:.1f}", f"{one['GFLOP/s']:.0f}", f"{one['tape']:.3g}",
                f"{one['workspace_MiB']:.0f}", f"{other['workspace_MiB']:.0f}" if other else "-", f"{one['state_MiB']:.0f}"]

    rows = [cells(*key) for key in runs if key[2] == 0 or (key[0], key[1], 0) not in runs]
    return table(["model", "batch", "samples/s", "GFLOP/s", "tape tokens a sample", "workspace MiB", "with recompute", "state MiB"], rows)


def compile_table(compilers):
    rows = ([one["version"], f"{one['seconds']:.1f}", f"{one['cpu_seconds']:.1f}", f"{one['MiB']:.0f}"] for one in compilers)
    return table(["compiler", "seconds", "CPU seconds", "MiB"], rows)


def stored_table(one_thread, two_threads):
    """Products and forward passes of bench_stored: times of fp32, and how many times as fast kernels in bf16 and int8 are."""
    rows = []
    for threads, one in [(1, one) for one in one_thread] + [(2, one) for one in two_threads]:
        shape, forward = re.match(r"product/m:(\d+)/k:(\d+)/n:(\d+)", one["name"]), re.match(r"forward<(.+)>/batch:(\d+)", one["name"])
        work = f"product {', '.join(shape.groups())}" if shape else f"{model_name(forward[1])}, batch {forward[2]}"
        rows.append([work, threads, f"{one['us_fp32'] / 1000:.3f}", f"{one['bf16']:.2f}", f"{one['int8']:.2f}"])
    return table(["work", "threads", "fp32, CPU ms", "bf16, times as fast", "int8, times as fast"], rows)


def input_bank_table(benchmarks):
    rows = (["AdaTape " + "/".join(re.findall(r"\w+", model.replace("Size::", ""))), args["batch"], f"{one['tape']:.3g}", f"{one['forward_us']:.0f}",
             f"{one['us/sample']:.0f}", f"{one['over']:.2f}"] for model, args, one in parse(benchmarks, "read_input_bank"))
    return table(["model", "batch", "tape tokens a sample", "embedded, us", "folded, us", "embedded / folded"], rows)


def adamw_table(benchmarks):
    squares = {"normal_squares": "normal", "subnormal_squares": "subnormal"}
    rows = ([what, f"{one['elements/ns']:.3f}"] for name, what in squares.items() for one in benchmarks if one["name"].startswith(f"adamw/{name}"))
    return table(["squares of gradients", "parameters a nanosecond"], rows)


def ridge_table(benchmarks):
    work = {"regression": "a regression on 10 000 images, one l2", "classes_of_tests": "the classes of 1000 test images"}
    return table(["F = 384, C = 1000", "ms"], ([what, f"{one['ms']:.0f}"] for name, what in work.items() for one in benchmarks if one["name"].startswith(name)))
