#!/usr/bin/env python3
"""places.py CHECKOUT: what the pages say about headers. Every header that README.md or docs/ names is there. A header of the glossary declares the names behind
it. The table of folders in docs/design.md is that of tests/structure. Exits with 1 and a line for each fault."""
import pathlib
import re
import sys

checkout = pathlib.Path(sys.argv[1])
include = checkout / "include/adatape"
faults = []


def header(name):
    """The path of a header that a page names; None: there is none. A name without a folder is for the reader."""
    return next((folder / name for folder in (include, checkout / "include", checkout) if (folder / name).is_file()), None)


def declares(text, name):
    """Whether the text declares a type, function, member, enumerator or macro of that name: the line has a type before it, or begins with an enumerator."""
    text, name = re.sub(r"//.*", "", text), re.escape(name)
    kind = rf"\b(?:struct|class|concept|using|namespace|define)\s+{name}\b"
    typed = rf"^(?!\s*(?:return|else|using)\b)\s*[\w:<>,\[\]*& ]*[\w>*&\]]\s+[*&]*{name}\s*(?:[({{=;,\[]|$)"
    return re.search(rf"{kind}|{typed}|^\s*{name}\s*,\s*$", text, re.M)


for page in [checkout / "README.md", *sorted((checkout / "docs").glob("*.md"))]:
    for name in sorted(set(re.findall(r"`([\w.-]+/[\w./-]*\.hpp)`", page.read_text()))):
        if not header(name):
            faults.append(f"{page.name}: there is no {name}")

pairs = 0
for row in re.findall(r"^\| (.*) \|$", (checkout / "docs/glossary.md").read_text(), re.M):
    term, place, path = row.split(" | ")[0], row.split(" | ")[-1], None
    for name in re.findall(r"`([^`]+)`", place):
        if name.endswith(".hpp"):
            path = header(name)
        elif path:
            pairs += 1
            if not declares(path.read_text(), re.split(r"[(<= ]", name)[0].split("::")[-1]):
                faults.append(f"glossary.md: {term}: {path.relative_to(include)} does not declare {name}")

rules = (checkout / "tests/structure/structure.cmake").read_text()
allowed = {folder: set(others.split()) - {folder} for folder, others in re.findall(r"set\(allowed_(\w+) ([^)]*)\)", rules)}
table = (checkout / "docs/design.md").read_text().partition("| folder | may include |")[2].partition("\n\n")[0]
found = {}
for folders, others in re.findall(r"^\| (`.*?) \| (.*?)(?:;.*)? \|$", table, re.M):
    found |= {folder: set(re.findall(r"`(\w+)`", others)) for folder in re.findall(r"`(\w+)`", folders)}
for folder in sorted(allowed.keys() | found.keys()):
    if allowed.get(folder) != found.get(folder):
        faults.append(f"design.md: {folder} may include {sorted(found.get(folder, []))}, wanted {sorted(allowed.get(folder, []))}")
if pairs < 50:
    faults.append(f"glossary.md: wanted the headers and names of its terms, found {pairs} pairs")
print("\n".join([*faults, f"{pairs} names of the glossary, {len(faults)} faults"]))
sys.exit(bool(faults))
