"""Every error of the SDK.

::

    StationThisError
    ├── ConfigError             a setting or profile is missing or wrong
    │   └── NoKey               no API key anywhere
    ├── FeatureDisabled         a flag is off; nothing was sent
    ├── CapReached              the month's cap would be passed; nothing was sent
    ├── MissingExtra            a package of an optional extra is not installed
    ├── InvalidInput            what was passed can't be sent; raised before anything is sent
    ├── NotFound                nothing has that name or id; carries suggestions
    ├── AmbiguousName           several things have that name; carries them
    ├── ApiError                the service answered, and the answer is no
    │   ├── AuthError           401: the key is missing, wrong or revoked
    │   ├── Refused             403: credits, plan, or somebody else's thing
    │   ├── ValidationFailed    400, 422: the service did not like the request
    │   ├── RateLimited         429: too many requests
    │   ├── ServerError         5xx: the service failed
    │   └── UnexpectedResponse  no JSON, or JSON of another shape
    ├── ConnectionFailed        no connection was made: nothing was sent
    ├── ConnectionLost          the connection broke: the request may have arrived
    ├── TimedOut                a time limit ran out; ``phase`` says which
    ├── AmbiguousSubmit         a run may or may not have been started
    ├── RunError                about one run
    │   ├── RunFailed           it ended as failed
    │   ├── RunCancelled        it ended as cancelled
    │   ├── RunTimedOut         the service stopped it: its own limit ran out
    │   └── CancelRefused       the service would not cancel it
    ├── BatchBusy               somebody else runs this batch
    ├── BatchStopped            a batch has stopped before its end; what is done is kept
    ├── MachineFailed           a machine could not be built
    ├── DownloadFailed          an output could not be fetched
    └── SaveFailed              a file could not be written; nothing is left half-written

    BlockingCallWarning         a synchronous call on a thread whose event loop is running
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final, NamedTuple, Self

from stationthis_sdk.shown import Shown

__all__ = [
    "AmbiguousName",
    "AmbiguousSubmit",
    "ApiError",
    "AuthError",
    "BatchBusy",
    "BatchStopped",
    "BlockingCallWarning",
    "CancelRefused",
    "CapReached",
    "ConfigError",
    "ConnectionFailed",
    "ConnectionLost",
    "DownloadFailed",
    "Exchange",
    "FeatureDisabled",
    "InvalidInput",
    "MachineFailed",
    "MissingExtra",
    "NoKey",
    "NotFound",
    "RateLimited",
    "Refused",
    "RunCancelled",
    "RunError",
    "RunFailed",
    "RunTimedOut",
    "SaveFailed",
    "ServerError",
    "StationThisError",
    "TimedOut",
    "UnexpectedResponse",
    "ValidationFailed",
]


class Exchange(NamedTuple):
    """One request and what came of it, safe to show: no key, no body, no signed query.

    ``milliseconds`` counts from sending to the last byte; ``status`` is None when no answer came.
    """

    id: str
    method: str
    url: str
    status: int | None = None
    milliseconds: float = 0.0
    error: str | None = None

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        outcome = self.error or self.status
        return f"{self.method} {self.url} → {outcome} ({self.milliseconds:.0f} ms, request {self.id})"


class StationThisError(Shown, Exception):
    """The root of all errors of this SDK.

    Its text is one line. ``run_id`` and ``request`` are None where there is none. ``retryable`` says whether
    the same call may succeed later, unchanged, and costs nothing twice. Of ``make_image``, ``code`` is the product's
    word for it, and ``generation`` what was made all the same; ``saved`` are the files that its ``save`` has written. It
    pickles with all its fields, so that a bot may pass it between processes, but for runs and the like: they belong to
    their client.

    What to do:
        Catch it around whatever uses the SDK, read its line, and look at ``retryable`` before the same is asked
        again.
    """

    retryable: ClassVar[bool] = False
    code: str | None = None
    generation: Any = None
    saved: tuple[Any, ...] = ()

    def __init__(
        self,
        message: str,
        *,
        run_id: str | None = None,
        request: Exchange | None = None,
    ) -> None:
        message = " ".join(message.splitlines())
        super().__init__(message)
        self.message = message
        self.run_id = run_id
        self.request = request

    def told(self, more: str) -> Self:
        """The same error, with a sentence more."""
        self.message = f"{self.message} {more}"
        self.args = (self.message,)
        return self

    def _render_traceback_(self) -> list[str]:
        """What IPython shows where nobody has caught it."""
        lines: list[str] = import_module("stationthis_sdk.notebook.tracebacks").lines_of(self)
        return lines

    def __reduce__(self) -> tuple[Callable[..., "StationThisError"], tuple[Any, ...]]:
        fields = {name: None if name in _OF_A_CLIENT else value for name, value in self.__dict__.items()}
        return _revived, (type(self), self.message, fields)


_OF_A_CLIENT: Final = frozenset({"run", "batch", "generation"})


def _revived(kind: type[StationThisError], message: str, fields: Mapping[str, Any]) -> StationThisError:
    """Back from a pickle, past the arguments that a class may insist on."""
    error = kind.__new__(kind)
    StationThisError.__init__(error, message)
    error.__dict__.update(fields)
    return error


class ConfigError(StationThisError):
    """A setting or profile is missing or wrong.

    Most are raised when a client is made: by an argument, the environment, or the profile file.

    What to do:
        Mend what the message names; ``stationthis doctor`` looks at all settings.
    """


class NoKey(ConfigError):
    """No API key was found in the argument, the environment or the profile.

    What to do:
        ``stationthis login`` keeps one, ``STATIONTHIS_API_KEY`` gives one, and ``StationThis(local=True)`` needs
        none.
    """


class FeatureDisabled(StationThisError):
    """A flag is off: ``flag`` names it. Nothing was sent.

    What to do:
        Switch it on, in the environment, the profile or ``StationThis(flags={…})``, or do without.
    """

    def __init__(self, message: str, *, flag: str) -> None:
        super().__init__(message)
        self.flag = flag


class CapReached(StationThisError):
    """What may be spent in a month would be passed: nothing was sent, no run was started.

    ``month`` is a text as 2026-11, of UTC; ``spent`` and ``cap`` are US dollars, ``spent`` with what runs under way are
    expected to cost; ``estimate`` is what this run was expected to cost, None where nobody knows. ``where`` says where
    the cap is set.

    What to do:
        Raise the cap where ``where`` says, or wait for the next month of UTC. Runs that are under way go on.
    """

    def __init__(
        self, message: str, *, month: str, spent: float, cap: float, where: str, estimate: float | None = None
    ) -> None:
        super().__init__(message)
        self.month = month
        self.spent = spent
        self.cap = cap
        self.where = where
        self.estimate = estimate


class MissingExtra(StationThisError, ImportError):
    """A package of an optional extra is not installed; the message says which.

    What to do:
        Install what the message says, as ``pip install 'stationthis-sdk[images]'``.
    """


class InvalidInput(StationThisError, ValueError):
    """What was passed can't be sent. ``problems`` lists every fault, not only the first.

    What to do:
        Mend all that ``problems`` lists; ``deployment.inputs`` says what a deployment takes.
    """

    def __init__(self, message: str, *, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


class NotFound(StationThisError, LookupError):
    """Nothing has that name or id. ``suggestions`` are names that exist; ``said`` is the service's word, if any.

    Also raised where the service has no such endpoint, and for what belongs to somebody else.

    What to do:
        Take one of ``suggestions``. Lists are copies of some minutes: ``refresh=True`` asks anew for what was made
        elsewhere just now.
    """

    def __init__(
        self,
        message: str,
        *,
        suggestions: Sequence[str] = (),
        said: str = "",
        run_id: str | None = None,
        request: Exchange | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, request=request)
        self.suggestions = tuple(suggestions)
        self.said = said


class AmbiguousName(StationThisError, LookupError):
    """Several things have that name. ``candidates`` are what may be asked for instead.

    What to do:
        Ask for one of ``candidates``.
    """

    def __init__(self, message: str, *, candidates: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class ApiError(StationThisError):
    """The service answered, and the answer is no.

    ``status`` is HTTP's, ``body`` what was said, ``retry_after`` how many seconds to wait, None where it did not say.

    What to do:
        Catch one of the classes below it; ``body`` and ``st.last_requests`` are for a bug report.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: Any = None,
        retry_after: float | None = None,
        run_id: str | None = None,
        request: Exchange | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, request=request)
        self.status = status
        self.body = body
        self.retry_after = retry_after


