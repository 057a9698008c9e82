#!/usr/bin/env python3
"""All blocks of code in README.md and docs/. (block.awk prints one of them.)

blocks.py write CHECKOUT OUT.cpp OUT.c: every block of C++ and C in what frames.cpp and frames.c say is around it, as one source of each language. Exits with 1
and a line where a block has no frame, or a frame no block. A program needs none.
blocks.py check CHECKOUT PROGRAMS: blocks of shell and Python can be parsed, programs and scripts that they call exist, and every --flag is known to its program."""
import os
import pathlib
import re
import subprocess
import sys


def blocks(page):
    """(language, number, text) of each block, without the indentation that a list gives it."""
    counts = {}
    for indent, language, text in re.findall(r"^( *)```(\w+)\n(.*?)^ *```", page.read_text(), re.S | re.M):
        counts[language] = counts.get(language, 0) + 1
        yield language, counts[language], "".join(line.removeprefix(indent) for line in text.splitlines(True))


def pages(checkout):
    return [checkout / "README.md", *sorted((checkout / "docs").glob("*.md"))]


def framed(checkout, language, frames):
    """One source of all blocks of the language. Lines "//// PAGE NUMBER" in `frames` begin a frame, whose line "@block@" stands for the block."""
    parts = re.split(r"^//// (\S+ \d+)\n", frames.read_text(), flags=re.M)
    found = dict(zip(parts[1::2], parts[2::2]))
    includes, bodies = re.findall(r"^#include .*\n", parts[0], re.M), []
    for page in pages(checkout):
        for of, number, text in blocks(page):
            name = f"{page.name} {number}"
            if of != language or page.name == "README.md":  # tests/readme compiles and runs that
                continue
            if name not in found and "int main(" not in text and "#pragma once" not in text:
                sys.exit(f"blocks.py: {frames.name} has no frame for {name}")
            text = found.pop(name, "@block@\n").replace("@block@\n", text)
            includes += re.findall(r"^#include .*\n", text, re.M)
            body = re.sub(r"^(#include|#pragma once).*\n", "\n", text, flags=re.M)
            bodies.append(f"// {name}\n" + (f"namespace block_{len(bodies)} {{\n{body}}}\n" if language == "cpp" else body))
    if found:
        sys.exit(f"blocks.py: no page has the block of the frame {', '.join(found)}")
    return "".join(dict.fromkeys(includes)) + "\n" + "\n".join(bodies)


class Commands:
    """What is wrong with the commands of a page."""

    def __init__(self, checkout, programs):
        self.checkout, self.programs, self.helps, self.faults = checkout, programs, {}, []

    def help_of(self, program):
        if program not in self.helps:
            self.helps[program] = subprocess.run([self.programs / program, "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
        return self.helps[program]

    def check(self, name, text):
        parsed = subprocess.run(["bash", "-n"], input=text, stderr=subprocess.PIPE, text=True)
        if parsed.returncode:
            self.faults.append(f"{name}: {parsed.stderr.strip()}")
        for line in re.sub(r"\\\n", " ", text).splitlines():
            words = line.split("#")[0].split()
            for word in words:
                script = re.fullmatch(r"(?:cmake|bench|tests|examples)/[\w/.-]+", word)
                if script and not (self.checkout / word).exists():
                    self.faults.append(f"{name}: there is no {word}")
            at = next((i for i, word in enumerate(words) if re.fullmatch(r"(build/)?(adatape|mine)-(train|predict|fewshot|export|import)", word)), None)
            if at is not None:
                program = "adatape-" + words[at].rpartition("-")[2]
                for flag in (word.partition("=")[0] for word in words[at + 1:] if word.startswith("--")):
                    if not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", self.help_of(program)):
                        self.faults.append(f"{name}: {program} has no {flag}")


def main(what, *arguments):
    if what == "write":
        checkout, frames = pathlib.Path(arguments[0]), pathlib.Path(__file__).parent
        for language, out in zip(("cpp", "c"), arguments[1:]):
            text = framed(checkout, language, frames / f"frames.{language}")
            if not os.path.exists(out) or pathlib.Path(out).read_text() != text:
                pathlib.Path(out).write_text(text)
    else:
        checkout, programs = map(pathlib.Path, arguments)
        commands, count = Commands(checkout, programs), 0
        for page in pages(checkout):
            for language, number, text in blocks(page):
                name, count = f"{page.name}, block {number} of {language}", count + 1
                if language == "sh":
                    commands.check(name, text)
                elif language == "python":
                    compile(text, name, "exec")
                elif language not in ("cpp", "c", "cmake", "text", "mermaid", "js"):
                    commands.faults.append(f"{name}: nobody checks that language")
        print("\n".join([*commands.faults, f"{count} blocks, {len(commands.faults)} faults"]))
        sys.exit(bool(commands.faults))


if __name__ == "__main__":
    main(*sys.argv[1:])
