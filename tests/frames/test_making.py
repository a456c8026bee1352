"""Columns: their names, their types, their values kept exactly."""

import math

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as some

from stationthis_sdk.frames.columns import column_names, kind_of
from stationthis_sdk.frames.making import TYPES, frame_of, text_of
from tests.frames.parquet import NAMES, ODD, check_parquet


@given(some.lists(ODD, max_size=5))
@example([2**64 - 1, 0])
@example([2**64 - 1, -1])
@example([2**53 + 1, 0.5])
@example([True, 1])
def test_any_values_are_a_column_that_keeps_them(values: list) -> None:
    """Numbers come back as they were, exactly; nothing else becomes a number; all of it survives Parquet."""
    kind = kind_of(values)
    frame = frame_of({"x": kind}, [[value] for value in values])
    check_parquet(frame)
    assert str(frame["x"].dtype) == TYPES[kind]
    for value, cell in zip(values, frame["x"], strict=True):
        if value is None or (kind == "number" and math.isnan(value)):
            assert pd.isna(cell)
        elif kind == "text":
            assert cell == text_of(value)
        else:
            assert cell == value
            assert (kind == "truth") == isinstance(value, bool)


@given(some.lists(NAMES, max_size=6), some.sets(NAMES, max_size=3))
@example(["state", "input_state", "input_input_state"], {"state"})
@example(["\ud800", "\\ud800"], set())
def test_each_name_has_a_column_of_its_own(names: list[str], taken: set[str]) -> None:
    """No two names share a column, none takes one of ours, and a frame with all of them survives Parquet."""
    taken = {text_of(name) for name in taken}
    called = column_names(names, taken, "input_")
    assert list(called) == list(dict.fromkeys(names))
    assert len({*called.values()}) == len(called)
    assert not {*called.values()} & taken
    for name, column in called.items():
        assert column == text_of(name) or column.startswith("input_")
    check_parquet(frame_of(dict.fromkeys(called.values(), "text"), [["x" for _ in called]]))


@given(some.lists(some.none() | some.floats() | some.integers(), max_size=4))
def test_seconds_become_durations(seconds: list) -> None:
    """To the microsecond; what no duration can be, is missing."""
    frame = frame_of({"took": "duration"}, [[one] for one in seconds])
    check_parquet(frame)
    assert str(frame["took"].dtype) == "timedelta64[us]"
    for one, cell in zip(seconds, frame["took"], strict=True):
        if one is None or not abs(one) < 9e12:
            assert pd.isna(cell)
        else:
            assert int(cell.asm8.view("i8")) == round(one * 1_000_000)


def test_every_kind_is_typed_without_a_row_and_without_a_value() -> None:
    """A frame of nothing, and one of nothing but None, have the types of any other."""
    columns = {kind: kind for kind in TYPES}
    for rows in ([], [[None] * len(TYPES)]):
        frame = frame_of(columns, rows)
        assert [str(one) for one in frame.dtypes] == [*TYPES.values()]
        check_parquet(frame)


def test_texts_of_odd_values() -> None:
    """Lists are JSON, circles and odd keys are still a text."""
    circle: list = []
    circle.append(circle)
    assert text_of(["é", None, {"a": [1]}]) == '["é", null, {"a": [1]}]'
    assert text_of(circle) == "[[...]]"
    assert text_of({(1, 2): 3}) == "{(1, 2): 3}"
    assert text_of("\ud800") == "\\ud800"
    assert text_of(10**5000) == hex(10**5000)  # Python writes no decimals of that many digits