class AuthError(ApiError):
    """401: the key is missing, wrong, expired or revoked.

    What to do:
        ``stationthis whoami`` says which key is used and where it is from; ``stationthis login`` keeps another.
    """


class Refused(ApiError):
    """403: not enough credits, not in the plan, or somebody else's.

    What to do:
        Look at the account's credits and plan on the service's pages, and with ``stationthis whoami`` whose key is
        used.
    """


class ValidationFailed(ApiError):
    """400 or 422: the service did not accept the request. ``fields`` maps places to complaints.

    Inputs are checked before they are sent: where one is refused all the same, the deployment has changed since.

    What to do:
        Mend what ``fields`` names, or get the deployment anew with ``refresh=True``.
    """

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.fields = fields or {}


class RateLimited(ApiError):
    """429: too many requests. ``retry_after`` is in seconds when the service said so.

    What costs nothing was asked again already, with pauses.

    What to do:
        Wait ``retry_after`` seconds, and do fewer things at once.
    """

    retryable = True


class ServerError(ApiError):
    """5xx: the service failed to answer.

    What costs nothing was asked again already, with pauses.

    What to do:
        Try later. A run whose start met this is looked for before the error is raised: the call may be made again.
    """

    retryable = True


class UnexpectedResponse(ApiError):
    """An answer that can't be read: no JSON, or JSON of another shape. ``body`` holds what came.

    What to do:
        ``stationthis doctor --contract`` shows where the service has changed; report it with ``body``.
    """


