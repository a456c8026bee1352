"""Checking inputs against a deployment, before anything is sent or paid for. Pure but for reading file names.

The plugin takes wrong values without a word: 2.5 or a negative number for an integer, a number outside its slider
and an unlisted option become the default or pass unchecked, the text "false" becomes True. So they are refused here.
"""

import difflib
import math
import numbers
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from stationthis_sdk.entities import SUBMIT_INPUT, InputField, Media
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import Inputs, is_blank, is_the_prompt
from stationthis_sdk.inputs.media import list_in, media_of
from stationthis_sdk.inputs.plain import is_utf8, own_number

__all__ = ["Checked", "check_inputs", "draw_seed"]

MAX_SEED: Final = 2**32 - 1
_OPTIONS: Final = frozenset({"timeout", "gpu", "webhook", "cache", "allow_unknown", "on_interrupt", "tags"})
_random: Final = random.SystemRandom()


@attrs.frozen
class Checked:
    """Inputs that may be sent once ``uploads`` are URLs. ``drawn`` names the seeds that were drawn here."""

    values: dict[str, Any]
    uploads: dict[str, Media | list[Media | str]]
    drawn: tuple[str, ...] = ()


def check_inputs(
    given: Mapping[str, Any], fields: Inputs, *, name: str, allow_unknown: bool = False
) -> Checked:
    """Check every input, draw the seeds that are missing, and tell which files must be uploaded.

    Raises:
        InvalidInput: ``problems`` lists every fault found.

    >>> check_inputs({"cfg": 7}, Inputs([InputField("cfg", "number", 5, 1, 20)]), name="portrait").values
    {'cfg': 7}
    """
    if SUBMIT_INPUT in fields:
        raise InvalidInput(
            f"The workflow of {name} declares {SUBMIT_INPUT!r}, which is reserved: rename it there."
        )
    problems: list[str] = []
    values: dict[str, Any] = {}
    uploads: dict[str, Media | list[Media | str]] = {}
    drawn: list[str] = []
    for key, given_value in given.items():
        field = fields.get(key)
        value = own_number(given_value)
        if field is None:
            problem = _unknown(key, value, fields, allow_unknown=allow_unknown)
            if problem:
                problems.append(problem)
            else:
                values[key] = value
            continue
        try:
            checked = _checked(value, field, fields)
        except InvalidInput as error:
            problems.append(f"{key}: {error.message}")
            continue
        if isinstance(checked, Media) or (isinstance(checked, list) and field.kind == "images"):
            uploads[key] = checked
        elif checked is not _ABSENT and not _sendable(checked):
            problems.append(f"{key}: {_shown(checked)} can't be sent as JSON")
        elif checked is not _ABSENT:
            values[key] = checked
    for key, field in fields.items():
        if field.kind == "seed" and not problems and key not in values:
            values[key] = draw_seed(field)
            drawn.append(key)
        elif field.required and key not in given:
            problems.append(f"{key}: this workflow needs {_article(field.kind)}, and none was given")
    if problems:
        what = "; ".join(problems)
        help_ = f" Its inputs: {fields!r}." if set(given) - set(fields) else ""
        raise InvalidInput(f"{name} was not run: {what.rstrip('?')}.{help_}", problems=problems)
    return Checked(values, uploads, tuple(drawn))


def draw_seed(field: InputField) -> int:
    """A random seed within the field's own bounds, and below 2³² so that every engine takes it."""
    low = 0 if field.minimum is None else math.ceil(field.minimum)
    high = max(low, MAX_SEED) if field.maximum is None else math.floor(field.maximum)
    if high >= 0:
        low = max(low, 0)
    if low <= MAX_SEED:
        high = min(high, MAX_SEED)
    return _random.randint(low, max(low, high))


class _Absent:
    """Leave the input out: the workflow's own default holds, or a seed is drawn."""


_ABSENT: Final = _Absent()


