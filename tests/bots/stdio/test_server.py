"""JSON-RPC as its specification has it, many requests at once, and the end."""

import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from stationthis_sdk import StationThis
from stationthis_sdk.bots.stdio.schemas import METHODS
from tests.bots.stdio.talking import COMMAND, LONG, PATIENCE, SMALL, Talk, ids


def test_a_run_from_submit_to_files(talk: Talk, tmp_path: Path) -> None:
    """Hello, submit, wait, get, save: each says what its schema promises; the end tells that nothing is left running."""
    hello = talk.ask("hello", client="test", version="1")
    assert hello["where"] == "local"
    assert set(hello["methods"]) == set(METHODS)
    made = talk.ask(
        "submit", deployment="text-to-picture", inputs=SMALL, options={"tags": ["a"], "timeout": 60}
    )
    assert not made["known"]
    run = talk.ask("wait", run_id=made["run_id"])
    assert (run["state"], run["final"], run["inputs"]["prompt"]) == ("success", True, "a fox")
    assert run["outputs"][0]["url"].startswith("http")
    assert talk.ask("get", runId=made["run_id"])["outputs"] == run["outputs"]
    (path,) = talk.ask("save", run_id=made["run_id"], to=str(tmp_path / "out"))["paths"]
    assert Path(path).read_bytes()[:4] == b"\x89PNG"
    assert talk.end() == 0
    assert talk.notes == [{"jsonrpc": "2.0", "method": "closing", "params": {"runs": []}}]


def test_what_is_no_request_is_told_so(talk: Talk) -> None:
    """Lines that are no JSON, no message, of no method, or with params that don't fit; blank lines are nothing."""
    talk.write("{oops", "", "  ", b"\xff\xfe", "17", '{"jsonrpc": "1.0", "id": 1, "method": "hello"}')
    talk.write(
        '{"jsonrpc": "2.0", "id": true, "method": "hello"}', '{"jsonrpc": "2.0", "id": "a", "method": 5}'
    )
    talk.until(lambda: len(talk.odd) == 4 and {1, "a"} <= {*talk.answers})
    assert sorted(one["error"]["code"] for one in talk.odd) == [-32700, -32700, -32600, -32600]
    assert talk.answers[1]["error"]["code"] == talk.answers["a"]["error"]["code"] == -32600
    talk.answers.clear()
    assert talk.refused("fly")["code"] == -32601
    assert talk.refused("submitt")["data"]["suggestions"][0] == "submit"
    for params in (
        {},
        {"deployment": 5},
        {"deployment": "x", "imputs": {}},
        {"deployment": "x", "options": {"gpu": 1}},
    ):
        assert talk.refused("submit", **params)["code"] == -32602
    assert "did you mean 'inputs'?" in talk.refused("submit", deployment="x", imputs={})["message"]
    assert talk.ask("hello")["server"] == "stationthis"


def test_what_is_almost_json_is_answered_by_its_id(talk: Talk) -> None:
    """Half a letter, no number, and what is nested too deeply, on its way in or out: nobody waits for ever."""
    deep = "[" * 5000 + "]" * 5000
    outside = '{"a":' * 990 + "1" + "}" * 990
    for number, params in enumerate(
        ('{"client": "fox \\ud83e"}', '{"client": NaN}', f'{{"client": {deep}}}')
    ):
        talk.write(f'{{"jsonrpc": "2.0", "id": "n{number}", "method": "hello", "params": {params}}}')
        assert talk.answer(f"n{number}")["error"]["code"] == -32700
    talk.write(
        '{"jsonrpc": "2.0", "id": "out", "method": "commands", "params": {"platform": "telegram", "registered": '
        f'[{{"command": "gone", "more": {outside}}}]}}}}'
    )
    assert talk.answer("out")["error"]["code"] == -32603
    talk.write(b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": "bom", "method": "hello"}')
    assert "result" in talk.answer("bom")
    talk.write('{"jsonrpc": "2.0", "id": 18446744073709551617, "method": "hello"}')
    talk.until(lambda: talk.odd)
    assert talk.odd[0]["error"]["code"] == -32600
    assert len(talk.refused("submit" * 100_000)["message"]) < 200


def test_params_by_position_are_refused(talk: Talk) -> None:
    """Parameters have names here."""
    talk.write({"jsonrpc": "2.0", "id": "p", "method": "hello", "params": ["me"]})
    assert talk.answer("p")["error"]["code"] == -32602


def test_notifications_get_no_answer(talk: Talk) -> None:
    """Neither those of the methods here, nor unknown ones, nor those that fail, alone or in a batch."""
    talk.write(
        {"jsonrpc": "2.0", "method": "hello"},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "method": "get", "params": {"run_id": "x"}},
        [{"jsonrpc": "2.0", "method": "hello"}, {"jsonrpc": "2.0", "method": "fly"}],
        {"jsonrpc": "2.0", "id": 99, "result": {}},
    )
    talk.ask("hello")
    assert talk.end() == 0
    assert [*talk.answers] == [1]
    assert not talk.odd


