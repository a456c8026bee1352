"""Sphinx's configuration; ``scripts/build_docs.py`` builds with it."""

from typing import Final

from stationthis_sdk import __version__

project = "StationThis SDK"
author = "the StationThis developers"
project_copyright = f"{author}; Apache-2.0"
release = version = __version__

extensions = [
    "sphinx.ext.autodoc",
    "myst_nb",
    "sphinx_copybutton",
    "docs.commands",
    "docs.docstrings",
    "docs.nouns",
    "docs.errors",
    "docs.guides",
    "docs.links",
]
exclude_patterns = ["openapi", "README.md"]  # the latter is in index.md
root_doc = "index"
nitpicky = True

# Everything is on this disk: no inventories of others, no widgets or formulas from elsewhere.
nb_execution_mode = "off"
nb_execution_raise_on_error = True
nb_execution_timeout = 240
nb_execution_show_tb = True
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True
myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
maximum_signature_line_length = 90
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_title = f"StationThis SDK {version}"
html_static_path = ["pages/_static"]
html_css_files = ["style.css"]
html_show_sourcelink = False
html_copy_source = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "github-dark"

# What others document, as the code names it; letters of generic classes, and protocols that nobody has to know.
_OTHERS: Final = (
    r"(collections\.abc|datetime|pathlib|os|types|pd|PIL|asyncio|aiohttp|commands|telegram|discord)\..*"
)
_NAMES: Final = r"Path|datetime|Image|Application|HttpClient|AnyBot|AnyInteraction"
_LETTERS: Final = r"(.*\.)?([A-Z]|_\w+)"
nitpick_ignore_regex = [("py:.*", _OTHERS), ("py:.*", _NAMES), ("py:.*", _LETTERS)]
