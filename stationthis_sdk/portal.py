"""The bridge from plain calls to coroutines: one background event loop a process, and Ctrl-C kept as a promise.

A call hands its coroutine to the loop and waits on a queue. Whatever interrupts the waiting (KeyboardInterrupt,
SIGTERM, an exception of somebody's signal handler) becomes a cancellation of the task; the call then waits for the
task's clean-up, two seconds at most, before the exception leaves. A second Ctrl-C leaves at once. Ctrl-C and SIGTERM
reach the calls of other threads as well. Callbacks come back over the queue and run on the caller's thread.
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
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import attrs

from stationthis_sdk import ipython
from stationthis_sdk.errors import BlockingCallWarning
from stationthis_sdk.interrupts import AT_SIGTERM, HELD, OURS, Report, finish, reporting
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    import concurrent.futures

__all__ = ["begin", "call", "iterate", "on_caller", "watch_signals"]

T = TypeVar("T")
_PATIENCE: Final = 0.2
"""Seconds for which a caller waits longer than clean-up may take."""
_log = logger("interrupts")


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
_inherited: Final[list[Any]] = []
_exiting = False
_sigterm_came = False


def _get_loop() -> _Loop:
    global _loop  # noqa: PLW0603 - one a process is the point
    with _lock:
        if _loop is None:
            _loop = _Loop()
        return _loop


def _after_fork() -> None:
    """The child has no such thread: it makes its own loop, and keeps the parent's objects from being collected."""
    global _loop, _lock, _sigterm_came  # noqa: PLW0603 - see above
    _inherited.extend([_loop, *_calls])
    _calls.clear()
    _walks.clear()
    _loop, _sigterm_came = None, False
    _lock = threading.Lock()


def _at_exit() -> None:
    global _exiting  # noqa: PLW0603 - see above
    _exiting = True
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


class _Interrupted(BaseException):
    """Ctrl-C reached the main thread while this call waited on another."""


class _Terminated(BaseException):
    """SIGTERM arrived while a call was waiting."""


_inbox: contextvars.ContextVar["queue.SimpleQueue[Any] | None"] = contextvars.ContextVar(
    "stationthis_inbox", default=None
)


