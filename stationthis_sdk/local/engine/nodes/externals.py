"""The comfyui-deploy plugin's external texts, numbers and choices: what each makes of the value it was given.

The silent conversions here (a bad number becomes the default, the text "false" is true) are the plugin's own.
"""

import random
from typing import Any, Final

from stationthis_sdk.local.engine.files import WORDS
from stationthis_sdk.local.engine.node import ANY, TEXT, Slot, Work, node_class, real, whole

__all__: list[str] = []

_P: Final = "ComfyUIDeployExternal"
_FAR: Final = 2**63
_DIGITS: Final = 1000  # Python reads no number of thousands of digits
_NUMBER: Final = Slot("FLOAT", required=False)


def _optional(slot: Slot, default: Any = None) -> Slot:
    return Slot(slot.type, required=False, default=default)


@node_class(
    f"{_P}Text",
    f"{_P}TextSingleLine",
    outputs=("STRING",),
    input_id=TEXT,
    default_value=_optional(TEXT, ""),
    also=WORDS,
)
@node_class(f"{_P}TextAny", outputs=("*",), input_id=TEXT, default_value=_optional(TEXT, ""), also=WORDS)
def _text(_work: Work, default_value: str, **_rest: Any) -> tuple[str]:
    return (default_value,)


@node_class(f"{_P}Number", outputs=("FLOAT",), input_id=TEXT, default_value=_NUMBER, also=WORDS)
def _number(_work: Work, input_id: str, default_value: float | None, **_rest: Any) -> tuple[float | None]:
    return (_as_float(input_id, default_value),)


@node_class(
    f"{_P}NumberInt", outputs=("INT",), input_id=TEXT, default_value=_optional(Slot("INT")), also=WORDS
)
def _whole_number(_work: Work, input_id: str, default_value: int | None, **_rest: Any) -> tuple[int | None]:
    digits = input_id.strip()
    return (int(digits) if digits.isdecimal() and len(digits) < _DIGITS else default_value,)


@node_class(
    f"{_P}NumberSlider",
    outputs=("FLOAT",),
    input_id=TEXT,
    default_value=_optional(Slot("FLOAT"), 0.5),
    min_value=real(-_FAR, _FAR, 0.0),
    max_value=real(-_FAR, _FAR, 1.0),
    also=WORDS,
)
def _slider(
    _work: Work, input_id: str, default_value: float, min_value: float, max_value: float, **_rest: Any
) -> tuple[float]:
    value = _as_float(input_id, None)
    return (value if value is not None and min_value <= value <= max_value else default_value,)


@node_class(
    f"{_P}NumberSliderInt",
    outputs=("INT",),
    input_id=TEXT,
    default_value=_optional(Slot("INT"), 1),
    min_value=whole(-_FAR, _FAR, 0),
    max_value=whole(-_FAR, _FAR, 100),
    also=WORDS,
)
def _whole_slider(
    _work: Work, input_id: str, default_value: int, min_value: int, max_value: int, **_rest: Any
) -> tuple[int]:
    try:
        value = int(input_id)
    except ValueError:
        return (default_value,)
    return (value if min_value <= value <= max_value else default_value,)


@node_class(f"{_P}Boolean", outputs=("BOOLEAN",), input_id=TEXT, default_value=Slot("BOOLEAN"), also=WORDS)
def _boolean(_work: Work, default_value: bool, **_rest: Any) -> tuple[bool]:
    return (default_value,)


@node_class(
    f"{_P}Enum",
    outputs=("*",),
    input_id=TEXT,
    default_value=_optional(TEXT, ""),
    options=_optional(ANY),
    also=WORDS,
)
def _enum(_work: Work, default_value: str, **_rest: Any) -> tuple[str]:
    return (default_value,)  # not checked against the options, as the plugin does


@node_class(
    f"{_P}Seed",
    outputs=("INT",),
    input_id=TEXT,
    min_value=whole(-_FAR, 2**64),
    max_value=whole(-_FAR, 2**64),
    default_value=_optional(Slot("INT"), -1),
    also=WORDS,
)
def _seed(_work: Work, default_value: int, min_value: int, max_value: int, **_rest: Any) -> tuple[int]:
    if default_value != -1 and min_value <= default_value <= max_value:
        return (default_value,)
    return (random.randint(min(min_value, max_value), max(min_value, max_value)),)  # noqa: S311  no secret


def _as_float(text: str, default: float | None) -> float | None:
    try:
        return float(text)
    except ValueError:
        return default
