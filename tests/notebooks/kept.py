"""How a notebook of this project is kept: what is wrong with one, and which the folder's README lists."""

import ast
import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from strip_notebooks import stripped

_OWN_PLACES = re.compile(
    r"(?<![\w.:/~-])(?:/(?:home|root|Users|tmp|work|usr|var|opt|mnt|content)/|[A-Za-z]:\\)"
)
_KEYS = re.compile(
    r"eyJ[\w-]{8,}|(?:api_?key|token|secret)\w*[\"'\]]*\s*[=:,]\s*[\"'][^\"']+[\"']", re.IGNORECASE
)


def faults(path: Path) -> list[str]:
    """Everything that is wrong with a notebook, in the order of its cells."""
    told = path.read_text("utf-8")
    try:
        notebook = nbformat.reads(told, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except (ValueError, nbformat.ValidationError, nbformat.reader.NotJSONError) as problem:
        return [f"it is no notebook: {problem}"]
    found = []
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        found.append("its format is not 4.5")
    elif stripped(told) + "\n" != told:
        found.append("it has outputs, counts or metadata: python scripts/strip_notebooks.py")
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "markdown" or not first.source.startswith("# "):
        found.append("its first cell is no title")
    found += _faults_of_parameters(notebook)
    for place, cell in enumerate(notebook.cells):
        if own := _OWN_PLACES.search(cell.source):
            found.append(f"cell {place} names a place of somebody's machine: {own.group()}")
        if _KEYS.search(cell.source):
            found.append(f"cell {place} has a key or a place for one")
    return found


def listed(readme: Path) -> list[str]:
    """The notebooks that a README links to, in its order; none when there is no README."""
    told = readme.read_text("utf-8") if readme.exists() else ""
    return list(dict.fromkeys(re.findall(r"\]\(([\w.-]+\.ipynb)\)", told)))


def _faults_of_parameters(notebook: NotebookNode) -> list[str]:
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    if len(tagged) != 1 or tagged[0].cell_type != "code":
        return [f"{len(tagged)} cells are tagged parameters, not one code cell"]
    try:
        lines = ast.parse(tagged[0].source).body
    except SyntaxError as problem:
        return [f"its parameters are no Python: {problem}"]
    wrong = [ast.unparse(line) for line in lines if not _is_literal(line)]
    wrong += [] if lines else ["nothing"]
    return [f"its parameters are not only names and literals: {one}" for one in wrong]


def _is_literal(line: ast.stmt) -> bool:
    """Whether it gives one name one literal."""
    match line:
        case (
            ast.Assign(targets=[ast.Name()], value=value)
            | ast.AnnAssign(target=ast.Name(), value=ast.expr() as value)
        ):
            pass
        case _:
            return False
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True
