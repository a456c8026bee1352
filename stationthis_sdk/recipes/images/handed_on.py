"""What one run made as what another is given: runs, generations and outputs become the pictures they have. Pure."""

from collections.abc import Sequence
from typing import Any, Final

from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.twins import twin

__all__ = ["for_field", "made_by", "whole"]

_KINDS: Final = {
    "image": ("image", "animation"),
    "images": ("image", "animation"),
    "video": ("video", "animation"),
    "audio": ("audio",),
}


def for_field(value: Any, field: InputField, notes: list[str]) -> Any:
    """A value for an input of files; what it leaves of a run's several outputs is added to ``notes``.

    Raises:
        InvalidInput: several for an input that takes one; or a run that has made none such.

    >>> for_field(["a.png"], InputField("image", "image"), []), for_field("a.png", InputField("photos", "images"), [])
    ('a.png', ['a.png'])
    """
    value = twin(value)
    if field.kind == "images":
        many = value if isinstance(value, list | tuple) else value if _is_many(value) else [value]
        if many is not value or isinstance(value, list | tuple):
            return [one for each in many for one in _all_of(each, field)]
        return value
    if isinstance(value, list | tuple):
        if len(value) != 1:
            raise InvalidInput(f"takes one {field.kind}, got {len(value)}")
        value = twin(value[0])
    made = _all_of(value, field)
    if len(made) > 1:
        notes.append(f"{field.name}: of {len(made)} that {_called(value)} made, only the first is handed on")
    return made[0]


def made_by(outputs: Sequence[Any], field: InputField) -> list[Any]:
    """Of what a run made, what such an input takes."""
    wanted = _KINDS.get(field.kind)
    return [one for one in outputs if one.url and (wanted is None or one.kind in wanted)]


def _all_of(value: Any, field: InputField) -> list[Any]:
    value = twin(value)
    if hasattr(value, "outputs"):
        made = made_by(value.outputs, field)
        if not made:
            kind = "file" if field.kind == "file" else field.kind.removesuffix("s")
            raise InvalidInput(f"{_called(value)} has made no {kind}{_yet(value)}")
        return made
    return [value]


def whole(value: Any) -> Any:
    """What may be given to several runs: of an open file its content, for it can be read but once."""
    if isinstance(value, list | tuple):
        return [whole(one) for one in value]
    is_open = hasattr(value, "read") and not isinstance(value, type)
    return value.read() if is_open else value


def _is_many(value: Any) -> bool:
    """Whether it is several pictures by itself: an array of four axes, or the JSON text in which a list is sent."""
    return len(getattr(value, "shape", ())) == 4 or (
        isinstance(value, str) and value.lstrip().startswith("[")
    )


def _called(value: Any) -> str:
    run_id = getattr(value, "id", None)
    return f"run {run_id}" if run_id else "that generation"


def _yet(value: Any) -> str:
    state = getattr(value, "state", None)
    return "" if state is None or state.final else f": it is {state}, wait() for it first"
