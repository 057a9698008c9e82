#!/usr/bin/env python3
"""doxygen_filter.py HEADER: prints a header as Doxygen is to read it, line by line (cmake/docs.sh).

What is documented in one place is not written again at each member that follows from it. So this filter adds:
- to each name of a declaration of several names, the comment of the declaration,
- to a member that a contract asks for (CONTRACTS), the sentence of the contract, unless the member has a comment of its own,
- to a setting that overrides a default (SETTINGS), a reference to the default,
- to a member of a parameter tree, its name in checkpoints, as fields() says.
It takes away functions without a comment that are defaulted or deleted, and what Doxygen or Sphinx cannot read (as_parsed.py).
"""
import functools
import pathlib
import re
import sys

from as_parsed import as_parsed

INCLUDE = pathlib.Path(__file__).parents[2] / "include" / "adatape"
# Headers with a list of members, "///     member(arguments)   text"; whose list it is; and the rooms or headers with types that meet it. The first list counts.
CONTRACTS = (("nn/pooling.hpp", "the list of poolings", ("nn/pooling.hpp",)), ("tape/input_bank.hpp", "the list of input banks", ("tape/input_bank.hpp",)),
             ("core/model.hpp", "ModelType", ("model/classifier.hpp", "model/engine.hpp")), ("core/layer.hpp", "Layer", ("nn", "tape", "act", "model")),
             ("core/samples.hpp", "Input", ("core/samples.hpp",)), ("data/dataset.hpp", "Dataset", ("data",)),
             ("train/exchange.hpp", "Exchange", ("train/exchange.hpp", "mpi/exchange.hpp")),
             ("train/objective.hpp", "Objective", ("train/objective.hpp",)), ("train/optimizer.hpp", "Optimizer", ("train/adamw.hpp", "train/sgd.hpp")))
SETTINGS = {"model/config.hpp": "ModelDefaults", "tape/options.hpp": "ReaderDefaults", "act/options.hpp": "HaltingDefaults"}

MODIFIERS = r"(?:(?:static|constexpr|inline|explicit|friend|const|mutable|virtual)\s+)*"
ARGUMENTS = r"<(?:[^;()]|\([^;()]*\))*>"
TYPE = rf"(?:\[\[\w+\]\] )?(?:typename )?(?:[\w:]+::template )?[\w:]+(?:{ARGUMENTS})?[&* ]*(?:const )?"
VALUE = r"(?:\s*=\s*[^;]+?|\{[^{}]*\}|\[\w+\])?"
VARIABLES = re.compile(rf"^(\s*)({MODIFIERS}{TYPE} )((?:[&*]?\w+{VALUE}, )*[&*]?\w+{VALUE});(\s*///<.*)?$")


def members_of_contract(path):
    """{member: sentence} from the lists of a header."""
    found, last = {}, []
    for line in (INCLUDE / path).read_text().splitlines():
        entry = re.match(r"^///     (\S.*?)(?:\s{2,}|; )(\S.*)$", line)
        continued = re.match(r"^///\s{20,}(\S.*)$", line)
        if entry:
            head, text = entry.groups()
            head = re.sub(r"\(.*|->.*|<.*?>|\b(static|constexpr|template|struct|class|int|bool)\b|\b\w+(::|\.)", " ", head)
            last = re.findall(r"\w+", head)
            found |= {name: text for name in last if name not in found}
        elif continued:
            for name in last:
                found[name] += " " + continued.group(1)
    return found


@functools.cache
def contracts():
    return {contract: members_of_contract(contract[0]) for contract in CONTRACTS}


@functools.cache
def settings():
    """{setting: struct that has its default}."""
    found = {}
    for path, struct in SETTINGS.items():
        body = (INCLUDE / path).read_text().split(f"struct {struct}")[1].split("\n};")[0]
        for line in body.splitlines():
            for match in re.finditer(r"(?:static constexpr [\w:<>, ]+?|, )(\w+)(?= ?[={])", line.split("//")[0]):
                found[match.group(1)] = struct
    return found


def declared_name(line):
    for pattern in (r"^\s*using (\w+) =", r"^\s*using typename .*::(\w+);", r"^\s*(?:struct|class) (\w+)", rf"^\s*{MODIFIERS}{TYPE}[&* ]?(\w+)(?: = |\{{|;)",
                    r"^[^=(]*?\b(\w+)\("):
        if match := re.match(pattern, line):
            return match.group(1)
    return None


