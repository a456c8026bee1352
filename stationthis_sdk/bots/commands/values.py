"""A value as somebody types it, as the input wants it. Pure; nothing that is typed is ever taken for a file of this machine."""

import re
from typing import Any, Final

import orjson

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import MEDIA_KINDS

__all__ = ["is_address", "value_of"]

_WHOLE: Final = re.compile(r"[+-]?\d{1,24}")
_NUMBER: Final = re.compile(r"[+-]?(\d{1,24}([.,]\d{0,24})?|[.,]\d{1,24})(e[+-]?\d{1,2})?", re.IGNORECASE)
_YES: Final = frozenset({"true", "yes", "on", "1", "y", "ja", "oui", "sí", "si", "sim", "да", "是"})
_NO: Final = frozenset({"false", "no", "off", "0", "n", "nein", "non", "não", "нет", "否"})
_DRAW: Final = frozenset({"", "-1", "random", "new", "none"})


def value_of(text: str, field: InputField) -> Any:
    """What a typed text means for an input; what means nothing to it is left as it is, for the check to refuse.

    A picture or file is named by its web address alone: a path would be one of the machine that the bot runs on.

    Raises:
        InvalidInput: a picture or file that is no web address.

    >>> value_of("7,5", InputField("cfg", "number")), value_of("yes", InputField("tiled", "boolean"))
    (7.5, True)
    >>> value_of("Sea", InputField("style", "enum", options=("auto", "sea"))), value_of("random", InputField("seed", "seed"))
    ('sea', None)
    >>> value_of("/etc/passwd", InputField("image", "image"))
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: image: send the file itself, or its web address (https://…)
    """
    plain = text.strip()
    if field.kind in MEDIA_KINDS:
        return _media(plain, field)
    if field.kind == "seed" and plain.lower() in _DRAW:
        return None
    if field.kind in {"integer", "seed", "number"}:
        return _number(plain)
    if field.kind == "boolean":
        word = plain.lower()
        return True if word in _YES else False if word in _NO else text
    if field.options and text not in field.options:
        same = [one for one in field.options if one.casefold() == plain.casefold()]
        return same[0] if len(same) == 1 else text
    return text


def is_address(value: object) -> bool:
    """Whether this leads to a file on the web, and not to one on this machine.

    >>> is_address("https://example.com/a.png"), is_address("file:///etc/passwd"), is_address(["https://x.org/a", "b.png"])
    (True, False, False)
    """
    if isinstance(value, list | tuple):
        return bool(value) and all(map(is_address, value))
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]\S*", value, re.IGNORECASE) is not None


def _media(text: str, field: InputField) -> Any:
    value: Any = text
    if field.kind == "images":
        value = re.split(r"\s*,\s+|\s+|,(?=https?://)", text)
        if text.startswith("["):
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError:
                value = None
    if not is_address(value):
        raise InvalidInput(f"{field.name}: send the file itself, or its web address (https://…)")
    return value


def _number(text: str) -> Any:
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        return int(number) if number == int(number) and abs(number) < 2**53 else number
    return text
