"""JSON-RPC 2.0 over two streams, one message a line: many requests at once, each answered when it is done."""

import asyncio
import contextlib
import json
import re
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from stationthis_sdk.bots.stdio.checking import cut, problems_of
from stationthis_sdk.bots.stdio.faults import (
    BUSY,
    CLOSING,
    INTERNAL,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Fault,
    fault_of,
)
from stationthis_sdk.bots.stdio.framing import LONGEST_LINE, TOO_LONG, Incoming, Outgoing, as_line
from stationthis_sdk.bots.stdio.product import Product
from stationthis_sdk.bots.stdio.schemas import METHODS
from stationthis_sdk.bots.stdio.service import Service, run_id_in
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.names import near

if TYPE_CHECKING:
    from stationthis_sdk import AsyncStationThis

__all__ = ["Server"]

_MOST_REQUESTS: Final = 10_000
"""How many may be under way: each costs little, and none of them keeps a cancel waiting."""
_MOST_IN_BATCH: Final = 1_000
_PATIENCE: Final = 8.0
"""Seconds for which what is under way may go on at the end; then it is told that it was not finished."""
_MOMENT: Final = 0.5
_LONG: Final = frozenset({"wait", "events"})
"""What may only wait: at the end it is told so."""
_ABSENT: Final = object()
_SUBMITS: Final = frozenset({"submit", "submit_request"})
_EXACT: Final = 1 << 53
"""Up to here a number that was read is the number that was written."""
_ID_IN_FRONT: Final = re.compile(
    rb'\s*\{\s*"jsonrpc"\s*:\s*"2\.0"\s*,\s*"id"\s*:\s*(\d{1,15}|"[^"\\]{1,100}")\s*,'
)


