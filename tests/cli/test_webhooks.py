"""`stationthis webhooks`: what comes is printed, a line each, and each end once."""

import contextlib
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import StationThis
from tests.cli.conftest import PATIENCE, SMALL, Quick, Shell
from tests.fixtures import RunningGateway


def address_told(process: "subprocess.Popen[str]") -> str:
    """What standard error says to give the service, once it says so."""
    said = ""
    assert process.stderr is not None
    while not (found := re.search(r"this one: (\S+)", said)):
        line = process.stderr.readline()
        assert line, said
        said += line
    return found[1]


def submit(gateway: RunningGateway, home: Path, webhook: str, **inputs: Any) -> str:
    """Submit a small run with that webhook."""
    with StationThis(gateway.key, gateway.base_url, home=home) as st:
        drawing = st.deployments["text-to-picture"].options(webhook=webhook)
        return drawing.submit(prompt="a fox", steps=2, width=32, height=32, **inputs).id


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_serve_prints_a_json_line_each(shell: Shell, gateway: RunningGateway, number: int, code: int) -> None:
    """Progress, then the end with its outputs, once; Ctrl-C is the way out."""
    with shell.start("webhooks", "serve", "--port", "0", "--progress", "--json") as process:
        url = address_told(process)
        run_id = submit(gateway, shell.home, url, seed=3)
        lines: list[dict[str, Any]] = []
        assert process.stdout is not None
        while not lines or lines[-1]["event"] != "final":
            lines.append(json.loads(process.stdout.readline()))
        time.sleep(0.3)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, err
    assert (json.loads(out)["error"]["type"] == "Terminated") if code else (out == "")
    assert "Traceback" not in err
    assert {line["run_id"] for line in lines} == {run_id}
    final = lines.pop()
    assert (final["state"], final["inputs"]["seed"], final["outputs"][0]["kind"]) == ("success", 3, "image")
    assert final["deployment"] == "text-to-picture"
    assert lines
    assert {line["event"] for line in lines} == {"progress"}
    fractions = [line["fraction"] for line in lines]
    assert fractions == sorted(fractions)


def test_serve_for_people(shell: Shell, gateway: RunningGateway) -> None:
    """Lines: the state and the id; with --tag runs need no address."""
    with shell.start("webhooks", "serve", "--port", "0", "--tag", "bot") as process:
        address_told(process)
        with StationThis(gateway.key, gateway.base_url, home=shell.home) as st:
            drawing = st.deployments["text-to-picture"].options(tags="bot")
            run_id = drawing.submit(prompt="a fox", steps=1, width=32, height=32).id
        assert process.stdout is not None
        line = process.stdout.readline()
        while not line.startswith("success"):
            line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    assert line.split()[:2] == ["success", run_id]
    assert err.splitlines()[-1] == "The receiver has ended."


def test_what_nobody_read_is_printed_at_the_next_start(shell: Shell, gateway: RunningGateway) -> None:
    """A reader that is gone ends it with 141, and the end is told by the next one."""
    with shell.start("webhooks", "serve", "--port", "0", "--json") as process:
        url = address_told(process)
        assert process.stdout is not None
        process.stdout.close()
        run_id = submit(gateway, shell.home, url)
        assert process.wait(PATIENCE) == 141
    with shell.start("webhooks", "serve", "--port", "0", "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        while told["event"] != "final":
            told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert (told["run_id"], told["state"]) == (run_id, "success")


def test_what_is_wrong_is_told_before_anything_is_served(alone: Quick, quick: Quick) -> None:
    """A port that is taken, an address that can't be reached, no key, the flag off: documented codes."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = quick("webhooks", "serve", "--port", str(taken.getsockname()[1]))
        assert ran.code == 2
        assert "Can't listen on 127.0.0.1" in ran.error
    assert quick("webhooks", "serve", "--public-url", "ftp://x").code == 2
    assert alone("webhooks", "serve").code == 4
    off = quick("webhooks", "serve", "--json", environ={"STATIONTHIS_WEBHOOKS": "off"})
    assert (off.code, off.json["error"]["type"]) == (2, "FeatureDisabled")


def test_the_address_of_a_receiver(quick: Quick) -> None:
    """On standard output, for scripts; for a cloud it is no address of this machine."""
    ran = quick("webhooks", "url", "https://bot.example.com/hook?x=1")
    assert ran.code == 0
    assert ran.out.startswith("https://bot.example.com/hook?x=1&stationthis_token=")
    as_json = quick("webhooks", "url", "https://bot.example.com/hook?x=1", "--progress", "--json").json
    assert as_json["webhook"] == f"{ran.out.strip()}&stationthis_progress=1"
    cloud = quick("webhooks", "url", "http://127.0.0.1:8788/", "--base-url", "https://api.example.com/api")
    assert cloud.code == 2
    assert "can't reach" in cloud.error


def test_doctor_sends_itself_one(quick: Quick) -> None:
    """T8: it arrives, or what is wrong is told; a secret that is too short is."""
    found = {check["name"]: check for check in quick("doctor", "--json").json["checks"]}
    assert found["webhooks"]["state"] == "ok"
    if (quick.home / "ledger.db").exists():  # another check looks at what was spent
        with contextlib.closing(sqlite3.connect(quick.home / "ledger.db")) as database:
            assert database.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)
    assert not (quick.home / "webhook-secret").exists()
    short = quick("doctor", environ={"STATIONTHIS_SECRET": "hunter2"})
    assert short.code == 1
    assert "✗ webhooks: STATIONTHIS_SECRET wants 16" in short.out


def test_doctor_sends_one_to_a_receiver(shell: Shell, gateway: RunningGateway) -> None:
    """T8: the right address is ✓; a wrong secret, a path that is another's, and nobody there are told apart."""
    with shell.start("webhooks", "serve", "--port", "0", "--json") as process:
        address = address_told(process).partition("?")[0]
        right = shell("doctor", "--webhook", f"{address}deep/down")
        wrong = shell(
            "doctor", "--webhook", address, environ={"STATIONTHIS_SECRET": "another secret, long enough"}
        )
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, "")
    assert (right.code, wrong.code) == (0, 1), right
    assert "✓ webhook: a receiver answers at" in right.out
    assert "✗ webhook: The receiver at" in wrong.out
    assert "wrong token" in err
    other = shell("doctor", "--webhook", gateway.base_url)
    assert "is no receiver" in other.out
    assert "Nobody can be reached" in shell("doctor", "--webhook", address).out


def test_the_script_calls_the_command(shell: Shell) -> None:
    """The one in scripts/ is a few lines, and takes the command's options."""
    script = Path(__file__).parents[2] / "scripts" / "webhook_receiver.py"
    done = subprocess.run(
        [sys.executable, script, "--help"], capture_output=True, text=True, env=shell.environ, check=False
    )
    assert done.returncode == 0
    assert "--public-url" in done.stdout
    assert len(script.read_text().splitlines()) < 12


def test_the_plain_run_command_needs_none_of_it(quick: Quick) -> None:
    """Without webhooks no secret is made."""
    ran = quick("run", "text-to-picture", "prompt=a fox", *SMALL, "--json")
    assert ran.code == 0
    assert not (quick.home / "webhook-secret").exists()
