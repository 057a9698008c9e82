"""Sphinx settings of the site (cmake/docs.sh). The pages are those that pages.py writes."""
import pathlib
import re

checkout = pathlib.Path(__file__).resolve().parents[2]
project = "adatape"
release = re.search(r"project\(adatape VERSION ([0-9.]+)", (checkout / "CMakeLists.txt").read_text()).group(1)
copyright = (checkout / "LICENSE").read_text().split("Copyright (c) ")[-1].splitlines()[0]

extensions = ["breathe", "myst_parser", "sphinx.ext.graphviz"]
breathe_projects = {"adatape": str(checkout / "build" / "docs" / "xml")}
breathe_default_project = "adatape"
breathe_default_members = ("members", "undoc-members")
breathe_show_include = False
myst_heading_anchors = 4  # links name headings, as on code hosts
graphviz_output_format = "svg"
primary_domain = "cpp"
highlight_language = "text"

html_theme = "furo"
html_title = f"adatape {release}"
html_show_sphinx = False
