#!/usr/bin/env python3
"""pages.py CHECKOUT OUT: writes the sources of the site: README.md and the guides of docs/ with links that hold there, and a page of the API for each folder of
include/adatape. Exits with 1 and a line where a link leads nowhere."""
import pathlib
import re
import shutil
import sys

from as_parsed import group_of

checkout, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
docs, headers = checkout / "docs", checkout / "include" / "adatape"

GUIDES = {
    "Guides": "packages pictures data recipes fewshot distributed interchange onnx deployment library web".split(),
    "The model and its computation": "model design numerics gradients performance halting glossary".split(),
    "Results": "results gallery model-cards".split(),
}
ROOMS = {
    "core": "Memory, parameters, tokens, random numbers, and what a layer and a model are.",
    "simd": "Kernels for each instruction set.",
    "ops": "Operations over arrays: products, attention, softmax, norms, updates.",
    "nn": "Layers, and layers made of layers.",
    "tape": "Banks, readers, and the encoder that reads.",
    "act": "Adaptive computation over one block: ACT and PonderNet.",
    "model": "Whole models of a configuration, and inference.",
    "train": "Training steps, objectives, optimizers, schedules.",
    "mpi": "Training in several processes.",
    "data": "Data sets, sampling, loading.",
    "image": "Decoding, resizing and augmentation of pictures.",
    "fewshot": "The few-shot protocol.",
    "io": "Files: safetensors, checkpoints, packed weights.",
    "weights": "Weights of other libraries.",
    "onnx": "Models as ONNX graphs.",
    "testing": "Checks for layers of one's own.",
}


def fail(text):
    sys.exit(f"pages.py: {text}")


def link(page, text, target):
    """A link of a page, as the site has it. What is no page becomes its path in the checkout."""
    path, _, anchor = target.partition("#")
    if re.match(r"^\w+:", target) or not path:
        return f"[{text}]({target})"
    place = (page.parent / path).resolve()
    if not place.exists():
        fail(f"{page.relative_to(checkout)}: the link {target} leads nowhere")
    if place == checkout / "README.md":
        return f"[{text}](index.md{'#' + anchor if anchor else ''})"
    if place.parent == docs and place.suffix == ".md" or docs / "images" in place.parents:
        return f"[{text}]({place.relative_to(docs)}{'#' + anchor if anchor else ''})"
    name = place.relative_to(checkout)
    return f"`{name}`" if text.strip("`") == str(name) else f"{text} (`{name}`)"


def graph(match):
    """A flowchart of Mermaid in the language of Graphviz, which needs no script in the page."""
    text = re.sub(r'(\w+)\["([^"]*)"\]', lambda node: f'{node[1]} [label="{node[2]}"];\n{node[1]}'.replace("<br/>", "\\n"), match.group(1))
    labels = re.findall(r"\w+ \[label=.*?\];", text)
    edges = re.findall(r"(\w+) --> ((?:\w+ \[label=.*?\];\n)?)(\w+)", text)
    lines = ['rankdir=LR; bgcolor="transparent"; node [shape=box, fontname="sans-serif", fontsize=11];', *labels, *(f"{a} -> {b};" for a, _, b in edges)]
    return "```{graphviz}\ndigraph {\n" + "\n".join(lines) + "\n}\n```"


def guide(page):
    text = re.sub(r"```mermaid\nflowchart LR\n(.*?)```", graph, page.read_text(), flags=re.S)
    # Code blocks stay as they are.
    parts = re.split(r"(^ *```.*?^ *```)", text, flags=re.S | re.M)
    parts[::2] = [re.sub(r"\[([^\]\[]*)\]\(([^)\s]+)\)", lambda found: link(page, *found.groups()), part) for part in parts[::2]]
    return "".join(parts)


def toctree(caption, names):
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(names) + "\n```\n"


def main():
    known = {name for names in GUIDES.values() for name in names}
    found = {page.stem for page in docs.glob("*.md")}
    if known != found:
        fail(f"guides that are not listed, or not there: {' '.join(sorted(known ^ found))}")
    rooms = {folder.name for folder in headers.iterdir() if folder.is_dir()}
    if rooms != set(ROOMS):
        fail(f"folders of headers that are not described, or not there: {' '.join(sorted(rooms ^ set(ROOMS)))}")

    shutil.rmtree(out, ignore_errors=True)
    (out / "api").mkdir(parents=True)
    shutil.copytree(docs / "images", out / "images")
    for name in found:
        (out / f"{name}.md").write_text(guide(docs / f"{name}.md"))
    trees = [toctree(caption, names) for caption, names in GUIDES.items()] + [toctree("Reference", ["api/c", *(f"api/{room}" for room in ROOMS)])]
    (out / "index.md").write_text(guide(checkout / "README.md") + "\n" + "\n".join(trees))
    (out / "api" / "c.md").write_text("# C interface\n\n[C and Python](../library.md) says how it is used.\n\n```{doxygenfile} adatape.h\n```\n")
    for room, text in ROOMS.items():
        parts = [f"# {room}\n\n{text}\n"]
        for header in sorted((headers / room).glob("*.hpp")):
            name = f"adatape/{room}/{header.name}"
            parts.append(f'## {header.name}\n\n```cpp\n#include "{name}"\n```\n')
            parts += [f"```{{doxygengroup}} {group_of(header)}\n{options}\n```\n" for options in (":desc-only:", ":content-only:\n:members:")]
        (out / "api" / f"{room}.md").write_text("\n".join(parts))


if __name__ == "__main__":
    main()
