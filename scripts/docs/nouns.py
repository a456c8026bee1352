"""``.. nouns::``: public names from their docstrings; an asynchronous class says only how it differs from its plain twin."""

import inspect
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from generate_sync import MODULES
from stationthis_sdk import sync

PUBLIC: Final = (
    "stationthis_sdk",
    "stationthis_sdk.webhooks",
    "stationthis_sdk.testing",
    "stationthis_sdk.bots.telegram",
    "stationthis_sdk.bots.discord",
    "stationthis_sdk.pandas",
)
"""What people import from."""
_BASES: Final = "object,Shown,str,list,Sequence,Mapping,Cog"
"""Whose members are not ours to tell."""
_SPECIAL: Final = "__call__,__getitem__,__iter__"


def twin_of(name: str) -> type | None:
    """The asynchronous class of a plain one.

    >>> twin_of("Run").__name__, twin_of("Cost")
    ('AsyncRun', None)
    """
    return _twins().get(name) if name in sync.__all__ else None


@cache
def _twins() -> dict[str, type]:
    modules = [import_module(f"stationthis_sdk.{path[:-3].replace('/', '.')}") for path in MODULES]
    found = [one for module in modules for one in vars(module).values() if inspect.isclass(one)]
    return {one.__name__.removeprefix("Async"): one for one in found if one.__name__.startswith("Async")}


def how_it_differs(twin: type) -> list[str]:
    """What a reader of the plain class has to know of its asynchronous twin, as lines of reST.

    >>> from stationthis_sdk import AsyncRunLog
    >>> how_it_differs(AsyncRunLog)
    ['As :class:`RunLog`, ...', '', 'With ``await``: ``to_frame``.', '', 'With ``async for``: itself.', '']
    """
    name = twin.__name__.removeprefix("Async")
    kinds: dict[str, list[str]] = {"await": [], "async for": [], "async with": [], "": []}
    for member, value in inspect.getmembers(twin, callable):
        if not member.startswith("_") or member in _SPECIAL:
            shown = {"__call__": "a call", "__getitem__": "brackets"}.get(member, f"``{member}``")
            kinds[_wanted(value)].append(shown)
    kinds["async for"] += ["itself"] if hasattr(twin, "__aiter__") else []
    kinds["async with"] += ["itself"] if hasattr(twin, "__aenter__") else []
    heads = {kind: f"With ``{kind}``" if kind else "As they are" for kind in kinds}
    lines = [f"As :class:`{name}`, for coroutines: the same names, arguments and errors.", ""]
    for kind, found in kinds.items():
        if found:
            lines += [f"{heads[kind]}: {', '.join(found)}.", ""]
    return lines


def _wanted(function: Any) -> str:
    """What has to be said before a call of it, and with brackets before what they give."""
    inner = inspect.unwrap(function)
    returns = str(getattr(inner, "__annotations__", {}).get("return", ""))
    if inspect.isasyncgenfunction(inner) or "AsyncIterator[" in returns:
        return "async for"
    return "await" if inspect.iscoroutinefunction(inner) or "Awaitable[" in returns else ""


def names_in(lines: Iterable[str]) -> list[tuple[str, str]]:
    """The names of the directive, and the members behind them.

    >>> names_in(["Run", "", "local.clock.Clock: now, advance"])
    [('Run', ''), ('local.clock.Clock', 'now, advance')]
    """
    parts = [line.partition(":") for line in lines if line.strip()]
    return [(name.strip(), members.strip()) for name, _, members in parts]


class Nouns(SphinxDirective):
    """One name of ``stationthis_sdk`` a line, with its module where it is not at the top, as ``webhooks.parse``.

    Behind a colon are the members that concern people, where not all of them do.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The name, its members, and its asynchronous twin."""
        lines: list[str] = []
        for name, members in names_in(self.content):
            module, _, last = f"stationthis_sdk.{name}".rpartition(".")
            lines += _entry(module, last, members)
            if twin := twin_of(last):
                lines += [f".. autoclass:: {_address(twin)}", "   :no-members:", ""]
        return self.parse_text_to_nodes("\n".join(lines))


def _entry(module: str, name: str, members: str) -> list[str]:
    thing = getattr(import_module(module), name)
    if inspect.isclass(thing):
        kind = "autoclass"
        options = [f"members: {members}", f"special-members: {_SPECIAL}"]
        options += [] if members else [f"inherited-members: {_BASES}"]
    else:
        kind, options = ("autofunction" if inspect.isroutine(thing) else "autodata"), []
    return [f".. {kind}:: {module}.{name}", *(f"   :{one}" for one in options), ""]


def _address(thing: type) -> str:
    """Where people import it from."""
    for module in PUBLIC:
        if thing.__name__ in import_module(module).__all__:
            return f"{module}.{thing.__name__}"
    return f"{thing.__module__}.{thing.__name__}"


def _docstring(_app: Sphinx, what: str, _name: str, thing: Any, _options: Any, lines: list[str]) -> None:
    if what == "class" and inspect.isclass(thing) and twin_of(thing.__name__.removeprefix("Async")) is thing:
        lines[:] = how_it_differs(thing)


def _signature(_app: Sphinx, what: str, _name: str, thing: Any, *_more: Any) -> tuple[str, None] | None:
    """Nobody makes runs or batches by hand: of those that only a client gives, the arguments are not told."""
    if what != "class" or not inspect.isclass(thing):
        return None
    plain = thing.__name__.removeprefix("Async")
    if plain in sync.__all__ and (plain != "StationThis" or thing.__name__ != plain):
        return "", None
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls."""
    app.add_directive("nouns", Nouns)
    app.connect("autodoc-process-docstring", _docstring)
    app.connect("autodoc-process-signature", _signature)
    return {"parallel_read_safe": True}
