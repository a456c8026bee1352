"""Grids: all combinations or values in step, none made before it is asked for."""

import io
import itertools
import operator
import pickle
import sys
import tracemalloc
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs import grids
from stationthis_sdk.inputs.grids import Grid, grid, zip_

AXES = some.dictionaries(
    some.text(min_size=1, max_size=3),
    some.lists(some.integers(), min_size=1, max_size=4),
    min_size=1,
    max_size=4,
)


def refused(make):
    with pytest.raises(InvalidInput) as caught:
        make()
    return caught.value


@given(AXES)
def test_a_grid_is_the_product_of_its_axes(axes):
    """Indexing, iteration and length agree with itertools.product: the first axis is the slowest."""
    expected = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    made = grid(axes)
    assert list(made) == list(made) == expected
    assert [made[place] for place in range(len(made))] == expected
    assert [made[-1 - place] for place in range(len(made))] == expected[::-1]
    assert list(reversed(made)) == expected[::-1]
    assert len(made) == len(expected)
    assert made.columns == tuple(axes)


@given(AXES, some.slices(20))
def test_a_slice_is_a_grid(axes, piece):
    """Slices are rows of the grid, may be combined again, and are made as late as the rest."""
    made = grid(axes)
    part = made[piece]
    assert isinstance(part, Grid)
    assert list(part) == list(made)[piece]
    assert len(part * grid({"a longer name": [1, 2]})) == 2 * len(part)
    assert list(part + made) == list(made)[piece] + list(made)


@given(some.lists(some.lists(some.integers(), min_size=1, max_size=4), min_size=1, max_size=5))
def test_sums_are_one_after_the_other(lists):
    """Any number of grids follow each other, whatever their lengths."""
    whole = reduce(operator.add, [grid(a=values) for values in lists])
    assert [row["a"] for row in whole] == [value for values in lists for value in values]


def test_zip_goes_in_step():
    """The first of each, then the second of each; single values stay."""
    made = zip_({"a b": [1, 2]}, c=(3, 4), d="x")
    assert list(made) == [{"a b": 1, "c": 3, "d": "x"}, {"a b": 2, "c": 4, "d": "x"}]
    assert len(zip_(a="x", b=1)) == 1


def test_zip_refuses_unequal_lengths():
    """The message has every axis and its length; a list of one is no single value."""
    error = refused(lambda: zip_(title=["a", "b", "c"], photo=["d"], style="x"))
    assert "title has 3, photo has 1" in str(error)
    assert "style" not in str(error)


def test_zip_and_grid_combine():
    """Every pair of the one with every row of the other, in either order; a sum in a product is whole."""
    pairs = zip_(a=[1, 2], b=[3, 4])
    assert [tuple(row.values()) for row in pairs * grid(c=[5, 6])] == [
        (1, 3, 5),
        (1, 3, 6),
        (2, 4, 5),
        (2, 4, 6),
    ]
    assert [tuple(row.values()) for row in grid(c=[5, 6]) * pairs] == [
        (5, 1, 3),
        (5, 2, 4),
        (6, 1, 3),
        (6, 2, 4),
    ]
    both = (grid(a=1) + grid(a=[2, 3])) * grid(b=[4, 5])
    assert [tuple(row.values()) for row in both] == [(1, 4), (1, 5), (2, 4), (2, 5), (3, 4), (3, 5)]
    assert repr(both) == "<Grid ((a fixed) + (a 2)) × b 2: 6 rows>"


def test_sums_keep_one_order_of_names():
    """The second may name its axes in another order; with other axes it can't follow."""
    assert [list(row) for row in grid(a=1, b=2) + grid(b=3, a=4)] == [["a", "b"], ["a", "b"]]
    error = refused(lambda: grid(a=1, b=2) + grid(a=1, c=2))
    assert "only one of them has 'b', 'c'" in str(error)


def test_the_same_axis_twice_is_refused():
    """In a product, and in a mapping and a keyword."""
    assert "both have 'a'" in str(refused(lambda: grid(a=1, b=2) * grid(a=3)))
    assert "a is given twice" in str(refused(lambda: grid({"a": 1}, a=2)))


