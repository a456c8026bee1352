"""Spans for OpenTelemetry, where somebody uses it: of each run from its submit to its end, and of each batch.

Spans tell names, ids, states and costs; never inputs, keys of rows, or messages, which may quote them. Where the process
does not use OpenTelemetry, nothing of it is imported.
"""

import asyncio
import contextlib
import functools
import os
import sys
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any, Final, ParamSpec, TypeVar

import attrs

__all__ = ["traced_batch", "traced_submit", "traced_watch"]

P = ParamSpec("P")
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
_RUN: Final = "stationthis.run"
_BATCH: Final = "stationthis.batch"
_PROVIDER: Final = "OTEL_PYTHON_TRACER_PROVIDER"


def _trace() -> Any | None:
    """OpenTelemetry's API. Where nobody has imported it, or named a provider, nobody would hear of a span either."""
    found = sys.modules.get("opentelemetry.trace")
    if found is None and os.environ.get(_PROVIDER):
        try:
            from opentelemetry import trace as found  # noqa: PLC0415 - only where it is used
        except ImportError:
            return None
    return found if hasattr(found, "get_tracer") else None  # it may be in the middle of its import


@attrs.define(eq=False)
class _Span:
    """One span, ended once."""

    trace: Any
    inner: Any
    ended: bool = False

    @classmethod
    def begin(cls, name: str, **attributes: Any) -> "_Span | None":
        """A span within the caller's; None where there is no OpenTelemetry."""
        trace = _trace()
        if trace is None:
            return None
        begun = cls(trace, trace.get_tracer("stationthis_sdk").start_span(name))
        begun.tell(**attributes)
        return begun

    def tell(self, **attributes: Any) -> None:
        """Add what is known; ``run_id`` is the attribute stationthis.run_id."""
        for name, value in attributes.items():
            if value is not None:
                self.inner.set_attribute(f"stationthis.{name}", value)

    def failed(self, why: str) -> None:
        self.inner.set_status(self.trace.StatusCode.ERROR, why)

    def raised(self, error: BaseException) -> None:
        """Record an error by its kind: its message may quote inputs."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit | KeyboardInterrupt | SystemExit):
            return
        kind = type(error).__qualname__
        self.inner.add_event("exception", {"exception.type": f"{type(error).__module__}.{kind}"})
        self.inner.set_attribute("error.type", kind)
        self.failed(kind)

    def end(self) -> None:
        if not self.ended:
            self.ended = True
            self.inner.end()

    @contextlib.contextmanager
    def current(self) -> Iterator[None]:
        """Within the block other spans, such as those of requests, are parts of this one."""
        with self.trace.use_span(self.inner, record_exception=False, set_status_on_exception=False):
            try:
                yield
            except BaseException as error:
                self.raised(error)
                raise


_under_way: "Final[weakref.WeakKeyDictionary[Any, _Span]]" = weakref.WeakKeyDictionary()
"""Spans of runs that nobody waits for yet."""


def traced_submit(method: F) -> F:
    """Begin a run's span around ``Submit.run``; it goes on until the run's end, or until nobody holds the run any more."""

    @functools.wraps(method)
    async def run(submit: Any, *arguments: Any, **more: Any) -> Any:
        span = _Span.begin(_RUN, deployment=submit.target.name, submit_id=submit.id)
        if span is None:
            return await method(submit, *arguments, **more)
        try:
            with span.current():
                made = await method(submit, *arguments, **more)
        except BaseException:
            span.end()
            raise
        span.tell(run_id=made.id)
        if made.from_cache:
            _end_of_run(span, made)
        else:
            _under_way[made] = span
            weakref.finalize(made, span.end)
        return made

    return run  # type: ignore[return-value]  # the same call


def traced_watch(
    method: "Callable[P, AsyncGenerator[T]]",
) -> "Callable[P, AsyncGenerator[T]]":
    """End a run's span when ``Run._watch`` has seen its end; a run that was taken up gets one of its own."""

    @functools.wraps(method)
    def watch(*arguments: P.args, **more: P.kwargs) -> "AsyncGenerator[T]":
        records = method(*arguments, **more)
        run: Any = arguments[0]
        if _trace() is None or run.from_cache or (run.state.final and run not in _under_way):
            return records
        return _watched(run, records)

    return watch


async def _watched(run: Any, records: "AsyncGenerator[T]") -> "AsyncGenerator[T]":
    span = _under_way.pop(run, None) or _Span.begin(
        _RUN, run_id=run.id, deployment=run.record.deployment_name
    )
    try:
        async with contextlib.aclosing(records):
            async for record in records:
                yield record
    except BaseException as error:
        if span is not None:
            span.raised(error)
        raise
    finally:
        if span is not None:
            _end_of_run(span, run)


def _end_of_run(span: _Span, run: Any) -> None:
    cost = run.cost
    span.tell(
        state=str(run.state), gpu=run.record.gpu, cost=cost.estimated, from_cache=run.from_cache or None
    )
    if run.state.final and run.state not in {"success", "cancelled"}:
        span.failed(str(run.state))
    span.end()


def traced_batch(method: F) -> F:
    """Put a span around ``Runner.work``, of which the spans of its runs are parts."""

    @functools.wraps(method)
    async def work(runner: Any) -> None:
        batch = runner.batch
        span = _Span.begin(_BATCH, batch=batch.name, deployment=batch.deployment_name, rows=batch.total)
        if span is None:
            await method(runner)
            return
        try:
            with span.current():
                await method(runner)
        finally:
            progress = runner.progress
            span.tell(
                succeeded=progress.succeeded,
                failed=progress.failed,
                pending=progress.pending,
                cost=progress.cost,
            )
            if runner.stop is not None:
                span.tell(stopped=runner.stop.why)
                span.failed(runner.stop.why)
            span.end()

    return work  # type: ignore[return-value]  # the same call
