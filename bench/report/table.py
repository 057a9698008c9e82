"""Markdown."""


def table(header, rows):
    return "\n".join(f"| {' | '.join(map(str, cells))} |" for cells in [header, *rows]).replace("\n", f"\n|{'---|' * len(header)}\n", 1) + "\n"


def span(values, form="{:.2f}"):
    """'least to most'"""
    values = sorted(values)
    if not values:
        return "not measured"
    return " to ".join(dict.fromkeys(form.format(value) for value in (values[0], values[-1])))
