#!/usr/bin/env python3
"""check_report.py FOLDER EPOCHS: reads report.html, log.csv and the event files of a run with EPOCHS epochs and compares them with its log.jsonl. Prints what is
wrong; exit code 1 then. Standard library only."""
import base64
import csv
import html.parser
import json
import pathlib
import re
import struct
import subprocess
import sys
import zlib

VOID = {"meta", "link", "br", "img"}
faults = []


def check(right, sentence):
    if not right:
        faults.append(sentence)


class Page(html.parser.HTMLParser):
    """Nesting, text by element, tables by caption."""

    def __init__(self):
        super().__init__()
        self.open, self.tables, self.pictures, self.points, self.scripts, self.handlers = [], {}, [], [], 0, 0
        self.text = {"h2": [], "h3": [], "figcaption": [], "title": [], "pre": [], "dt": []}
        self.row = self.caption = None

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.handlers += sum(name.startswith("on") for name in values)
        self.scripts += tag == "script"
        check(not any(re.match(r"(?:https?:)?//", value or "") for name, value in attributes if name in ("src", "href")), f"<{tag}> asks for a file: {values}")
        if tag == "image":
            self.pictures.append(values["href"])
        if "point" in values.get("class", "").split():
            self.points.append(values["aria-label"])
        if tag == "table":
            self.caption, self.rows = "", []
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
        if tag in self.text:
            self.text[tag].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        check(self.open and self.open[-1] == tag, f"</{tag}> inside {self.open[-3:]}")
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "table":
            self.tables[self.caption] = self.rows

    def handle_data(self, data):
        for tag in self.open:
            if tag in self.text:
                self.text[tag][-1] += data
        if "table" in self.open and self.open[-1] == "caption":
            self.caption += data
        elif "th" in self.open or "td" in self.open:
            self.rows[-1][-1] += data


def check_png(uri):
    content = base64.b64decode(uri.removeprefix("data:image/png;base64,"), validate=True)
    check(content.startswith(b"\x89PNG\r\n\x1a\n"), "a picture is no PNG")
    at = 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        check(zlib.crc32(content[at + 4:at + 8 + length]) == struct.unpack_from(">I", content, at + 8 + length)[0], "a PNG is damaged")
        at += 12 + length


folder, epochs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
check([entry["epoch"] for entry in log] == list(range(1, epochs + 1)), f"log.jsonl: {[entry['epoch'] for entry in log]}")

with open(folder / "log.csv", newline="", encoding="utf-8") as file:
    content = file.read()
    rows = list(csv.DictReader(content.splitlines(keepends=True), strict=True))
check(content.count("\r\n") == epochs + 1 == content.count("\n"), "log.csv: the ends of lines")
check([{key: float(value) for key, value in row.items() if value} for row in rows] == log, f"log.csv differs from log.jsonl: {rows}")

scalars = {}
for events in sorted(folder.glob("events.out.tfevents.*")):
    check(re.fullmatch(r"events\.out\.tfevents\.\d{10}\..+", events.name), f"the name {events.name}")
    read = subprocess.run([sys.executable, pathlib.Path(__file__).with_name("read_events.py"), events], stdout=subprocess.PIPE, text=True, check=False)
    check(read.returncode == 0, f"{events.name} cannot be read")
    for line in read.stdout.splitlines():
        epoch, tag, value = line.split()
        check((int(epoch), tag) not in scalars, f"{tag} of epoch {epoch} is there twice")
        scalars[int(epoch), tag] = float(value)
tags = {"loss/train": "loss", "accuracy/train": "accuracy", "accuracy/test": "test_accuracy", "rate": "rate", "images_per_second": "images_per_second"}
lengths = {tag for _, tag in scalars} - set(tags)
check(lengths in ({"tape_length/test"}, {"steps/test"}, set()), f"other tags: {lengths}")
for entry in log:
    for tag, key in [*tags.items(), *((tag, "length") for tag in lengths)]:
        value = scalars.get((entry["epoch"], tag))
        check(value is not None and abs(value - entry[key]) <= 1e-5 * abs(entry[key]) + 1e-12, f"{tag} of epoch {entry['epoch']}: {value}, wanted {entry[key]}")
check(len(scalars) == epochs * (len(tags) + len(lengths)), f"{len(scalars)} scalars")

page = Page()
page.feed((folder / "report.html").read_text(encoding="utf-8"))
page.close()
check(not page.open, f"open at the end: {page.open}")
check(page.scripts == 1 and page.handlers == 0, f"{page.scripts} scripts, {page.handlers} handlers")
check(page.text["h2"][0] == "Curves" and {"Confusion", "Examples", "Settings"} <= set(page.text["h2"]), f"sections {page.text['h2']}")
accuracy, loss = page.tables["Accuracy"], page.tables["Training loss"]
check(accuracy == [["Epoch", "test", "training"]] + [[str(entry["epoch"]), f"{100 * entry['test_accuracy']:.2f} %", f"{100 * entry['accuracy']:.2f} %"] for entry in log],
      f"table of accuracy: {accuracy}")
check([float(row[1]) for row in loss[1:]] == [float(f"{entry['loss']:.4g}") for entry in log], f"table of the loss: {loss}")
check(sum("epoch" in label for label in page.points) == epochs * (3 + bool(lengths)), f"points: {page.points}")
check(("Distribution of the tape length" in page.text["h3"]) == (lengths == {"tape_length/test"}), f"charts {page.text['h3']}")
check(("Accuracy against compute" in page.text["h3"]) == (lengths == {"tape_length/test"}), f"charts {page.text['h3']}")
check({"batch-size", "lr", "seed", "tau", "model"} <= set(page.text["dt"]), f"settings {page.text['dt']}")
check(page.text["pre"][0].startswith("adatape-train --"), f"command line {page.text['pre']}")
check(page.text["pre"][1].startswith("adatape ") and "floats, bf16 by" in page.text["pre"][1], f"program {page.text['pre']}")
check(0 < len(page.pictures) <= 24 and len(page.pictures) == len(page.text["figcaption"]), f"{len(page.pictures)} examples")
for picture in page.pictures:
    check_png(picture)
matrix = [rows for caption, rows in page.tables.items() if caption.startswith("Rows are true classes")]
if matrix:
    counts = [[int(cell) for cell in row[1:-1]] for row in matrix[0][1:]]
    right, total = sum(row[i] for i, row in enumerate(counts)), sum(map(sum, counts))
    check(abs(right / total - log[-1]["test_accuracy"]) < 1e-9, f"confusion: {right} of {total} right, wanted {log[-1]['test_accuracy']}")
    if lengths:
        name = lengths.pop().split("/")[0].replace("_", " ")
        check(sum(int(row[1]) for row in page.tables[f"Test pictures of each {name}"][1:]) == total, "the histogram counts other pictures")
print("\n".join(faults))
sys.exit(bool(faults))
