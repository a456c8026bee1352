"""Who is who in a batch: rows by their key or content, seeds by batch and row, submits by all of it."""

import math
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.batches.columns import Columns
from stationthis_sdk.batches.identity import (
    Name,
    batch_mark,
    content_of,
    derived_seed,
    name_of_submit,
    row_id,
    submit_id,
)
from stationthis_sdk.batches.plan import Planning
from stationthis_sdk.batches.rows import open_rows
from stationthis_sdk.entities import InputField
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.store.batch_records import Planned

INPUTS = Inputs(
    [InputField("words", "text"), InputField("cfg", "number"), InputField("seed", "seed", -1, 0, 2**32 - 1)]
)
HEX = "0123456789abcdef"
rows = some.lists(
    some.fixed_dictionaries(
        {"words": some.text(max_size=8), "cfg": some.integers(-9, 9) | some.floats(-9, 9)}
    ),
    min_size=1,
    max_size=12,
)


def plan(given_rows: Any, *, batch: str = "b", key: str | None = None) -> list[Planned]:
    """The plan of these rows."""
    opened = open_rows(given_rows)
    columns = Columns.of(None, INPUTS, opened.columns or (), textual=opened.textual)
    planning = Planning(batch, opened, columns, INPUTS, "echo", key, Path("nowhere"))
    made = list(planning)
    planning.raise_for_problems()
    return made


@given(rows)
def test_the_same_rows_are_the_same(given_rows: list[dict[str, Any]]) -> None:
    """A plan made again is the same, seeds included, whatever the order of its columns."""
    turned = [dict(reversed(row.items())) for row in given_rows]
    assert plan(given_rows) == plan([dict(row) for row in given_rows])
    assert [(row.id, row.inputs["seed"]) for row in plan(turned)] == [
        (row.id, row.inputs["seed"]) for row in plan(given_rows)
    ]


@given(rows)
def test_rows_are_told_apart(given_rows: list[dict[str, Any]]) -> None:
    """No two rows of a plan have the same id, equal ones included."""
    assert len({row.id for row in plan(given_rows + given_rows)}) == 2 * len(given_rows)


@given(rows, some.randoms())
def test_the_order_of_rows_does_not_matter(given_rows: list[dict[str, Any]], dice: Any) -> None:
    """Rows in another order are the same rows."""
    shuffled = [*given_rows]
    dice.shuffle(shuffled)
    assert {row.id for row in plan(shuffled)} == {row.id for row in plan(given_rows)}


@given(some.lists(some.text(min_size=1, max_size=8), unique=True, min_size=1), some.text(max_size=8))
def test_a_key_is_a_row(keys: list[str], words: str) -> None:
    """With a key column neither content nor order matter, and distinct keys are distinct rows."""
    first = plan([{"words": words, "sku": key} for key in keys], key="sku")
    then = plan([{"words": words + "!", "sku": key} for key in reversed(keys)], key="sku")
    assert [row.id for row in first] == [row.id for row in reversed(then)]
    assert len({row.id for row in first}) == len(keys)
    assert all(a.content != b.content for a, b in zip(first, reversed(then), strict=True))


@given(some.text(max_size=8), some.text(max_size=8))
def test_batches_have_seeds_of_their_own(one: str, other: str) -> None:
    """The same row of two batches has two seeds."""
    (first,), (second,) = (
        plan([{"words": "x", "cfg": 1}], batch=one),
        plan([{"words": "x", "cfg": 1}], batch=other),
    )
    assert first.id == second.id
    assert (first.inputs["seed"] == second.inputs["seed"]) == (one == other)


bounds = some.none() | some.integers(-(2**40), 2**40) | some.floats(-1e6, 1e6)


@given(some.text(), some.text(alphabet=HEX, min_size=16, max_size=16), bounds, bounds)
def test_seeds_are_within_bounds(batch: str, row: str, minimum: float | None, maximum: float | None) -> None:
    """A derived seed is a whole number that the field takes, and below 2³² wherever the field allows it."""
    if minimum is not None and maximum is not None and math.ceil(minimum) > math.floor(maximum):
        return
    field = InputField("seed", "seed", -1, minimum, maximum)
    seed = derived_seed(batch, row, field)
    assert seed == derived_seed(batch, row, field)
    assert minimum is None or seed >= minimum
    assert maximum is None or seed <= maximum
    if minimum is None or math.ceil(minimum) <= 2**32 - 1:
        assert seed <= 2**32 - 1
    if maximum is None or maximum >= 0:
        assert seed >= 0


@given(some.text(), some.text(alphabet=HEX, min_size=16, max_size=16), some.integers(0, 0xFFFF))
def test_a_submit_tells_its_row(batch: str, row: str, attempt: int) -> None:
    """What a submit's id was made of is read from it."""
    mark = batch_mark(batch)
    assert name_of_submit(submit_id(mark, row, attempt)) == Name(mark, row, attempt)


@given(some.none() | some.text(alphabet=string.hexdigits + "-", max_size=40))
def test_other_ids_tell_nothing(given_id: str | None) -> None:
    """Whatever is no such id is none."""
    found = name_of_submit(given_id)
    assert found is None or submit_id(found.batch, found.row, found.attempt) == given_id


@given(some.text(), some.text())
def test_a_key_is_no_content(key: str, content: str) -> None:
    """A key that reads like a content's hash is another row."""
    assert row_id(key, content, 0) != row_id(None, content, 0)
    assert row_id(None, content, 0) != row_id(None, content, 1)


@given(some.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_numbers_are_whole_numbers(value: int) -> None:
    """7.0 is 7: a column that lacks a value somewhere comes as floats; True is no 1."""
    assert content_of({"cfg": float(value)}, {}) == content_of({"cfg": value}, {})
    assert content_of({"cfg": True}, {}) != content_of({"cfg": 1}, {})


def test_frames_csv_and_lists_are_the_same_rows(tmp_path: Path) -> None:
    """The same rows from a list, a CSV and a DataFrame are the same rows."""
    pandas = pytest.importorskip("pandas")
    listed = [{"words": "a", "cfg": 1}, {"words": "b", "cfg": 2.5}]
    (tmp_path / "rows.csv").write_text("cfg,words\n1,a\n2.5,b\n")
    made = [plan(listed), plan(tmp_path / "rows.csv"), plan(pandas.DataFrame(listed))]
    assert len({tuple(row.id for row in one) for one in made}) == 1
