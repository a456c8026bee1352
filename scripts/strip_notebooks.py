"""Takes outputs, counts and an editor's traces out of ``notebooks/*.ipynb``; ``--check`` only tells which have any.

Ids of cells and tags stay, so that a notebook that was run and is stripped again is the same byte for byte.
Exit codes: 0 when all is done, 1 when ``--check`` finds something to strip.
"""

import argparse
import sys
from pathlib import Path

import nbformat

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def stripped(text: str) -> str:
    """The notebook as it is kept: format 4.5, no outputs, and of the metadata only the kernel and tags.

    >>> print(stripped('{"cells": [], "metadata": {"toc": 1}, "nbformat": 4, "nbformat_minor": 2}'))
    {
     "cells": [],
     "metadata": {
      "kernelspec": {
       "display_name": "Python 3",
       "language": "python",
       "name": "python3"
      }
     },
     "nbformat": 4,
     "nbformat_minor": 5
    }
    """
    notebook = nbformat.convert(nbformat.reads(text, as_version=nbformat.NO_CONVERT), 4)
    notebook.nbformat_minor = 5
    notebook.metadata = {"kernelspec": KERNEL}
    for cell in notebook.cells:
        cell.setdefault("id", nbformat.v4.new_markdown_cell().id)
        cell.metadata = {"tags": cell.metadata.tags} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.validate(notebook)
    return nbformat.writes(notebook)


def main() -> int:
    """Strip every notebook, or those that are named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all of notebooks/")
    parser.add_argument("--check", action="store_true", help="change nothing")
    asked = parser.parse_args()
    changed = 0
    for path in asked.notebooks or sorted(FOLDER.glob("*.ipynb")):
        kept = stripped(path.read_text("utf-8")) + "\n"
        if kept == path.read_text("utf-8"):
            continue
        changed += 1
        if asked.check:
            print(f"{path} has outputs, counts or metadata: python scripts/strip_notebooks.py")
        else:
            path.write_text(kept, "utf-8")
            print(f"{path} is stripped")
    return 1 if changed and asked.check else 0


if __name__ == "__main__":
    sys.exit(main())
