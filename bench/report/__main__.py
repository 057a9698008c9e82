"""Everything that cmake/bench.sh measured, as tables: python3 bench/report FOLDER [--update FILE]

FOLDER holds gemm.txt, models.txt, compile.json and NAME-THREADS.json of our own benchmarks. The peers' figures are left there as JSON too. --update puts every
table into FILE where a line `<!-- table: NAME -->` stands, in place of the table below that line.
"""
import argparse
import json
import pathlib
import re

import benchmarks
from goals import goals_table
from peers import compare, models_table
from products import products_table, read_rates, shares_of_peak


def read_json(path):
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise SystemExit(f"{path}: wanted JSON, found none: {error}")


def tables(folder):
    one_thread = {name: read_json(folder / f"{name}-1.json")["benchmarks"] for name in ("gemm", "halting", "model", "tape_lengths", "training")}
    products, models = list(read_rates(folder / "gemm.txt")), list(compare(folder / "models.txt"))
    for name, rows in (("gemm", products), ("models", models)):
        (folder / f"peers-{name}.json").write_text(json.dumps(rows, indent=2) + "\n")
    shares, compilers = shares_of_peak(one_thread["gemm"]), read_json(folder / "compile.json")
    return {
        "goals": goals_table(products, shares, models, one_thread, compilers),
        "products": products_table(products, shares),
        "models": models_table(models),
        "forward": benchmarks.forward_table(one_thread["model"]),
        "tape lengths": benchmarks.tape_lengths_table(one_thread["tape_lengths"]),
        "mixed": benchmarks.mixed_table(one_thread["tape_lengths"]),
        "training": benchmarks.training_table(one_thread["training"]),
        "compiling": benchmarks.compile_table(compilers),
    }


def update(path, made):
    text = path.read_text()
    missing = set(re.findall(r"<!-- table: (.+) -->", text)) ^ set(made)
    if missing:
        raise SystemExit(f"{path}: wanted one place for every table, found none or no table for {', '.join(sorted(missing))}")
    path.write_text(re.sub(r"(<!-- table: (.+) -->\n)(?:\n(?:\|.*\n)+)?", lambda match: f"{match[1]}\n{made[match[2]]}", text))


def main():
    parser = argparse.ArgumentParser(prog="bench/report")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--update", type=pathlib.Path)
    options = parser.parse_args()
    try:
        made = tables(options.folder)
    except OSError as error:
        raise SystemExit(f"{error.filename}: wanted what cmake/bench.sh leaves, found nothing to read ({error.strerror})")
    if options.update:
        update(options.update, made)
    for name, text in made.items():
        print(f"## {name}\n\n{text}")


main()
