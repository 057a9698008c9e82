"""What a record says of the machine and the version."""
import os
import pathlib
import platform
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]


def processor():
    """The model name that Linux gives, with family and model number, for names that say little."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(re.split(r"\s*:\s*", line, maxsplit=1) for line in lines if ":" in line)
    return f"{fields.get('model name', platform.machine())} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"


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
