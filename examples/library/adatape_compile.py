#!/usr/bin/env python3
"""adatape_compile.py MODEL [--adatape DIR] [--cache DIR]: compiles the shared library of the C interface for the model of a file, for models that no library at hand
was compiled with, and prints its path. A library that was compiled before of the same files, by the same compiler, for the same processor is taken as it is.

--adatape is a source tree of adatape or a prefix where it is installed; without it the tree or the prefix that this file lies in. --cache is where libraries are kept,
~/.cache/adatape unless it is said. Needs CMake 3.25, a C++20 compiler and what the programs of adatape need.

In a program: adatape.Model(path, library=adatape_compile.library_for(path))
"""
import argparse
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile

LARGEST_HEADER = 100_000_000
# Settings whose values are words: the type that has these words as enumerators. All other settings are numbers, lists of numbers, true or false.
WORDS = {"classifier": "nn::Pool", "query_type": "nn::Pool", "gelu": "ops::GeluForm", "bank_type": "tape::BankType", "loss_type": "tape::PonderLoss",
         "act_type": "act::ActType", "act_level": "act::ActLevel", "positions": "model::Positions"}
DEFAULT_FLAGS = "-O3 -march=native"
# What a library is compiled from: of a source tree, and of a prefix.
SOURCES = ("include/adatape.h", "include/adatape", "CMakeLists.txt", "cmake", "examples", "share/adatape", "share/cmake/adatape")
NOT_SETTINGS = ("loss", "own_layers")
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(adatape_model CXX)
{adatape}
adatape_add_programs(NAME adatape_model CONFIG model.hpp::Model)
"""


class Error(Exception):
    """What stands in the way."""


def configuration(path):
    """The JSON object that a checkpoint or a packed file records of its model. Raises Error."""
    try:
        with open(path, "rb") as file:
            start = file.read(8)
            if start == b"adatape\0":
                raise Error(f"{path}: holds packed weights: compile from the checkpoint that they were exported from")
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
            if not 0 < length <= LARGEST_HEADER:
                raise Error(f"{path}: is no checkpoint")
            config = json.loads(json.loads(file.read(length))["__metadata__"]["config"])
    except OSError as error:
        raise Error(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Error(f"{path}: is no checkpoint with a configuration") from None
    if not isinstance(config, dict):
        raise Error(f"{path}: its configuration is no JSON object")
    return config


def member(key, value):
    """A setting as a member of a configuration in C++."""
    if not key.isidentifier() or not key.isascii():
        raise Error(f"configuration: {key!r} is no name of a setting")
    if isinstance(value, bool):
        return f"static constexpr bool {key} = {str(value).lower()};"
    if isinstance(value, int):
        return f"static constexpr int {key} = {value};"
    if isinstance(value, float):
        return f"static constexpr double {key} = {value!r};"
    if isinstance(value, list) and all(type(number) is int for number in value):
        return f"static constexpr std::array<int, {len(value)}> {key}{{{', '.join(map(str, value))}}};"
    if key in WORDS and isinstance(value, str) and value.isidentifier():
        return f"static constexpr {WORDS[key]} {key} = {WORDS[key]}::{value};"
    raise Error(f"configuration: {key}: wanted a value that this version of adatape_compile.py knows, found {json.dumps(value)}")


def header(config):
    """The configuration as C++. Raises Error where it is not one of a model for pictures with the library's layers. Whether it says the same is found when the
    library opens the file: it compares the two."""
    settings = {key: value for key, value in config.items() if key not in NOT_SETTINGS}
    model = settings.pop("model", None)
    encoder = {"vit": "tape", "act": "act", "pondernet": "pondernet"}.get(model)
    if encoder is None or "image" not in settings:
        raise Error(f"configuration: wanted a model for pictures with the library's layers, found {json.dumps(model)}")
    dynamic = settings.pop("dynamic", {})
    settings.update(dynamic or {"dynamic": False})
    members = [f"static constexpr model::Encoder encoder = model::Encoder::{encoder};", *(member(key, value) for key, value in settings.items())]
    return "\n".join(["#include \"adatape/adatape.hpp\"", "using namespace adatape;", "struct Model : model::ModelDefaults {",
                      "  static constexpr const char* name = \"model\";", *("  " + line for line in members), "};", ""])


def adatape_folder(given):
    """The source tree or the prefix. Raises Error."""
    place = pathlib.Path(given).resolve() if given else next((parent for parent in pathlib.Path(__file__).resolve().parents if (parent / "include" / "adatape.h").exists()), None)
    if place is None or not (place / "include" / "adatape.h").exists():
        raise Error(f"--adatape: wanted a source tree of adatape or a prefix where it is installed, found {place}")
    return place


def lines_that_use(place):
    """Lines of CMake that make adatape_add_programs known, from the source tree or the prefix `place`, and from no other that may be installed."""
    if (place / "CMakeLists.txt").exists():
        return f"set(ADATAPE_BUILD_EXAMPLES OFF)\nset(ADATAPE_BUILD_TESTS OFF)\nset(ADATAPE_BUILD_BENCH OFF)\nadd_subdirectory(\"{place}\" adatape EXCLUDE_FROM_ALL)"
    return f"find_package(adatape REQUIRED PATHS \"{place}\" NO_DEFAULT_PATH)"


def compiler_says(flags):
    """Version, instruction set and all else that the compiler sees in these flags, such as the processor that -march=native means here. Raises Error."""
    words = " ".join([os.environ.get("CXX", "c++"), os.environ.get("CXXFLAGS", ""), flags])
    try:
        command = [*shlex.split(words), "-###", "-E", "-x", "c++", "/dev/null"]
    except ValueError as error:
        raise Error(f"{words}: {error}") from None
    try:  # in one folder, since clang++ says in which it was called
        said = subprocess.run(command, cwd="/", env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise Error(f"{command[0]}: {error.strerror}") from None
    if said.returncode:
        raise Error(f"{shlex.join(command)}: {(said.stdout.decode(errors='replace').strip() or 'no word').splitlines()[-1]}")
    return said.stdout


def name_of_library(text, cmake, place):
    """A hash of all that a library is made of: the configuration, adatape's own files, the compiler and what its flags mean on this machine. Raises Error."""
    flags = [os.environ.get("ADATAPE_CXX_FLAGS", DEFAULT_FLAGS), *(os.environ.get(name, "") for name in ("CXX", "CXXFLAGS", "LDFLAGS"))]
    made_of = hashlib.sha256(repr((text, cmake, flags, compiler_says(flags[0]))).encode())
    for part in SOURCES:
        files = [place / part] if (place / part).is_file() else sorted((place / part).rglob("*"))
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                made_of.update(repr((str(file.relative_to(place)), hashlib.sha256(file.read_bytes()).digest())).encode())
    return made_of.hexdigest()[:16]


