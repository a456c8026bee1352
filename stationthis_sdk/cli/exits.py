"""How the command ends: one table of exit codes, one line for each error, and signals that say what they did."""

import contextlib
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any, Final

__all__ = [
    "CODES",
    "EPILOG",
    "PIPE_CLOSED",
    "ROWS_FAILED",
    "TERMINATED",
    "Quit",
    "about",
    "code_of",
    "one_line",
    "options_again",
    "report",
    "signals_told",
]

INTERRUPTED: Final = 128 + signal.SIGINT
TERMINATED: Final = 128 + signal.SIGTERM
PIPE_CLOSED: Final = 128 + signal.SIGPIPE

EPILOG: Final = """\b
Exit codes:
  0    ok
  1    failed: the run, a download, saving, a check
  2    wrong usage or input, unknown name; nothing was sent
  3    the batch is done, and rows of it failed
  4    refused, no key, or the month's cap is reached
  5    the batch stopped before its end: budget, failures, another version
  75   try later: no connection, time limit, too many requests
  130  Ctrl-C; 143 SIGTERM; 141 nobody reads the output any more
"""

# Error classes by name, so that nothing is imported to start; the nearest class of an error counts.
CODES: Final = {
    "NoKey": 4,
    "AuthError": 4,
    "Refused": 4,
    "CapReached": 4,
    "InvalidInput": 2,
    "NotFound": 2,
    "AmbiguousName": 2,
    "ConfigError": 2,
    "FeatureDisabled": 2,
    "MissingExtra": 2,
    "TyperException": 2,
    "ConnectionFailed": 75,
    "ConnectionLost": 75,
    "TimedOut": 75,
    "RateLimited": 75,
    "ServerError": 75,
    "CancelRefused": 75,
    "BatchBusy": 75,
    "BatchStopped": 5,
    "FolderInUse": 75,
    "StationThisError": 1,
    "GatewayError": 1,
    "OSError": 1,
    "Exception": 1,
}

STOPS: Final = {"refused": 4, "unreachable": 75, "unsettled": 75, "live": 75, "busy": 75, "failed": 1}
"""Why a batch stopped, where another code than that of BatchStopped says what is to be done."""
ROWS_FAILED: Final = 3

UNHEARD: Final = frozenset({"PipeClosed", "OutputFailed"})
"""Ends after which standard output takes no more, not even an error."""
_HELP_WANTED: Final = "NoArgsIsHelpError"

# What the SDK tells people to do in Python, as a command does it.
_IN_OUR_WORDS: Final = (
    (r"st\.runs\.get\('([^']+)'\)\.wait\(\) or \.cancel\(\)", r"`stationthis runs watch \1` or `stationthis runs cancel \1`"),
    (r"st\.runs\.get\('([^']+)'\)\.logs\(\)", r"`stationthis runs logs \1`"),
    (r"st\.runs\.get\('([^']+)'\)", r"`stationthis runs watch \1`"),
    (r"st\.sessions\.get\('([^']+)'\)\.close\(\)", r"`stationthis sessions close \1`"),
    (r"st\.sessions\.list\(\)", "`stationthis sessions`"),
    (r"options\(allow_unknown=True\) sends it anyway", "--allow-unknown sends it anyway"),
    (r"pass object_info= \(", "pass --object-info ("),
    (r"columns=\{'input': 'column'\} says", "--map input=column says"),
    (r"on_change='(\w+)'", r"--on-change \1"),
    (r"without_rate=True starts", "--without-rate starts"),
    (r"(?i)\b(the same) call\b", r"\1 command"),
    (r"accept\(\) some, or export with only='all'", "--accept some, or --export with --all"),
    (r"missing='skip' leaves", "--skip-missing leaves"),
    (r"name, name=…", "name, --name …"),
    (r", or pass api_key=…\. Without an account, StationThis\(local=True\)", ". Without an account, --local"),
    (r"STATIONTHIS_API_KEY, run `stationthis login`\.", "STATIONTHIS_API_KEY or run `stationthis login`."),
)  # fmt: skip


_options: list[str] = []


def options_again() -> str:
    """What leads a further command to the same service; begins with a space."""
    return "".join(_options)


def remember_options(*options: tuple[str, str | bool | None]) -> None:
    """What leads to the service, so that a command we advise leads there as well."""
    _options[:] = [f" {name}" if value is True else f" {name} {value}" for name, value in options if value]


