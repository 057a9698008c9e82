"""pixels.py RECORD DIR...: the evaluation of adatape-fewshot on pixels in place of features, by numpy: for each folder of IDX files the accuracies of 0 to 1
over the choices of images, for each number of shots, as JSON in the file RECORD. The images are chosen by numpy's generator, so the choices are others than
those of adatape-fewshot."""
import json
import pathlib
import sys

import numpy as np

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
import idx

SHOTS, SEEDS, L2, BIAS = (1, 5, 10, 25), 3, 1024, 100.0


def read_idx(folder, name):
    shape, values = idx.read(idx.find(folder, name))
    return np.frombuffer(values, np.uint8).reshape(shape)


def accuracy(train, labels, test, test_labels, classes):
    mean, deviation = train.mean(0), train.std(0)
    constant = deviation == 0
    deviation[constant] = 1
    train, test = ((values - mean) / deviation * ~constant for values in (train, test))
    train, test = (np.c_[values, np.full(len(values), BIAS)] for values in (train, test))
    wanted = 2 * np.eye(classes)[labels] - 1
    weights = train.T @ np.linalg.solve(train @ train.T + L2 * np.eye(len(train)), wanted)
    return float(np.mean((test @ weights).argmax(1) == test_labels))


found = {}
for folder in map(pathlib.Path, sys.argv[2:]):
    images, test = (read_idx(folder, f"{split}-images-idx3-ubyte") for split in ("train", "t10k"))
    labels, test_labels = (read_idx(folder, f"{split}-labels-idx1-ubyte") for split in ("train", "t10k"))
    images, test = (values.reshape(len(values), -1) / 255 for values in (images, test))
    classes = int(labels.max()) + 1
    found[folder.name] = {str(shots): [] for shots in SHOTS}
    for shots in SHOTS:
        for seed in range(SEEDS):
            random = np.random.RandomState(seed)
            chosen = np.concatenate([random.permutation(np.flatnonzero(labels == c))[:shots] for c in range(classes)])
            found[folder.name][str(shots)].append(accuracy(images[chosen], labels[chosen], test, test_labels, classes))
record = {"command": "bench/fewshot/study.sh", "version": f"numpy {np.__version__}", "seeds": list(range(SEEDS)), "fewshot": found}
pathlib.Path(sys.argv[1]).write_text(json.dumps(record, indent=1) + "\n")
