"""Lines from bytes, however they come; errors and parameters as the protocol says them."""

import asyncio
import json
import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from jsonschema import Draft202012Validator

from stationthis_sdk import AsyncStationThis, errors
from stationthis_sdk.bots.stdio.checking import KNOWN, problems_of
from stationthis_sdk.bots.stdio.faults import CODES, fault_of
from stationthis_sdk.bots.stdio.framing import TOO_LONG, Lines
from stationthis_sdk.bots.stdio.schemas import DEFINITIONS, METHODS, document, schema_of
from stationthis_sdk.bots.stdio.server import Server
from tests.bots.stdio.talking import LONG, SMALL


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


def words_in(schema: Any) -> set[str]:
    """The words that a schema uses, wherever in it."""
    if not isinstance(schema, dict):
        return set()
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema.get("items"), schema.get("additionalProperties")]
    return {*schema}.union(*map(words_in, inner))


def test_parameters_are_described_in_words_that_are_checked() -> None:
    """A word that nobody looks at would promise what does not hold."""
    for schema in (*DEFINITIONS.values(), *(one.params for one in METHODS.values())):
        assert words_in(schema) <= KNOWN


VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-3, 90_000)
    | some.floats(-2, 2)
    | some.sampled_from(["", "a", "telegram"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(some.data(), some.sampled_from([*METHODS]))
def test_what_fits_is_what_json_schema_says(data: some.DataObject, method: str) -> None:
    """Our few lines and jsonschema agree on all that might be sent."""
    schema = METHODS[method].params
    names = [*schema["properties"], "no such"]
    params = data.draw(some.dictionaries(some.sampled_from(names), VALUES, max_size=5) | VALUES)
    fits = Draft202012Validator(schema_of(schema)).is_valid(params)
    assert (problems_of(params, schema) == []) == fits, problems_of(params, schema)


class Pipes:
    """A server in this loop, between two pipes."""

    def __init__(self, st: AsyncStationThis) -> None:
        incoming, self._ask = os.pipe()
        self._told, outgoing = os.pipe()
        self.server = Server(st, incoming=incoming, outgoing=outgoing)
        self._all = [self._ask, self._told, incoming, outgoing]

    async def ask(self, *messages: dict[str, Any]) -> list[Any]:
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
    more = [("wait", {"run_id": run_id}), ("render", {"platform": "telegram", "run_id": run_id})]
    told = await pipes.ask(
        *({"jsonrpc": "2.0", "id": method, "method": method, "params": params} for method, params in more)
    )
    assert all("result" in one for one in told), told
    pipes.server.stop()
    await serving
    await asyncio.to_thread(pipes.end)


async def test_a_submit_that_is_cut_off_leaves_its_run(ast: AsyncStationThis) -> None:
    """The end of the server cancels nothing on the service, whenever it comes."""
    pipes = Pipes(ast)
    serving = asyncio.create_task(pipes.server.serve())
    params = {"deployment": "text-to-picture", "inputs": LONG}
    (told,) = await pipes.ask({"jsonrpc": "2.0", "id": 1, "method": "submit", "params": params})
    pipes.server.stop()
    await serving
    run = await ast.runs.get(told["result"]["run_id"])
    assert run.state != "cancelled"
    await run.cancel()
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