class ConnectionFailed(StationThisError):
    """No connection was made, so nothing was sent: no such host, refused, bad certificate.

    What to do:
        Look at network, proxy and address, ``stationthis doctor`` helps, and call again.
    """

    retryable = True


class ConnectionLost(StationThisError):
    """The connection broke after the request may have left.

    What only reads was asked again already. Of a run that was being started see ``AmbiguousSubmit``.

    What to do:
        Call again; where something was to be changed or deleted, look first whether that has happened.
    """

    retryable = True


class TimedOut(StationThisError, TimeoutError):
    """A time limit ran out.

    ``phase`` is one of connect, read, queue, cold start, execution, total; ``limit`` is in seconds. The run,
    if there is one, goes on: ``run_id`` and ``state`` say which and how far it was. A request may be made again,
    and so may a wait for a run.

    What to do:
        ``st.runs.get(run_id).wait()`` waits on. ``Timeouts`` of the client and ``deployment.options(timeout=…)``
        set the limits.
    """

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        phase: str,
        limit: float | None = None,
        state: str | None = None,
        run_id: str | None = None,
        request: Exchange | None = None,
    ) -> None:
        super().__init__(message, run_id=run_id, request=request)
        self.phase = phase
        self.limit = limit
        self.state = state


class AmbiguousSubmit(StationThisError):
    """A run may or may not have been started: its answer was lost.

    ``submit_id`` is what the run carries as the input ``__stationthis_submit``, if it exists. Nothing was
    sent twice.

    What to do:
        Do not start it again: it may be running, and cost. ``st.reconcile()``, or ``stationthis reconcile``, looks
        for it.
    """

    def __init__(self, message: str, *, submit_id: str, request: Exchange | None = None) -> None:
        super().__init__(message, request=request)
        self.submit_id = submit_id


