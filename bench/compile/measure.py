"""measure.py [--compilers g++ clang++] [--rounds 3] [--json FILE]: time and memory that one translation unit takes to compile.

The unit is adatape_s16.cpp, and it is run too. Compilers that are not there, or are there without OpenMP, are left out. Median seconds over the rounds;
MiB is the peak of the compiler's largest process.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ["-std=c++20", "-O3", "-march=native", "-fopenmp", f"-I{HERE.parent.parent / 'include'}", "-isystem", "/usr/include/eigen3"]
MOST_SECONDS, MOST_MIB = 30, 1024


def run(command):
    """Seconds, seconds of CPU and peak MiB of a command; stops the program if it fails."""
    start = time.perf_counter()
    _, status, usage = os.wait4(subprocess.Popen(command).pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def has_openmp(compiler):
    """Is the compiler there, with OpenMP? clang's comes in a package of its own."""
    command = [compiler, "-fopenmp", "-fsyntax-only", "-xc++", "-"]
    return shutil.which(compiler) and subprocess.run(command, input=b"#include <omp.h>", capture_output=True).returncode == 0


def measure(compiler, rounds):
    with tempfile.TemporaryDirectory() as folder:
        binary = pathlib.Path(folder) / "program"
        runs = [run([compiler, *FLAGS, HERE / "adatape_s16.cpp", "-o", binary]) for _ in range(rounds)]
        subprocess.run([binary], check=True, stdout=subprocess.DEVNULL)
    version = subprocess.run([compiler, "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    seconds, cpu_seconds, mebibytes = zip(*runs)
    return {"compiler": compiler, "version": version, "seconds": statistics.median(seconds), "cpu_seconds": statistics.median(cpu_seconds),
            "MiB": max(mebibytes)}


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compilers", nargs="+", default=["g++", "clang++"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error(f"--rounds: wanted at least 1, found {options.rounds}")
    results = [measure(compiler, options.rounds) for compiler in options.compilers if has_openmp(compiler)]
    print(f"| compiler | seconds (goal {MOST_SECONDS}) | CPU seconds | MiB (goal {MOST_MIB}) |\n|---|---|---|---|")
    for result in results:
        print(f"| {result['version']} | {result['seconds']:.1f} | {result['cpu_seconds']:.1f} | {result['MiB']:.0f} |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=2) + "\n")


main()
