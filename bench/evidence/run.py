#!/usr/bin/env python3
"""run.py [--jobs N] [--programs DIR] [--only-check] [--quick | STUDY ...]: the runs behind the tables of docs, those of
bench/evidence/studies.json. Without names all studies but those that a script of their own prepares (`prepared_by`).

Each run is one training of one model with one seed. Finished runs are not repeated, and interrupted ones are continued, unless the study says other flags now.
Everything is written to build/evidence; what tables and figures need, with command and version, goes to docs/results as one small JSON file a run. What a run
prints is in build/evidence/RUN.log, its command in RUN.command.

--jobs trains so many models at a time, each with its share of the cores; results do not depend on it. --programs takes programs that are compiled already.
--quick trains the AdaTape models of study `recall-most` alone, with a seed that no recorded run has, keeps nothing, and fails unless every result lies within
the recorded error bars. --only-check says what is wrong with the other arguments, and ends.
"""
import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

import image_runs
from records import RECORDS, ROOT, SEEDS, STUDIES, accuracy, load, spread, write_whole

WORK = ROOT / "build" / "evidence"
BUILT = WORK / "build" / "bin"
QUICK, FRESH_SEED = "recall-most", 1000
# What says which models a program is compiled with.
VARIABLES = {"adatape-scenes": "ADATAPE_SCENE_MODELS", "adatape-clutter": "ADATAPE_CLUTTER_MODELS", "adatape-parity": "ADATAPE_PARITY_MODELS",
             "adatape-recall": "ADATAPE_RECALL_MODELS", "adatape-train": "ADATAPE_MODELS"}
TESTERS = {"adatape-train": ("adatape-predict", "adatape-fewshot")}  # what tests the models that a program trains, where it does not do so itself


def build(studies):
    """Compiles the programs with the models of these studies."""
    types = {program: list(dict.fromkeys(run["type"] for study in studies.values() if study["program"] == program for run in study["runs"]))
             for program in VARIABLES}
    programs = [program for program, wanted in types.items() if wanted]
    options = [f"-D{VARIABLES[program]}={';'.join(types[program])}" for program in programs]
    targets = [*programs, *(tester for program in programs for tester in TESTERS.get(program, ()))]
    commands = [["cmake", "--preset", "release", "-B", str(WORK / "build"), "-DADATAPE_BUILD_TESTS=OFF", "-DADATAPE_BUILD_BENCH=OFF",
                 "-DADATAPE_MODELS=AdatapeFashionTiny", *options],
                ["cmake", "--build", str(WORK / "build"), "--target", *targets]]
    log = WORK / "build.log"
    with open(log, "w") as out:
        for command in commands:
            if subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT).returncode:
                sys.exit(f"run.py: the build failed; {log} says why")


def command_of(study, run, seed):
    """The flags of a run stand in for those of its study. A run with `init`, STUDY-RUN of another one, starts from its weights with the same seed."""
    flags = {name: value for given in (study["flags"], run["flags"]) for name, value in zip(given[::2], given[1::2])}
    if "init" in run:
        flags["--init"] = f"build/evidence/{run['init']}-{seed}/last.safetensors"
    return [study["program"], *itertools.chain(*flags.items()), "--seed", str(seed)]


def train(study, run, seed, place, threads, programs=BUILT, sweep=False):
    """The result of a run, which is trained, and swept after that, if need be. A run that an interrupt ended is continued. Raises RuntimeError where the run fails,
    or where `place` holds one of another command."""
    result, begun = place / "result.json", pathlib.Path(f"{place}.command")
    command = command_of(study, run, seed)
    if begun.exists() and begun.read_text() != shlex.join(command):
        raise RuntimeError(f"{place.name} was trained by another command than the study has now; rm -r {place} {begun} lets it be trained anew")
    begun.write_text(shlex.join(command))
    if not result.exists():
        started = time.monotonic()
        state = ["--resume"] if (place / "last.safetensors").exists() else ["--overwrite"]
        flags = state if state == ["--resume"] else command[1:] + state
        with open(f"{place}.log", "a") as log:
            done = subprocess.run([str(programs / command[0]), *flags, *["--sweep"] * sweep, "--out", str(place), "--threads", str(threads)], cwd=ROOT, stdout=log,
                                  stderr=subprocess.STDOUT)
        if study["program"] == "adatape-train" and not done.returncode:
            data = command[command.index("--data") + 1] if "--data" in command else image_runs.FASHION
            write_whole(result, json.dumps(image_runs.result(programs, place, run, data)))
        if done.returncode or not result.exists():
            raise RuntimeError(f"{place.name} ended with {done.returncode}; {place}.log says why")
        print(f"{place.name}: {accuracy(json.loads(result.read_text())['results'][0]):.2f} % after {time.monotonic() - started:.0f} s", flush=True)
    return {"command": shlex.join(command), **json.loads(result.read_text())}