class RunError(StationThisError):
    """About one run: ``run_id`` names it, ``run`` is the run itself where there is one.

    ``reason`` is why it ended so, in the words of the machine that ran it, None where nobody told. A run belongs to
    its client and its key, so ``run`` is None in a copy from a pickle: get it anew by ``run_id``.

    What to do:
        Catch one of the classes below it; ``run.logs()`` and ``run.record`` say more.
    """

    def __init__(self, message: str, *, run: Any = None, reason: str | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.run = run
        self.reason = reason


class RunFailed(RunError):
    """The run ended as failed.

    A graph, a model or an input that the machine could not work with, or a machine that broke. What it worked is
    paid.

    What to do:
        Read ``reason`` and ``run.logs()``, mend it, and start anew: ``run.again(…)`` takes other inputs.
    """


class RunCancelled(RunError):
    """The run ended as cancelled.

    By this program, another one, or on the service's pages.

    What to do:
        ``run.again()`` starts anew.
    """


class RunTimedOut(RunError):
    """The service stopped the run because the run's own limit on the service ran out.

    What to do:
        Ask for less, take a faster GPU, or raise the limit: ``machine.update(run_timeout=…)``, in seconds.
    """


class CancelRefused(RunError):
    """The service would not cancel the run: it goes on and may cost.

    What to do:
        Call ``run.cancel()`` again, and look with ``run.refresh()`` whether it has ended; else cancel it on the
        service's pages.
    """

    retryable = True


class BatchBusy(StationThisError):
    """Somebody else runs this batch: another process, machine or notebook. Nothing was sent.

    What to do:
        Wait until the other has ended, or stop it there. ``st.batches.get(name)`` shows how far it is.
    """

    retryable = True


class BatchStopped(StationThisError):
    """A batch has stopped before its end; what is done is kept, and the same call, or ``resume``, goes on.

    ``why`` is budget, failures, refused (the account's key, credits or plan), redeployed, unreachable, unsettled (nobody
    knows what came of some submits), live (some runs go on past their limits), busy (another process has taken it over),
    lost (the ledger was deleted) or cancelled. ``batch`` is the batch.

    What to do:
        Mend what ``why`` names and go on: ``st.batches.resume(name, budget=…)``; of one that is lost
        ``st.batches.rebuild(name, deployment)`` finds the runs. ``batch.to_frame()`` has the reason of each row.
    """

    def __init__(self, message: str, *, why: str, batch: Any = None) -> None:
        super().__init__(message)
        self.why = why
        self.batch = batch


class MachineFailed(StationThisError):
    """A machine could not be built: ``machine`` is its name, the message ends with the end of its log.

    Raised by what waits for its build, and where nothing can be run because of it.

    What to do:
        Read the log's end, mend the nodes or commands, ``machine.rebuild()`` or ``machine.roll_back()``.
    """

    def __init__(self, message: str, *, machine: str) -> None:
        super().__init__(message)
        self.machine = machine


class DownloadFailed(StationThisError):
    """An output could not be fetched; nothing was saved.

    What to do:
        Save again. A private account's links end after an hour: ``run.refresh()`` brings new ones.
    """

    retryable = True


class SaveFailed(StationThisError, OSError):
    """A file could not be written; nothing is left half-written.

    The disk is full, or the folder may not be written.

    What to do:
        Make room or take another folder, and save again.
    """


class BlockingCallWarning(UserWarning):
    """A synchronous call was made on a thread whose event loop is running, and blocks that loop.

    What to do:
        Await the method that it names of the asynchronous class, or call on another thread: ``asyncio.to_thread``.
    """
