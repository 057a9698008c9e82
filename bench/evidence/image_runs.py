"""What is recorded of a run of adatape-train: its log, and the tests of its last weights."""
import json
import math
import pathlib
import re
import struct
import subprocess

from records import ROOT

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
IMAGES, LABELS = DATA / "t10k-images-idx3-ubyte.gz", DATA / "t10k-labels-idx1-ubyte.gz"
TESTS = 10000
FEWSHOT_DATA = ROOT / "build" / "fewshot"  # bench/fewshot/study.sh fetches it


def header(path):
    """The JSON of a safetensors file."""
    with open(path, "rb") as file:
        return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))


def output(*command):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}")
    return done.stdout


def tested(tau, accuracy, length, macs):
    """A result as the programs of tasks record it; accuracy of 0 to 1."""
    return {"tau": tau, "exact_tape_tokens": 0, "correct": round(accuracy * TESTS), "samples": TESTS, "mean_length": length, "mean_macs": macs}


def predicted(programs, checkpoint, tau):
    said = output(programs / "adatape-predict", checkpoint, IMAGES, "--labels", LABELS, "--tau", tau).splitlines()[-1]
    percent, length, macs = map(float, re.match(r"accuracy ([\d.]+) % on \d+ images, mean .*? ([\d.]+), ([\d.]+) million MACs", said).groups())
    return tested(tau, percent / 100, length, macs * 1e6)


def few_shots(programs, checkpoint, data):
    """Accuracies of 0 to 1 over the choices of images, for each number of shots."""
    path = checkpoint.parent / f"{data}.json"
    output(programs / "adatape-fewshot", checkpoint, "--data", FEWSHOT_DATA / data, "--shots", "1,5,10,25", "--json", path)
    return {str(result["shots"]): result["accuracies"] for result in json.loads(path.read_text())["results"]}


def version(programs):
    return output(programs / "adatape-train", "--version").strip()


def result(programs, place, run):
    """The record of a finished run in the folder `place`: results[0] is the test after the last epoch, the others are tests with the `taus` of the run."""
    checkpoint, best = place / "last.safetensors", header(place / "best.safetensors")
    metadata = best.pop("__metadata__")
    epochs = [json.loads(line) for line in (place / "log.jsonl").read_text().splitlines()]
    last = epochs[-1]
    found = {
        "version": version(programs),
        "model": metadata["model"],
        "config": json.loads(metadata["config"]),
        "settings": json.loads(header(checkpoint)["__metadata__"]["training"]),
        "parameters": sum(math.prod(tensor["shape"]) for tensor in best.values()),
        "epochs": epochs,
        "results": [tested(0.0, last["test_accuracy"], last["length"], last["macs"]), *(predicted(programs, checkpoint, tau) for tau in run.get("taus", []))],
    }
    if "fewshot" in run:
        found["fewshot"] = {data: few_shots(programs, checkpoint, data) for data in run["fewshot"]}
    return found
