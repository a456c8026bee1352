"""A key is one run: asked for twice, by two at once, and after a crash of the server."""

import json
import sqlite3
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from stationthis_sdk import StationThis
from stationthis_sdk.bots.stdio.service import _wish
from tests.bots.stdio.conftest import Start
from tests.bots.stdio.talking import SMALL, Talk
from tests.fixtures import RunningGateway
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


def test_a_key_of_another_wish_is_refused(talk: Talk) -> None:
    """Nobody is given another's run: other inputs, or another deployment, and nothing is sent."""
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1705}}
    made = talk.ask("submit", **asked)
    for other in (
        {**asked, "inputs": {**SMALL, "seed": 1706}},
        {**asked, "deployment": "picture-to-picture"},
    ):
        error = talk.refused("submit", **other)
        assert (error["code"], error["data"]["retryable"]) == (-32010, False)
        assert "another wish" in error["message"]
    assert talk.ask("submit_request", **asked)["run_id"] == made["run_id"]


def test_a_link_of_discord_that_was_signed_anew_is_the_same_wish() -> None:
    """Who asks for it again after a crash gets another signature."""
    link = "https://cdn.discordapp.com/attachments/1/2/cat.png?ex={}&is=2&hm=3"
    old, new, other = (
        _wish({"deployment": "x", "inputs": {"pictures": [{"url": one}]}})
        for one in (link.format(1), link.format(2), link.replace("cat", "dog"))
    )
    assert old == new != other


def another_key(base_url: str, key: str) -> str:
    """A second API key of the same workspace."""
    request = urllib.request.Request(
        f"{base_url}/platform/api-keys",
        json.dumps({"name": "second"}).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        made: str = json.load(answer)["key"]
    return made


def test_the_same_key_with_another_api_key_or_at_another_name_of_this_machine(
    serve: Start, gateway: RunningGateway, environ: dict[str, str], st: StationThis
) -> None:
    """An API key that was changed for a new one, and localhost for 127.0.0.1, make no second run."""
    asked = {**ASKED, "inputs": {**SMALL, "seed": 1707}}
    made = serve().ask("submit", **asked)
    second = another_key(environ["STATIONTHIS_BASE_URL"], gateway.key)
    here = environ["STATIONTHIS_BASE_URL"].replace("127.0.0.1", "localhost")
    assert here != environ["STATIONTHIS_BASE_URL"]
    for more in ({"STATIONTHIS_API_KEY": second}, {"STATIONTHIS_BASE_URL": here}):
        again = serve(**more).ask("submit", **asked)
        assert (again["run_id"], again["known"]) == (made["run_id"], True)
    assert count(st, 1707) == 1


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
@pytest.mark.parametrize("rotated", [False, True])
def test_a_server_killed_while_the_answer_is_under_way(
    serve: Start, tmp_path: Path, *, rotated: bool
) -> None:
    """The run that was made all the same is found by its key, also with a new API key, and is the only one."""
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
        if rotated:
            environ["STATIONTHIS_API_KEY"] = another_key(service.base_url, service.key)
        again = serve(key=service.key, **environ).ask(
            "submit", deployment="echo", inputs={"words": "once"}, key="k"
        )
        assert again["known"]
        assert [words for words, _ in service.runs()] == ["once"]


def until_written(path: Path) -> None:
    """Wait until the ledger has a submit."""
    deadline = time.monotonic() + 45
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
    deadline = time.monotonic() + 45
    while not service.runs():
        assert time.monotonic() < deadline, "no run was made"
        threading.Event().wait(0.05)