def _unknown(key: Any, value: Any, fields: Inputs, *, allow_unknown: bool) -> str | None:
    if key == SUBMIT_INPUT:
        return f"{key} is reserved"
    if not isinstance(key, str):
        return f"the name of an input is text, not {_shown(key)}"
    if allow_unknown:
        if _sendable(value) and _sendable(key):
            return None
        return f"{key!r}: the service takes text, numbers, booleans and lists only"
    if key in _OPTIONS:
        return f"{key} is no input but an option: .options({key}=…) makes a copy that has it"
    near = difflib.get_close_matches(key, fields, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else "options(allow_unknown=True) sends it anyway"
    return f"there is no input {key!r}; {hint}"


def _sendable(value: Any, depth: int = 0) -> bool:
    """Whether it is JSON as the service takes it: text that is UTF-8, numbers of 64 bits, booleans, lists of them."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    if isinstance(value, float):
        return type(value) is float and math.isfinite(value)
    if isinstance(value, str):
        return is_utf8(value)
    return isinstance(value, list) and depth < 64 and all(_sendable(one, depth + 1) for one in value)


def _check_text(value: Any, field: InputField) -> Any:
    if not isinstance(value, str):
        raise InvalidInput(f"wants text, got {_shown(value)}; write str(…) if that is meant")
    if field.options and field.kind == "checkpoint":
        return _check_enum(value, field)
    return value


def _check_enum(value: Any, field: InputField) -> Any:
    if not isinstance(value, str):
        raise InvalidInput(f"wants one of {_listed(field)}, got {_shown(value)}")
    if field.options is not None and value not in field.options:
        near = difflib.get_close_matches(value, field.options, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InvalidInput(f"{_shown(value)} is none of {_listed(field)}{hint}")
    return value


def _check_boolean(value: Any, _field: InputField) -> Any:
    if not isinstance(value, bool):
        raise InvalidInput(f"wants True or False, got {_shown(value)} (any text would count as True)")
    return value


def _check_number(value: Any, field: InputField) -> Any:
    number = _finite(value)
    _within(number, field)
    return value if type(value) in {int, float} else number


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise InvalidInput(f"wants a number, got {_shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInput(f"wants a finite number of usual size, got {_shown(value)}")
    return number


def _check_integer(value: Any, field: InputField) -> Any:
    _finite(value)
    if value != int(value):
        raise InvalidInput(
            f"wants a whole number, got {_shown(value)} (the workflow would silently use its default)"
        )
    number = int(value)
    if number < 0 and field.class_type.endswith("NumberInt"):
        raise InvalidInput(
            f"can't be negative, got {_shown(number)} (the workflow would silently use its default)"
        )
    _within(number, field)
    return number


def _check_seed(value: Any, field: InputField) -> Any:
    if value is None or (isinstance(value, str) and not value) or _is_minus_one(value):
        return _ABSENT
    return _check_integer(value, field)


def _is_minus_one(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, numbers.Real) and value == -1


def _within(number: float, field: InputField) -> None:
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = f"{'…' if low is None else f'{low:g}'}–{'…' if high is None else f'{high:g}'}"
        raise InvalidInput(
            f"must be within {bounds}, got {number:g} (the workflow would silently use its default)"
        )


def _check_media(value: Any, field: InputField) -> Any:
    return media_of(value, field.kind)


def _check_images(value: Any, _field: InputField) -> Any:
    value = list_in(value)
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidInput(f"wants a list of pictures, got {_shown(value)}")
    if len(getattr(value, "shape", (0, 0, 0, 0))) != 4:
        raise InvalidInput(f"wants a list of pictures; an array of them has four axes, got {_shown(value)}")
    pictures = [media_of(own_number(one), "image") for one in value]
    if not pictures:
        raise InvalidInput("wants at least one picture, got an empty list")
    return pictures


_CHECKS: Final[Mapping[str, Callable[[Any, InputField], Any]]] = {
    "text": _check_text,
    "enum": _check_enum,
    "boolean": _check_boolean,
    "number": _check_number,
    "integer": _check_integer,
    "seed": _check_seed,
    "image": _check_media,
    "audio": _check_media,
    "video": _check_media,
    "file": _check_media,
    "images": _check_images,
}


def _checked(value: Any, field: InputField, fields: Inputs) -> Any:
    """The value as it may be sent, to every node that takes it."""
    checked = _CHECKS.get(field.kind, _check_text)(value, field)
    for other in field.also:
        _CHECKS.get(other.kind, _check_text)(value, other)
    if isinstance(checked, str) and is_blank(checked) and is_the_prompt(field, fields):
        # It would run, and cost what any other does.
        own = "" if field.required else f", or leave it out for the workflow's own ({_shown(field.default)})"
        raise InvalidInput(f"says nothing, got {_shown(value)}; say what to make{own}")
    return checked


def _listed(field: InputField) -> str:
    options = field.options or ()
    return ", ".join(repr(option) for option in options[:20]) + (", …" if len(options) > 20 else "")


def _article(kind: str) -> str:
    return {"images": "a list of pictures", "image": "a picture", "audio": "an audio file"}.get(
        kind, f"a {kind}"
    )


def _shown(value: Any) -> str:
    try:
        shown = " ".join(repr(value).split())
    except Exception:  # noqa: BLE001 - a repr of somebody else's; ints of thousands of digits
        shown = "something without a repr"
    return f"{shown if len(shown) <= 40 else shown[:39] + '…'} ({type(value).__name__})"
