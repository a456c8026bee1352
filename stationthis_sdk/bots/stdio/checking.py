"""What is wrong with the parameters of a request, as ``jsonschema`` finds it, in short sentences."""

import functools
import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.stdio.schemas import METHODS, schema_of
from stationthis_sdk.names import near

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it ships no types
    from jsonschema.exceptions import ValidationError  # type: ignore[import-untyped]  # likewise

__all__ = ["cut", "problems_of"]

_LONGEST_NAME: Final = 50
_NUMBERS: Final = {
    "minimum": "wants {} or more",
    "maximum": "wants {} or less",
    "exclusiveMinimum": "wants more than {}",
    "minItems": "wants {} or more of them",
}


def problems_of(method: str, params: Any) -> list[str]:
    """What does not fit, a sentence each, the first ten; no value is in them, for it may be a picture, or a secret.

    Not for the event loop: the first time something is imported, and parameters may be large.

    >>> problems_of("events", {"limit": 0}), problems_of("events", {"limti": 3})
    (['limit: wants 1 or more.'], ["There is no 'limti'; did you mean 'limit'?"])
    """
    return [*itertools.islice(_problems(method, params), 10)]


@functools.cache
def _validator(method: str) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - starting need not wait for it

    return Draft202012Validator(schema_of(METHODS[method].params))


def _problems(method: str, params: Any) -> Iterator[str]:
    for error in _validator(method).iter_errors(params):
        place = "".join(f"[{one}]" if isinstance(one, int) else f".{cut(one)}" for one in error.absolute_path)
        for what in _said(error):
            yield f"{place[1:]}: {what}" if place else f"{what[:1].upper()}{what[1:]}"


def _said(error: "ValidationError") -> Iterator[str]:
    wanted: Any = error.validator_value
    match error.validator:
        case "type":
            yield f"wants {wanted if isinstance(wanted, str) else ' or '.join(wanted)}."
        case "enum":
            yield f"is one of {', '.join(map(str, wanted))}."
        case "minLength":
            yield "is empty."
        case "required":
            yield from (f"{name} is missing." for name in wanted if repr(name) in error.message)
        case "anyOf":
            names = [one["required"][0] for one in wanted if "required" in one]
            yield f"one of {', '.join(names)} is missing." if names else "has the wrong form."
        case "additionalProperties":
            fields: dict[str, Any] = error.schema.get("properties", {})
            for name in error.instance:
                if name not in fields:
                    close = near(cut(name), [*fields])
                    yield f"there is no {cut(name)!r}" + (f"; did you mean {close[0]!r}?" if close else ".")
        case other:
            yield f"{_NUMBERS.get(str(other), 'has the wrong form').format(wanted)}."


def cut(name: str) -> str:
    """A name of somebody else's, short enough to be looked at and said."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
