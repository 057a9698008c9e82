"""What Doxygen and Sphinx cannot read, or would list twice, taken out of a header or written otherwise. The number of lines stays."""
import re


def group_of(header):
    """The name of the group of all that a header declares, of which pages.py makes a section."""
    return f"{header.parent.name}_{header.stem}"


def grouped(lines, header):
    """The text at the top of the header, and what its namespaces hold, as a group."""
    group = group_of(header)
    for i, line in enumerate(lines):
        if line == "#pragma once":
            lines[i] = f"/// @defgroup {group} {header.name}"
        elif re.match(r"^namespace adatape.*\{$", line):
            lines[i] += f" /** @addtogroup {group} */ /** @{{ */"
        elif line.startswith("}  // namespace adatape"):
            lines[i] = "/** @} */ " + line


def with_equations(lines):
    """Marks indented lines of a comment, which are equations or code. Where an empty line stands before them, Doxygen knows without a mark."""
    indented = [re.match(r"^\s*///     ", line) is not None for line in lines]
    marked = False
    for i, line in enumerate(lines):
        begins = indented[i] and not indented[i - 1] and lines[i - 1].strip() != "///"
        marked = begins or (marked and indented[i])
        if marked:
            head, text = re.match(r"^(\s*///)     (.*)$", line).groups()
            lines[i] = f"{head}{' @verbatim' if begins else ''} {text}{'' if any(indented[i + 1 : i + 2]) else ' @endverbatim'}"


def without(lines, first, last):
    """Blanks these lines, and the comment and the head (template, requires) before them."""
    while first > 0 and re.match(r"^\s*(///(?!<)|template <|requires\b)", lines[first - 1]):
        first -= 1
    lines[first : last + 1] = [""] * (last + 1 - first)


def as_parsed(text, header):
    """The text with
    - groups (grouped) and equations (with_equations),
    - neither declarations of classes that another header defines nor specialisations, which would stand beside the class or variable itself,
    - constants of several lines without their values,
    - structs of C without their second name, numbers without separators, types of members without decltype, and no inline namespace, whose name depends on the flags of the compiler."""
    text = text.replace("::inline ADATAPE_NAMESPACE", "")
    text = re.sub(r"(?<=\d)'(?=\d)", "", text)
    text = re.sub(r"decltype\((\w+::\w+)\)", r"\1", text)
    text = re.sub(r"^typedef (struct \w+ \{.*?^\}) \w+;", r"\1;", text, flags=re.S | re.M)
    lines = text.split("\n")
    grouped(lines, header)
    with_equations(lines)
    for i, line in enumerate(lines):
        if re.match(r"^(struct|class) \w+;$", line) or re.match(r"^(inline )?constexpr [\w:]+ \w+<.*> =", line):
            without(lines, i, i)
        elif re.match(r"^inline constexpr [\w:]+ \w+\{[^;]*$", line):
            end = next(k for k in range(i, len(lines)) if lines[k].endswith("};"))
            lines[i] = line.partition("{")[0] + ";"
            lines[i + 1 : end + 1] = [""] * (end - i)
    return "\n".join(lines)
