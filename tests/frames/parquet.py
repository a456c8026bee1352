"""Through Parquet and back, with what is hardest to keep."""

import io

import pandas as pd
from hypothesis import strategies as some

SCALARS = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(),
    some.integers(2**63 - 2, 2**64 + 2),
    some.sampled_from([10**400, -(2**63) - 1]),
    some.floats(),
    some.text(),
    some.binary(),
)
ODD = some.recursive(
    SCALARS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
"""Values as hostile as they come."""
NAMES = some.one_of(
    some.text(max_size=4),
    some.characters(codec=None, categories=["Cs"]),  # no UTF-8
    some.sampled_from(
        ["__index_level_0__", "index", "a\0b", " ", "x.y", "state", "picture", "input_state", "outputs"]
    ),
)


def through_parquet(frame: pd.DataFrame) -> pd.DataFrame:
    kept = io.BytesIO()
    frame.to_parquet(kept)
    kept.seek(0)
    return pd.read_parquet(kept)


def check_parquet(frame: pd.DataFrame) -> None:
    """It comes back equal, types included; of categories that are none, Parquet can't keep that they would be texts."""
    back = through_parquet(frame)
    assert list(back.columns) == list(frame.columns)
    assert [str(kind) for kind in back.dtypes] == [str(kind) for kind in frame.dtypes]
    for name in frame.columns:
        told = str(frame[name].dtype) != "category" or len(frame[name].cat.categories) > 0
        pd.testing.assert_series_equal(frame[name], back[name], check_categorical=told)
