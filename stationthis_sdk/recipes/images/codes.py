"""The codes by which StationThis tells what came of making an image; each error that ``make_image`` raises has its one. Pure."""

from typing import Final

from stationthis_sdk.errors import (
    AmbiguousName,
    AmbiguousSubmit,
    ApiError,
    BatchStopped,
    CapReached,
    ConnectionFailed,
    ConnectionLost,
    DownloadFailed,
    NotFound,
    RunCancelled,
    RunFailed,
    RunTimedOut,
    TimedOut,
)

__all__ = ["SUCCESS", "code_of"]

SUCCESS: Final = "success"
_PAYMENT_REQUIRED: Final = 402


def code_of(error: Exception | None, *, during: str = "waiting") -> str:
    """The code of an error; ``during`` is choosing (the deployment), submitting or waiting. None is success.

    A host that pays back does so for all but success and generation_timeout: there the run may go on, and cost. So
    a submit whose answer was lost is generation_timeout, too: ``StationThis.reconcile`` finds out.

    >>> code_of(None), code_of(NotFound("gone"), during="submitting"), code_of(ZeroDivisionError())
    ('success', 'invalid_workflow_deployment', 'workflow_error')
    """
    match error:
        case None:
            return SUCCESS
        case CapReached():
            return "not_enough_points"
        case BatchStopped():
            return "not_enough_points" if error.why == "budget" else "generation_failed"
        case ApiError() if error.status == _PAYMENT_REQUIRED:
            return "not_enough_points"
        case RunFailed() | RunCancelled():
            return "generation_failed"
        case AmbiguousSubmit() | RunTimedOut():
            return "generation_timeout"
        case NotFound() | AmbiguousName() if during in {"choosing", "submitting"}:
            return "invalid_workflow" if during == "choosing" else "invalid_workflow_deployment"
        case TimedOut() if during == "waiting":
            return "generation_timeout"
        case ApiError() | ConnectionFailed() | ConnectionLost() | TimedOut():
            return "generation_error" if during == "waiting" else "submission_failed"
        case NotFound() | DownloadFailed():
            return "generation_error"
        case _:
            return "workflow_error"
