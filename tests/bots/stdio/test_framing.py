"""Lines from bytes, however they come; errors and parameters as the protocol says them."""

import asyncio
import contextlib
import json
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from stationthis_sdk import AsyncStationThis, errors
from stationthis_sdk.bots.stdio import server
from stationthis_sdk.bots.stdio.checking import problems_of
from stationthis_sdk.bots.stdio.faults import CODES, fault_of
from stationthis_sdk.bots.stdio.framing import TOO_LONG, Incoming, Lines
from stationthis_sdk.bots.stdio.schemas import DEFINITIONS, METHODS, document, schema_of
from stationthis_sdk.bots.stdio.server import Server
from tests.bots.stdio.talking import PATIENCE, SMALL
from tests.processes import echo_service


@given(some.lists(some.binary(max_size=30)), some.lists(some.integers(0, 40)), some.integers(1, 20))
def test_lines_are_the_same_however_they_are_cut(parts: list[bytes], cuts: list[int], longest: int) -> None:
    """Wherever a read ends: each line is there once and in order, blank ones left out, long ones as TOO_LONG."""
    whole = b"\n".join(part.replace(b"\n", b"") for part in parts)
    wanted: list[Any] = [
        TOO_LONG if len(line) > longest else line.rstrip(b"\r")
        for line in whole.split(b"\n")
        if len(line) > longest or line.strip()
    ]
    lines, found, rest = Lines(longest), [], whole
    for cut in cuts:
        found += lines.feed(rest[:cut])
        rest = rest[cut:]
    found += lines.feed(rest)
    assert found + lines.rest() == wanted


def made(kind: type[errors.StationThisError], message: str) -> errors.StationThisError:
    """An error of any class, past the arguments that it may insist on."""
    error = kind.__new__(kind)
    errors.StationThisError.__init__(error, message)
    for name in ("status", "phase", "why"):
        error.__dict__.setdefault(name, None)
    return error


def test_every_error_of_the_sdk_has_a_number_and_tells_no_secret() -> None:
    """None is without a number of its own kind; keys are taken out of what it says."""
    check = Draft202012Validator(schema_of(DEFINITIONS["ErrorObject"]))
    for name in errors.__all__:
        kind = getattr(errors, name)
        if not issubclass(kind, errors.StationThisError):
            continue
        told = fault_of(made(kind, "Bearer abcdefgh said no")).document()
        check.validate(told)
        assert told["code"] in CODES.values()
        assert told["data"]["type"] == name
        assert "abcdefgh" not in json.dumps(told)
        assert told["data"]["retryable"] == kind.retryable


def test_a_lost_submit_may_be_tried_again_with_a_key_alone() -> None:
    """Without one, the same request could start a second run."""
    lost = errors.AmbiguousSubmit("lost", submit_id="x")
    assert not fault_of(lost, during="submitting").data["retryable"]
    assert fault_of(lost, during="submitting", keyed=True).data["retryable"]


def test_the_schemas_are_schemas() -> None:
    """Each part by itself, and every reference leads somewhere."""
    whole = document()
    parts = [*whole["$defs"].values(), *whole["notifications"].values()]
    parts += [method[part] for method in whole["methods"].values() for part in ("params", "result")]
    for part in parts:
        Draft202012Validator.check_schema(schema_of(part))
    text = json.dumps(whole)
    for name in {piece.partition('"')[0] for piece in text.split('"#/$defs/')[1:]}:
        assert name in DEFINITIONS
    assert all(one.summary.endswith(".") for one in METHODS.values())