def compile_library(text, cmake, library):
    """Compiles the library in a folder of this process's own beside it, and then gives it its name, so that processes that compile it at once do not disturb each
    other. Raises Error where the build fails."""
    flags = os.environ.get("ADATAPE_CXX_FLAGS", DEFAULT_FLAGS)
    kept_log = library.with_suffix(".log")
    with tempfile.TemporaryDirectory(dir=library.parent) as work:
        work = pathlib.Path(work)
        (work / "model.hpp").write_text(text)
        (work / "CMakeLists.txt").write_text(cmake)
        commands = [["cmake", "-S", work, "-B", work / "build", "-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_CXX_FLAGS_RELEASE={flags}"],
                    ["cmake", "--build", work / "build", "--target", "adatape_model_c", "--parallel", str(os.cpu_count())]]
        with open(work / "log", "w") as log:
            for command in commands:
                if subprocess.run([str(part) for part in command], stdout=log, stderr=subprocess.STDOUT).returncode:
                    shutil.copy(work / "log", kept_log)
                    raise Error(f"the build failed; {kept_log} says why")
        built = shutil.copy((work / "build" / "libadatape_model_c.so").resolve(), work / library.name)
        os.replace(built, library)
    kept_log.unlink(missing_ok=True)


def library_for(path, adatape=None, cache=None, say=lambda line: None):
    """The absolute path of a library with the model of this file, compiled if need be. say(line) is called before it is compiled. Raises Error."""
    folder = pathlib.Path(cache or pathlib.Path.home() / ".cache" / "adatape").absolute()
    try:
        text = header(configuration(path))
        place = adatape_folder(adatape)
        cmake = CMAKE.format(adatape=lines_that_use(place))
        library = folder / f"libadatape_{name_of_library(text, cmake, place)}.so"
        if not library.exists():
            folder.mkdir(parents=True, exist_ok=True)
            say(f"compiling {library}")
            compile_library(text, cmake, library)
        return library
    except OSError as error:
        raise Error(f"{error.filename or folder}: {error.strerror or error}") from None


def main(arguments):
    parser = argparse.ArgumentParser(prog="adatape_compile.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--adatape", metavar="DIR")
    parser.add_argument("--cache", metavar="DIR")
    flags = parser.parse_args(arguments)
    try:
        print(library_for(flags.model, flags.adatape, flags.cache, lambda line: print(line, file=sys.stderr, flush=True)))
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
