"""Training with products of bf16 beside products of float: the benchmarks of bench_products."""
from benchmarks import model_name, parse
from table import table

PRODUCTS = ("y = x W", "dW += x^T dy", "dx = dy W^T")


def steps(benchmarks):
    return [(model_name(model), args["batch"], one) for model, args, one in parse(benchmarks, "training_step")]


def steps_table(benchmarks):
    rows = ([f"{model}, batch {batch}", f"{one['ms_fp32']:.0f}", f"{one['ms_bf16']:.0f}", f"{one['ratio']:.2f}"] for model, batch, one in steps(benchmarks))
    return table(["step", "float, ms", "bf16, ms", "float / bf16"], rows)


def layers_table(benchmarks):
    shapes = {}
    for one in benchmarks:
        if one["name"].startswith("product/"):
            numbers = dict(pair.split(":") for pair in one["name"].split("/")[1:])
            shapes.setdefault(", ".join(numbers[key] for key in ("rows", "in", "out")), {})[int(numbers["which"])] = one["ratio"]
    return table(["rows, inputs, outputs", *PRODUCTS], ([shape, *(f"{found[which]:.2f}" for which in range(len(PRODUCTS)))] for shape, found in shapes.items()))
