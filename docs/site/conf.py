"""Sphinx settings of the site (cmake/docs.sh). The pages are those that pages.py writes."""
import logging
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
html_static_path = ["static"]
html_css_files = ["site.css"]


class OverloadsByConstraint(logging.Filter):
    """Functions that only their constraints tell apart, which Doxygen leaves out, are no duplicates: one directive has both."""

    def filter(self, record):
        other = re.search(r"Duplicate C\+\+ declaration, also defined at (\S+):(\d+)\.", record.getMessage())
        place = getattr(record, "location", None)
        return not (other and place is not None and (pathlib.Path(place.source).with_suffix("").as_posix().endswith(other[1]) and place.line == int(other[2])))


logging.getLogger("sphinx.sphinx.domains.cpp").addFilter(OverloadsByConstraint())
