"""The tables of speed in README.md and docs: python3 bench/report [FOLDER [PART...] | --check]

FOLDER is build/peers of cmake/bench.sh, or has some of its files. Each part that it holds, or each PART named, is recorded in docs/results/speed first, with
the processor, the compiler and the version that are here, so the machine has to be the one that measured. A table stands between the lines
`<!-- speed: NAME -->` and `<!-- end of speed -->`. One whose parts are not all recorded says so, and has no numbers. --check writes nothing, and fails if a
page has other numbers than the records.
"""
import argparse
import pathlib
import sys

sys.path += [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("", "distributed")]
import pages
import parts
from benchmarks import (adamw_table, compile_table, forward_table, input_bank_table, mixed_table, ridge_table, stored_table, tape_lengths_table,
                        training_table)
from data_sets import file_index_table, imagenet_table
from distributed import deal_table, processes_memory_table, processes_table, wire_table
from goals import goals_and_peak_table, goals_table, least_memory_line, narrow_goals_table, vnni_goals_table
from onnx_files import onnx_table
from peers import models_table, narrow_models_table, one_leaf_table, readme_table
from pictures import pictures_table
from plan import fit_table, plan_table
from products import narrow_products_table, peak_line, products_table
from start import start_table
from table import table
from training_bf16 import layers_table, steps_table

# For each page its tables: the parts that each is made from, and the function of their rows.
PAGES = {
    "docs/performance.md": {
        "peak": (("gemm",), peak_line),
        "goals-and-peak": (("models", "gemm"), goals_and_peak_table),
        "least-memory": (("models", "training"), least_memory_line),
        "products": (("products", "gemm"), products_table),
        "models": (("models",), models_table),
        "one-leaf": (("one_leaf",), one_leaf_table),
        "narrow-goals": (("narrow_products", "narrow_models", "stored_two"), narrow_goals_table),
        "narrow-products": (("narrow_products",), narrow_products_table),
        "narrow-models": (("narrow_models",), narrow_models_table),
        "stored": (("stored", "stored_two"), stored_table),
        "vnni-goals": (("narrow_products_vnni", "narrow_models_vnni", "stored_two_vnni"), vnni_goals_table),
        "vnni-products": (("narrow_products_vnni",), narrow_products_table),
        "vnni-models": (("narrow_models_vnni",), narrow_models_table),
        "vnni-stored": (("stored_vnni", "stored_two_vnni"), stored_table),
        "forward": (("model",), forward_table),
        "tape-lengths": (("tape_lengths",), tape_lengths_table),
        "mixed": (("tape_lengths",), mixed_table),
        "training": (("training",), training_table),
        "bf16-steps": (("training_bf16",), steps_table),
        "bf16-layers": (("training_bf16",), layers_table),
        "input-bank": (("input_bank",), input_bank_table),
        "start": (("start",), start_table),
        "adamw": (("adamw",), adamw_table),
        "compiling": (("compile",), compile_table),
        "pictures": (("pictures",), pictures_table),
    },
    "docs/onnx.md": {"onnx": (("onnx",), onnx_table)},
    "docs/pictures.md": {"file-index": (("file_index",), file_index_table)},
    "docs/fewshot.md": {"ridge": (("ridge",), ridge_table)},
    "docs/recipes.md": {"imagenet": (("imagenet",), imagenet_table)},
    "docs/distributed.md": {
        "processes": (("distributed",), processes_table),
        "deal": (("distributed",), deal_table),
        "processes-memory": (("distributed",), processes_memory_table),
        "link": (("distributed_link",), processes_table),
        "wire": (("distributed_link",), wire_table),
        "fit": (("distributed", "distributed_link"), fit_table),
        "plan": (("distributed", "distributed_link"), plan_table),
    },
    "README.md": {"peers": (("models", "narrow_models"), readme_table)},
}
# Those of docs/performance.md that are made of all parts.
OF_ALL = ("goals", "runs")


def runs_table(records):
    return table(["part", "command", "date", "version", "processor"],
                 ([name, f"`{one['command']}`", one["date"], one["version"], f"{one['processor']}, {one['cores']} cores"] for name, one in records.items()))


def made(records, page, name):
    if name in OF_ALL:
        return {"goals": goals_table, "runs": runs_table}[name](records)
    needed, make = PAGES[page][name]
    missing = [part for part in needed if part not in records]
    if missing:
        return f"Not measured yet ({', '.join(missing)}).\n"
    found = [records[part] for part in needed]
    return make(*found) if make is readme_table else make(*(record["rows"] for record in found))


def main():
    parser = argparse.ArgumentParser(prog="bench/report", usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, nargs="?")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(parts.PARTS)}")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check and options.folder:
        parser.error("--check takes no folder")
    if unknown := set(options.part) - parts.PARTS.keys():
        parser.error(f"wanted parts of {', '.join(parts.PARTS)}, found {', '.join(sorted(unknown))}")
    if options.folder:
        found = parts.distil(options.folder, options.part or parts.PARTS)
        missing = [name for name in options.part or parts.PARTS if name not in found]
        if not found or options.part and missing:
            raise SystemExit(f"bench/report: {options.folder}: wanted what cmake/bench.sh leaves, found no file of {', '.join(missing)}")
        print(f"recorded: {', '.join(found)}")
    records = parts.load()
    return max(pages.update("bench/report", "speed", [page], [*tables, *(OF_ALL if page == "docs/performance.md" else ())],
                            lambda name, page=page: made(records, page, name), options.check, all_placed=True) for page, tables in PAGES.items())


sys.exit(main())
