"""`stationthis sessions`: opened, listed, closed; whatever ends the command closes the session."""

import json
import signal
import threading

import pytest

from tests.cli.conftest import PATIENCE, Quick, Ran, Shell
from tests.fixtures import RunningGateway

NOBODY = "5ea8723e-4701-4d69-8604-8932801f2083"


def open_ones(gateway: RunningGateway) -> set[str]:
    """The ids of the sessions that the service has open."""
    return {one["session_id"] for one in gateway.ask("/sessions")}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
    ids=["ctrl-c", "sigterm"],
)
def test_open_list_and_a_signal_closes(
    shell: Shell, gateway: RunningGateway, number: int, code: int, kind: str
) -> None:
    """The session is printed, listed while it is open, and gone from the service once the signal has ended it."""
    before = open_ones(gateway)
    with shell.start("sessions", "open", "this-machine", "--minutes", "5", "--json") as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        told = json.loads(first)
        assert told["url"].startswith("http://127.0.0.1")
        assert {told["session_id"]} == open_ones(gateway) - before
        listed = {one["session_id"]: one for one in shell("sessions", "--json").json}
        assert listed[told["session_id"]]["url"] == told["url"]
        rows = [line.split("\t") for line in shell("sessions").out.splitlines()]
        assert [row[3] for row in rows if row[0] == told["session_id"]] in (["5"], ["4"])
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    ran = shell.fair(Ran(process.returncode, out, err))
    assert ran.code == code
    assert ran.json["error"]["type"] == kind
    assert told["session_id"] not in open_ones(gateway)


@pytest.mark.slow
def test_closing_elsewhere_ends_the_command(shell: Shell, gateway: RunningGateway) -> None:
    """`sessions close` frees the machine; whoever holds it open ends with 0 and says that it is over."""
    with shell.start("sessions", "open", "this-machine") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().strip()
        said = process.stderr.readline()
        session_id = next(
            one["session_id"]
            for one in gateway.ask("/sessions")
            if one["url"] == url and one["session_id"] in said
        )
        assert shell("sessions", "close", session_id, "--json").json == {
            "session_id": session_id,
            "closed": True,
        }
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert f"session {session_id} has ended" in err
    assert session_id not in open_ones(gateway)


@pytest.mark.slow
def test_ctrl_c_before_it_is_open_leaves_none(shell: Shell, gateway: RunningGateway) -> None:
    """Interrupted while it starts, the session is closed all the same: it would cost."""
    before = open_ones(gateway)
    with shell.start("sessions", "open", "this-machine", "--json") as process:
        seen = threading.Event()
        for _ in range(2000):
            if open_ones(gateway) - before or process.poll() is not None:
                break
            seen.wait(0.005)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert open_ones(gateway) == before


def test_none_is_open(quick: Quick) -> None:
    """An empty list is said, and is an empty JSON list."""
    assert "No session" in quick("sessions").err
    assert quick("sessions", "--json").json == []


def test_wrong_words(quick: Quick) -> None:
    """Unknown machines and sessions, no minutes, and the flag switched off: exit 2, nothing is opened."""
    for words in (
        ("open", "no-such-machine"),
        ("open", "this-machine", "--minutes", "0"),
        ("close", NOBODY),
        ("close", "../x"),
        ("list",),
    ):
        ran = quick("sessions", *words)
        assert ran.code == 2, (words, ran)
        assert ran.error
    off = quick("sessions", "open", "this-machine", environ={"STATIONTHIS_SESSIONS": "off"})
    assert off.code == 2
    assert "STATIONTHIS_SESSIONS" in off.error
    assert quick("sessions", "--json").json == []
