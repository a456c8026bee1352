"""A platform that keeps what it is sent, and can be slow, refuse, or lose its answers. It is the border: no HTTP is behind it."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.limits import TELEGRAM, Limits
from stationthis_sdk.bots.render.steps import Button, Step

QUICK = attrs.evolve(TELEGRAM, a_chat=0.01, a_group=0.01, overall=0.0)


@attrs.define
class Sent:
    """One part that arrived."""

    chat: str
    step: Step
    key: str
    contents: list[bytes]
    messages: tuple[str, ...]


@attrs.define
class Platform:
    """Implements ``Sender``. ``troubles`` are what becomes of the next sends, one each; None: it arrives.

    An ``Unsure`` with the word "arrived" has arrived all the same.
    """

    limits: Limits = QUICK
    sent: list[Sent] = attrs.Factory(list)
    said: dict[str, list[str]] = attrs.Factory(dict)
    """What each message says, and has said before; by its id."""
    buttons: dict[str, Sequence[Sequence[Button]]] = attrs.Factory(dict)
    chats: dict[str, str] = attrs.Factory(dict)
    removed: list[str] = attrs.Factory(list)
    troubles: "deque[Exception | None]" = attrs.Factory(deque)
    refuses: "Callable[[Step], Exception | None]" = lambda _step: None
    mute: "Exception | None" = None
    knows: bool = True
    """Whether it can tell if something has arrived."""
    slow: float = 0.0
    log: "Path | None" = None
    """Where what arrived is written down, so that it outlives the process."""
    hangs_after: int = 0
    """After so many parts that have arrived its answer does not come."""
    _number: int = 0

    def _next(self) -> str:
        self._number += 1
        return f"m{self._number}"

    async def say(
        self,
        place: Place,
        text: str,
        buttons: Sequence[Sequence[Button]] = (),
        *,
        private: bool = False,
    ) -> str:
        await asyncio.sleep(self.slow)
        if self.mute is not None:
            raise self.mute
        message = self._next()
        self.said[message], self.buttons[message], self.chats[message] = [text], buttons, place.chat
        return message

    async def edit(
        self, place: Place, message: str, text: str, buttons: Sequence[Sequence[Button]] = ()
    ) -> None:
        await asyncio.sleep(self.slow)
        assert self.chats.setdefault(message, place.chat) == place.chat
        self.said.setdefault(message, []).append(text)
        self.buttons[message] = buttons

    async def remove(self, place: Place, message: str) -> None:
        await asyncio.sleep(self.slow)
        self.removed.append(message)

    async def send(self, place: Place, step: Step, files: Sequence[Path], *, key: str) -> tuple[str, ...]:
        contents = [await asyncio.to_thread(Path(file).read_bytes) for file in files]
        await asyncio.sleep(self.slow)
        trouble = self.troubles.popleft() if self.troubles else None
        trouble = trouble or self.refuses(step)
        if trouble is not None and not (isinstance(trouble, Unsure) and "arrived" in str(trouble)):
            raise trouble
        messages = tuple(self._next() for _ in files or [None])
        self.sent.append(Sent(place.chat, step, key, contents, messages))
        if self.log is not None:
            line = json.dumps({"key": key, "kind": step.kind, "names": [one.filename for one in step.files]})
            await asyncio.to_thread(self._write, line)
            if len(self.sent) == self.hangs_after:
                print("hangs", flush=True)  # noqa: T201 - the test waits for it
                await asyncio.sleep(60)
        if trouble is not None:
            raise trouble
        return messages

    async def sent_before(self, place: Place, step: Step, *, key: str) -> tuple[str, ...] | None:
        if not self.knows:
            return None
        if self.log is not None:
            logged = await asyncio.to_thread(self.logged)
            return next((("before",) for one in logged if one["key"] == key), ())
        return next((one.messages for one in self.sent if one.key == key), ())

    def logged(self) -> list[dict[str, Any]]:
        """What arrived, in whatever process."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def _write(self, line: str) -> None:
        with self.log.open("a") as file:
            file.write(line + "\n")

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """What arrived: its kind, and of how many files."""
        return [(one.step.kind, len(one.step.files)) for one in self.sent]


def flood(seconds: float = 0.01) -> Exception:
    return NotSent("Too many requests", retry_after=seconds)


def lost(*, arrived: bool) -> Exception:
    return Unsure("the answer is lost" + (", it arrived" if arrived else ""))


def impossible(why: str = "Bad Request: not enough rights") -> Exception:
    return Impossible(why)


def buttons_of(step: Step) -> list[str]:
    return [button.data for row in step.buttons for button in row]


def texts(platform: Platform) -> list[Any]:
    return [one.step.text for one in platform.sent]
