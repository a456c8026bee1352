"""Where things stand: nothing is hidden, nothing stands twice, values are in their order."""

import math
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stationthis_sdk import InvalidInput
from stationthis_sdk.notebook.gallery.layout import in_order, lay_out
from stationthis_sdk.notebook.gallery.values import Column, label_of, order_of
from tests.notebook.safe import HOSTILE

NAMES = ("prompt", "seed", "cfg", "title")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(HOSTILE),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FEW = st.integers(0, 2) | st.sampled_from(["a", "b", None])
RECORDS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES | FEW), max_size=40)
AXES = st.fixed_dictionaries(dict.fromkeys(("rows", "cols", "page"), st.none() | st.sampled_from(NAMES)))


@given(RECORDS, AXES, st.integers(1, 30))
def test_each_stands_once(records: list[dict[str, Any]], axes: dict[str, Any], most: int) -> None:
    """Whatever the values and axes: each record is in one cell, no page is too large, heads are as many as cells."""
    known = {name for record in records for name in record}
    named = [name for name in axes.values() if name is not None]
    if len(set(named)) < len(named) or not known.issuperset(named):
        with pytest.raises(InvalidInput):
            lay_out(records, **axes, most=most)
        return
    layout = lay_out(records, **axes, most=most)
    places = [place for page in layout.pages for place in page]
    assert Counter(places) == Counter(range(len(records)))
    for page in layout.pages:
        assert len(list(page)) <= most
        assert len(page.cells) == len(page.rows)
        assert all(len(row) == len(page.cols) for row in page.cells)
    assert len(layout.captions) in {0, len(records)}


@given(RECORDS, AXES)
def test_a_cell_holds_equals(records: list[dict[str, Any]], axes: dict[str, Any]) -> None:
    """What stands in one row has one value there, and what stands on one page one value of each column that made it."""
    known = {name for record in records for name in record}
    chosen = {axis: name for axis, name in axes.items() if name in known}
    if len(set(chosen.values())) < len(chosen):
        return
    layout = lay_out(records, **chosen)
    for page in layout.pages:
        for name in layout.paged_by:
            assert len({order_of(records[place].get(name)) for place in page}) <= 1
        for row in page.cells:
            if layout.rows is not None:
                assert len({order_of(records[place].get(layout.rows)) for cell in row for place in cell}) == 1


@given(st.lists(VALUES))
def test_values_are_sorted_and_told_apart(values: list[Any]) -> None:
    """Any values have an order among each other; numbers are in that of numbers; every label is a short text."""
    column = Column("x", values)
    numbers = [
        value
        for value in values
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
    ]
    found = [
        value
        for _, value in sorted(zip(column.codes, values, strict=True), key=lambda pair: pair[0])
        if any(value is number for number in numbers)
    ]
    assert found == sorted(numbers)
    assert all(0 < len(label) <= 200 for label in column.labels)


def test_texts_are_sorted_as_people_count() -> None:
    """Numbers in texts count as numbers, without a limit to their length."""
    texts = ["a10", "a9", "A1", f"a{'9' * 5_000}", "b"]
    assert sorted(texts, key=order_of) == ["A1", "a9", "a10", f"a{'9' * 5_000}", "b"]


def test_what_varies_and_is_no_axis_becomes_pages() -> None:
    """One left out is pages by itself, several are their combinations, one that follows from the axes is none."""
    sweep = [
        {"prompt": prompt, "seed": seed, "cfg": cfg, "sampler": sampler, "title": prompt.upper(), "steps": 20}
        for cfg in (10, 9.5) for sampler in ("euler", "dpm") for prompt in ("fox", "hare") for seed in (1, 2)
    ]  # fmt: skip
    layout = lay_out(sweep, rows="prompt", cols="seed")
    assert layout.paged_by == ("cfg", "sampler")
    assert [page.title for page in layout.pages] == [
        "cfg 9.5 · sampler dpm", "cfg 9.5 · sampler euler", "cfg 10 · sampler dpm", "cfg 10 · sampler euler",
    ]  # fmt: skip
    one = lay_out([row | {"sampler": "euler"} for row in sweep], rows="prompt", cols="seed")
    assert one.paged_by == ("cfg",)
    assert [len(cell) for cell in one.pages[0].cells[0]] == [2, 2]  # rows alike stand side by side


def test_seeds_that_were_drawn_make_no_pages() -> None:
    """A value of its own in each row would make pages of one picture: they share their cell, and say it."""
    rows = [{"prompt": prompt, "cfg": cfg, "seed": random.Random(f"{prompt}{cfg}{n}").random()}
            for prompt in ("fox", "hare") for cfg in (1, 2) for n in range(3)]  # fmt: skip
    layout = lay_out(rows, rows="prompt", cols="cfg")
    [page] = layout.pages
    assert [[len(cell) for cell in row] for row in page.cells] == [[3, 3], [3, 3]]
    assert layout.captions[4] == f"seed {rows[4]['seed']}"
    alone = lay_out([{"prompt": "fox", "cfg": 1}, {"prompt": "fox", "cfg": 2}], rows="prompt")
    assert [page.title for page in alone.pages] == ["cfg 1", "cfg 2"]


def test_large_batches_are_parted() -> None:
    """A flow, a full grid and a diagonal: pages of at most a hundred, of at most 500 cells."""
    rows = [{"x": place, "y": place % 25} for place in range(5_000)]
    for axes in ({}, {"rows": "y"}, {"rows": "x", "cols": "y"}, {"page": "y"}):
        layout = lay_out(rows, **axes)
        assert sum(len(list(page)) for page in layout.pages) == 5_000
        assert max(len(list(page)) for page in layout.pages) <= 100
        assert max(len(page.rows) * len(page.cols) for page in layout.pages) <= 500
    assert [page.title for page in in_order(250).pages] == ["1–100", "101–200", "201–250"]
    assert [page.title for page in in_order(100).pages] == [""]


def test_every_fault_of_axes_is_told() -> None:
    """All at once, with names that are near."""
    with pytest.raises(InvalidInput, match="there is 'prompt'") as raised:
        lay_out([{"prompt": "a", "seed": 1}], rows="promt", cols="seed", page="seed")
    assert len(raised.value.problems) == 2
    with pytest.raises(InvalidInput, match="not 7"):
        lay_out([{"prompt": "a"}], rows=7)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="there is none"):
        lay_out([], rows="prompt")


def test_labels_of_anything() -> None:
    """On one line, and short."""
    assert label_of("line\none\t two") == "line one two"
    assert label_of("") == "“”"
    assert label_of({"b": 1, "a": [None, "ü"]}) == '{"a": [null, "ü"], "b": 1}'
    assert len(label_of("x" * 10**6)) == 200
    circle: list[Any] = []
    circle.append(circle)
    assert label_of(circle).startswith("list ")
