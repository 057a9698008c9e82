"""What halting costs: python3 bench/halting [--check | --measure PROGRAM [--rounds N]]

Writes the tables of docs/halting.md and docs/images/halting.svg from docs/results/halting.json. --measure runs bench_halting first, and writes that record.
--check writes nothing, and fails if the page has other numbers than the record. The picture needs python3-matplotlib.
"""
import argparse
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import measure
import pages
from costs import Costs
from tables import TABLES

RECORD = pages.ROOT / "docs" / "results" / "halting.json"
PAGE = "docs/halting.md"


def main():
    parser = argparse.ArgumentParser(prog="bench/halting", usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true")
    what.add_argument("--measure", metavar="PROGRAM", help="bench_halting of a release build")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds: wanted at least 1, found {options.rounds}")
    if options.measure:
        measure.measure(options.measure, options.rounds, RECORD)
    try:
        costs = Costs(RECORD)
    except OSError as error:
        raise SystemExit(f"bench/halting: {error.filename}: wanted the record of a run, found nothing to read ({error.strerror}); --measure makes it")
    code = pages.update("bench/halting", "halting", [PAGE], TABLES, lambda name: TABLES[name](costs), options.check, all_placed=True)
    if not code and not options.check:
        import figure  # the tables need no matplotlib

        figure.draw(costs, pages.ROOT / "docs" / "images" / "halting.svg")
    return code


sys.exit(main())
