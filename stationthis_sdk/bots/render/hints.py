"""What the author of a workflow wants of a bot, in a note: ``@bot telegram send-as=document filename=portrait``. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stationthis_sdk.bots.people import Platform
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.formats import graphs_in

__all__ = ["hints_of", "notes_in"]

_NOTES: Final = frozenset({"Note", "MarkdownNote"})
_LINE: Final = re.compile(r"(?i)(?:^|(?<=\s))@bot[ \t]+(\S.{0,500})")
_PAIR: Final = re.compile(r"""([A-Za-z][\w-]{0,40})\s*=\s*("[^"]*"|'[^']*'|[^\s,]*)""")
_EVERYWHERE: Final = frozenset({"all", "any", "every", "*"})
_SCOPE: Final = re.compile(r"[^\s=]+(?=\s)")
_MOST_NOTES: Final = 200
_LONGEST: Final = 20_000


def hints_of(texts: Iterable[str], platform: Platform) -> dict[str, str]:
    """The hints in notes that are for this platform, by name; what is said for it alone goes before what is for all.

    ``send-as`` is document or photo; ``filename`` a name, with ``{n}`` for the file's number. Commas or spaces stand
    between hints, quotes around a value with either.

    >>> hints_of(['@bot telegram send-as=document,filename="my fox {n}"', "Ask Ada about the mask."], "telegram")
    {'send-as': 'document', 'filename': 'my fox {n}'}
    >>> hints_of(["@bot telegram send-as=document"], "discord")
    {}
    """
    for_all: dict[str, str] = {}
    for_it: dict[str, str] = {}
    for text in texts:
        for found in _LINE.finditer(text[:_LONGEST]):
            said = found[1]
            scope = _SCOPE.match(said)
            scopes = set(scope[0].lower().split(",")) if scope else _EVERYWHERE
            pairs = {
                name.lower().replace("_", "-"): value.strip("\"'").strip()
                for name, value in _PAIR.findall(said[scope.end() :] if scope else said)
            }
            if scopes & _EVERYWHERE:
                for_all |= pairs
            elif platform in scopes:
                for_it |= pairs
    return for_all | for_it


def notes_in(graph: Any) -> list[str]:
    """The texts of the notes in a graph as the editor saves it, those within subgraphs too; none where it is no graph.

    >>> notes_in({"nodes": [{"type": "Note", "widgets_values": ["@bot all send-as=document"]}], "links": []})
    ['@bot all send-as=document']
    """
    try:
        ui = graphs_in(graph).ui
    except InvalidInput:
        return []
    if ui is None:
        return []
    inside = ui.get("definitions")
    subgraphs = inside.get("subgraphs") if isinstance(inside, Mapping) else None
    levels = [ui, *_mappings(subgraphs)]
    nodes = (node for level in levels for node in _mappings(level.get("nodes")))
    texts = [_text_of(node) for node in nodes if str(node.get("type")) in _NOTES]
    return [text for text in texts if text][:_MOST_NOTES]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text_of(node: Mapping[str, Any]) -> str:
    values = node.get("widgets_values")
    kept = list(values.values()) if isinstance(values, Mapping) else values
    first = kept[0] if isinstance(kept, list) and kept else ""
    return first if isinstance(first, str) else ""
