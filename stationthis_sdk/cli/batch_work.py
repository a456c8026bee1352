"""A batch at work in a terminal, a log or a pipe: what is shown of it, and how it ends."""

import contextlib
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.cli import exits, show
from stationthis_sdk.cli.exits import Quit

if TYPE_CHECKING:
    from stationthis_sdk import Batch, BatchProgress, BatchRow
    from stationthis_sdk.cli.metrics import MetricsFile

__all__ = ["batch_json", "counts_json", "resume_command", "row_json", "work"]

_EVENT_SECONDS: Final = 1.0
"""Between two lines of JSON on progress, at the least."""
_LINE_SECONDS: Final = 10.0
"""The same of lines for people, where there is no terminal."""
_OnProgress = Callable[["BatchProgress"], None]


class _Cut(BaseException):
    """Nobody reads the output any more: the batch ends as by Ctrl-C."""

    def __init__(self, why: Quit) -> None:
        super().__init__()
        self.why = why


def work(
    name: str,
    begin: "Callable[[], Batch]",
    *,
    as_json: bool,
    detach: bool = False,
    metrics: "MetricsFile | None" = None,
    cook: bool = False,
) -> None:
    """Begin a batch, or a cook's, show how it goes, and wait for its end.

    Raises:
        Quit: it is done, and rows of it came to nothing (3), or are not saved (1).
        BatchStopped: it stopped before its end.
    """
    seen = _Seen(name, as_json=as_json, metrics=metrics)
    with _progress(name, as_json=as_json) as shown:
        seen.shown = shown
        batch = begin()
        try:
            _wait(batch, seen, detach=detach, go_on=resume_command(name, cook=cook))
        except BaseException as error:
            seen.ended(batch, _why(error))
            if isinstance(error, _Cut):
                raise error.why from None
            raise
        seen.ended(batch, None)
    _finish(batch, as_json=as_json, cook=cook)


def _wait(batch: "Batch", seen: "_Seen", *, detach: bool, go_on: str) -> None:
    try:
        batch.wait(on_progress=seen.progress, on_row=seen.row if seen.as_json else None)
    except KeyboardInterrupt as interrupt:
        if str(interrupt):
            raise
        # It came before the waiting had begun, which then could not stop it.
        if not detach:
            batch.cancel()
        raise KeyboardInterrupt(
            f"Batch {batch.name!r} was interrupted: {batch.progress}. To go on: {go_on}."
        ) from None
    except SystemExit as end:
        if end.code == exits.TERMINATED and exits.options_again():
            show.tell(f"To go on: {go_on}")
        raise


def _finish(batch: "Batch", *, as_json: bool, cook: bool) -> None:
    """Print how it ended; what went wrong decides the exit code."""
    progress = batch.progress
    if not as_json:
        show.out(f"{batch.state} {show.plain(batch.name)}: {show.plain(str(progress))}")
    name, again = shlex.quote(batch.name), exits.options_again()
    told = []
    if progress.failed:
        told.append(
            f"{progress.failed} of {progress.total} rows failed: `stationthis batches show {name}{again}` says why, "
            f"`stationthis {f'cook {name} --failed' if cook else f'batches retry {name}'}{again}` runs them again"
        )
    unsaved = progress.succeeded - progress.saved if batch.out is not None else 0
    if unsaved:
        told.append(
            f"{unsaved} rows that ended well are not saved: {resume_command(batch.name, cook=cook)} saves them, nothing is run again"
        )
    if told:
        code, kind = (1, "SaveFailed") if unsaved else (exits.ROWS_FAILED, "RowsFailed")
        raise Quit(f"Batch {batch.name!r}: {'; '.join(told)}.", code, kind, retryable=bool(unsaved))


def resume_command(name: str, *, cook: bool = False) -> str:
    """What goes on with a batch, or a cook, to be typed as it stands."""
    return f"`stationthis {'cook' if cook else 'batches resume'} {shlex.quote(name)}{exits.options_again()}`"


def _why(error: BaseException) -> str:
    """Why it stopped, in a word."""
    if isinstance(error, KeyboardInterrupt | SystemExit | _Cut):
        return "interrupted"
    return str(getattr(error, "why", "failed"))