def test_what_does_not_fit_is_told_in_short_sentences() -> None:
    """Where it is and what is wanted; what was sent is not repeated, for it may be a picture, or a secret."""
    secret = "s3cret" * 100_000
    for method, params, told in (
        ("submit", {}, "One of deployment, deployment_id, deploymentId is missing."),
        ("submit", {"deployment": "", "options": {"gpu": 1}}, "deployment: is empty."),
        ("submit", {"deployment": "x", "options": {"gpu": 1}}, "options.gpu: wants string."),
        ("events", {"limit": 2000}, "limit: wants 1000 or less."),
        ("render", {"platform": secret, "outputs": []}, "platform: is one of telegram, discord."),
        ("render", {"platform": "discord", "outputs": [{}]}, "outputs[0]: kind is missing."),
        ("render", {"platform": "discord", "outputs": [], "limits": {"album": 0}}, "limits.album: wants more than 0."),
        ("commands", {"platform": "discord", "registered": [{"options": [5]}]}, "registered[0].options[0]: wants object."),
        ("hello", [secret], "Wants object."),
        ("save", {"run_id": "x"}, "To is missing."),
    ):  # fmt: skip
        assert problems_of(method, params)[0] == told
    (long,) = problems_of("hello", {secret: 1})
    assert len(long) < 100
    assert problems_of("events", {"limit": 2.0}) == []


def test_a_reader_whose_loop_ends_ends_quietly() -> None:
    """Also with lines in hand that nobody takes any more: no traceback of a thread."""
    incoming, ask = os.pipe()
    os.write(ask, b"{}\n" * 100)
    before = set(threading.enumerate())

    async def begin() -> None:
        Incoming(incoming).start()
        async with asyncio.timeout(PATIENCE):
            while not any("Queue.put" in str(one) for one in asyncio.all_tasks()):  # noqa: ASYNC110 - until it waits
                await asyncio.sleep(0.01)

    asyncio.run(begin())
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    os.close(ask)
    os.close(incoming)


class Pipes:
    """A server in this loop, between two pipes."""

    def __init__(self, st: AsyncStationThis) -> None:
        incoming, self._ask = os.pipe()
        self._told, outgoing = os.pipe()
        self.server = Server(st, incoming=incoming, outgoing=outgoing)
        self._all = [self._ask, self._told, incoming, outgoing]

    async def ask(self, *messages: Any) -> list[Any]:
        """Send all at once, and read as many answers."""
        content = b"".join(json.dumps(one).encode() + b"\n" for one in messages)
        await asyncio.to_thread(self._write, content)
        return await asyncio.to_thread(self._read, len(messages))

    def _write(self, content: bytes) -> None:
        while content:
            content = content[os.write(self._ask, content) :]

    def _read(self, count: int) -> list[Any]:
        content = b""
        while content.count(b"\n") < count:
            content += os.read(self._told, 1 << 16)
        return [json.loads(line) for line in content.splitlines()[:count]]

    def end(self) -> None:
        """Close what the test had opened."""
        for descriptor in self._all:
            os.close(descriptor)


async def test_nothing_blocks_the_loop(ast: AsyncStationThis) -> None:
    """A hundred requests of all sorts at once, in a loop where every blocking call is found out."""
    pipes = Pipes(ast)
    serving = asyncio.create_task(pipes.server.serve())
    small = {"deployment": "text-to-picture", "inputs": SMALL}
    methods: list[tuple[str, dict[str, Any]]] = [
        ("hello", {}),
        ("deployments", {}),
        ("estimate", small),
        ("submit", small),
        ("submit", {**small, "key": "same"}),
        ("commands", {"platform": "discord"}),
        ("render", {"platform": "telegram", "outputs": [{"kind": "text", "text": "hi"}]}),
        ("upload", {"base64": "UEsDBA==", "filename": "two.zip"}),
        ("set_preferences", {"words": {"steps": 3}, "user": "x"}),
        ("events", {"timeout": 1}),
    ]
    asked = [
        {"jsonrpc": "2.0", "id": place, "method": method, "params": params}
        for place, (method, params) in enumerate(methods * 10)
    ]
    answers = {one["id"]: one for one in await pipes.ask(*asked)}
    assert all("result" in one for one in answers.values()), answers
    run_id = answers[3]["result"]["run_id"]
    for method, params in (
        ("wait", {"run_id": run_id}),
        ("render", {"platform": "telegram", "run_id": run_id}),
    ):
        (told,) = await pipes.ask({"jsonrpc": "2.0", "id": method, "method": method, "params": params})
        assert "result" in told, told
    pipes.server.stop()
    await serving
    await asyncio.to_thread(pipes.end)


