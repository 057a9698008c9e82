#!/usr/bin/env python3
"""mutate_flags.py BIN WORK COUNT [SEED]: starts the programs with COUNT random lines of flags. The flags are those that --help names, so a new one is tried
without being listed here; their values are the odd ones below, repeated, missing or swapped. There is no data to work on, so every start must end within
a minute: with 0 (--help, --version, --list-models), with 1 or 2 and one line of text on standard error, never
by a signal, and must write nothing outside of WORK."""
import os
import random
import re
import subprocess
import sys

programs = ("adatape-train", "adatape-predict", "adatape-fewshot", "adatape-export", "adatape-import", "adatape-parity", "adatape-scenes", "adatape-clutter", "adatape-recall", "adatape-verify")
values = [b"", b"0", b"1", b"-1", b"010", b"0x10", b"1e3", b"1e400", b"-1e400", b"1e-400", b"nan", b"NAN", b"inf", b"-inf", b"2147483647", b"2147483648",
          b"-2147483648", b"9223372036854775807", b"9223372036854775808", b"18446744073709551615", b"18446744073709551616", b"2000000000000000000", b"1,5",
          b"1.5", b"+1", b" 1", b"1 ", b"0.999", b"1.0000001", b"true", b"false", b"softmax", b"sigmoid", b"hinge", b"a,b,c", b",", b",,,", b"[1,2]", b"{}",
          b"\xff\xfe", b"\xc3\xa9", b"\xed\xa0\x80", b"line\nline", b"tab\there", b"\x1b[2J", b"%s%n%s", b"--", b"-", b"=", b"'", b'"', b"x" * 300,
          b"x" * 70000, b"/dev/null", b"/dev/zero", b"/proc/self/mem", b"/dev/null/at/all", b".", b"/", b"10m", b"-5m", b"white", b"float", b"double", b"bf16"]


def main():
    folder, work, count = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), int(sys.argv[3])
    random.seed(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    os.makedirs(work, exist_ok=True)
    flags = {}
    for program in programs:
        path = os.path.join(folder, program)
        if os.path.exists(path):
            text = subprocess.run([path, "--help"], capture_output=True, check=True).stdout.decode()
            flags[program] = sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text)))
    if not flags:
        sys.exit(f"no programs in {folder}")
    faults, codes = 0, {}
    # A program that finds nothing to do must not train: the data are nowhere, and only steps of no length are asked of those that need none.
    nowhere = [b"--data", b"/dev/null/at/all", b"--out", b"run"]
    no_folder = [b"--out", b"/dev/null/at/all"]
    fixed = {"adatape-train": nowhere, "adatape-scenes": nowhere, "adatape-clutter": nowhere, "adatape-parity": no_folder, "adatape-recall": no_folder}
    for i in range(count):
        program = random.choice(sorted(flags))
        line = list(fixed.get(program, []))
        for _ in range(random.randint(0, 5)):
            kind = random.random()
            flag, value = random.choice(flags[program]).encode(), random.choice(values)
            if flag in line and random.random() < 0.9:
                continue
            if kind < 0.55:
                line += [flag, value]
            elif kind < 0.75:
                line += [flag + b"=" + value]
            elif kind < 0.9:
                line += [flag]
            else:
                line += [value]
        line = [word for word in line if b"\0" not in word]
        try:
            environment = {**os.environ, "OMP_WAIT_POLICY": "passive"}
            done = subprocess.run([os.path.join(folder, program).encode(), *line], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=60)
            code, text = done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            code, text = "timeout", b""
        codes[code] = codes.get(code, 0) + 1
        lines = [part for part in text.split(b"\n") if not part.startswith(b"--threads ")]  # a note, not an error
        try:
            readable = not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text.decode())
        except UnicodeDecodeError:
            readable = False
        good = code == 0 or (code in (1, 2) and len(lines) == 2 and lines[0] != b"" and lines[1] == b"" and readable and len(text) < 9000)
        if not good or b"json.exception" in text:
            faults += 1
            if faults <= 20:
                print(f"FAULT: {program} {[word[:80] for word in line]}: {code}: {text[:300]}")
    ends = ", ".join(f"{n} with {code}" for code, n in sorted(codes.items(), key=str))
    print(f"{count} starts ({ends}), {faults} faults")
    sys.exit(faults > 0)


main()
