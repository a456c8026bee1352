"""Values as they come, and what is said of those that are none: an entry of a 422's ``detail`` each.

Every reader raises that 422.
"""

import json
import math
import re
import uuid
from collections.abc import Collection
from typing import Any, Final, TypeVar

from stationthis_sdk.local.requests.responses import Refusal

__all__ = [
    "INTEGER",
    "INTEGER_MAX",
    "NUMBER_MAX",
    "UUID",
    "Number",
    "fault",
    "read_array",
    "read_choice",
    "read_flag",
    "read_integer",
    "read_number",
    "read_object",
    "read_range",
    "read_text",
    "read_texts",
    "read_uuid",
    "refuse",
    "sayable",
    "storable",
]

INTEGER_MAX: Final = 2**31 - 1
NUMBER_MAX: Final = 1e15
INTEGER: Final = re.compile(r"[+-]?[0-9]{1,15}")
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")

Number = TypeVar("Number", int, float)

_TRUE: Final = frozenset({"1", "true", "t", "yes", "y", "on"})
_FALSE: Final = frozenset({"0", "false", "f", "no", "n", "off"})


def fault(kind: str, loc: list[str | int], message: str, given: Any, **context: Any) -> dict[str, Any]:
    """One entry of a 422's ``detail``; what JSON can't say is not said again."""
    given = given if storable(given) else None
    return {"type": kind, "loc": loc, "msg": message, "input": given, **({"ctx": context} if context else {})}


def storable(given: Any) -> bool:
    """Whether a JSON value can be kept and told again: no NaN, no lone surrogates, nothing too deep."""
    for _ in range(64):  # room for what it is wrapped in later
        given = [given]
    try:
        json.dumps(given, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return False
    return True


def refuse(*faults: dict[str, Any]) -> Refusal:
    """A 422 with these entries."""
    return Refusal.detail(422, list(faults))


def read_text(given: Any, loc: list[str | int], limit: int | None = None) -> str:
    """A string; within ``limit`` characters."""
    if not isinstance(given, str):
        raise refuse(fault("string_type", loc, "Input should be a valid string", given))
    try:
        given.encode()
    except UnicodeEncodeError:  # half a character, which neither answers nor the database can hold
        message = "Input should be a valid string, unable to parse raw data as a unicode string"
        shown = given[:80].encode("utf-8", "replace").decode()
        raise refuse(fault("string_unicode", loc, message, shown)) from None
    if limit is not None and len(given) > limit:
        message = f"String should have at most {limit} characters"
        raise refuse(fault("string_too_long", loc, message, given[:80], max_length=limit))
    return given


def read_array(given: Any, loc: list[str | int]) -> list[Any]:
    """A list."""
    if not isinstance(given, list):
        raise refuse(fault("list_type", loc, "Input should be a valid list", given))
    return given


def read_texts(given: Any, loc: list[str | int], limit: int) -> list[str]:
    """A list of strings."""
    return [read_text(one, [*loc, place], limit) for place, one in enumerate(read_array(given, loc))]


def read_integer(given: Any, loc: list[str | int]) -> int:
    """A whole number, also as a string."""
    if isinstance(given, int):
        return int(given)
    if isinstance(given, float):
        if given.is_integer():
            return int(given)
        message = "Input should be a valid integer, got a number with a fractional part"
        raise refuse(fault("int_from_float", loc, message, sayable(given)))
    if not isinstance(given, str):
        raise refuse(fault("int_type", loc, "Input should be a valid integer", given))
    if not INTEGER.fullmatch(given.strip()):
        message = "Input should be a valid integer, unable to parse string as an integer"
        raise refuse(fault("int_parsing", loc, message, given))
    return int(given)


def read_number(given: Any, loc: list[str | int]) -> float:
    """A finite number, also as a string."""
    if not isinstance(given, int | float | str):
        raise refuse(fault("float_type", loc, "Input should be a valid number", given))
    try:
        number = float(given)
    except ValueError:
        message = "Input should be a valid number, unable to parse string as a number"
        raise refuse(fault("float_parsing", loc, message, given)) from None
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise refuse(fault("finite_number", loc, "Input should be a finite number", sayable(given)))
    return number


def read_range(given: Number, loc: list[str | int], minimum: float, maximum: float) -> Number:
    """A number between two others."""
    if given < minimum:
        message = f"Input should be greater than or equal to {minimum}"
        raise refuse(fault("greater_than_equal", loc, message, given, ge=minimum))
    if given > maximum:
        message = f"Input should be less than or equal to {maximum}"
        raise refuse(fault("less_than_equal", loc, message, given, le=maximum))
    return given


def sayable(given: Any) -> Any:
    """NaN and infinity as words, which JSON has none for."""
    return given if not isinstance(given, float) or math.isfinite(given) else str(given)


def read_object(given: Any, loc: list[str | int]) -> dict[str, Any]:
    """An object."""
    if not isinstance(given, dict):
        raise refuse(fault("dict_type", loc, "Input should be a valid dictionary", given))
    if not storable(given):
        message = "Input should be JSON without NaN, half characters or hundreds of levels"
        raise refuse(fault("value_error", loc, message, None))
    return given


def read_flag(given: Any, loc: list[str | int]) -> bool:
    """A boolean; the words and numbers the service takes for one count too."""
    word = str(given).lower() if isinstance(given, bool | int | str) else ""
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    kind, message = ("bool_parsing", "Input should be a valid boolean, unable to interpret input")
    raise refuse(fault(kind, loc, message, given))


def read_uuid(given: Any, loc: list[str | int]) -> str:
    """A UUID in its usual spelling."""
    if not isinstance(given, str):
        raise refuse(fault("uuid_type", loc, "UUID input should be a string, bytes or UUID object", given))
    if not UUID.fullmatch(given):
        problem = f"invalid group or character in {given[:40]!r}"
        raise refuse(
            fault("uuid_parsing", loc, f"Input should be a valid UUID, {problem}", given, error=problem)
        )
    return str(uuid.UUID(given))


def read_choice(given: Any, loc: list[str | int], choices: Collection[str]) -> str:
    """One of some words."""
    if not isinstance(given, str) or given not in choices:
        *most, last = (f"'{choice}'" for choice in choices)
        expected = f"{', '.join(most)} or {last}"
        raise refuse(fault("enum", loc, f"Input should be {expected}", given, expected=expected))
    return given