@pytest.mark.slow
async def test_what_is_cut_off_at_the_end_is_told_and_its_runs_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request gets an answer, in a batch too; a submit without a key says that a run may exist: it does."""
    monkeypatch.setattr(server, "_PATIENCE", 0.3)
    with echo_service(tmp_path / "service") as service:
        await asyncio.to_thread(service.start)
        home, url = tmp_path / "home", service.base_url
        monkeypatch.setenv("STATIONTHIS_HOME", str(home))
        async with AsyncStationThis(service.key, url) as ast:
            await ast.deployments.list()
            await asyncio.to_thread(service.kill)
            service.faults = "slow=1,seconds=5"
            await asyncio.to_thread(service.start)
            pipes = Pipes(ast)
            serving = asyncio.create_task(pipes.server.serve())
            asked = [
                {"jsonrpc": "2.0", "id": words, "method": "submit", "params": {**more, "deployment": "echo", "inputs": {"words": words}}}
                for words, more in (("alone", {}), ("keyed", {"key": "k"}), ("batch", {}))
            ]  # fmt: skip
            hello = {"jsonrpc": "2.0", "id": "hello", "method": "hello"}
            reading = asyncio.create_task(pipes.ask(asked[0], asked[1], [asked[2], hello]))
            await asyncio.to_thread(until_sending, home / "ledger.db", 3)
            pipes.server.stop()
            alone, keyed, batch = sorted(
                await reading, key=lambda told: str(isinstance(told, list)) + str(told)
            )
            await serving
            answers = {one["id"]: one for one in (alone, keyed, *batch)}
            assert answers["hello"]["result"]["server"] == "stationthis"
            for words, again in (("alone", False), ("keyed", True), ("batch", False)):
                error = answers[words]["error"]
                assert (error["code"], error["data"]["retryable"]) == (-32000, again)
            assert "a run may exist" in answers["alone"]["error"]["message"]
            deadline = asyncio.get_running_loop().time() + 30
            while len(made := await asyncio.to_thread(service.runs)) < 3:
                assert asyncio.get_running_loop().time() < deadline, made
                await asyncio.sleep(0.1)
            assert "cancelled" not in {state for _, state in made}
            await asyncio.to_thread(pipes.end)


def until_sending(path: Path, wanted: int) -> None:
    """Wait until the ledger has so many submits under way."""
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline:
        with (
            contextlib.suppress(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(path)) as database,
        ):
            if database.execute("SELECT count(*) FROM submits").fetchone()[0] == wanted:
                return
        time.sleep(0.05)
    raise AssertionError("they were not written")


async def test_a_fault_of_ours_says_where(ast: AsyncStationThis, caplog: pytest.LogCaptureFixture) -> None:
    """The answer names its kind alone; the log has the traceback in its message, without keys."""
    pipes = Pipes(ast)

    async def fail(_asked: object) -> dict[str, Any]:
        raise ZeroDivisionError("Bearer abcdefgh")

    pipes.server._handlers["hello"] = fail
    serving = asyncio.create_task(pipes.server.serve())
    (told,) = await pipes.ask({"jsonrpc": "2.0", "id": 1, "method": "hello"})
    assert told["error"]["code"] == -32603
    assert "ZeroDivisionError" in told["error"]["message"]
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert "in fail" in said
    assert "abcdefgh" not in said + json.dumps(told)
    pipes.server.stop()
    await serving
    await asyncio.to_thread(pipes.end)


@pytest.mark.parametrize("number", [None, 1, -3, 1.5, "a", ""])
async def test_an_id_comes_back_as_it_was(ast: AsyncStationThis, number: Any) -> None:
    """Text, number or null."""
    pipes = Pipes(ast)
    serving = asyncio.create_task(pipes.server.serve())
    (told,) = await pipes.ask({"jsonrpc": "2.0", "id": number, "method": "hello"})
    assert told["id"] == number
    assert type(told["id"]) is type(number)
    pipes.server.stop()
    await serving
    await asyncio.to_thread(pipes.end)
