"""Names lead to what is documented: in signatures without their module, and in sentences where they are code."""

import re
from typing import Final

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

_KINDS: Final = {"class", "exception", "function", "data", "type"}
_NAME: Final = re.compile(r"[A-Z]\w+(\.\w+)?(?=(\(\))?$)")

Places = dict[str, set[tuple[str, str, str]]]


def places_of(environment: BuildEnvironment) -> Places:
    """By the names that people say, ``Run`` and ``Run.wait``: the page, the anchor and the whole name of each thing."""
    places: Places = {}
    for name, entry in environment.domains.python_domain.objects.items():
        if entry.aliased:
            continue
        parts = name.split(".")
        said = parts[-1] if entry.objtype in _KINDS else ".".join(parts[-2:])
        places.setdefault(said, set()).add((entry.docname, entry.node_id, name))
    return places


def _missing(
    app: Sphinx, environment: BuildEnvironment, node: pending_xref, shown: nodes.Node
) -> nodes.Node | None:
    if node.get("refdomain") != "py":
        return None
    module, _, last = node["reftarget"].rpartition(".")
    if module == "builtins":
        return nodes.Text(last)
    if last == "Cookable":  # what sync.py calls it, beside Python's Collection
        last, shown = "Collection", nodes.Text("Collection")
    found = places_of(environment).get(last, set())
    if len(found) != 1 or module.partition(".")[0] not in {"", "stationthis_sdk"}:
        return None
    [(document, place, name)] = found
    return make_refnode(app.builder, node["refdoc"], document, place, shown, name)


def _sentences(app: Sphinx, page: nodes.document, document: str) -> None:
    places = places_of(app.env)
    for code in list(page.findall(nodes.literal)):
        name = _NAME.match(code.astext())
        found = places.get(name[0], set()) if name else set()
        if len(found) == 1 and not isinstance(code.parent, nodes.reference):
            [(target, place, whole)] = found
            code.replace_self(make_refnode(app.builder, document, target, place, code.deepcopy(), whole))


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("missing-reference", _missing)
    app.connect("doctree-resolved", _sentences)
    return {"parallel_read_safe": True}
