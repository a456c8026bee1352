"""What people and programs see: lines, tables, JSON, and a run's progress."""

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from stationthis_sdk.cli.exits import PIPE_CLOSED, Quit

if TYPE_CHECKING:
    from stationthis_sdk import LogLine, Progress, Run, RunEvent

__all__ = [
    "event_json",
    "is_verbose",
    "log_json",
    "log_line",
    "out",
    "out_json",
    "plain",
    "progress",
    "run_json",
    "run_line",
    "table",
    "tell",
    "warnings_as_lines",
]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    r"""A text without what a terminal obeys: escape sequences, carriage returns, reordering marks.

    >>> plain("a\x1b[31mred\r\nfox")
    'a[31mred\nfox'
    """
    return _CONTROL.sub("", text)


def out(line: str) -> None:
    """Write one line of the answer to standard output, at once."""
    _write(sys.stdout, f"{line}\n")


def out_json(document: Any) -> None:
    """Write one JSON document in one line; UTF-8 whatever the terminal speaks."""
    text = json.dumps(document, ensure_ascii=False, default=str)
    # Only strings can hold control characters here, so this is still the same document.
    text = _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    _write(sys.stdout, f"{text}\n", encoding="utf-8")


def tell(line: str) -> None:
    """Write one line to standard error; when nobody reads that, the work goes on."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Send what a broken stream still holds nowhere, or the interpreter's exit would trip over it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _write(stream: TextIO, text: str, encoding: str | None = None) -> None:
    try:
        buffer = getattr(stream, "buffer", None)
        if buffer is None:  # somebody's own stream, such as a test's
            stream.write(text)
            return
        stream.flush()
        # A path's odd bytes go out as they came in; what the terminal can't show is written as \u….
        wanted = encoding or stream.encoding
        try:
            content = text.encode(wanted, "surrogateescape" if encoding is None else "strict")
        except UnicodeEncodeError:
            content = text.encode(wanted, "backslashreplace")
        buffer.write(content)
        buffer.flush()
    except OSError as error:
        _silence(stream)
        if isinstance(error, BrokenPipeError):
            raise Quit("", PIPE_CLOSED, "PipeClosed") from None
        raise Quit(f"Can't write to standard output: {error.strerror}.", 1, "OutputFailed") from None


def is_verbose() -> bool:
    """Whether tracebacks are wanted: -v, or STATIONTHIS_LOG=debug."""
    import logging  # noqa: PLC0415 - --help need not pay for it

    logger = logging.getLogger("stationthis_sdk")
    return bool(logger.handlers) and logger.level == logging.DEBUG


@contextlib.contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Show the SDK's warnings as lines of ours, unless its log is switched on and shows them anyway."""
    import logging  # noqa: PLC0415 - --help need not pay for it

    from stationthis_sdk.logs import switch_on  # noqa: PLC0415 - likewise

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            # What was interrupted is told by the command's own last line.
            if record.name != "stationthis_sdk.interrupts":
                tell(f"stationthis: {plain(record.getMessage())}")

    switch_on()
    ours, tries = logging.getLogger("stationthis_sdk"), logging.getLogger("stamina")
    shown = logging.NullHandler() if ours.handlers else Lines(logging.WARNING)
    unheard = logging.NullHandler()  # what is tried again is no news; -v shows each request
    ours.addHandler(shown)
    tries.addHandler(unheard)
    try:
        yield
    finally:
        ours.removeHandler(shown)
        tries.removeHandler(unheard)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: ruled on a terminal, tab-separated without headings for other programs."""
    cells = [[" ".join(plain("" if cell is None else str(cell)).split()) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            out("\t".join(row))
        return
    from rich import box  # noqa: PLC0415 - only terminals need it
    from rich.console import Console  # noqa: PLC0415 - likewise
    from rich.table import Table  # noqa: PLC0415 - likewise
    from rich.text import Text  # noqa: PLC0415 - likewise

    console = Console()
    ruled = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        ruled.add_row(*(Text(cell) for cell in row))
    with console.capture() as captured:
        console.print(ruled)
    out(captured.get().rstrip("\n"))


def run_line(run: "Run") -> str:
    """A run in one line: state, id, and where its files are; its texts follow as lines of their own."""
    urls = [output.url for output in run.outputs if output.url]
    texts = [plain(output.text()) for output in run.outputs if output.kind == "text" and not output.url]
    first = " ".join([str(run.state), run.id, *urls])
    return "\n".join([plain(first), *texts])


def run_json(run: "Run", *, deployment: str | None = None, saved: Sequence[object] = ()) -> dict[str, Any]:
    """A run as data. ``saved`` are the paths of its outputs, in order, as far as they were saved."""
    from stationthis_sdk.bots.stdio.documents import run_document  # noqa: PLC0415 - --help need not pay for it

    return run_document(run, deployment=deployment, saved=saved)


def event_json(event: "RunEvent") -> dict[str, Any]:
    """One event of a run as data."""
    from stationthis_sdk.bots.stdio.documents import event_document  # noqa: PLC0415 - likewise

    return event_document(event)


def log_json(line: "LogLine") -> dict[str, Any]:
    """A line of a log as data."""
    return {
        "time": None if line.time is None else line.time.isoformat(),
        "level": line.level,
        "message": line.message,
    }


def log_line(line: "LogLine") -> str:
    """A line of a log for people; no message can pass for a line of its own."""
    when = "" if line.time is None else line.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = plain(line.message).rstrip().replace("\n", "\n    ")
    return f"{when}\t{' '.join(plain(line.level).split())}\t{message}"


@contextlib.contextmanager
def progress(title: str) -> "Iterator[Callable[[Progress], None]]":
    """What to call with each progress of a run: a live bar on a terminal, else lines on standard error."""
    if sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}:
        with _bar(title) as shown:
            yield shown
    else:
        yield _lines()


def _lines() -> "Callable[[Progress], None]":
    """One line for each change of state and each tenth."""
    told: tuple[str, int] | None = None

    def shown(heard: "Progress") -> None:
        nonlocal told
        step = (str(heard.state), int(heard.fraction * 10 + 1e-6))
        if step != told:
            told = step
            tell(plain(str(heard)))

    return shown


@contextlib.contextmanager
def _bar(title: str) -> "Iterator[Callable[[Progress], None]]":
    from rich.console import Console  # noqa: PLC0415 - only terminals need it
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
    from rich.progress import Progress as Live  # noqa: PLC0415 - likewise
    from rich.table import Column  # noqa: PLC0415 - likewise

    console = Console(stderr=True)
    with Live(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24 if console.width >= 70 else 8),
        TextColumn(
            "{task.fields[words]}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
        ),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        expand=True,
    ) as live:
        bar = live.add_task(plain(title), total=None, words="sending")

        def shown(heard: "Progress") -> None:
            working = heard.phase in {"execution", "done"}
            # Before the work begins the bar only moves; nobody knows how long a queue is.
            live.update(
                bar, total=1.0 if working else None, completed=heard.fraction, words=plain(str(heard))
            )

        yield shown