def record(name, result):
    RECORDS.mkdir(exist_ok=True)
    write_whole(RECORDS / f"{name}.json", json.dumps(result, indent=1, sort_keys=True) + "\n")


def quick(programs, threads):
    """Trains the models with a tape of study QUICK with a fresh seed. Whether all results are within four deviations, at least two points, of the recorded mean."""
    study, good = STUDIES[QUICK], True
    missing = [name for run in study["runs"] for seed in SEEDS if not (RECORDS / (name := f"{QUICK}-{run['name']}-{seed}.json")).exists()]
    if missing:
        sys.exit(f"run.py: docs/results has no {missing[0]} to compare with; `cmake/evidence.sh {QUICK}` makes it")
    if programs == BUILT:
        build({QUICK: study})
    with tempfile.TemporaryDirectory() as folder:
        for run in (run for run in study["runs"] if run["kind"] != "plain"):
            mean, deviation = spread([accuracy(record["results"][0]) for record in load(QUICK, run)])
            found = accuracy(train(study, run, FRESH_SEED, pathlib.Path(folder) / run["name"], threads, programs)["results"][0])
            allowed = max(2.0, 4 * deviation)
            within = abs(found - mean) <= allowed
            good = good and within
            print(f"{run['name']}: recorded {mean:.2f} +- {allowed:.2f} %, found {found:.2f} %: {'within' if within else 'OUTSIDE'}", flush=True)
    return good


def cores():
    return len(os.sched_getaffinity(0))


def train_all(studies, jobs, programs):
    """Trains and records every run of the studies, those that start from other runs last. Whether all ended well; the others go on where one does not."""
    wanted = [(f"{name}-{run['name']}-{seed}", study, run, seed) for name, study in studies.items() for seed in SEEDS for run in study["runs"]
              if seed in run.get("seeds", SEEDS)]
    good, number = True, 0
    for later in (False, True):
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            runs = {pool.submit(train, study, run, seed, WORK / name, max(1, cores() // jobs), programs, sweep="curve" in run): name
                    for name, study, run, seed in wanted if ("init" in run) == later}
            for finished in concurrent.futures.as_completed(runs):
                try:
                    record(runs[finished], finished.result())
                    number += 1
                    print(f"{number} of {len(wanted)} runs recorded", flush=True)
                except RuntimeError as error:
                    good = False
                    print(f"run.py: {error}", file=sys.stderr, flush=True)
    return good


def main(arguments):
    parser = argparse.ArgumentParser(prog="run.py", usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--programs", type=pathlib.Path, default=BUILT, metavar="DIR")
    parser.add_argument("--jobs", type=int, default=1, metavar="N")
    parser.add_argument("--only-check", action="store_true")
    parser.add_argument("studies", nargs="*", metavar="STUDY")
    flags = parser.parse_args(arguments)
    unknown = [name for name in flags.studies if name not in STUDIES]
    if unknown:
        parser.error(f"wanted names of studies ({', '.join(STUDIES)}), found {unknown[0]}")
    if not 1 <= flags.jobs <= 64:
        parser.error(f"--jobs: wanted 1 to 64, found {flags.jobs}")
    if flags.quick and flags.studies:
        parser.error(f"--quick trains a study of its own: wanted no name, found {flags.studies[0]}")
    if flags.only_check:
        return 0
    WORK.mkdir(parents=True, exist_ok=True)
    programs = flags.programs.resolve()
    if flags.quick:
        try:
            return 0 if quick(programs, max(1, cores() // flags.jobs)) else 1
        except RuntimeError as error:
            sys.exit(f"run.py: {error}")
    studies = {name: STUDIES[name] for name in flags.studies or (name for name, study in STUDIES.items() if "prepared_by" not in study)}
    if flags.programs == BUILT:
        build(studies)
    return 0 if train_all(studies, flags.jobs, programs) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
