"""A key is one run: asked for twice, by two at once, and after a crash of the server."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest

from stationthis_sdk import StationThis
from tests.bots.stdio.conftest import Start
from tests.bots.stdio.talking import SMALL, Talk
from tests.processes import Service, echo_service

ASKED = {"deployment": "text-to-picture", "inputs": SMALL, "key": "order-17"}


def count(st: StationThis, seed: int) -> int:
    """How many runs there are with this seed, as the gateway tells."""
    runs = st.runs.list(deployment="text-to-picture", inputs=True, limit=None)
    return sum(run.inputs.get("seed") == seed for run in runs)


def test_the_same_key_is_the_same_run(talk: Talk, st: StationThis) -> None:
    """At once, and later; another key is another run."""
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1701}}
    told = [talk.answer(number)["result"] for number in [talk.send("submit", **asked) for _ in range(20)]]
    assert len({one["run_id"] for one in told}) == 1
    assert sum(not one["known"] for one in told) == 1
    talk.ask("wait", run_id=told[0]["run_id"])
    assert talk.ask("submit", **asked)["known"]
    assert count(st, 1701) == 1
    assert talk.ask("submit", **{**asked, "key": "order-18"})["run_id"] != told[0]["run_id"]


def test_the_same_key_is_the_same_run_when_its_deployment_is_gone(talk: Talk) -> None:
    """What is asked for does not count any more: the key does."""
    made = talk.ask("submit", **ASKED)
    again = talk.ask("submit", deployment="no such thing", key=ASKED["key"])
    assert (again["run_id"], again["known"]) == (made["run_id"], True)


def test_a_refused_submit_keeps_no_key(talk: Talk) -> None:
    """What could not be sent is sent when it is asked for anew, and right."""
    assert talk.refused("submit", **{**ASKED, "inputs": {"steps": "x"}})["code"] == -32010
    assert not talk.ask("submit", **ASKED)["known"]


def test_two_servers_at_once_start_one_run(serve: Start, st: StationThis) -> None:
    """A key is of the account and the data folder, not of a process."""
    talks = [serve() for _ in range(3)]
    for talk in talks:
        talk.ask("hello")
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1702}}
    numbers = [talk.send("submit", **asked) for talk in talks]
    runs = {talk.answer(number)["result"]["run_id"] for talk, number in zip(talks, numbers, strict=True)}
    assert len(runs) == 1
    assert count(st, 1702) == 1


def test_a_killed_server_has_started_one_run(serve: Start, st: StationThis) -> None:
    """The next server knows the key, and its run."""
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1703}}
    first = serve()
    made = first.ask("submit", **asked)
    first.process.kill()
    again = serve().ask("submit", **asked)
    assert (again["run_id"], again["known"]) == (made["run_id"], True)
    assert count(st, 1703) == 1


def test_without_a_ledger_no_key_is_promised(serve: Start, environ: dict[str, str], st: StationThis) -> None:
    """A submit with a key is refused where nothing can be written down; nothing was sent."""
    home = Path(environ["STATIONTHIS_HOME"])
    home.mkdir(parents=True)
    (home / "ledger.db").mkdir()
    talk = serve()
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1704}}
    error = talk.refused("submit", **asked)
    assert error["data"]["type"] == "SaveFailed"
    assert count(st, 1704) == 0


@pytest.mark.slow
def test_a_server_killed_while_the_answer_is_under_way(serve: Start, tmp_path: Path) -> None:
    """The run that was made all the same is found by its key, and is the only one."""
    with echo_service(tmp_path / "service") as service:
        service.start()
        environ = service.environment(tmp_path / "home")
        first = serve(key=service.key, **environ)
        first.ask("deployments")
        service.kill()
        service.faults = "drop_answers=1"
        service.start()
        first.send("submit", deployment="echo", inputs={"words": "once"}, key="k")
        until_written(tmp_path / "home" / "ledger.db")
        until_made(service)
        first.process.kill()
        service.kill()
        service.faults = ""
        service.start()
        again = serve(key=service.key, **environ).ask(
            "submit", deployment="echo", inputs={"words": "once"}, key="k"
        )
        assert again["known"]
        assert [words for words, _ in service.runs()] == ["once"]


def until_written(path: Path) -> None:
    """Wait until the ledger has a submit."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with sqlite3.connect(path) as database:
                if database.execute("SELECT count(*) FROM submits").fetchone()[0]:
                    return
        except sqlite3.OperationalError:
            pass
        threading.Event().wait(0.05)
    raise AssertionError("nothing was written")


def until_made(service: Service) -> None:
    """Wait until the gateway has made a run, whatever it has answered."""
    deadline = time.monotonic() + 20
    while not service.runs():
        assert time.monotonic() < deadline, "no run was made"
        threading.Event().wait(0.05)