def inherited_text(name, line, header, names_in_checkpoints):
    """What is written elsewhere about the member of this name, or None."""
    if name in names_in_checkpoints and "static " not in line:
        in_checkpoints = names_in_checkpoints[name]
        if not in_checkpoints:
            return "Its tensors have names of their own in checkpoints."
        return f"`{in_checkpoints}`{' and a number' if in_checkpoints.endswith('_') else ''} in checkpoints."
    if name == "fields":
        return "The members of this parameter tree (core/layout.hpp)."
    place, of_model = f"{header.parent.name}/{header.name}", "input" in line.partition("(")[2]
    for (path, concept, rooms), members in contracts().items():
        if name in members and not {header.parent.name, place}.isdisjoint(rooms) and not (concept == "Layer" and of_model):
            return f"As {concept} asks ({path}): {members[name]}"
    if name in settings() and "static constexpr" in line and place not in SETTINGS:
        return f"The setting {settings()[name]}::{name}."
    return None


def names_of(declarators):
    """The declarators of a declaration: the parts between the commas that stand in no bracket."""
    parts, depth, before = [""], 0, " "
    for character in declarators:
        opens = character in "{([" or (character == "<" and before.isalnum())
        closes = character in "})]" or (character == ">" and depth > 0 and before not in "-= ")
        depth += opens - closes
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
        before = character
    return [part.strip() for part in parts]


class Scopes:
    """Whether lines stand where members and functions are declared, and not in the body of a function."""

    def __init__(self):
        self.scopes, self.of_declarations = [], False

    def in_body(self):
        return not all(self.scopes)

    def pass_line(self, line):
        code = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'|/\*.*?\*/|//.*', "", line)
        if re.match(r"^\s*(?:struct|class|namespace|enum|union|extern)\b", code):
            self.of_declarations = True
        for character in re.findall(r"[{};]", code):
            if character == "{":
                self.scopes.append(self.of_declarations)
            elif character == "}" and self.scopes:
                self.scopes.pop()
            self.of_declarations = False


def documented(line, comment_before, inherited):
    """The declaration on this line, with a comment at each of its names. Without a comment of its own, a name gets inherited(name)."""
    match = VARIABLES.match(line)
    if not match or line.strip().startswith(("using ", "return ")):
        return line
    indent, declared, declarators, comment = match.groups()
    declarators = names_of(declarators)
    names = [re.match(r"[&*]?(\w+)\s*(?:[={\[]|$)", declarator) for declarator in declarators]
    if len(names) == 1 or not all(names):
        return line
    own = comment.strip()[4:].strip() if comment else comment_before
    texts = [own or inherited(name.group(1)) for name in names]
    if not comment and own:
        texts[0] = None  # Doxygen has read it above the line
    return indent + " ".join((f"/** {text} */ " if text else "") + f"{declared}{name};" for name, text in zip(declarators, texts))


def filtered(header):
    text = header.read_text()
    lines = as_parsed(text, header).split("\n")
    fields = [(text.count("\n", 0, field.start()), *field.groups()) for field in re.finditer(r'field\("([^"]*)", &(?:\w+(?:<[\w<>, ]*>)?::)*(\w+)', text)]
    scopes = Scopes()
    start, comment = None, ""  # where the declaration begins whose head (template, requires) has been seen; the text before it
    of_group = ""  # the text of all entities between "@{" and "@}"
    for i, line in enumerate(lines):
        code, in_body = line.strip(), scopes.in_body()
        scopes.pass_line(line)
        if in_body:
            continue
        if code in ("///@{", "///@}"):
            of_group, comment = comment if code == "///@{" else "", ""
            continue
        if code.startswith("///") and not code.startswith("///<"):
            comment, start = f"{comment} {code[3:].strip()}".strip(), None
            continue
        if re.match(r"^(template <|requires )", code) and not re.search(r"[;{]$", code):
            start = i if start is None else start
            continue
        comment = comment or of_group
        if re.search(r"= (default|delete);$", code) and not comment:
            begin = i if start is None else start
            lines[begin : i + 1] = [""] * (i + 1 - begin)
            start = None
            continue
        names_in_checkpoints = {member: name for at, name, member in reversed(fields) if at >= i}  # a struct has fields() behind its members
        inherited = functools.partial(inherited_text, line=line, header=header, names_in_checkpoints=names_in_checkpoints)
        lines[i] = documented(line, comment, inherited)
        name = declared_name(line) if lines[i] == line and not comment and "///<" not in line else None
        if name and (sentence := inherited(name)):
            at = i if start is None else start
            lines[at] = re.sub(r"^(\s*)", lambda space: f"{space.group(1)}/** {sentence} */ ", lines[at], count=1)
        start, comment = None, ""
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(filtered(pathlib.Path(sys.argv[1])))
