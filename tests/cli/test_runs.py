"""`stationthis runs`: get, cancel and watch by id."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import SMALL, Quick
from tests.fixtures import RunningGateway


@pytest.fixture
def made(quick: Quick) -> str:
    """The id of a run that has just been started."""
    return quick("run", "text-to-picture", "seed=3", *SMALL, "--detach").out.strip()


def test_watch_then_get_then_save(quick: Quick, made: str, tmp_path: Path) -> None:
    """Events as lines of JSON, from a state to the end; then the run, and its file."""
    events = [json.loads(line) for line in quick("runs", "watch", made, "--json").out.splitlines()]
    assert events[-1]["event"] == "end"
    assert {event["run_id"] for event in events} == {made}
    outputs = [event["output"] for event in events if event["event"] == "output"]
    assert [output["kind"] for output in outputs] == ["image"]
    assert [event["fraction"] for event in events] == sorted(event["fraction"] for event in events)
    got = quick("runs", "get", made, "--json").json
    assert (got["state"], got["inputs"]["seed"], got["deployment"]) == ("success", 3, None)
    saved = quick("runs", "get", made, "--save", str(tmp_path)).out.splitlines()
    assert [Path(path).read_bytes()[:4] for path in saved] == [b"\x89PNG"]


def test_cancel_stops_a_run_and_keeps_an_end(quick: Quick, gateway: RunningGateway) -> None:
    """The state it ended in is printed; a second time changes nothing."""
    words = ("steps=60", "width=2048", "height=2048")
    run_id = quick("run", "text-to-picture", *words, "--detach", "--json").json["run_id"]
    assert quick("runs", "cancel", run_id, "--json").json == {"run_id": run_id, "state": "cancelled"}
    assert gateway.ask(f"/run/{run_id}")["status"] == "cancelled"
    assert quick("runs", "cancel", run_id).out == f"cancelled {run_id}\n"
    watched = quick("runs", "watch", run_id)
    assert watched.code == 1
    assert run_id in watched.err.splitlines()[-1]


def test_unknown_runs_are_exit_2(quick: Quick) -> None:
    """Get, cancel and watch alike."""
    nobody = "5ea8723e-4701-4d69-8604-8932801f2083"
    for command in ("get", "cancel", "watch"):
        ran = quick("runs", command, nobody)
        assert ran.code == 2
        assert nobody in ran.error