class Server:
    """Serves one client, until its input ends, ``shutdown`` is asked for, or ``stop`` is called."""

    def __init__(self, st: "AsyncStationThis", *, incoming: int, outgoing: int) -> None:
        self._service = Service(st)
        self._handlers = {
            **self._service.handlers,
            **Product(self._service).handlers,
            "follow": self._follow,
            "unfollow": self._unfollow,
            "shutdown": self._shutdown,
        }
        self._ending = asyncio.Event()
        self._incoming = Incoming(incoming)
        self._outgoing = Outgoing(outgoing, self._ending.set)
        self._work: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[Any]] = set()
        self._telling: asyncio.Task[None] | None = None
        self._log = logger("bots")

    @property
    def unheard(self) -> bool:
        """Whether nobody reads the answers any more."""
        return self._outgoing.lost

    def stop(self) -> None:
        """End soon: what can be answered is answered, and runs go on."""
        self._ending.set()

    async def serve(self) -> None:
        """Read, do, answer; returns when all that could be answered is written."""
        self._incoming.start()
        self._outgoing.start()
        reading = asyncio.create_task(self._read())
        ending = asyncio.create_task(self._ending.wait())
        try:
            await asyncio.wait({reading, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, ending):
                task.cancel()
            await self._close()

    async def _read(self) -> None:
        while True:
            line = await self._incoming.line()
            if line is None:
                return
            # Who does not read answers is not read from, either: nothing piles up here.
            await self._outgoing.room()
            task = asyncio.create_task(self._take(line))
            self._work.add(task)
            task.add_done_callback(self._work.discard)

    async def _take(self, line: Any) -> None:
        """One line: a message, or several as a batch."""
        if line is TOO_LONG:
            text = f"A line is longer than {LONGEST_LINE >> 20} MiB: give large files by their path."
            await self._send(_failed(None, Fault(PARSE_ERROR, text)))
            return
        try:
            message = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except ValueError as problem:
            number = await asyncio.to_thread(_id_of, line)
            await self._send(_failed(number, Fault(PARSE_ERROR, f"This line is no JSON: {problem}.")))
            return
        if not isinstance(message, list):
            answer = await self._answer(message)
            if answer is not None:
                await self._send(answer)
        elif not message:
            await self._send(_failed(None, Fault(INVALID_REQUEST, "This batch is empty.")))
        elif len(message) > _MOST_IN_BATCH:
            text = f"A batch has {_MOST_IN_BATCH:,} messages at the most; nothing of this one was done."
            await self._send(_failed(None, Fault(INVALID_REQUEST, text)))
        else:
            answers = await self._answers(message)
            if kept := [one for one in answers if one is not None]:
                await self._send(kept)

    async def _answers(self, messages: list[Any]) -> list[dict[str, Any] | None]:
        """The answers to a batch; what is cut off at the end takes none of the others with it."""
        tasks = [asyncio.create_task(self._answer(one)) for one in messages]
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if not self._ending.is_set():
                raise
        return [task.result() for task in tasks]

    async def _answer(self, message: Any) -> dict[str, Any] | None:
        """The answer to one message; None for a notification, which gets none."""
        silent = isinstance(message, dict) and "id" not in message
        try:
            number = _checked(message)
        except Fault as fault:
            number = message.get("id") if isinstance(message, dict) else None
            return _failed(number if _is_id(number) else None, fault)
        if "method" not in message:
            return None  # an answer to a request that we never make
        task = asyncio.create_task(self._done(message["method"], message.get("params", {})))
        if message["method"] in _LONG:
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
        try:
            result = await task
        except Fault as fault:
            if silent:
                self._log.warning(
                    "A notification %r came to nothing: %s", cut(message["method"]), fault.message
                )
                return None
            return _failed(number, fault)
        except asyncio.CancelledError:
            if not self._ending.is_set():
                raise
            return None if silent else _failed(number, _closing(message["method"], message.get("params")))
        return None if silent else {"jsonrpc": "2.0", "id": number, "result": result}

    async def _done(self, method: str, params: Any) -> dict[str, Any]:
        """Do what is asked for.

        Raises:
            Fault: it can't be done.
        """
        handler = self._handlers.get(method)
        if handler is None:
            close = near(cut(method), list(METHODS))
            hint = f" Did you mean {close[0]!r}?" if close else " hello lists all."
            raise Fault(METHOD_NOT_FOUND, f"There is no method {cut(method)!r}.{hint}", suggestions=close)
        if METHODS[method].product and isinstance(params, dict):
            params = {name: value for name, value in params.items() if value is not None}
        if problems := await asyncio.to_thread(problems_of, method, params):
            raise Fault(INVALID_PARAMS, f"{method}: {problems[0]}", problems=problems)
        if len(self._work) > _MOST_REQUESTS:
            raise Fault(BUSY, f"{_MOST_REQUESTS:,} requests are under way: wait for some.", retryable=True)
        try:
            return await handler(params)
        except StationThisError as error:
            raise fault_of(error) from error
        except Fault:
            raise
        except Exception as error:
            # In the message itself: the command's log shows no more than that.
            self._log.error("%s failed:\n%s", method, traceback.format_exc())
            text = f"{method} failed, by a fault of ours ({type(error).__name__}); standard error says where."
            raise Fault(INTERNAL, text) from error

    async def _follow(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Tell of each event from now on."""
        happened = self._service.watcher.happened
        cursor = happened.last
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())
            await asyncio.sleep(0)  # it listens before anything is watched
        if (run_id := run_id_in(asked, needed=False)) is not None:
            await self._service.watcher.of(run_id)
        return {"cursor": cursor, "instance": happened.instance}

    async def _unfollow(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        """Tell no more."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        return {}

    async def _tell(self) -> None:
        async for event in self._service.watcher.happened:
            await self._send({"jsonrpc": "2.0", "method": "event", "params": event})

    async def _shutdown(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        """End, after this has been answered."""
        self._ending.set()
        return {"runs": self._live()}

    def _live(self) -> list[dict[str, Any]]:
        return [{"run_id": run.id, "state": str(run.state)} for run in self._service.watcher.live]

    async def _send(self, message: Any) -> None:
        try:
            line = as_line(message)
        except RecursionError:
            each = message if isinstance(message, list) else [message]
            told = [_shallow(one) for one in each]
            line = as_line(told if isinstance(message, list) else told[0])
        await self._outgoing.send(line)

    async def _close(self) -> None:
        """Answer what can be answered, and leave all runs running."""
        self._ending.set()
        if self._work and not self._outgoing.lost:
            await asyncio.wait(self._work, timeout=_MOMENT)  # what came last, and is quick
        for task in [*self._waiting]:
            task.cancel()
        if self._work and not self._outgoing.lost:
            await asyncio.wait(self._work, timeout=_PATIENCE)
        rest = [*self._work]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=2.5)
        live = self._live()
        with contextlib.suppress(asyncio.CancelledError):
            await self._unfollow({})
        for run in live:
            self._log.warning("Left running: run %s (%s).", run["run_id"], run["state"])
        await self._service.watcher.close()
        if not self._outgoing.lost:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await self._send({"jsonrpc": "2.0", "method": "closing", "params": {"runs": live}})
            await self._outgoing.flush(_PATIENCE)
        self._outgoing.close()


def _closing(method: str, params: Any) -> Fault:
    """What a request is told that was not finished when the server ended."""
    given = params if isinstance(params, dict) else {}
    run_id = run_id_in(given, needed=False)
    lost = method in _SUBMITS and given.get("key") is None
    text = (
        "The server ends, and a run may exist that nobody names: look among the last runs before you submit again. "
        "With a key the same submit finds it."
        if lost
        else "The server ends. Runs go on: ask again by the run's id, or submit with the same key."
    )
    return Fault(CLOSING, text, retryable=not lost, run_id=run_id if isinstance(run_id, str) else None)


def _checked(message: Any) -> Any:
    """The id of a message that is a request or a notification.

    Raises:
        Fault: it is neither.
    """
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise Fault(INVALID_REQUEST, 'A message is an object with "jsonrpc": "2.0".')
    number = message.get("id", _ABSENT)
    if number is not _ABSENT and not _is_id(number):
        raise Fault(INVALID_REQUEST, "id is a text, or a number below 2^53.")
    if "method" not in message and ("result" in message or "error" in message):
        return None
    if not isinstance(message.get("method"), str):
        raise Fault(INVALID_REQUEST, "method is a text.")
    return None if number is _ABSENT else number


def _is_id(number: Any) -> bool:
    if isinstance(number, int | float):
        return not isinstance(number, bool) and abs(number) < _EXACT
    return number is None or isinstance(number, str)


def _id_of(line: bytes) -> Any:
    r"""The id in a line that is not quite JSON, so that whoever waits for its answer gets one; None where there is none.

    >>> _id_of(b'{"jsonrpc": "2.0", "id": 7, "method": "submit", "params": {"prompt": "a fox \\ud83e"}}')
    7
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        found = _ID_IN_FRONT.match(line)
        return json.loads(found[1]) if found else None
    number = message.get("id") if isinstance(message, dict) else None
    return number if _is_id(number) else None


def _shallow(message: dict[str, Any]) -> dict[str, Any]:
    """The message, or that it can't be said."""
    try:
        as_line(message)
    except RecursionError:
        return _failed(
            message.get("id"), Fault(INTERNAL, "The answer is nested too deeply to be written as JSON.")
        )
    return message


def _failed(number: Any, fault: Fault) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": fault.document()}
