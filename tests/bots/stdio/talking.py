"""A server of its own, talked to over pipes as a program of another language would."""

import contextlib
import json
import queue
import subprocess  # noqa: TC003 - attrs reads it
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

import attrs
from jsonschema import Draft202012Validator

from stationthis_sdk.bots.stdio.schemas import DEFINITIONS, METHODS, NOTIFICATIONS, schema_of

COMMAND = [sys.executable, "-W", "error", "-X", "dev", "-m", "stationthis_sdk.cli", "serve-stdio"]
SMALL = {"prompt": "a fox", "steps": 1, "width": 32, "height": 32}
LONG = {"prompt": "a long walk", "steps": 60, "width": 1024, "height": 1024}
PATIENCE = 45.0

_RESULTS = {name: Draft202012Validator(schema_of(one.result)) for name, one in METHODS.items()}
_NOTES = {name: Draft202012Validator(schema_of(one)) for name, one in NOTIFICATIONS.items()}
_ERROR = Draft202012Validator(schema_of(DEFINITIONS["ErrorObject"]))


@attrs.define
class Talk:
    """A conversation: every answer must fit its schema, and no key may be in any line."""

    process: "subprocess.Popen[bytes]"
    key: str
    asked: dict[int, str] = attrs.field(factory=dict)
    lines: "queue.Queue[bytes | None]" = attrs.field(factory=queue.Queue)
    answers: dict[Any, Any] = attrs.field(factory=dict)
    notes: list[Any] = attrs.field(factory=list)
    odd: list[Any] = attrs.field(factory=list)
    complaints: bytes = b""
    reading: list[threading.Thread] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        for read in (self._read_out, self._read_err):
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            self.reading.append(thread)

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _read_err(self) -> None:
        assert self.process.stderr is not None
        self.complaints = self.process.stderr.read()

    def write(self, *lines: "bytes | str | dict[str, Any] | list[Any]") -> None:
        """Write lines as they are, or messages as lines."""
        assert self.process.stdin is not None
        for line in lines:
            text = line if isinstance(line, bytes | str) else json.dumps(line)
            self.process.stdin.write((text.encode() if isinstance(text, str) else text) + b"\n")
        self.process.stdin.flush()

    def send(self, method: str, **params: Any) -> int:
        """Ask, and go on."""
        number = len(self.asked) + 1
        self.asked[number] = method
        self.write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def answer(self, number: Any) -> Any:
        """What the answer to a question is, its error or its result."""
        self.until(lambda: number in self.answers)
        return self.answers[number]

    def ask(self, method: str, **params: Any) -> Any:
        """Ask, and wait for the result."""
        answer = self.answer(self.send(method, **params))
        assert "result" in answer, answer
        return answer["result"]

    def refused(self, method: str, **params: Any) -> Any:
        """Ask, and wait for the error."""
        answer = self.answer(self.send(method, **params))
        assert "error" in answer, answer
        return answer["error"]

    def until(self, done: Any) -> None:
        """Read until that is so."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            assert line is not None, "the server has ended"
            self.hear(line)

    def rest(self) -> None:
        """Read all that is left, until the server's end."""
        while (line := self.lines.get(timeout=PATIENCE)) is not None:
            self.hear(line)

    def hear(self, line: bytes) -> None:
        """What must hold of every line."""
        assert self.key.encode() not in line
        told = json.loads(line)
        for one in told if isinstance(told, list) else [told]:
            self._fits(one)
        if isinstance(told, list):
            self.odd.append(told)
        elif "method" in told:
            self.notes.append(told)
        elif told["id"] is None:
            self.odd.append(told)
        else:
            assert told["id"] not in self.answers, "answered twice"
            self.answers[told["id"]] = told

    def _fits(self, told: dict[str, Any]) -> None:
        assert told["jsonrpc"] == "2.0"
        if "method" in told:
            assert "id" not in told
            _NOTES[told["method"]].validate(told["params"])
        elif "error" in told:
            assert "result" not in told
            _ERROR.validate(told["error"])
        elif told["id"] in self.asked:
            _RESULTS[self.asked[told["id"]]].validate(told["result"])

    def end(self) -> int:
        """Close its input, read what it says then, and return its exit code; it may not have complained."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.rest()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        code = self.process.wait(PATIENCE)
        for thread in self.reading:
            thread.join(PATIENCE)
        said = self.complaints.decode()
        assert self.key not in said
        assert "Traceback" not in said, said
        assert "Warning" not in said, said
        return code

    def stop(self) -> None:
        """At the end of a test, whatever has become of it."""
        self.process.kill()
        self.process.wait()
        for thread in self.reading:
            thread.join(PATIENCE)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def ids(events: Iterable[dict[str, Any]]) -> list[int]:
    """The numbers of events."""
    return [event["cursor"] for event in events]
