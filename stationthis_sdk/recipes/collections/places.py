"""Places in inputs: ``[[Category]]``, at any depth of texts, lists and mappings. Pure."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

__all__ = ["NOT_IN_NAMES", "fill", "places_in"]

_PLACE: Final = re.compile(r"\[\[\s*([^\[\]]*?)\s*\]\]")
NOT_IN_NAMES: Final = "[]="
"""What the names of categories and parts can't have."""


def places_in(value: Any) -> Iterator[str]:
    """The names of the places in a value.

    >>> list(places_in({"prompt": "a [[Fur]] fox", "steps": ["[[Steps]]"]}))
    ['Fur', 'Steps']
    """
    if isinstance(value, str):
        for found in _PLACE.finditer(value):
            yield found[1]
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from places_in(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from places_in(one)


def fill(value: Any, given: Mapping[str, Any]) -> Any:
    """The value with what stands for its places; a text that is only a place becomes what stands for it, with its type.

    >>> fill({"prompt": "a [[Fur]] fox", "steps": "[[Steps]]"}, {"Fur": "red", "Steps": 20})
    {'prompt': 'a red fox', 'steps': 20}
    """
    if isinstance(value, str):
        whole = _PLACE.fullmatch(value)
        if whole is not None and whole[1] in given:
            return copy.deepcopy(given[whole[1]])
        return _PLACE.sub(lambda found: _text(given[found[1]]) if found[1] in given else found[0], value)
    if isinstance(value, Mapping):
        return {name: fill(one, given) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [fill(one, given) for one in value]
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
