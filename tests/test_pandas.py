"""``import stationthis_sdk.pandas``: DataFrames that run."""

import subprocess
import sys
import uuid
from typing import Any

import pandas as pd
import pytest

import stationthis_sdk.pandas  # noqa: F401 - what it registers is what is tested
from stationthis_sdk import AsyncRun, AsyncStationThis, InvalidInput, MissingExtra, NotFound, Run, StationThis
from stationthis_sdk.listing import Listing
from tests.echo import GRAPH
from tests.fixtures import RunningGateway


@pytest.fixture(scope="module")
def words(gateway: RunningGateway) -> str:
    """A deployment that repeats words."""
    return gateway.deploy("pandas-words", GRAPH)


def test_rows_are_run_and_found_again(st: StationThis, words: str) -> None:
    """A batch of the rows; the runs of its frame, in their order, each once, without those that have none."""
    deployment = st.deployments[words]
    table = pd.DataFrame({"words": ["a", "b"], "shelf": [1, 2]})
    estimate = table.stationthis.estimate(deployment)
    assert (estimate.rows, estimate.missing) == (2, 2)
    batch = table.stationthis.map(deployment, name="pandas-rows", key="shelf")
    frame = batch.to_frame()
    assert frame["state"].tolist() == ["success"] * 2
    runs = pd.concat([frame.iloc[::-1], frame, frame.assign(run_id=None)]).stationthis.runs(st)
    assert (type(runs), {type(run) for run in runs}) == (Listing, {Run})
    assert [run.outputs[0].text() for run in runs] == ["b", "a"]
    assert runs.to_frame()["words"].tolist() == ["b", "a"]
    again = table.stationthis.map(deployment, name="pandas-rows", key="shelf", columns={"words": "words"})
    assert again.to_frame()["run_id"].tolist() == frame["run_id"].tolist()


async def test_asynchronous_deployments_are_awaited(ast: AsyncStationThis, words: str) -> None:
    """The same with await, and of the asynchronous classes."""
    deployment = await ast.deployments.get(words)
    table = pd.DataFrame({"words": ["a"]})
    assert (await table.stationthis.estimate(deployment, limit=1)).rows == 1
    batch = await table.stationthis.map(deployment, name="pandas-awaited")
    runs = await (await batch.to_frame()).stationthis.runs(ast)
    assert [type(run) for run in runs] == [AsyncRun]
    assert runs.to_frame()["words"].tolist() == ["a"]


@pytest.mark.parametrize("verb", ["map", "estimate"])
@pytest.mark.parametrize(
    ("deployment", "says"),
    [
        ("portrait", "not its name.*st.deployments\\['portrait'\\]"),
        (None, "no deployment"),
        (7, "no deployment"),
    ],
)
def test_what_is_no_deployment_is_told_with_all_else(verb: str, deployment: Any, says: str) -> None:
    """All faults at once, with what to do, before anything is sent."""
    more = {"name": "x"} if verb == "map" else {}
    ask = getattr(pd.DataFrame({"words": []}).stationthis, verb)
    with pytest.raises(InvalidInput, match=says) as caught:
        ask(deployment, **more)
    assert len(caught.value.problems) == 2
    assert "no rows" in caught.value.problems[0]


def test_frames_without_rows_and_without_runs(st: StationThis, words: str) -> None:
    """A frame without rows runs nothing; one without run_id has no runs, and a client is needed to ask."""
    with pytest.raises(InvalidInput, match="no rows"):
        pd.DataFrame({"words": []}).stationthis.map(st.deployments[words], name="pandas-empty")
    table = pd.DataFrame({"words": ["a"]})
    with pytest.raises(InvalidInput, match="run_id") as caught:
        table.stationthis.runs("st")
    assert len(caught.value.problems) == 2
    assert pd.DataFrame({"run_id": [None]}).stationthis.runs(st) == []


def test_runs_that_are_gone_are_named(st: StationThis) -> None:
    """All of them in one error."""
    gone = [str(uuid.uuid4()), "no id"]
    with pytest.raises(NotFound, match=f"2 of these 2 runs: '{gone[0]}', 'no id'"):
        pd.DataFrame({"run_id": gone}).stationthis.runs(st)


def test_without_pandas_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The import itself fails with the package's extra."""
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "try:\n    import stationthis_sdk.pandas\n"
        f"except {MissingExtra.__module__}.{MissingExtra.__name__} as error: print(error)"
    ).replace("import sys;", f"import sys, {MissingExtra.__module__};")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "stationthis-sdk[data]" in done.stdout