@pytest.mark.parametrize(
    "value",
    ["text", "", 7, 7.5, True, None, Path("a.png"), b"bytes", bytearray(b"b"), memoryview(b"m"), io.BytesIO(b"file"),
     Image.new("RGB", (2, 3)), np.zeros((2, 3)), np.zeros((2, 3, 3), np.uint8), np.float64(2)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_single_values_are_held_fixed(value):
    """Texts, numbers, paths, bytes, files and pictures are one value, and the same in every row."""
    made = grid(picture=value, seed=range(3))
    assert len(made) == 3
    assert all(row["picture"] is value for row in made)
    assert "picture fixed" in repr(made)


@pytest.mark.parametrize(
    "values",
    [[1, 2], (1, 2), range(1, 3), {1: 0, 2: 0}.keys(), np.array([1, 2]), pd.Series([1, 2], [7, 7]), pd.Index([1, 2]),
     pl.Series([1, 2])],
    ids=lambda values: type(values).__name__,
)  # fmt: skip
def test_anything_that_lists_values_is_an_axis(values):
    """Lists, ranges, columns of tables and arrays of one axis give their values in order."""
    assert [row["a"] for row in grid(a=values)] == [1, 2]


def test_an_iterator_is_read_once():
    """It is taken into a list, so that the grid can be gone through again."""
    made = grid(a=(n * n for n in range(3)), b=map(str, range(2)))
    assert list(made) == list(made)
    assert len(made) == 6


def test_a_list_in_a_list_is_one_value():
    """Inputs that take several pictures get them as one value; four axes are a list of pictures."""
    assert list(grid(pictures=[["a.png", "b.png"]])) == [{"pictures": ["a.png", "b.png"]}]
    assert len(grid(picture=np.zeros((5, 2, 2, 3)))) == 5


def test_changing_a_list_later_changes_no_row():
    """A grid has the values that it was given."""
    prompts = ["a fox"]
    made = grid(prompt=prompts)
    prompts.append("an owl")
    assert list(made) == [{"prompt": "a fox"}]


def test_every_fault_is_told_at_once():
    """Empty axes, sets, dicts, tables and odd names, in one error."""
    error = refused(
        lambda: grid({1: [1], "": 2}, a=[], b={3}, c={"x": 1}, d=pd.DataFrame({"x": [1]}), e=pa.table({"x": [1]}),
                     f=range(0), g=iter(()), h=[1])
    )  # fmt: skip
    assert len(error.problems) == 9
    assert [problem.split()[0] for problem in error.problems[2:]] == list("abcdefg")
    assert all(problem in str(error) for problem in error.problems)


@pytest.mark.parametrize("make", [grid, zip_, lambda: grid({}), lambda: grid(pd.DataFrame({"a": [1]}))])
def test_no_axes_are_no_rows(make):
    """Without an axis, or with a table instead of axes, there is nothing to go by."""
    refused(make)


def test_what_has_no_end_is_refused(monkeypatch):
    """An endless iterator stops at a limit; ranges and products beyond what len() bears are refused."""
    monkeypatch.setattr(grids, "MOST_VALUES", 1000)
    assert "does it end?" in str(refused(lambda: grid(a=itertools.count())))
    assert len(grid(a=range(1001))) == 1001
    assert "too long" in str(refused(lambda: grid(a=range(2**70))))
    assert "fewer" in str(refused(lambda: grid(a=range(2**40)) * grid(b=range(2**40))))
    assert len(grid(a=range(sys.maxsize))) == sys.maxsize
    assert len(grid(a=range(0, 2**70, 2**68))) == 4


def test_a_huge_grid_costs_nothing():
    """Ten million rows, their slices and sums take the memory of their axes."""
    tracemalloc.start()
    made = grid(prompt=["a", "b"], seed=range(5_000_000)) * zip_(cfg=[1, 2]) + grid(cfg=1, seed=1, prompt="c")
    assert len(made) == 20_000_001
    assert made[9_999_999] == {"prompt": "a", "seed": 4_999_999, "cfg": 2}
    assert list(itertools.islice(made, 2)) == [{"prompt": "a", "seed": 0, "cfg": n} for n in (1, 2)]
    assert made[10_000_000:][0]["prompt"] == "b"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_a_long_chain_is_no_deep_one():
    """A thousand sums in a row are still read, shown and pickled."""
    whole = reduce(operator.add, [grid(a=n, b=[1, 2]) for n in range(1000)])
    assert whole[-1] == {"a": 999, "b": 2}
    assert len(list(whole)) == 2000
    assert list(pickle.loads(pickle.dumps(whole))) == list(whole)
    assert "2,000 rows" in repr(whole)


def test_places_that_are_not_there():
    """Beyond its ends there is an IndexError, as in any list; only with grids can it be combined."""
    made = grid(a=[1, 2])
    for place in (2, -3):
        with pytest.raises(IndexError):
            made[place]
    assert made[np.int64(1)] == {"a": 2}
    for other in (3, [{"a": 1}], "a"):
        with pytest.raises(TypeError):
            made * other
        with pytest.raises(TypeError):
            made + other
    assert {"a": 1} in made
