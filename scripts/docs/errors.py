"""``.. errors::``: an entry for each class of the tree of errors, from its docstring and its fields."""

import inspect
from collections.abc import Iterator
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from stationthis_sdk import errors
from stationthis_sdk.cli.exits import code_of
from stationthis_sdk.errors import BlockingCallWarning, StationThisError

_OWN: Final = "stationthis_sdk."


def tree(kind: type[StationThisError] = StationThisError) -> Iterator[type[StationThisError]]:
    """The class and all below it, as they are drawn."""
    yield kind
    for one in vars(errors).values():
        if inspect.isclass(one) and issubclass(one, kind) and one.__bases__[0] is kind:
            yield from tree(one)


def fields_of(kind: type[StationThisError]) -> list[str]:
    """The attributes that its errors carry, its own first.

    >>> fields_of(errors.InvalidInput)
    ['problems', 'message', 'run_id', 'request', 'retryable', 'code', 'generation', 'saved']
    """
    names: dict[str, None] = {}
    for base in kind.__mro__:
        if issubclass(base, StationThisError) and "__init__" in vars(base):
            names |= {
                name: None
                for name, one in inspect.signature(vars(base)["__init__"]).parameters.items()
                if one.kind is one.KEYWORD_ONLY
            }
    names.pop("run_id", None), names.pop("request", None)
    return [*names, "message", "run_id", "request", "retryable", "code", "generation", "saved"]


class Errors(SphinxDirective):
    """All of them."""

    def run(self) -> list[nodes.Node]:
        """The drawing, then the entries in its order."""
        drawing = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2].replace("``", "")
        lines = ["::", "", *(f"   {line}".rstrip() for line in drawing.splitlines()), ""]
        for kind in (*tree(), BlockingCallWarning):
            lines += [f".. autoexception:: {_OWN}{kind.__name__}()", ""]
        lines += [".. autoclass:: stationthis_sdk.errors.Exchange", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _docstring(_app: Sphinx, what: str, _name: str, kind: Any, _options: Any, lines: list[str]) -> None:
    if what != "exception" or not issubclass(kind, StationThisError):
        return
    fields = fields_of(kind)
    own = fields if kind is StationThisError else fields[: fields.index("message")]
    also = [one.__name__ for one in kind.__bases__ if not one.__module__.startswith(_OWN)]
    told = {
        "Fields": ", ".join(f"``{name}``" for name in own),
        "Also a": ", ".join(f"``{name}``" for name in also if name != "Exception"),
        "Retryable": "yes" if kind.retryable else "no",
        "Exit code of the command": str(code_of(kind.__new__(kind))),
    }
    lines += ["", " · ".join(f"*{name}:* {text}" for name, text in told.items() if text), ""]


def _signature(_app: Sphinx, what: str, *_more: Any) -> tuple[str, None] | None:
    """People catch errors and make none."""
    return ("", None) if what == "exception" else None


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("errors", Errors)
    app.connect("autodoc-process-docstring", _docstring, priority=600)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True}
