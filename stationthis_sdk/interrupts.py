"""Ctrl-C is a promise: what a waiting call started is cancelled on the service before the exception leaves.

Works below both colours. The synchronous classes hand their KeyboardInterrupt down as a task cancellation and read
from the ``Report`` what became of the runs.
"""

import asyncio
import contextlib
import contextvars
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.logs import logger

__all__ = [
    "AT_SIGTERM",
    "CLEANUP_SECONDS",
    "HELD",
    "Report",
    "apart",
    "carried_through",
    "cleaning_up_takes",
    "finish",
    "if_lost",
    "reporting",
    "sigterm_cancels",
    "tell",
]

T = TypeVar("T")
CLEANUP_SECONDS: Final = 1.8
_log = logger("interrupts")


HELD: Final[set[object]] = set()
"""What costs until the ``with`` block around it ends: SIGTERM leaves the block before it ends the process."""


@attrs.define
class Report:
    """What became of the runs of an interrupted call, as sentences; and what to undo if its result is lost."""

    lines: list[str] = attrs.field(factory=list)
    seconds: float = CLEANUP_SECONDS
    undo: list[Callable[[], Coroutine[Any, Any, None]]] = attrs.field(factory=list)

    def __str__(self) -> str:
        return " ".join(dict.fromkeys(self.lines))


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
    """Say what became of a run: to whoever interrupted; in asynchronous code the log is the only ear."""
    report = _report.get()
    if report is None:
        _log.warning("%s", line)
    else:
        report.lines.append(line)
        _log.info("%s", line)


def if_lost(undo: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Say what to do when the call has ended well, but its caller was interrupted before hearing of it."""
    report = _report.get()
    if report is not None:
        report.undo.append(undo)


def apart(work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Start a task that the end of its loop does not cancel: asyncio.run cancels every task it can find.

    Whoever starts it waits for it, so that the loop does not end before.
    """
    task = asyncio.get_running_loop().create_task(work)
    asyncio._unregister_task(task)  # noqa: SLF001 - documented, "Extending asyncio"
    return task


def together(task: "asyncio.Task[Any]") -> None:
    """Give a task that was started apart back to its loop, whose end may cancel it again."""
    if not task.done():
        asyncio._register_task(task)  # noqa: SLF001 - as above


def cleaning_up_takes(seconds: float) -> None:
    """Say that this call needs longer than others to clean up, should it be interrupted."""
    report = _report.get()
    if report is not None:
        report.seconds = max(report.seconds, seconds)


async def finish(work: Coroutine[Any, Any, None], what: str, seconds: float = CLEANUP_SECONDS) -> None:
    """Carry clean-up through although its caller is being cancelled, for two seconds at most unless said otherwise.

    ``what`` names the run for the message, should time run out. Cancel scopes that cancel again and again (anyio,
    trio style) do not reach the work.
    """
    loop = asyncio.get_running_loop()
    task = apart(work)
    deadline = loop.time() + seconds
    while not task.done() and (left := deadline - loop.time()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=left)
    if not task.done():
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({task}, timeout=0.1)
        tell(f"May be left running: {what}; the service did not answer in time.")
    elif task.cancelled():
        tell(f"May be left running: {what}; cleaning up was cut short.")
    elif (error := task.exception()) is not None:
        tell(f"May be left running: {what}; cleaning up failed: {error}")


async def carried_through(work: Coroutine[Any, Any, T]) -> T:
    """Wait until ``work`` is done, however often the caller is cancelled: what a thread has not begun would be lost."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None and not task.cancelled() and task.exception() is None:
        raise cancelled
    return task.result()


OURS: Final[set[Any]] = {signal.SIG_DFL}
"""Handlers of SIGTERM that may be replaced while somebody waits: Python's own, and those of this package."""

_waiting: set["asyncio.Task[Any]"] = set()
_terminated: set["asyncio.Task[Any]"] = set()
_before: list[Any] = []
AT_SIGTERM: Final[list[Callable[[], None]]] = []
"""What else is to hear of a SIGTERM that the asynchronous side has taken."""


@contextlib.contextmanager
def sigterm_cancels() -> Iterator[None]:
    """While the block waits on the main thread's loop, SIGTERM cancels it and then ends the process with 143.

    Only where nobody else handles SIGTERM: a bot's own handler stays, also one that is set meanwhile.
    """
    task = asyncio.current_task()
    main = threading.current_thread() is threading.main_thread()
    if task is None or task in _waiting or not main or signal.getsignal(signal.SIGTERM) not in OURS:
        yield
        return
    if signal.getsignal(signal.SIGTERM) is not _on_sigterm:
        _before[:] = [signal.signal(signal.SIGTERM, _on_sigterm)]
    _waiting.add(task)
    try:
        yield
    except asyncio.CancelledError:
        _waiting.discard(task)
        # The last one out ends the process: SystemExit stops the loop under the others' clean-up.
        if task in _terminated and not _terminated & _waiting:
            raise SystemExit(128 + signal.SIGTERM) from None
        raise
    finally:
        _waiting.discard(task)
        if not _waiting:
            _terminated.clear()
            if signal.getsignal(signal.SIGTERM) is _on_sigterm:
                signal.signal(signal.SIGTERM, *_before)


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    for hear in AT_SIGTERM:
        hear()
    for task in tuple(_waiting):
        _terminated.add(task)
        task.get_loop().call_soon_threadsafe(task.cancel)


def _after_fork() -> None:
    """A child waits for nothing yet, and must end by SIGTERM as ever."""
    _waiting.clear()
    _terminated.clear()
    HELD.clear()
    if signal.getsignal(signal.SIGTERM) is _on_sigterm:
        signal.signal(signal.SIGTERM, *_before)


OURS.add(_on_sigterm)
os.register_at_fork(after_in_child=_after_fork)