def test_a_batch_is_answered_by_a_batch(talk: Talk) -> None:
    """An answer for each request in it and none for its notifications; an empty one is a fault."""
    talk.write(
        [
            {"jsonrpc": "2.0", "id": 1, "method": "hello"},
            {"jsonrpc": "2.0", "method": "hello"},
            {"jsonrpc": "2.0", "id": "two", "method": "fly"},
            7,
        ],
        [],
    )
    talk.until(lambda: len(talk.odd) == 2)
    batch = next(one for one in talk.odd if isinstance(one, list))
    alone = next(one for one in talk.odd if isinstance(one, dict))
    assert {one["id"] for one in batch} == {1, "two", None}
    assert alone["error"]["code"] == -32600


def test_a_batch_that_is_too_long_is_refused_whole(talk: Talk) -> None:
    """Nothing of it is done."""
    talk.write([{"jsonrpc": "2.0", "id": place + 10, "method": "hello"} for place in range(1001)])
    talk.ask("hello")
    talk.until(lambda: talk.odd)
    assert talk.odd[0]["error"]["code"] == -32600
    assert [*talk.answers] == [1]


def test_a_line_that_is_too_long_is_refused_and_the_next_is_heard(talk: Talk) -> None:
    """16 MiB is the most; a longer line costs one error, and no memory to speak of."""
    talk.write(b'{"jsonrpc": "2.0", "id": 1, "method": "' + b"x" * (40 << 20) + b'"}')
    assert talk.ask("hello")["server"] == "stationthis"
    assert [one["error"]["code"] for one in talk.odd] == [-32700]
    status = Path(f"/proc/{talk.process.pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 300_000


def test_errors_of_the_sdk_carry_what_a_program_needs(talk: Talk) -> None:
    """Class, the product's code, suggestions, problems, and whether it may be tried again."""
    gone = talk.refused("submit", deployment="text-to-pictur")
    assert gone["code"] == -32011
    assert gone["data"]["type"] == "NotFound"
    assert gone["data"]["code"] == "invalid_workflow"
    assert "text-to-picture" in gone["data"]["suggestions"]
    wrong = talk.refused("submit", deployment="text-to-picture", inputs={"steps": "many", "widht": 3})
    assert wrong["code"] == -32010
    assert len(wrong["data"]["problems"]) == 2
    assert not wrong["data"]["retryable"]
    unknown = talk.refused("wait", run_id="5ea8723e-4701-4d69-8604-8932801f2083")
    assert unknown["data"]["type"] == "NotFound"


def test_a_cancelled_and_a_failed_run_are_no_errors_of_wait(talk: Talk) -> None:
    """Wait tells how a run ended, and with no time left how far it is."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=LONG)
    assert not talk.ask("wait", run_id=made["run_id"], timeout=0)["final"]
    waiting = talk.send("wait", run_id=made["run_id"])
    assert talk.ask("cancel", run_id=made["run_id"])["state"] == "cancelled"
    assert talk.answer(waiting)["result"]["state"] == "cancelled"


def test_events_are_numbered_and_come_once(talk: Talk) -> None:
    """Since a cursor comes what is new, of one run or of all; nothing new is waited for; a cursor of before is refused."""
    first = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)["run_id"]
    second = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)["run_id"]
    seen, cursor = [], 0
    while {event["run_id"] for event in seen if event["event"] == "end"} != {first, second}:
        told = talk.ask("events", since=cursor, timeout=10, limit=3)
        assert not told["missed"]
        seen += told["events"]
        cursor = told["cursor"]
    assert ids(seen) == list(range(1, len(seen) + 1))
    mine = talk.ask("events", run_id=second)["events"]
    assert mine == [event for event in seen if event["run_id"] == second]
    assert [event["output"]["kind"] for event in mine if event["event"] == "output"] == ["image"]
    assert talk.ask("events", since=cursor, timeout=0)["events"] == []
    assert talk.refused("events", since=cursor, instance="another")["code"] == -32602
    assert (
        talk.refused("events", since=cursor + 1)["code"] == -32602
    )  # of before a restart: there is none so high


def test_the_end_of_a_run_is_told_whatever_the_cursor(talk: Talk) -> None:
    """Who asks for its events behind its end is not kept waiting, and told that no more will come."""
    run_id = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)["run_id"]
    talk.ask("wait", run_id=run_id)
    first = talk.ask("events", run_id=run_id, limit=1)
    assert not first["final"]
    rest = talk.ask("events", run_id=run_id, since=first["cursor"])
    assert rest["final"]
    told = talk.ask("events", run_id=run_id, since=rest["cursor"], timeout=PATIENCE * 2)
    assert (told["events"], told["final"]) == ([], True)
    assert not talk.ask("events")["final"]


def test_who_follows_is_told_of_each_event(talk: Talk) -> None:
    """From then on, as notifications; not any more after unfollow."""
    cursor = talk.ask("follow")["cursor"]
    made = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)
    talk.until(lambda: any(note["params"].get("event") == "end" for note in talk.notes))
    told = [note["params"] for note in talk.notes]
    assert told == talk.ask("events", since=cursor, run_id=made["run_id"])["events"]
    talk.ask("unfollow")
    before = len(talk.notes)
    talk.ask("wait", run_id=talk.ask("submit", deployment="text-to-picture", inputs=SMALL)["run_id"])
    assert len(talk.notes) == before


def test_a_run_of_before_is_watched_when_it_is_named(talk: Talk, st: StationThis) -> None:
    """Its events are told, though somebody else has started it."""
    run = st.deployments["text-to-picture"](SMALL)
    talk.ask("follow", run_id=run.id)
    assert talk.ask("events", run_id=run.id, timeout=10)["events"]
    assert talk.ask("wait", run_id=run.id)["state"] == "success"


def test_a_wait_keeps_nobody_else_waiting(talk: Talk) -> None:
    """While many wait and a run goes on, others are answered: 200 at once, each its own."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=LONG)
    waits = [talk.send("wait", run_id=made["run_id"]) for _ in range(100)]
    gets = [talk.send("get", run_id=made["run_id"]) for _ in range(50)]
    hellos = [talk.send("hello") for _ in range(50)]
    assert all("result" in talk.answer(number) for number in gets + hellos)
    assert not set(waits) & set(talk.answers)
    talk.ask("cancel", run_id=made["run_id"])
    assert {talk.answer(number)["result"]["state"] for number in waits} == {"cancelled"}


@pytest.mark.slow
def test_two_hundred_submits_at_once(talk: Talk) -> None:
    """Each gets a run of its own, with its own inputs."""
    numbers = {
        talk.send("submit", deployment="text-to-picture", inputs={**SMALL, "seed": seed}): seed
        for seed in range(200)
    }
    runs = {talk.answer(number)["result"]["run_id"]: seed for number, seed in numbers.items()}
    assert len(runs) == 200
    waits = {talk.send("wait", run_id=run_id): seed for run_id, seed in runs.items()}
    for number, seed in waits.items():
        result = talk.answer(number)["result"]
        assert (result["state"], result["inputs"]["seed"]) == ("success", seed)


@pytest.mark.slow
def test_who_reads_nothing_is_not_read_from(environ: dict[str, str]) -> None:
    """A client that asks and asks and reads no answers is stopped by its own pipe, and costs no memory; then all come."""
    asked = 3000
    process = subprocess.Popen(
        COMMAND, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "deployments"}).encode() + b"\n"
    os.set_blocking(process.stdin.fileno(), False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while sent < asked * len(message):
            sent += os.write(process.stdin.fileno(), message)
    os.set_blocking(process.stdin.fileno(), True)
    process.stdin.close()
    whole = sum(line.endswith(b"\n") for line in process.stdout)
    assert whole >= sent // len(message)
    assert process.wait(PATIENCE) == 0
    process.stdout.close()


def test_shutdown_leaves_runs_running_and_tells_them(talk: Talk, st: StationThis) -> None:
    """What waits is told that the server ends; the run goes on, and is named in the answer and in the log."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=LONG)
    waiting = talk.send("wait", run_id=made["run_id"])
    talk.ask("get", run_id=made["run_id"])
    told = talk.ask("shutdown")
    assert [run["run_id"] for run in told["runs"]] == [made["run_id"]]
    talk.rest()
    error = talk.answers[waiting]["error"]
    assert (error["code"], error["data"]["run_id"], error["data"]["retryable"]) == (
        -32000,
        made["run_id"],
        True,
    )
    assert talk.notes[-1]["method"] == "closing"
    assert talk.ended() == 0
    assert made["run_id"] in talk.complaints.decode()
    run = st.runs.get(made["run_id"])
    assert not run.state.final or run.state == "success"
    run.cancel()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_as_a_shutdown_does(talk: Talk, st: StationThis, number: signal.Signals) -> None:
    """Exit code 0, and runs go on."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=LONG)
    talk.process.send_signal(number)
    talk.rest()
    assert talk.ended() == 0
    assert talk.notes[-1]["params"]["runs"][0]["run_id"] == made["run_id"]
    run = st.runs.get(made["run_id"])
    assert run.state != "cancelled"
    run.cancel()


def test_a_submit_under_way_is_finished_at_the_end(talk: Talk, st: StationThis) -> None:
    """Input that ends right behind a submit does not lose its answer, nor the run."""
    number = talk.send("submit", deployment="text-to-picture", inputs=SMALL)
    assert talk.end() == 0
    run_id = talk.answers[number]["result"]["run_id"]
    assert st.runs.get(run_id).wait().state == "success"


def test_its_streams_may_be_files(environ: dict[str, str], tmp_path: Path) -> None:
    """Questions from a file, answers into a file."""
    asked, told = tmp_path / "asked.jsonl", tmp_path / "told.jsonl"
    asked.write_text(
        '{"jsonrpc":"2.0","id":1,"method":"hello"}\n{"jsonrpc":"2.0","id":2,"method":"deployments"}'
    )
    with asked.open("rb") as incoming, told.open("wb") as outgoing:
        done = subprocess.run(
            COMMAND, env=environ, stdin=incoming, stdout=outgoing, timeout=PATIENCE, check=False
        )
    assert done.returncode == 0
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert {line.get("id") for line in lines if "result" in line} == {1, 2}


def test_its_streams_may_be_one_socket(environ: dict[str, str]) -> None:
    """As some hosts hand it over: both ways in one, which does not wait."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with ours, subprocess.Popen(COMMAND, env=environ, stdin=theirs, stdout=theirs) as process:
        theirs.close()
        ours.settimeout(PATIENCE)
        ours.sendall(b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n')
        with ours.makefile("rb") as answers:
            assert json.loads(answers.readline())["result"]["server"] == "stationthis"
            ours.shutdown(socket.SHUT_WR)
            assert json.loads(answers.readline())["method"] == "closing"
            assert process.wait(PATIENCE) == 0


def test_nobody_hears_it_any_more(environ: dict[str, str]) -> None:
    """A client that is gone ends it, by the code that says so."""
    process = subprocess.Popen(
        COMMAND, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"hello"}\n')
    process.stdin.flush()
    assert process.wait(PATIENCE) == 141
    assert b"Traceback" not in process.stderr.read()
    process.stdin.close()
    process.stderr.close()


def test_uploads_and_pictures_as_inputs(talk: Talk, tmp_path: Path) -> None:
    """By path, as base64, as an address; an input may be base64 as well."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)
    talk.ask("wait", run_id=made["run_id"])
    (path,) = talk.ask("save", run_id=made["run_id"], to=str(tmp_path), sidecar=False)["paths"]
    text = base64.b64encode(Path(path).read_bytes()).decode()
    by_path = talk.ask("upload", path=path)
    by_bytes = talk.ask("upload", base64=text, filename="fox.png")
    assert by_path["mime"] == by_bytes["mime"] == "image/png"
    assert talk.refused("upload", base64="!!")["code"] == -32010
    for picture in (
        {"base64": text},
        {"path": path},
        by_path["url"],
        {"base64": text, "filename": "a fox"},
        {"url": by_path["url"]},
    ):
        inputs = {"input_image": picture, "steps": 1}
        run = talk.ask("submit", deployment="picture-to-picture", inputs=inputs)
        assert talk.ask("wait", run_id=run["run_id"])["state"] == "success"


@pytest.mark.parametrize("method", ["submit", "submit_request", "estimate"])
def test_a_bare_text_is_never_a_path(talk: Talk, tmp_path: Path, method: str) -> None:
    """What a stranger types reads no file of this machine; nor does an address that is none."""
    path = tmp_path / "secret.png"
    Image.new("RGB", (8, 8)).save(path)
    for text in (str(path), f"file://{path}", {"url": str(path)}):
        error = talk.refused(
            method, deployment="picture-to-picture", inputs={"input_image": text, "steps": 1}
        )
        assert error["code"] == -32010
        assert '{"path": …}' in error["message"]
    assert talk.refused("upload", url=str(path))["code"] == -32010


def test_estimates_and_preferences(talk: Talk) -> None:
    """What runs would cost; what somebody likes, kept for others to read."""
    told = talk.ask("estimate", deployment="text-to-picture", rows=[{"prompt": "a"}, {"prompt": "b"}])
    assert (told["rows"], told["missing"]) == (2, 2)
    assert talk.ask("estimate", deployment="text-to-picture")["rows"] == 1
    assert talk.ask("set_preferences", words={"steps": 4}, user="ada")["preferences"] == {"steps": 4}
    assert talk.ask("get_preferences", user="ada", workflow="text-to-picture")["preferences"] == {"steps": 4}
    assert talk.refused("set_preferences", words={"cfg": 99})["code"] == -32010
    talk.ask("forget_preferences", user="ada", names=["steps"])
    assert talk.ask("get_preferences", user="ada")["preferences"] == {}
