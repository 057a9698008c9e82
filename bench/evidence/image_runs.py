"""What is recorded of a run of adatape-train: its log, and the tests of its last weights."""
import json
import math
import pathlib
import re
import struct
import subprocess
import sys

from records import ROOT

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import idx

FASHION = "/usr/share/datasets/fashion-mnist"  # where adatape-train looks for data
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


def test_files(data):
    """Images and labels of the test set of a folder."""
    return [idx.find(ROOT / data, name) for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")]


def predicted(programs, checkpoint, files, tau):
    said = output(programs / "adatape-predict", checkpoint, files[0], "--labels", files[1], "--tau", tau).splitlines()[-1]
    percent, length, macs = map(float, re.match(r"accuracy ([\d.]+) % on \d+ images, mean .*? ([\d.]+), ([\d.]+) million MACs", said).groups())
    return tested(tau, percent / 100, length, macs * 1e6)


def readings(programs, checkpoint, files, storage):
    """What a model with kernels of a storage says of the test images: class, tape length, and the bank tokens that were read."""
    said = output(programs / "adatape-predict", checkpoint, files[0], "--json", "--storage", storage).splitlines()
    return [(one["class"], one["length"], one["tape"]) for one in map(json.loads, said)]


def stored(programs, checkpoint, files, storages):
    """A test for each storage of kernels: right answers, and images whose tape has the length, and the bank tokens, that it has with kernels of f32."""
    _, labels = idx.read(files[1])
    found = {storage: readings(programs, checkpoint, files, storage) for storage in ("f32", *storages)}
    return [{"storage": storage, "samples": len(said), "correct": sum(one[0] == label for one, label in zip(said, labels, strict=True)),
             "equal_lengths": sum(one[1] == exact[1] for one, exact in zip(said, found["f32"])),
             "equal_reads": sum(one[2] == exact[2] for one, exact in zip(said, found["f32"]))} for storage, said in found.items()]


def few_shots(programs, checkpoint, data):
    """Accuracies of 0 to 1 over the choices of images, for each number of shots."""
    path = checkpoint.parent / f"{data}.json"
    output(programs / "adatape-fewshot", checkpoint, "--data", FEWSHOT_DATA / data, "--shots", "1,5,10,25", "--json", path)
    return {str(result["shots"]): result["accuracies"] for result in json.loads(path.read_text())["results"]}


def version(programs):
    return output(programs / "adatape-train", "--version").strip()


def result(programs, place, run, data=FASHION):
    """The record of a finished run in the folder `place`: results[0] is the test after the last epoch, the others are tests with the `taus` of the run."""
    checkpoint, best = place / "last.safetensors", header(place / "best.safetensors")
    metadata = best.pop("__metadata__")
    epochs = [json.loads(line) for line in (place / "log.jsonl").read_text().splitlines()]
    last = epochs[-1]
    files = test_files(data)
    found = {
        "version": version(programs),
        "model": metadata["model"],
        "config": json.loads(metadata["config"]),
        "settings": json.loads(header(checkpoint)["__metadata__"]["training"]),
        "parameters": sum(math.prod(tensor["shape"]) for tensor in best.values()),
        "epochs": epochs,
        "results": [tested(0.0, last["test_accuracy"], last["length"], last["macs"]), *(predicted(programs, checkpoint, files, tau) for tau in run.get("taus", []))],
    }
    if "fewshot" in run:
        found["fewshot"] = {data: few_shots(programs, checkpoint, data) for data in run["fewshot"]}
    if "storages" in run:
        found["storages"] = stored(programs, checkpoint, files, run["storages"])
    return found