@attrs.define(eq=False)
class _Call:
    """One synchronous call under way."""

    portal: _Loop
    awaitable: Awaitable[Any]
    report: Report = attrs.field(factory=Report)
    inbox: "queue.SimpleQueue[Any]" = attrs.field(factory=queue.SimpleQueue)
    thread: threading.Thread = attrs.field(factory=threading.current_thread)
    task: "asyncio.Task[Any] | None" = None
    scheduled: bool = False
    begun: bool = False
    done: _Done | None = None

    def start(self) -> None:
        self.scheduled = True
        self.portal.loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self.task = self.portal.loop.create_task(self._run())
        self.task.add_done_callback(self._ended)

    async def _run(self) -> Any:
        self.begun = True
        _inbox.set(self.inbox)
        with reporting(self.report):
            return await self.awaitable

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        if task.cancelled():
            self.done = _Done(error=asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self.done = _Done(error=error)
        else:
            self.done = _Done(task.result())
        self.inbox.put(self.done)

    def attend(self) -> _Done:
        """Serve callbacks until the coroutine has ended."""
        while True:
            message = self.inbox.get()
            if isinstance(message, _Done):
                return message
            if isinstance(message, BaseException):
                raise message
            value, error = None, None
            try:
                value = message.function(*message.arguments)
            except Exception as raised:  # noqa: BLE001 - it belongs to the coroutine, which raises it again
                error = raised
            self.portal.loop.call_soon_threadsafe(_answer, message.answer, value, error)

    def give_up(self, why: BaseException) -> BaseException:
        """Clean up, and tell what the call ends with; a second SIGTERM cuts it short."""
        try:
            self._give_up()
        except _Terminated as again:
            return again
        return why

    def _give_up(self) -> None:
        """Cancel the coroutine and wait for its clean-up; if it had ended well, undo what nobody will hear of."""
        self.portal.loop.call_soon_threadsafe(self._cancel, time.monotonic() + self._patience)
        self._wait()
        if self.done is not None and self.done.error is None and self.report.undo:
            self.done = None
            self.portal.loop.call_soon_threadsafe(lambda: self.portal.loop.create_task(self._undo()))
            self._wait()

    def _cancel(self, until: float) -> None:
        if self.task is not None and self.begun:
            self.task.cancel()
        elif time.monotonic() < until:
            # A task that is cancelled before its first step does no cleaning up.
            self.portal.loop.call_soon(self._cancel, until)

    async def _undo(self) -> None:
        with reporting(self.report):
            for undo in self.report.undo:
                await finish(undo(), "a run that was just started")
        self.done = _Done()
        self.inbox.put(self.done)

    @property
    def _patience(self) -> float:
        return self.report.seconds + _PATIENCE

    def _wait(self) -> None:
        """Not longer than clean-up may take; Ctrl-C again leaves at once."""
        deadline = time.monotonic() + self._patience
        while self.done is None and (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                message = self.inbox.get(timeout=left)
                if isinstance(message, _Asked):
                    self.portal.loop.call_soon_threadsafe(message.answer.cancel)


_calls: Final[set[_Call]] = set()


def on_caller(function: Callable[..., Any] | None) -> Callable[..., Awaitable[None]] | None:
    """Make a callback run on the thread of whoever made the synchronous call; the coroutine waits for it."""
    if not callable(function):
        return function  # None, or what the coroutine refuses

    async def ask(*arguments: Any) -> None:
        inbox = _inbox.get()
        if inbox is None:  # pragma: no cover - only the synchronous classes use this
            raise RuntimeError("on_caller belongs to a synchronous call")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        inbox.put(_Asked(function, arguments, answer))
        await answer

    return ask


def call(awaitable: Awaitable[T], *, last: bool = False) -> T:
    """Await something on the background loop and wait for its result.

    ``last`` is for what closes something: it may be called after SIGTERM, too, when nothing new is started.

    Raises:
        KeyboardInterrupt: with a message that says what was cancelled and what was left running.
        SystemExit: 143, after SIGTERM, when the same clean-up is done.
    """
    __tracebackhide__ = True
    this: _Call | None = None
    try:
        this = _Call(_ready(last=last), awaitable)
        watch_signals()
        for walk in tuple(_walks):
            walk.interrupted = False  # an interruption that was survived
        _calls.add(this)
        this.start()
        done = this.attend()
    except BaseException as interrupt:
        if this is None or not this.scheduled:
            if inspect.iscoroutine(awaitable):
                awaitable.close()
            raise
        _leave(this.give_up(interrupt), this.report)
    finally:
        if this is not None:
            _calls.discard(this)
            this.report.undo.clear()
    if last and _sigterm_came and str(this.report):
        sys.stderr.write(f"{this.report}\n")
    if done.error is not None:
        try:
            if _exiting and isinstance(done.error, asyncio.CancelledError):
                raise SystemExit from None  # a daemon thread's call, cut off by the end of the interpreter
            raise done.error
        finally:
            del done, this  # no reference cycle through the traceback
    return done.value  # type: ignore[no-any-return]


def begin(work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
    """Start something on the background loop and go on; the future tells what becomes of it, and cancels it.

    Nobody waits, so Ctrl-C does not reach it: it goes on until its own end, or that of the interpreter.
    """
    if _exiting:
        work.close()
        raise RuntimeError("The interpreter is ending: nothing more is begun.")
    return asyncio.run_coroutine_threadsafe(work, _get_loop().loop)


def _ready(*, last: bool = False) -> _Loop:
    """The loop, if a call may be made here and now."""
    if _exiting:
        raise RuntimeError("The interpreter is ending: no more calls.")
    if _sigterm_came and not last and threading.current_thread() is not threading.main_thread():
        raise SystemExit(128 + signal.SIGTERM)  # a worker's next call: nothing new is started
    portal = _get_loop()
    portal.refuse_itself()
    _warn_if_blocking()
    return portal


def _leave(interrupt: BaseException, report: Report) -> NoReturn:
    if isinstance(interrupt, KeyboardInterrupt | _Interrupted):
        raise KeyboardInterrupt(str(report)) from None
    if str(report):
        if isinstance(interrupt, _Terminated):
            sys.stderr.write(f"{report}\n")
        else:
            _log.warning("%s", report)
    if isinstance(interrupt, _Terminated):
        raise SystemExit(128 + signal.SIGTERM) from None
    raise interrupt


def iterate(items: AsyncIterator[T]) -> Iterator[T]:
    """Step through an asynchronous iterator from plain code; leaving early closes it.

    Ctrl-C in the body of the caller's loop cleans up as in a call: the generator is told of it when it is closed.
    """
    walk = _Walk(os.getpid())
    _walks.add(walk)

    async def step() -> Any:
        return await anext(items, _END)

    try:
        while True:
            walk.interrupted = False
            if (item := call(step())) is _END:
                return
            yield item
    finally:
        _walks.discard(walk)
        if hasattr(items, "aclose") and walk.process == os.getpid() and not _exiting:
            _close(items, walk)


def _close(items: Any, walk: "_Walk") -> None:
    report = Report()

    async def close() -> None:
        if not walk.interrupted:
            await items.aclose()
            return
        with reporting(report), contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
            await items.athrow(asyncio.CancelledError())

    call(close())
    if str(report):
        sys.stderr.write(f"{report}\n")


@attrs.define(eq=False)
class _Walk:
    """One loop over an iterator of ours."""

    process: int
    interrupted: bool = False


_walks: Final[set[_Walk]] = set()
_END: Final = object()


def watch_signals() -> None:
    """Let Ctrl-C and SIGTERM reach waiting calls, on whatever thread; only where Python's own handlers are in place.

    Nothing else changes: Ctrl-C raises KeyboardInterrupt in the main thread as ever, and SIGTERM ends a process in
    which no call waits, at once.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_sigint)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_sigterm)


def _on_sigint(number: int, frame: FrameType | None) -> None:
    for walk in tuple(_walks):
        walk.interrupted = True
    _interrupt_others(_Interrupted())
    signal.default_int_handler(number, frame)


def _on_sigterm(number: int, _frame: FrameType | None) -> None:
    global _sigterm_came  # noqa: PLW0603 - see above
    for walk in tuple(_walks):
        walk.interrupted = True
    under_way = [one for one in tuple(_calls) if one.done is None]
    if not under_way and not _walks and not HELD:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    _sigterm_came = True
    _interrupt_others(_Terminated())
    if any(one.thread is threading.main_thread() for one in under_way):
        raise _Terminated
    raise SystemExit(128 + number)


def _hear_of_sigterm() -> None:
    global _sigterm_came  # noqa: PLW0603 - see above
    _sigterm_came = bool(_calls)
    _interrupt_others(_Terminated())


OURS.add(_on_sigterm)
AT_SIGTERM.append(_hear_of_sigterm)


def _interrupt_others(interrupt: BaseException) -> None:
    for one in tuple(_calls):
        if one.thread is not threading.main_thread():
            one.inbox.put(interrupt)


def _answer(future: "asyncio.Future[Any]", value: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(value)


def _warn_if_blocking() -> None:
    """A synchronous call on a thread whose loop runs stops a bot's heartbeat; in IPython it is what people want."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    if ipython.shell() is not None:
        return
    frame = sys._getframe(4)  # noqa: SLF001 - the name of the method that blocks
    warnings.warn(
        f"{frame.f_code.co_qualname} blocks the event loop that runs on this thread: "
        "use the Async class of that name and await its method.",
        BlockingCallWarning,
        stacklevel=6,
    )
