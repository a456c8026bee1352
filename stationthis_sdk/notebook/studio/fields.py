"""Controls of single inputs: what a person sees of an input, and what is sent for it. An untouched one sends nothing."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import ipywidgets as w
import orjson

from stationthis_sdk.entities import InputField
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.widgets import shut

__all__ = [
    "ABSENT",
    "Choice",
    "Control",
    "Data",
    "Number",
    "Seed",
    "Slider",
    "Text",
    "Tick",
    "is_slider",
    "number_of",
]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""The input is left out: the workflow's own default holds."""
_MOST_STEPS: Final = 10_000
_EXACT: Final = 2**53
"""JavaScript loses integers above."""
_FULL: Final = {"width": "auto"}
_LINE: Final = 60
_WHOLE: Final = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)


def number_of(written: str) -> Any:
    """What was written, as a number if it is one; the SDK's check has a word for anything else.

    >>> number_of("18446744073709551615"), number_of("1e3"), number_of(" 7 "), number_of("seven")
    (18446744073709551615, 1000.0, 7, 'seven')
    """
    try:
        return int(written) if _WHOLE.fullmatch(written) else float(written)
    except ValueError:
        return written


class Control:
    """One input's control. ``widget`` is what is seen; ``wide`` ones take a line of their own."""

    wide: bool = False
    widget: Any

    def __init__(self, field: InputField) -> None:
        self.field = field

    @property
    def value(self) -> Any:
        """What is to be sent, ABSENT where it is the default."""
        return self._value()

    @property
    def shown(self) -> Any:
        """The same as it stands in the code."""
        return self._shown()

    @property
    def trouble(self) -> str | None:
        """Why it can't be sent just now, where that is no matter of its value."""
        return self._trouble()

    def put(self, value: Any) -> bool:
        """Show this value, or the default for ABSENT; False where it can't be shown."""
        return self._put(value)

    def watch(self, changed: Callable[[], None]) -> None:
        """Have it called after each change."""
        self._watch(changed)

    def close(self) -> None:
        """Its widgets end."""
        self._close()

    def _value(self) -> Any:
        raise NotImplementedError

    def _put(self, value: Any) -> bool:
        raise NotImplementedError

    def _shown(self) -> Any:
        return self._value()

    def _trouble(self) -> str | None:
        return None

    def _watch(self, changed: Callable[[], None]) -> None:
        self.widget.observe(lambda _: changed(), "value")

    def _close(self) -> None:
        shut(self.widget)


class Text(Control):
    """A text: a line, or an area where texts are long."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        self._default = clean(field.default)
        self.widget = self._written()

    def _written(self) -> Any:
        """Where it is written."""
        self.wide = _is_long(self.field)
        kind = w.Textarea if self.wide else w.Text
        more = {"rows": 3} if self.wide else {}
        return kind(value=self._default, layout=_FULL, **more)

    def _value(self) -> Any:
        return ABSENT if self.widget.value == self._default else self.widget.value

    def _put(self, value: Any) -> bool:
        text = self._default if value is ABSENT else value
        if not isinstance(text, str) or clean(text) != text:
            return False
        self.widget.value = text
        return True


class Number(Control):
    """A number that is written, of whatever size and precision; empty means the default."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        self._default = "" if field.default is None else clean(_digits(field.default))
        self.widget = w.Text(value=self._default, placeholder="the workflow's own", layout=_FULL)

    def _value(self) -> Any:
        written = self.widget.value
        if written == self._default or not written.strip():
            return ABSENT
        number, default = number_of(written), self.field.default
        return ABSENT if number == default and not isinstance(default, bool) else number

    def _put(self, value: Any) -> bool:
        if value is ABSENT:
            self.widget.value = self._default
            return True
        if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
            return False
        self.widget.value = _digits(value)
        return True


class Slider(Control):
    """A number within bounds."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        low, high, step = _slider_of(field)
        if field.kind == "integer":
            self.widget = w.IntSlider(
                value=int(field.default), min=int(low), max=int(high), step=int(step), layout=_FULL
            )
        else:
            places = max(0, -Decimal(repr(step)).normalize().as_tuple().exponent)  # type: ignore[operator]
            self.widget = w.FloatSlider(
                value=float(field.default),
                min=low,
                max=high,
                step=step,
                readout_format=f".{min(places, 9)}f",
                layout=_FULL,
            )
        self._default = self.widget.value

    def _value(self) -> Any:
        number = self.widget.value
        return ABSENT if number == self._default else number

    def _put(self, value: Any) -> bool:
        number = self._default if value is ABSENT else value
        if isinstance(number, bool | str) or not hasattr(number, "__float__"):
            return False
        number = float(number) if self.field.kind == "number" else number
        if not self.widget.min <= number <= self.widget.max or (
            self.field.kind == "integer" and number != int(number)
        ):
            return False
        self.widget.value = number if self.field.kind == "number" else int(number)
        return True


class Choice(Control):
    """One of several."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        options: tuple[Any, ...] = field.options or (True, False)
        labels = [clean(one) for one in field.options] if field.options else ["Yes", "No"]
        if field.default not in options or field.default is None:
            own = (
                f"the workflow's own ({clean(field.default)})"
                if field.default not in (None, "")
                else "the workflow's own"
            )
            options, labels = (ABSENT, *options), [own, *labels]
            self._default = ABSENT
        else:
            self._default = field.default
        self._options = options
        self.widget = w.Dropdown(
            options=list(zip(labels, range(len(labels)), strict=True)),
            value=options.index(self._default),
            layout=_FULL,
        )

    def _value(self) -> Any:
        chosen = self._options[self.widget.value]
        return ABSENT if chosen is self._default or chosen == self._default else chosen

    def _put(self, value: Any) -> bool:
        wanted = self._default if value is ABSENT else value
        place = next(
            (place for place, one in enumerate(self._options) if type(one) is type(wanted) and one == wanted),
            None,
        )
        if place is None:
            return False
        self.widget.value = place
        return True