class _Seen:
    """Tells what is seen of a batch to whoever wants it: people, programs, Prometheus."""

    def __init__(self, name: str, *, as_json: bool, metrics: "MetricsFile | None") -> None:
        self.name = name
        self.as_json = as_json
        self.metrics = metrics
        self.shown: _OnProgress = lambda _progress: None
        self._told_at = 0.0

    def progress(self, progress: "BatchProgress") -> None:
        self.shown(progress)
        if self.metrics is not None:
            self.metrics.tell(progress)
        now = time.monotonic()
        if self.as_json and now - self._told_at >= _EVENT_SECONDS:
            self._told_at = now
            _event({"event": "progress", "name": self.name, **counts_json(progress)})

    def row(self, row: "BatchRow") -> None:
        _event({"event": "row", **row_json(row)})

    def ended(self, batch: "Batch", why: str | None) -> None:
        progress = batch.progress
        if self.metrics is not None:
            success = why is None and progress.succeeded == progress.total
            self.metrics.tell(progress, running=False, success=success)
        if self.as_json:
            with contextlib.suppress(Quit):
                show.out_json(
                    {
                        "event": "end",
                        "name": self.name,
                        "state": batch.state,
                        "why": why,
                        **counts_json(progress),
                    }
                )


def _event(event: dict[str, Any]) -> None:
    try:
        show.out_json(event)
    except Quit as end:
        raise _Cut(end) from None


def counts_json(progress: "BatchProgress") -> dict[str, Any]:
    """How far a batch is, as data."""
    return {
        "total": progress.total,
        "counts": dict(progress.states),
        "succeeded": progress.succeeded,
        "failed": progress.failed,
        "saved": progress.saved,
        "cost": progress.cost,
        "unknown_costs": progress.unknown_costs,
        "budget": progress.budget,
        "per_minute": progress.per_minute,
        "eta": progress.eta,
    }


def row_json(row: "BatchRow") -> dict[str, Any]:
    """A row as data; what it was made of is in the table that it comes from."""
    return {
        "key": row.key,
        "place": row.place,
        "state": row.state,
        "run_id": row.run_id,
        "cost": row.cost,
        "seconds": row.seconds,
        "reason": row.reason,
        "files": list(row.files),
    }


def batch_json(batch: "Batch") -> dict[str, Any]:
    """A batch as data."""
    counts = counts_json(batch.progress)
    del counts["per_minute"], counts["eta"]
    return {
        "name": batch.name,
        "deployment": batch.deployment_name,
        "state": batch.state,
        "why": batch.why,
        "out": batch.out,
        **counts,
    }


@contextlib.contextmanager
def _progress(name: str, *, as_json: bool) -> Iterator[_OnProgress]:
    """A live line on a terminal, else now and then a line on standard error."""
    if sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}:
        with _bar(name) as shown:
            yield shown
    else:
        yield _lines(name, silent=as_json)


def _lines(name: str, *, silent: bool) -> _OnProgress:
    told_at = -_LINE_SECONDS

    def shown(progress: "BatchProgress") -> None:
        nonlocal told_at
        now = time.monotonic()
        if not silent and now - told_at >= _LINE_SECONDS:
            told_at = now
            show.tell(show.plain(f"{name}: {_words(progress)}"))

    return shown


def _words(progress: "BatchProgress") -> str:
    rate = progress.per_minute
    return f"{progress}" if rate is None else f"{progress} · {rate:.3g} a minute"


@contextlib.contextmanager
def _bar(name: str) -> Iterator[_OnProgress]:
    from rich.console import Console  # noqa: PLC0415 - only terminals need it
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.table import Column  # noqa: PLC0415 - likewise

    console = Console(stderr=True)
    rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24 if console.width >= 90 else 8),
        TextColumn("{task.fields[words]}", markup=False, table_column=rest),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        expand=True,
    ) as live:
        bar = live.add_task(show.plain(name), total=None, words="reading rows")

        def shown(progress: "BatchProgress") -> None:
            live.update(bar, total=progress.total, completed=progress.ended, words=_words(progress))

        yield shown
