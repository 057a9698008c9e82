#!/usr/bin/env python3
"""cache.py WORK: adatape_compile.py takes a library that it compiled before only where nothing has changed that it is made of: neither a file of adatape
nor the compiler's version nor the processor that -march=native means. What is made by the way changes nothing, nor does the folder that it is called in. The path
is absolute, processes that compile the same library at once do not disturb each other, and what stands in the way is one line. A stand-in for cmake compiles."""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

import adatape_compile

work = pathlib.Path(sys.argv[1])
failures = []
names = {}


def expect(what, is_new, place):
    name = adatape_compile.name_of_library("configuration", "cmake", place)
    if (name not in names) != is_new:
        failures.append(f"{what}: wanted {'another' if is_new else 'the same'} name, found that of {names.get(name, 'nothing before')}")
    names.setdefault(name, what)


def write(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


tree, prefix, answer = work / "tree", work / "prefix", work / "answer"
for file in ("include/adatape.h", "include/adatape/core/types.hpp", "CMakeLists.txt", "cmake/library.cmake", "examples/library/answers.cpp"):
    write(tree / file, "old")
for file in ("include/adatape.h", "include/adatape/io/file.hpp", "share/adatape/examples/models.cmake", "share/cmake/adatape/adatapeConfig.cmake"):
    write(prefix / file, "old")
write(work / "compiler", f"#!/bin/sh\ncat '{answer}'\n", 0o755)
write(answer, "version 12, -march=icelake-server")
os.environ.update(CXX=str(work / "compiler"), ADATAPE_CXX_FLAGS="-O3 -march=native")
for place in (tree, prefix):
    expect(f"{place.name}: first", True, place)
    expect(f"{place.name}: again", False, place)
    for file in sorted(path for path in place.rglob("*") if path.is_file()):
        write(file, "new")
        expect(f"{file}: other content", True, place)
    write(place / "include" / "adatape" / "added.hpp", "")
    expect(f"{place.name}: one header more", True, place)
write(tree / "examples" / "library" / "__pycache__" / "adatape_compile.pyc", "")
write(tree / "build" / "log", "")
expect("what Python and a build leave", False, tree)
write(answer, "version 13, -march=icelake-server")
expect("another version of the compiler", True, tree)
write(answer, "version 13, -march=znver4")
expect("another processor", True, tree)
os.environ["CXXFLAGS"] = "-g"
expect("CXXFLAGS", True, tree)
del os.environ["CXXFLAGS"]
for compiler in ("g++", "clang++"):
    if shutil.which(compiler):
        os.environ["CXX"] = compiler
        expect(compiler, True, tree)
        os.chdir(work)
        expect(f"{compiler} in another folder", False, tree)
        native = adatape_compile.compiler_says("-march=native").decode()
        if "version" not in native or native == adatape_compile.compiler_says("").decode().replace("-march=native", ""):
            failures.append(f"{compiler}: wanted its version and the processor, found {native}")
for compiler, flags, text in (("no/such/compiler", "", "no/such/compiler: No such file"), (str(work / "compiler") + " 'open", "", "No closing quotation"),
                              ("false", "-O3", "no word")):
    os.environ.update(CXX=compiler, ADATAPE_CXX_FLAGS=flags)
    try:
        adatape_compile.name_of_library("", "", tree)
        failures.append(f"{compiler} is not refused")
    except adatape_compile.Error as error:
        if text not in str(error):
            failures.append(f"{compiler}: wanted '{text}', found '{error}'")

# A checkpoint, and a cmake that copies what $CMAKE_MAKES names into the build folder. As another process would that has compiled the same library meanwhile, it
# removes the logs in the cache.
metadata = json.dumps({"__metadata__": {"config": json.dumps({"model": "vit", "image": [8, 8, 1]})}}).encode()
(work / "model.safetensors").write_bytes(struct.pack("<Q", len(metadata)) + metadata)
write(work / "bin" / "cmake", """#!/bin/sh
rm -f cache/*.log
if [ "$1" = --build ]; then cp "$CMAKE_MAKES" "$2/libadatape_model_c.so"; else mkdir -p "$4"; fi
""", 0o755)
write(work / "library.so", "a library")
os.environ.update(CXX=str(work / "compiler"), ADATAPE_CXX_FLAGS="", CMAKE_MAKES=str(work / "library.so"))
os.chdir(work)


def compiles(wanted, path, *flags):
    """What the program says with this PATH: one line with `wanted`, on standard error and with an exit code other than 0 where that is an error. A line before
    it may say that the compiler is at work."""
    done = subprocess.run([sys.executable, adatape_compile.__file__, "model.safetensors", "--adatape", "tree", *flags], env={**os.environ, "PATH": path},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = re.sub(r"^compiling .*\n", "", done.stderr) if done.returncode else done.stdout
    if said.count("\n") != 1 or wanted not in said or (done.returncode == 0) != (not wanted.startswith("error: ")):
        failures.append(f"{flags}: exit code {done.returncode}, wanted one line with '{wanted}', found '{said}'")
    return said.strip()


with_cmake = f"{work / 'bin'}:{os.environ['PATH']}"
for again in range(2):
    if pathlib.Path(compiles(f"{work}/cache/libadatape_", with_cmake, "--cache", "cache")).read_text() != "a library":
        failures.append("the library is another one")
if (left := list((work / "cache").iterdir()))[1:]:
    failures.append(f"beside the library there is more: {left}")
compiles("error: /dev/null/cache: Not a directory", with_cmake, "--cache", "/dev/null/cache")
os.environ["CMAKE_MAKES"] = str(work / "none")
compiles(f"error: the build failed; {work}/failed/libadatape_", with_cmake, "--cache", "failed")
(work / "tools").mkdir()
(work / "tools" / "cat").symlink_to(shutil.which("cat"))
compiles("error: cmake: No such file", str(work / "tools"), "--cache", "other")
for failure in failures:
    print("FAILED:", failure)
sys.exit(bool(failures))