class Quit(Exception):
    """The command ends here: ``kind`` is what ``--json`` calls it, ``code`` the exit code, ``beside`` what it shows as well."""

    def __init__(
        self, message: str, code: int, kind: str, *, run_id: str | None = None, retryable: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.kind = kind
        self.run_id = run_id
        self.retryable = retryable
        self.beside: dict[str, Any] = {}


@contextlib.contextmanager
def signals_told(run_id: str | None = None) -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into `Quit`, before typer drops what they say.

    The text of a KeyboardInterrupt is what was cancelled; after SIGTERM the SDK has printed it already.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        kept = f"Interrupted; the run is kept: `stationthis runs get {run_id}`." if run_id else "Interrupted."
        quitting = Quit(str(interrupt) or kept, INTERRUPTED, "Interrupted", run_id=run_id)
        quitting.beside = getattr(interrupt, "beside", {})
        raise quitting from None
    except SystemExit as end:
        if end.code != TERMINATED:
            raise
        quitting = Quit("", TERMINATED, "Terminated", run_id=run_id)
        quitting.beside = getattr(end, "beside", {})
        raise quitting from None


@contextlib.contextmanager
def about(run_id: str) -> Iterator[None]:
    """Name the run in whatever goes wrong from here on."""
    try:
        with signals_told(run_id):
            yield
    except Exception as error:
        if getattr(error, "run_id", "") is None:
            error.run_id = run_id  # type: ignore[attr-defined]  # it has one: it is None
        raise


def code_of(error: Exception) -> int:
    """The exit code of an error, by its nearest class in the table.

    >>> from stationthis_sdk import BatchStopped, NoKey, RateLimited
    >>> code_of(NoKey("")), code_of(RateLimited("")), code_of(ZeroDivisionError())
    (4, 75, 1)
    >>> code_of(BatchStopped("", why="budget")), code_of(BatchStopped("", why="unreachable"))
    (5, 75)
    """
    if isinstance(error, Quit):
        return error.code
    nearest = _nearest(error)
    return (
        STOPS.get(getattr(error, "why", ""), CODES[nearest]) if nearest == "BatchStopped" else CODES[nearest]
    )


def report(error: Exception, *, as_json: bool) -> int:
    """Say what went wrong, in one line on standard error or as one JSON document, and return the exit code."""
    from stationthis_sdk.cli import show  # noqa: PLC0415 - it needs this module

    message = one_line(_message(error))
    if as_json and not (isinstance(error, Quit) and error.kind in UNHEARD):
        fault: dict[str, Any] = {
            "type": _kind(error),
            "message": message or "Ended by SIGTERM; standard error says what was cancelled.",
            "run_id": getattr(error, "run_id", None),
            "retryable": bool(getattr(error, "retryable", False)),
        }
        if reason := getattr(error, "reason", None):
            fault["reason"] = one_line(str(reason))
        for name in ("why", "code"):
            if isinstance(value := getattr(error, name, None), str):
                fault[name] = value
        if problems := getattr(error, "problems", None):
            fault["problems"] = [one_line(problem) for problem in problems]
        with contextlib.suppress(Quit):
            show.out_json({"error": fault, **getattr(error, "beside", {})})
    elif type(error).__name__ == _HELP_WANTED:
        show.tell(str(error))
    elif message:
        show.tell(f"stationthis: {message}")
    if show.is_verbose() and not isinstance(error, Quit):
        _show_traceback(error)
    return code_of(error)


def one_line(message: str) -> str:
    """A message as the command says it: in one line, without secrets, with commands instead of Python."""
    from stationthis_sdk.cli.show import plain  # noqa: PLC0415 - likewise
    from stationthis_sdk.logs import redact  # noqa: PLC0415 - only who fails needs it

    for theirs, ours in _IN_OUR_WORDS:
        message = re.sub(theirs, ours, message)
    message = re.sub(r"`(stationthis (?:batches|runs|sessions)[^`]*)`", rf"`\1{options_again()}`", message)
    return redact(" ".join(plain(message).split()))


def _nearest(error: Exception) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in CODES)


def _kind(error: Exception) -> str:
    if isinstance(error, Quit):
        return error.kind
    return "UsageError" if _nearest(error) == "TyperException" else type(error).__name__


def _message(error: Exception) -> str:
    nearest = _nearest(error)
    if nearest == "TyperException":
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else "stationthis"
        what = "A command is missing" if type(error).__name__ == _HELP_WANTED else error.format_message()  # type: ignore[attr-defined]  # typer's have it
        if _is_unknown_option(error) and path.endswith(" run"):
            what += '. Inputs are given without dashes, as key=value: prompt="a fox"'
        return f"{what.rstrip('.')}{'' if what.endswith('?') else '.'} Try: {path} --help"
    if nearest == "Exception" and not isinstance(error, Quit):
        return f"{type(error).__name__}: {error}. This is a fault of the command: -v shows where; please report it."
    return str(getattr(error, "message", error))


def _is_unknown_option(error: Exception) -> bool:
    return type(error).__name__ == "NoSuchOption" and not getattr(error, "possibilities", None)


def _show_traceback(error: Exception) -> None:
    import traceback  # noqa: PLC0415 - only with -v

    from stationthis_sdk.logs import redact  # noqa: PLC0415 - likewise

    with contextlib.suppress(OSError):
        sys.stderr.write(redact("".join(traceback.format_exception(error))))
