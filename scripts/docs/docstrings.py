"""The docstrings' own form, as reST: Google's sections, also in properties, whose first line is a sentence."""

import re
from typing import Any, Final

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

_CONFIG: Final[Any] = Config(napoleon_numpy_docstring=False, napoleon_custom_sections=["What to do"])


def _docstring(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    # napoleon takes "What it cost: an estimate" of a property for a type and its words.
    kind: Any = "method" if what in {"property", "attribute", "data"} else what
    lines[:] = str(GoogleDocstring(lines, _CONFIG, app, kind, name, thing, options)).splitlines()


def _signature(
    _app: Sphinx,
    _what: str,
    _name: str,
    _thing: Any,
    _options: Any,
    signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:
    return _said(signature), _said(returns)


def _said(text: str | None) -> str | None:
    """With the names that people know: ``list`` is Python's, and a ``Collection`` of texts is no collection of pieces."""
    if text is None:
        return None
    text = text.replace("builtins.", "").replace("= NOTHING", "= ...")  # attrs': made anew for each
    return re.sub(r"\bCollection\[", "collections.abc.Collection[", text)


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("autodoc-process-signature", _signature, priority=900)
    return {"parallel_read_safe": True}
