"""Runs are read from the JSON itself: that says the same as the generated model of it."""

import math
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.api.calls.run_lists import _rows, _rows_in_object
from stationthis_sdk.api.calls.runs import run_of
from stationthis_sdk.entities import RunRecord
from tests.contract.test_answers import parse, spoiled

TELLING = (
    "runs_get",
    "runs_list_of_workflow",
    "runs_list_of_workflow_light",
    "runs_list_of_workflow_today",
    "runs_latest_of_workflow",
)


@pytest.fixture(params=TELLING, scope="module")
def telling(request: pytest.FixtureRequest, operations: Any) -> Any:
    """An operation whose answers hold runs."""
    return next(one for one in operations if one.name == request.param)


def check_same(telling: Any, answer: Any) -> int:
    """Each run is the same, read one way and the other; how many there are."""
    bare, parsed = (one if isinstance(one, list) else [one] for one in (answer, parse(telling, answer)))
    read = [
        (run_of(json), run_of(model)) for json, model in zip(bare, parsed, strict=True) if json is not None
    ]
    for run, same in read:
        assert run == same
        assert [type(value) for value in attrs.astuple(run)] == [type(value) for value in attrs.astuple(same)]
        assert math.isfinite(run.fraction)
    return len(read)


def test_a_run_in_json_says_what_its_model_says(telling: Any) -> None:
    """Every answer of the contract that holds runs is read alike."""
    assert sum(check_same(telling, answer) for answer in telling.answers) > 1


def test_the_rows_of_a_deployment_say_what_their_models_say(operations: Any) -> None:
    """So are those that come in an object."""
    telling = next(one for one in operations if one.name == "runs_list_of_deployment")
    for answer in telling.answers:
        rows, models = answer.get("data") or [], parse(telling, answer).data or []
        assert _read(rows) == _read(models)


def _read(rows: list[Any]) -> list[RunRecord | None]:
    return [None if row is None else run_of(row) for row in rows]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_an_odd_run_in_json_says_what_its_model_says(telling: Any, data: st.DataObject) -> None:
    """So is one with fields missing, null, of other kinds, and unknown ones."""
    check_same(telling, data.draw(spoiled(telling)))


@pytest.mark.parametrize("odd", [None, {}, {"rows": []}, [None], [5], 5, "run"])
def test_what_is_no_list_of_runs_is_never_an_empty_one(odd):
    """Who looks for a run whose submit was lost must not take an odd answer for "not there"."""
    with pytest.raises((TypeError, KeyError, AttributeError)):
        _rows(odd)


@pytest.mark.parametrize("odd", [{}, {"rows": []}, {"data": 5}, [5], 5, "run"])
def test_what_is_no_page_of_runs_is_never_an_empty_one(odd):
    """The same for rows that come in an object; only null there is none, as the contract allows it."""
    with pytest.raises((TypeError, KeyError, AttributeError)):
        _rows_in_object(odd)
    assert _rows_in_object({"data": None}) == []
