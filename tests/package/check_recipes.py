"""check_recipes.py CHECKOUT: the vcpkg port and the Conan recipe are well formed, and their version is that of CMakeLists.txt. Neither tool is run. The Debian
package states the terms of LICENSE."""
import ast
import json
import pathlib
import re
import sys

checkout = pathlib.Path(sys.argv[1])
packaging = checkout / "cmake" / "packaging"
version = re.search(r"project\(adatape VERSION (\S+)", (checkout / "CMakeLists.txt").read_text())[1]

port = json.loads((packaging / "vcpkg" / "vcpkg.json").read_text())
assert port["name"] == "adatape" and port["version"] == version, f"vcpkg.json: wanted adatape {version}, found {port['name']} {port['version']}"
assert all(port[key] for key in ("description", "license", "dependencies")), "vcpkg.json: a description, license or dependency is missing"
assert sorted(port["features"]) == ["image", "io", "mpi"], f"vcpkg.json: wanted the features image, io and mpi, found {sorted(port['features'])}"
for name, feature in port["features"].items():
    assert feature["description"] and feature["dependencies"], f"vcpkg.json: {name} lacks a description or dependencies"

portfile = (packaging / "vcpkg" / "portfile.cmake").read_text()
replaced = re.search(r'vcpkg_replace_string\("[^"]*"\s+"([^"]*)"', portfile)[1].replace("\\$", "$")
assert replaced in (checkout / "cmake" / "adatapeConfig.cmake").read_text(), f"portfile.cmake replaces {replaced}, which adatapeConfig.cmake does not have"

recipe = packaging / "conan" / "conanfile.py"
tree = ast.parse(recipe.read_text(), str(recipe))
compile(tree, str(recipe), "exec")
[package] = [node for node in tree.body if isinstance(node, ast.ClassDef)]
values = {node.targets[0].id: ast.literal_eval(node.value) for node in package.body if isinstance(node, ast.Assign)}
assert values["name"] == "adatape" and values["version"] == version, f"conanfile.py: wanted adatape {version}, found {values['name']} {values['version']}"
assert sorted(values["options"]) == sorted(values["default_options"]) == ["image", "io"], "conanfile.py: wanted the options image and io, each with a default"
methods = {node.name for node in package.body if isinstance(node, ast.FunctionDef)}
assert {"export_sources", "requirements", "package", "package_info"} <= methods, f"conanfile.py: a method is missing: {sorted(methods)}"

terms = (checkout / "LICENSE").read_text().split("\n\n", 2)  # a title, the holders, the terms
stated = (packaging / "debian" / "copyright").read_text()
assert terms[1].replace("(c) ", "").replace("Copyright", "Copyright:") in stated, f"debian/copyright: wanted '{terms[1]}'"
assert " ".join(terms[2].split()) in " ".join(stated.replace("\n .\n", "\n").split()), "debian/copyright: the terms are not those of LICENSE"
