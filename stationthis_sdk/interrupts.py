"""Ctrl-C is a promise: what a waiting call started is cancelled on the service before the exception leaves.

Works below both colours. The synchronous classes hand their KeyboardInterrupt down as a task cancellation and read
from the ``Report`` what became of the runs.
"""

import asyncio
import contextlib
import contextvars
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

import attrs

from stationthis_sdk.logs import logger

__all__ = ["CLEANUP_SECONDS", "Report", "finish", "if_lost", "reporting", "sigterm_cancels", "tell"]

CLEANUP_SECONDS: Final = 1.8
_log = logger("interrupts")


@attrs.define
class Report:
    """What became of the runs of an interrupted call, as sentences; and what to undo if its result is lost."""

    lines: list[str] = attrs.field(factory=list)
    undo: list[Callable[[], Coroutine[Any, Any, None]]] = attrs.field(factory=list)

    def __str__(self) -> str:
        return " ".join(self.lines)


_report: contextvars.ContextVar[Report | None] = contextvars.ContextVar("stationthis_report", default=None)


@contextlib.contextmanager
def reporting(report: Report) -> Iterator[None]:
    """Collect what is told within the block."""
    token = _report.set(report)
    try:
        yield
    finally:
        _report.reset(token)


def tell(line: str) -> None:
    """Say what became of a run: to whoever interrupted, and to the log."""
    report = _report.get()
    if report is not None:
        report.lines.append(line)
    _log.warning("%s", line)


def if_lost(undo: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Say what to do when the call has ended well, but its caller was interrupted before hearing of it."""
    report = _report.get()
    if report is not None:
        report.undo.append(undo)


async def finish(work: Coroutine[Any, Any, None], what: str) -> None:
    """Carry clean-up through although its caller is being cancelled, for two seconds at most.

    ``what`` names the run for the message, should time run out.

    It runs as a task of its own, so that cancel scopes that cancel again and again (anyio, trio style) do not
    reach it.
    """
    task = asyncio.get_running_loop().create_task(work)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + CLEANUP_SECONDS
    while not task.done() and (left := deadline - loop.time()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=left)
    if not task.done():
        task.cancel()
        tell(f"May be left running: {what}; the service did not answer in time.")
    elif not task.cancelled() and task.exception() is not None:
        tell(f"Cleaning up failed: {task.exception()}")


_waiting: set["asyncio.Task[Any]"] = set()
_terminated: set["asyncio.Task[Any]"] = set()


@contextlib.contextmanager
def sigterm_cancels() -> Iterator[None]:
    """While the block waits on the main thread's loop, SIGTERM cancels it and then ends the process with 143.

    Only where nobody else handles SIGTERM: a bot's own handler stays.
    """
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    ours = (
        task is not None
        and threading.current_thread() is threading.main_thread()
        and (bool(_waiting) or signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    )
    if not ours or task is None:
        yield
        return
    if not _waiting:
        loop.add_signal_handler(signal.SIGTERM, _cancel_waiting)
    _waiting.add(task)
    try:
        yield
    except asyncio.CancelledError:
        if task in _terminated:
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        _waiting.discard(task)
        _terminated.discard(task)
        if not _waiting:
            loop.remove_signal_handler(signal.SIGTERM)


def _cancel_waiting() -> None:
    _terminated.update(_waiting)
    for task in tuple(_waiting):
        task.cancel()