class Tick(Control):
    """Yes or no."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        self.widget = w.Checkbox(value=field.default, indent=False, layout=_FULL)

    def _value(self) -> Any:
        return ABSENT if self.widget.value is self.field.default else self.widget.value

    def _put(self, value: Any) -> bool:
        wanted = self.field.default if value is ABSENT else value
        if not isinstance(wanted, bool):
            return False
        self.widget.value = wanted
        return True


class Seed(Control):
    """A seed: drawn anew for each run, or one that stays. Text, as 64 bits are more than a page can count."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        self.dice = w.ToggleButton(
            value=True, icon="random", description="new each run", tooltip="Draw a new seed for each run"
        )
        self.dice.add_class("st-dice")
        self.text = w.Text(placeholder="drawn", disabled=True, layout={"flex": "1 1 4em", "width": "auto"})
        self.widget = w.HBox([self.dice, self.text])
        self.latest: int | None = None
        self.dice.observe(self._thrown, "value")

    def _thrown(self, change: Any) -> None:
        self.text.disabled = change["new"]
        if change["new"]:
            self.text.value = ""
        elif not self.text.value and self.latest is not None:
            self.text.value = str(self.latest)

    @property
    def drawn(self) -> bool:
        """Whether each run gets its own."""
        return self.value is ABSENT

    def _value(self) -> Any:
        written = self.text.value
        return ABSENT if self.dice.value or not written.strip() else number_of(written)

    def _put(self, value: Any) -> bool:
        if value is ABSENT or value is None or value == "" or (value == -1 and not isinstance(value, bool)):
            self.dice.value = True
            return True
        if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
            return False
        self.dice.value = False
        self.text.value = _digits(value)
        return True

    def _watch(self, changed: Callable[[], None]) -> None:
        for widget in (self.dice, self.text):
            widget.observe(lambda _: changed(), "value")

    def _close(self) -> None:
        shut(self.dice, self.text, self.widget)


class Data(Control):
    """Anything else: JSON where it is, text where it is not."""

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        default = field.default
        self._default = "" if default is None else clean(_written_json(default))
        self.widget = w.Text(value=self._default, placeholder="text, or JSON", layout=_FULL)

    def _value(self) -> Any:
        written = self.widget.value
        if written == self._default:
            return ABSENT
        try:
            return orjson.loads(written)
        except orjson.JSONDecodeError:
            return written

    def _put(self, value: Any) -> bool:
        if value is ABSENT:
            self.widget.value = self._default
            return True
        try:
            written = _written_json(value)
        except TypeError:
            return False
        if clean(written) != written:
            return False
        self.widget.value = written
        return True


def is_slider(field: InputField) -> bool:
    """Whether a slider suits it: bounds that are near enough, and a default between them."""
    default = field.default
    if isinstance(default, bool) or not isinstance(default, int | float) or not abs(default) < _EXACT:
        return False
    if field.minimum is None or field.maximum is None or not field.minimum < field.maximum:
        return False
    if max(abs(field.minimum), abs(field.maximum)) >= _EXACT:
        return False
    low, high, step = _slider_of(field)
    if not (low < high and low <= default <= high and (high - low) <= _MOST_STEPS * step):
        return False
    return step > 0 and (field.kind != "integer" or default == int(default))


def _slider_of(field: InputField) -> tuple[float, float, float]:
    """The least, the most, and a step: the field's own, or one that makes a hundred of it."""
    low, high = field.minimum or 0.0, field.maximum or 0.0
    step = field.step if field.step and field.step > 0 else None
    if field.kind == "integer":
        low, high = float(math.ceil(low)), float(math.floor(high))
        return low, high, float(max(1, round(step or 1)))
    if step is None or step > high - low:
        spread = high - low
        step = 10.0 ** math.floor(math.log10(spread / 100)) if spread > 1e-9 else spread
    return float(low), float(high), float(step)


def _is_long(field: InputField) -> bool:
    """Whether people write more than a few words there."""
    default = field.default if isinstance(field.default, str) else ""
    if "\n" in default or len(default) > _LINE:
        return True
    if field.class_type.endswith("TextSingleLine"):
        return False
    return "prompt" in field.name.lower() or field.class_type.endswith("TextAny")


def _digits(value: Any) -> str:
    """A number as it is written, or what stands in its place."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return clean(value)
    return clean(int(value)) if isinstance(value, int) else repr(float(value))


def _written_json(value: Any) -> str:
    """JSON, or the text itself where nobody would take it for JSON."""
    if isinstance(value, str):
        try:
            orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        if isinstance(value, str):
            return value
        raise TypeError("no JSON") from None
