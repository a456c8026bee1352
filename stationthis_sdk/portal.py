"""The bridge from plain calls to coroutines: one background event loop a process, and Ctrl-C kept as a promise.

A call hands its coroutine to the loop and waits on a queue. KeyboardInterrupt (and SIGTERM, where nobody else
handles it) becomes a cancellation of the task; the call then waits for the task's clean-up, two seconds at most,
before the exception leaves. A second Ctrl-C leaves at once. Callbacks come back over the queue and run on the
caller's thread.
"""

import asyncio
import atexit
import contextlib
import contextvars
import inspect
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.errors import BlockingCallWarning
from stationthis_sdk.interrupts import CLEANUP_SECONDS, Report, finish, reporting

__all__ = ["call", "iterate", "on_caller"]

T = TypeVar("T")
_PATIENCE: Final = CLEANUP_SECONDS + 0.2


class _Loop:
    """A thread that runs one event loop until the interpreter ends."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stationthis", daemon=True)
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._ready.set()
        await self._stopped.wait()

    def refuse_itself(self) -> None:
        if threading.current_thread() is self._thread:
            raise RuntimeError("A synchronous call within the SDK's own loop would wait for itself.")

    def stop(self) -> None:
        """End the loop; asyncio.run then closes what lives in it, the connections among it."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(timeout=5)


_lock = threading.Lock()
_loop: _Loop | None = None
_inherited: Final[list[_Loop]] = []


def _get_loop() -> _Loop:
    global _loop  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _loop is None:
            _loop = _Loop()
        return _loop


def _after_fork() -> None:
    """The child has no such thread: it makes its own loop, and keeps the parent's objects from being collected."""
    global _loop, _lock  # noqa: PLW0603 - see above
    if _loop is not None:
        _inherited.append(_loop)
    _loop = None
    _lock = threading.Lock()


def _at_exit() -> None:
    if _loop is not None:
        _loop.stop()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


@attrs.frozen
class _Asked:
    """A callback that the coroutine wants run on the caller's thread."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    answer: "asyncio.Future[Any]"


@attrs.frozen
class _Done:
    """The coroutine's end."""

    value: Any = None
    error: BaseException | None = None


_inbox: contextvars.ContextVar["queue.SimpleQueue[Any] | None"] = contextvars.ContextVar(
    "stationthis_inbox", default=None
)


def on_caller(function: Callable[..., Any] | None) -> Callable[..., Awaitable[None]] | None:
    """Make a callback run on the thread of whoever made the synchronous call; the coroutine waits for it."""
    if function is None:
        return None

    async def ask(*arguments: Any) -> None:
        inbox = _inbox.get()
        if inbox is None:  # pragma: no cover - only the synchronous classes use this
            raise RuntimeError("on_caller belongs to a synchronous call")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        inbox.put(_Asked(function, arguments, answer))
        await answer

    return ask


def call(awaitable: Awaitable[T]) -> T:
    """Await something on the background loop and wait for its result.

    Raises:
        KeyboardInterrupt: with a message that says what was cancelled and what was left running.
        SystemExit: 143, after SIGTERM, when the same clean-up is done.
    """
    portal = _get_loop()
    try:
        portal.refuse_itself()
        _warn_if_blocking()
    except BaseException:
        if inspect.iscoroutine(awaitable):
            awaitable.close()
        raise
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    started: list[asyncio.Task[Any]] = []
    report = Report()

    async def run() -> T:
        _inbox.set(inbox)
        with reporting(report):
            return await awaitable

    def ended(task: "asyncio.Task[Any]") -> None:
        if task.cancelled():
            inbox.put(_Done(error=asyncio.CancelledError()))
        else:
            error = task.exception()
            inbox.put(_Done(error=error) if error else _Done(task.result()))

    def start() -> None:
        task = portal.loop.create_task(run())
        started.append(task)
        task.add_done_callback(ended)

    try:
        with _sigterm_as_interrupt():
            portal.loop.call_soon_threadsafe(start)
            done = _attend(portal, inbox)
    except (KeyboardInterrupt, _Terminated) as interrupt:
        portal.loop.call_soon_threadsafe(lambda: started and started[0].cancel())
        ended_well = _wait_for_cleanup(portal, inbox)
        if ended_well and report.undo:
            portal.loop.call_soon_threadsafe(portal.loop.create_task, _undo(report, inbox))
            _wait_for_cleanup(portal, inbox)
        if isinstance(interrupt, _Terminated):
            if str(report):
                sys.stderr.write(f"{report}\n")
            raise SystemExit(128 + signal.SIGTERM) from None
        raise KeyboardInterrupt(str(report)) from None
    if done.error is not None:
        try:
            raise done.error
        finally:
            del done, started  # no reference cycle through the traceback
    return done.value  # type: ignore[no-any-return]


def iterate(items: AsyncIterator[T]) -> Iterator[T]:
    """Step through an asynchronous iterator from plain code; leaving early closes it."""

    async def step() -> Any:
        return await anext(items, _END)

    try:
        while (item := call(step())) is not _END:
            yield item
    finally:
        if inspect.isasyncgen(items):
            call(items.aclose())


_END: Final = object()


class _Terminated(BaseException):
    """SIGTERM arrived while a call was waiting."""


@contextlib.contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Where nobody handles SIGTERM, a waiting call on the main thread turns it into its own interruption."""
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not ours:
        yield
        return

    def terminated(_number: int, _frame: Any) -> None:
        raise _Terminated

    signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _attend(portal: _Loop, inbox: "queue.SimpleQueue[Any]") -> _Done:
    """Serve callbacks until the coroutine has ended."""
    while True:
        message = inbox.get()
        if isinstance(message, _Done):
            return message
        value, error = None, None
        try:
            value = message.function(*message.arguments)
        except Exception as raised:  # noqa: BLE001 - it belongs to the coroutine, which raises it again
            error = raised
        portal.loop.call_soon_threadsafe(_answer, message.answer, value, error)


def _answer(future: "asyncio.Future[Any]", value: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


def _wait_for_cleanup(portal: _Loop, inbox: "queue.SimpleQueue[Any]") -> bool:
    """Wait until the cancelled task is gone, not longer than its clean-up may take; Ctrl-C again leaves at once.

    True when it had ended well before it could be cancelled: its result would be lost.
    """
    deadline = time.monotonic() + _PATIENCE
    with contextlib.suppress(queue.Empty):
        while not isinstance(message := inbox.get(timeout=max(0.0, deadline - time.monotonic())), _Done):
            portal.loop.call_soon_threadsafe(message.answer.cancel)
        return message.error is None
    return False


async def _undo(report: Report, inbox: "queue.SimpleQueue[Any]") -> None:
    with reporting(report):
        for undo in report.undo:
            await finish(undo(), "a run that was just started")
    inbox.put(_Done())


def _warn_if_blocking() -> None:
    """A synchronous call on a thread whose loop runs stops a bot's heartbeat; in IPython it is what people want."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        return
    frame = sys._getframe(3)  # noqa: SLF001 - the name of the method that blocks
    warnings.warn(
        f"{frame.f_code.co_qualname} blocks the event loop that runs on this thread: "
        f"use Async{frame.f_code.co_qualname} and await it.",
        BlockingCallWarning,
        stacklevel=5,
    )
