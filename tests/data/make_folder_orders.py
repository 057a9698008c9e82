#!/usr/bin/env python3
"""Prints the orders that class_folder_test.cpp expects: those of torchvision's ImageFolder and of timm, made with Python's own sorting.

Run:  python3 tests/data/make_folder_orders.py
It needs nothing but Python. The results were pasted into the test.
"""
import os
import re
import tempfile

ENDINGS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def natural(text):
    return [int(run) if run.isdigit() else run for run in re.split(r"(\d+)", text.lower())], text.encode()


def visible(name):
    return not name.startswith(".")


def walk(top):
    for folder, folders, files in os.walk(top, followlinks=True):
        folders[:] = filter(visible, folders)
        yield folder, [name for name in files if visible(name) and name.lower().endswith(ENDINGS)]


def torchvision(root):
    classes = sorted(entry.name for entry in os.scandir(root) if entry.is_dir() and visible(entry.name))
    for label, name in enumerate(classes):
        for folder, files in sorted(walk(os.path.join(root, name))):
            for file in sorted(files):
                yield os.path.relpath(os.path.join(folder, file), root), label


def timm(root):
    classes = sorted((entry.name for entry in os.scandir(root) if entry.is_dir() and visible(entry.name)), key=natural)
    files = [(os.path.relpath(os.path.join(folder, file), root), label)
             for label, name in enumerate(classes) for folder, names in walk(os.path.join(root, name)) for file in names]
    return sorted(files, key=lambda entry: natural(entry[0]))


def show(order, names):
    with tempfile.TemporaryDirectory() as root:
        for name in names:
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").close()
        print(order.__name__ + ": " + ", ".join(f"{path}={label}" for path, label in order(root)))


show(torchvision, ["b/2.png", "b/10.PNG", "b/sub/1.jpg", "b/sub/deeper/0.jpeg", "b/sub x/3.webp", "B/x.TIFF", "10/a.bmp", "2/a.ppm", "b/note.txt",
                   "b/.hidden.png", "B/._x.png", ".git/config.png", "b/.thumbs/1.png", "outside.png", "b/1.gif", "b/.png"])
show(timm, ["b/2.png", "b/10.png", "b/B1.png", "b/a2.png", "B2/x.png", "10/a.png", "2/a.png", "b/01.png"])
texts = ["", "/x", "0", "00", "1", "01", "1a", "01b", "1B2", "1b10", "2", "10", "99999999999999999998", "99999999999999999999", "a", "a 1", "a/1", "A1",
         "a1", "a01", "a1b", "a2", "a10", "a10/b", "a10/b2", "aB", "ab1", "B", "b", "z\u00e9", "\u00e4"]
print("natural: " + ", ".join('"' + text + '"' for text in sorted(texts, key=natural)))
