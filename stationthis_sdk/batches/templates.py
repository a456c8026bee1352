"""Texts with ``{column}`` in them. A place is the name of a column and perhaps a format, nothing else. Pure."""

import os
import re
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

import attrs

from stationthis_sdk.batches.values import number_in, plain, shown
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import near

__all__ = ["Template", "no_column"]

_LARGEST: Final = 1000
"""Of a width, of decimals, and of a decimal number's exponent: more of it fills the memory."""
_ZEROS: Final = re.compile(r"0\d+")
_OF_TIME: Final = re.compile(r"%[-_0^#]?[A-Za-z]")


@attrs.frozen
class Template:
    """A text made of the columns of a row. ``{{`` and ``}}`` are braces.

    >>> template = Template.of("{title}, {price:.2f} {{new}}", ["title", "price"])
    >>> template.columns
    ('title', 'price')
    >>> template.fill({"title": "Lamp", "price": 12.5})
    'Lamp, 12.50 {new}'
    >>> Template.of("{title.upper}", ["title"])
    Traceback (most recent call last):
    ...
    stationthis_sdk.errors.InvalidInput: '{title.upper}' names no column (did you mean {title}?)
    """

    text: str
    parts: tuple[tuple[str, str | None, str], ...] = attrs.field(repr=False)
    """What stands before each place, its column and its format; of what stands at the end the column is None."""

    @classmethod
    def of(cls, text: str, available: Sequence[str]) -> "Template":
        """Read it; ``available`` are the columns that may be named.

        Raises:
            InvalidInput: ``problems`` lists every place that is none.
        """
        parts: list[tuple[str, str | None, str]] = []
        problems: list[str] = []
        try:
            for before, column, form, conversion in string.Formatter().parse(text):
                form = form or ""  # noqa: PLW2901 - no format is an empty one
                parts.append((before, column, form))
                if column is None:
                    continue
                if conversion:
                    problems.append(f"'{{{column}!{conversion}}}': a place is a column and perhaps a format")
                elif column not in available:
                    problems.append(f"'{{{column}}}' names no column{no_column(column, available, '{%s}')}")
                elif problem := _wrong(form):
                    problems.append(f"'{{{column}:{form}}}': {problem}")
        except ValueError as error:
            reason = str(error).lower()
            problems.append(f"{shown(text)} is no text with places: {reason}; a brace in a text is doubled")
        if problems:
            raise InvalidInput("; ".join(problems), problems=problems)
        return cls(text, tuple(parts))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it needs."""
        return tuple(dict.fromkeys(column for _, column, _ in self.parts if column is not None))

    def fill(self, row: Mapping[str, Any]) -> str:
        """The text for this row.

        Raises:
            InvalidInput: a value is missing, is nothing to write, or does not suit its format; ``problems`` lists all.
        """
        made: list[str] = []
        problems: list[str] = []
        for before, column, form in self.parts:
            made.append(before)
            if column is not None:
                try:
                    made.append(_written(plain(row.get(column)), form))
                except InvalidInput as error:
                    problems.append(f"column {column!r} {error.message}")
        if problems:
            raise InvalidInput("; ".join(problems), problems=problems)
        return "".join(made)

    def __str__(self) -> str:
        return repr(self.text)


def no_column(name: str, available: Sequence[str], form: str = "%r") -> str:
    """The end of a sentence on a column that is not there: which it may have been.

    >>> no_column("Titel", ["title", "sku"])
    " (did you mean 'title'?)"
    """
    found = near(name, available)
    return f" (did you mean {form % found[0]}?)" if found else ""


def _wrong(form: str) -> str:
    if "{" in form or "}" in form:
        return "a format has no places of its own"
    if any(len(digits) > 9 or int(digits) > _LARGEST for digits in re.findall(r"\d+", form)):
        return f"a format goes up to {_LARGEST}"
    return ""


def _written(value: Any, form: str) -> str:
    if value is None:
        raise InvalidInput("has no value")
    if isinstance(value, os.PathLike):
        value = os.fsdecode(value)
    if not isinstance(value, str | int | float | Decimal | Fraction | date | time | timedelta | UUID):
        raise InvalidInput(f"is nothing to write into a text: {shown(value)}")
    if isinstance(value, str) and form:
        value = _meant(value, form)
    # A time takes any format and writes it as it is; a vast number would fill the memory.
    suits = not (isinstance(value, date | time) and form and not _OF_TIME.search(form))
    if isinstance(value, Decimal) and value.is_finite():
        suits = abs(value.adjusted()) <= _LARGEST
    if suits:
        try:
            return format(value, form)
        except Exception:  # noqa: BLE001, S110 - a __format__ of somebody else's
            pass
    raise InvalidInput(f"can't be written as {shown(form)}: {shown(value)}")


def _meant(text: str, form: str) -> Any:
    """What a text of a CSV is to a format: a number or a date, if the format is for one."""
    if _OF_TIME.search(form):
        try:
            return datetime.fromisoformat(text.strip())
        except ValueError:
            return text
    try:
        format(text, form)
    except ValueError:
        suits = False
    else:
        suits = not _ZEROS.fullmatch(form)  # a text would get its zeros behind it
    number = None if suits else number_in(text)
    return text if number is None else number
