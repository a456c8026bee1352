"""What may stand in the code of a form: values without what is secret of the links in them. Pure."""

from collections.abc import Mapping
from typing import Any

from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.studio.code import Named, literal

__all__ = ["without_signatures"]


def without_signatures(value: Any) -> Any:
    """A value of the form as it may stand in the code; of what is left out it is said that it is to be given anew.

    >>> without_signatures(["https://a.example/cat.png?sig=abc", "https://b.example/fox.png"])[0].code
    '"https://a.example/cat.png"'
    """
    if isinstance(value, list | tuple):
        told = [without_signatures(one) for one in value]
        return told if any(isinstance(one, Named) for one in told) else value
    if isinstance(value, Mapping):
        bare: Any = _bare(value)
    elif isinstance(value, str):
        bare = unsigned_text(value)
    else:
        return value
    if bare == value:
        return value
    what = bare if isinstance(bare, str) else "links in it"
    return Named(literal(bare), f"{what}; a signed link is not kept whole: give the file anew")


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return unsigned_text(value)
    if isinstance(value, list | tuple):
        return [_bare(one) for one in value]
    if isinstance(value, Mapping):
        return {unsigned_text(key) if isinstance(key, str) else key: _bare(one) for key, one in value.items()}
    return value
