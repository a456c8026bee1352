"""Ctrl-C and SIGTERM: the run is cancelled on the service before the command ends."""

import json
import re
import signal
import time
from subprocess import Popen

import pytest

from tests.cli.conftest import PATIENCE, Ran, Shell
from tests.fixtures import RunningGateway

LONG = ("run", "text-to-picture", "steps=60", "width=2048", "height=2048")


def under_way(process: Popen[str]) -> tuple[str, str]:
    """Wait until the run works; its id and what was said."""
    assert process.stderr is not None
    said = ""
    while not re.search("^running", said, re.MULTILINE):
        line = process.stderr.readline()
        assert line, said
        said += line
    return said.split()[1], said


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")],
    ids=["ctrl-c", "sigterm"],
)
def test_a_signal_cancels_the_run(
    shell: Shell, gateway: RunningGateway, number: int, code: int, kind: str
) -> None:
    """The last line names the run, the exit code the signal, and the service agrees."""
    with shell.start(*LONG, "--json") as process:
        run_id, said = under_way(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    ran = shell.fair(Ran(process.returncode, out, said + err))
    assert ran.code == code
    assert (ran.json["error"]["type"], ran.json["error"]["run_id"]) == (kind, run_id)
    told = ran.json["error"]["message"] if number == signal.SIGINT else err.splitlines()[-1]
    assert re.search(f"(?i)cancel.*{run_id}", told)
    assert gateway.ask(f"/run/{run_id}")["status"] == "cancelled"


def test_ctrl_c_is_one_line_for_people(shell: Shell, gateway: RunningGateway) -> None:
    """What was cancelled is said once."""
    with shell.start(*LONG) as process:
        run_id, said = under_way(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    ran = shell.fair(Ran(process.returncode, out, said + err))
    assert (ran.code, ran.out) == (130, "")
    last = ran.err.splitlines()[-1]
    assert last.startswith("stationthis: Cancelled run")
    assert ran.err.count("Cancelled") == 1
    assert run_id in last


def test_ctrl_c_in_watch_leaves_the_run(shell: Shell, gateway: RunningGateway) -> None:
    """Whoever watches stops watching; the line says how to come back."""
    run_id = shell(*LONG, "--detach").out.strip()
    with shell.start("runs", "watch", run_id, "--json") as process:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        time.sleep(0.3)  # until it waits for the next event
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert gateway.ask(f"/run/{run_id}")["status"] in {"queued", "started", "running"}
    assert err == ""
    assert shell("runs", "cancel", run_id).code == 0
