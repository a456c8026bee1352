"""`stationthis runs`: get, cancel, watch and logs by id, and lists."""

import json
import re
import signal
from pathlib import Path

import pytest

from tests.cli.conftest import PATIENCE, SMALL, Quick, Shell
from tests.fixtures import RunningGateway
from tests.wire import Cut, Wire, answer


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
    """Get, cancel, watch and logs alike."""
    nobody = "5ea8723e-4701-4d69-8604-8932801f2083"
    for command in ("get", "cancel", "watch", "logs"):
        ran = quick("runs", command, nobody)
        assert ran.code == 2
        assert nobody in ran.error


def test_runs_are_listed(quick: Quick, made: str) -> None:
    """By deployment or workflow, newest first, as a table or as JSON with the fields that were asked for."""
    quick("runs", "watch", made)
    for of in ("--deployment", "--workflow"):
        rows = [line.split("\t") for line in quick("runs", "list", of, "text-to-picture").out.splitlines()]
        assert rows[0][:2] == [made, "success"]
    brief = quick("runs", "list", "--deployment", "text-to-picture", "--limit", "1", "--json").json
    assert [one["run_id"] for one in brief] == [made]
    assert "outputs" not in brief[0]
    words = ("runs", "list", "--deployment", "text-to-picture", "--state", "success", "--limit", "1")
    assert quick(*words, "--json=id,state").json == [{"id": made, "state": "success"}]
    whole = quick(*words, "--json=inputs,outputs").json[0]
    assert whole["inputs"]["seed"] == 3
    assert [one["kind"] for one in whole["outputs"]] == ["image"]


def test_lists_that_can_t_be_had(quick: Quick) -> None:
    """Tags of what the service lists, unknown names, fields and states: exit 2, and JSON is JSON then, too."""
    named = ("--deployment", "text-to-picture")
    for words, said in (
        ((*named, "--tag", "autumn"), "Tags are known on this machine only"),
        (("--deployment", "nobody"), "nobody"),
        ((*named, "--state", "melted"), "melted"),
        ((*named, "--limit", "0"), "limit"),
    ):
        ran = quick("runs", "list", *words)
        assert ran.code == 2, words
        assert said in ran.error
    ran = quick("runs", "list", *named, "--json=id,colour")
    assert ran.code == 2
    assert "colour" in ran.json["error"]["message"]


def test_no_runs_are_an_empty_list(quick: Quick, gateway: RunningGateway) -> None:
    """Of a deployment that nobody has run yet."""
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}}
    }
    gateway.deploy("never-run", graph)
    assert quick("runs", "list", "--deployment", "never-run", "--json").json == []
    assert "No runs" in quick("runs", "list", "--deployment", "never-run").err


def test_logs_are_lines_or_json(quick: Quick, made: str) -> None:
    """Time, level and message, separated by tabs; as JSON with --json, one document a line; followed to the end."""
    lines = [line.split("\t") for line in quick("runs", "logs", made, "--follow").out.splitlines()]
    assert [line[1:] for line in lines][-1] == ["info", "success"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line[0]) for line in lines)
    rows = [json.loads(line) for line in quick("runs", "logs", made, "--json").out.splitlines()]
    assert [row["message"] for row in rows] == [line[2] for line in lines]
    assert all(set(row) == {"time", "level", "message"} for row in rows)


def test_lines_of_logs_obey_nobody(quick: Quick) -> None:
    """Neither a terminal nor whoever reads line by line is led astray, and no key is shown."""
    row = {
        "message": "red\x1b[31m\x07\r\nforged\tinfo\tline \u202e",
        "level": "in\nfo\x1b",
        "timestamp": None,
    }
    secret = {"message": "https://x.example/hook?token=abcdef123456", "level": "info", "timestamp": "soon"}
    frames = "".join(f"data: {json.dumps(one)}\n\n" for one in (row, secret, {"type": "stream_complete"}))
    head = b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    run_id = "5ea8723e-4701-4d69-8604-8932801f2083"
    with Wire(
        lambda asked: (
            Cut(head + frames.encode())
            if "stream-logs" in asked.path
            else answer(200, {"id": run_id, "status": "success"})
        )
    ) as wire:
        here = {"STATIONTHIS_BASE_URL": wire.base_url}
        ran = quick("runs", "logs", run_id, environ=here)
        assert ran.out == (
            "\tin fo\tred[31m\n    forged\tinfo\tline\n\tinfo\thttps://x.example/hook?token=****\n"
        )
        as_json = quick("runs", "logs", run_id, "--json", environ=here).out
    assert "\x1b" not in as_json
    assert "\u202e" not in as_json
    assert json.loads(as_json.splitlines()[0])["message"] == row["message"]


def test_ctrl_c_ends_the_reading_only(shell: Shell, gateway: RunningGateway) -> None:
    """The run goes on."""
    run_id = shell("run", "text-to-picture", "steps=60", "width=2048", "height=2048", "--detach").out.strip()
    with shell.start("runs", "logs", run_id, "--follow") as process:
        while "running" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert gateway.ask(f"/run/{run_id}")["status"] == "running"
    shell("runs", "cancel", run_id)


def test_why_a_run_failed_is_told(quick: Quick, gateway: RunningGateway) -> None:
    """On the last line and in JSON, by get, and in the list with a field of its own."""
    gateway.deploy("no-such-node", {"1": {"class_type": "NoSuchNode", "inputs": {}}})
    ran = quick("run", "no-such-node")
    assert ran.code == 1
    assert "NoSuchNode" in ran.err.splitlines()[-1]
    error = quick("run", "no-such-node", "--json").json["error"]
    assert "NoSuchNode" in error["reason"]
    got = quick("runs", "get", error["run_id"])
    assert got.out == f"failed {error['run_id']}\n"
    assert "NoSuchNode" in got.err
    assert quick("runs", "get", error["run_id"], "--json").json["reason"] == error["reason"]
    listed = quick("runs", "list", "--json=id,reason", "--limit", "1").json
    assert listed == [{"id": error["run_id"], "reason": error["reason"]}]
