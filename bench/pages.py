"""Tables between markers of pages in Markdown: a table stands between the lines `<!-- KIND: NAME -->` and `<!-- end of KIND -->`."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def update(program, kind, pages, names, table, check, all_placed=False):
    """Puts table(name), Markdown, between the markers of that name in these pages; where it is None, what stands there stays. With `check` nothing is changed.
    The exit code: 1 if `check` found a difference, if a marker is not among `names`, or if `all_placed` and one of `names` has not one marker; a line of
    `program` says so."""
    block = re.compile(rf"(<!-- {kind}: ([a-z0-9-]+) -->\n)(.*?)(<!-- end of {kind} -->)", re.S)
    old = {page: (ROOT / page).read_text() for page in pages}
    placed = [found[2] for text in old.values() for found in block.finditer(text)]
    if unmatched := {name for name in {*placed, *names} if name not in names or all_placed and placed.count(name) != 1}:
        print(f"{program}: {' and '.join(pages)}: wanted a marker for every table, found none, two or no table for {', '.join(sorted(unmatched))}", file=sys.stderr)
        return 1

    def replaced(found):
        made = table(found[2])
        return found[0] if made is None else f"{found[1]}\n{made}\n{found[4]}"

    new = {page: block.sub(replaced, text) for page, text in old.items()}
    changed = [page for page in pages if new[page] != old[page]]
    if check and changed:
        print(f"{program}: {' and '.join(changed)}: a table has other numbers than the records in docs/results", file=sys.stderr)
        return 1
    for page in changed:
        (ROOT / page).write_text(new[page])
    return 0
