"""What a training came to, in the product's codes: each comes of what really happens."""

from pathlib import Path

import pytest

from stationthis_sdk import InvalidInput, SaveFailed, StationThisError
from stationthis_sdk.recipes.training.codes import CODES, coded
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.testing import LocalGateway

CAT = {"name": "my-cat", "trigger": "mycat", "steps": 100, "resolution": 64}
QUEUE = {"method": "POST", "path": "/run/deployment/queue"}


def begun(st, dataset, **more):
    """The code of beginning one."""
    with pytest.raises(StationThisError) as told:
        st.train_lora(dataset, **CAT | more)
    return told.value.code


def test_those_that_come_before_it_begins(st, draw):
    """Too few pictures, captions that lack, a wrong word, no deployment: each has its code."""
    few, bare, good = (
        Dataset.from_folder(draw(count, name=name, captions=captions))
        for count, name, captions in ((3, "few", True), (5, "bare", False), (10, "good", True))
    )
    assert begun(st, few) == "insufficient_images"
    assert begun(st, bare, base="sd15") == "missing_captions"
    assert begun(st, good, rank=0) == "invalid_params"
    assert begun(st, few, rank=0) == "invalid_params"
    assert begun(st, good, deployment="nothing") == "workflow_not_found"
    with pytest.raises(StationThisError) as told:
        st.trainings.get("5ea8723e-4701-4d69-8604-8932801f2083")
    assert told.value.code == "lora_not_found"


def test_credits_and_caps_are_points(own, st, cats, tmp_path):
    """The service refuses for its credits, or the month's cap is reached: what a host calls not enough points."""
    own.faults.refuse(403, times=1, **QUEUE)
    assert begun(st, cats) == "not_enough_points"
    with LocalGateway(prices={"CPU": 100.0}) as dear, dear.client(home=tmp_path / "dear") as first:
        first.train_lora(cats, wait=True, **CAT)
        with dear.client(home=tmp_path / "dear", monthly_cap=0.01) as capped:
            assert begun(capped, cats) == "not_enough_points"


def test_a_service_that_does_not_take_it(own, st, cats):
    """Nothing was begun, and nothing is begun twice."""
    own.faults.refuse(422, times=1, **QUEUE)
    assert begun(st, cats) == "training_submission_failed"
    assert st.runs.list() == []


def test_a_ledger_that_can_not_be_written(st, cats, monkeypatch):
    """What has to be written before money is spent was not, so nothing was sent."""

    async def full(_self, _work, otherwise):
        raise SaveFailed(f"{otherwise}: the disk is full")

    monkeypatch.setattr(Ledger, "sure", full)
    assert begun(st, cats) == "points_deduction_failed"


def test_those_that_come_afterwards(own, st, cats):
    """Success, a look that fails, an end that is no success."""
    job = st.train_lora(cats, **CAT)
    own.faults.refuse(403, path=f"/run/{job.id}")
    with pytest.raises(StationThisError) as told:
        job.refresh()
    assert told.value.code == "status_check_failed"
    own.faults.clear()
    assert job.wait().code == "success"
    long = st.train_lora(cats, **CAT | {"steps": 12_000})
    long.cancel()
    with pytest.raises(StationThisError) as ended:
        long.wait()
    assert ended.value.code == long.code == "training_failed"


def test_every_code_has_its_test():
    """In this file."""
    words = Path(__file__).read_text("utf-8")
    assert not [code for code in CODES if f'"{code}"' not in words]


def test_a_code_that_is_there_stays():
    """The nearest to what happened has said it."""
    with pytest.raises(InvalidInput) as told, coded("watch"), coded("begin"):
        raise InvalidInput("x")
    assert told.value.code == "invalid_params"
