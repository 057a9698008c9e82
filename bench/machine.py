"""What a record says of the machine and the version."""
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


# Instructions for products of bf16 and int8, the best first, by the names of Linux.
NARROW = {"amx_int8": "AMX", "avx512_vnni": "AVX512-VNNI", "avx_vnni": "AVX-VNNI"}


def processor():
    """The model name that Linux gives, with family and model number, for names that say little, and with the instructions for bf16 and int8. A virtual machine
    may hide some that the processor has."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in lines if ":" in line)
    flags = fields.get("flags", "").split()
    narrow = [name for flag, name in NARROW.items() if flag in flags][:1]
    described = ", ".join([f"family {fields.get('cpu family', '?')}", f"model {fields.get('model', '?')}", *narrow])
    return f"{fields.get('model name', platform.machine())} ({described})"


def cores():
    return os.cpu_count()


def version():
    """Of the sources that stand here."""
    return re.search(r"^project\(adatape VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]


def compiler():
    """The first line that c++, which the presets use, says of itself; '-' where there is none."""
    try:
        return subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    except OSError:
        return "-"
