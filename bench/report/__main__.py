"""The tables of speed in docs/performance.md and README.md: python3 bench/report [FOLDER | --check]

FOLDER is build/peers of cmake/bench.sh, or has some of its files. Each part that it holds is recorded in docs/results/speed first, with the processor and the
version that are here, so the machine has to be the one that measured. A table stands between the lines `<!-- speed: NAME -->` and `<!-- end of speed -->`. One
whose parts are not all recorded stays as it is. --check writes nothing, and fails if a page has other numbers than the records.
"""
import argparse
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import pages
import parts
from benchmarks import compile_table, forward_table, mixed_table, stored_table, tape_lengths_table, training_table
from goals import goals_table
from peers import models_table, narrow_models_table, readme_table
from pictures import pictures_table
from products import narrow_products_table, products_table
from table import table

# The parts that each table is made from, and the function of their rows.
TABLES = {
    "goals": (("products", "gemm", "models", "tape_lengths", "compile"), goals_table),
    "products": (("products", "gemm"), products_table),
    "models": (("models",), models_table),
    "narrow-products": (("narrow_products",), narrow_products_table),
    "narrow-models": (("narrow_models",), narrow_models_table),
    "stored": (("stored",), stored_table),
    "forward": (("model",), forward_table),
    "tape-lengths": (("tape_lengths",), tape_lengths_table),
    "mixed": (("tape_lengths",), mixed_table),
    "training": (("training",), training_table),
    "compiling": (("compile",), compile_table),
    "pictures": (("pictures",), pictures_table),
}


def runs_table(records):
    missing = [name for name, (needed, _) in TABLES.items() if not records.keys() >= set(needed)]
    said = f"\nTables without a record, as they were printed when measured: {', '.join(missing)}.\n" if missing else ""
    return table(["part", "command", "date", "version", "processor"],
                 ([name, f"`{one['command']}`", one["date"], one["version"], f"{one['processor']}, {one['cores']} cores"] for name, one in records.items())) + said


def made(records, name):
    """The table; None where a part is not recorded."""
    if name == "runs":
        return runs_table(records)
    needed, make = ("models",), readme_table
    if name in TABLES:
        needed, make = TABLES[name]
    return make(*(records[part]["rows"] for part in needed)) if records.keys() >= set(needed) else None


def main():
    parser = argparse.ArgumentParser(prog="bench/report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("folder", type=pathlib.Path, nargs="?")
    what.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.folder:
        found = parts.distil(options.folder)
        if not found:
            raise SystemExit(f"bench/report: {options.folder}: wanted what cmake/bench.sh leaves, found no file of it")
        print(f"recorded: {', '.join(found)}")
    records = parts.load()
    return max(pages.update("bench/report", "speed", [page], names, lambda name: made(records, name), options.check, all_placed=True)
               for page, names in (("docs/performance.md", [*TABLES, "runs"]), ("README.md", ["peers"])))


sys.exit(main())
