"""What went wrong, as JSON-RPC says it: a number, a sentence, and data that programs can go by. Pure."""

from typing import Any, Final

from stationthis_sdk.errors import (
    AmbiguousName,
    AmbiguousSubmit,
    ApiError,
    AuthError,
    CapReached,
    ConfigError,
    ConnectionFailed,
    ConnectionLost,
    DownloadFailed,
    FeatureDisabled,
    InvalidInput,
    MissingExtra,
    NotFound,
    RateLimited,
    Refused,
    RunError,
    SaveFailed,
    ServerError,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.logs import redact
from stationthis_sdk.recipes.images.codes import code_of

__all__ = [
    "BUSY",
    "CLOSING",
    "CODES",
    "INTERNAL",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "PARSE_ERROR",
    "Fault",
    "fault_of",
]

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL: Final = -32603
CLOSING: Final = -32000
BUSY: Final = -32001

_OF_ERRORS: Final[tuple[tuple[type[StationThisError] | tuple[type[StationThisError], ...], int], ...]] = (
    (InvalidInput, -32010),
    ((NotFound, AmbiguousName), -32011),
    ((AuthError, ConfigError), -32012),
    ((Refused, CapReached), -32013),
    (FeatureDisabled, -32014),
    (MissingExtra, -32015),
    (RateLimited, -32020),
    (ServerError, -32021),
    ((ConnectionFailed, ConnectionLost), -32022),
    (TimedOut, -32023),
    (AmbiguousSubmit, -32024),
    (ApiError, -32025),
    (RunError, -32030),
    (DownloadFailed, -32031),
    (SaveFailed, -32032),
    (StationThisError, -32040),
)
"""The nearest class counts; the first that fits is the nearest."""

CODES: Final = {
    "parse error": PARSE_ERROR,
    "invalid request": INVALID_REQUEST,
    "method not found": METHOD_NOT_FOUND,
    "invalid params": INVALID_PARAMS,
    "internal error": INTERNAL,
    "the server is closing": CLOSING,
    "too many requests are under way": BUSY,
    **{
        ", ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,))): number
        for kinds, number in _OF_ERRORS
    },
}


class Fault(Exception):
    """An answer that is an error, ready to be sent: number, sentence, data."""

    def __init__(self, number: int, message: str, **data: Any) -> None:
        super().__init__(message)
        self.number = number
        self.message = message
        self.data = data

    def document(self) -> dict[str, Any]:
        """The ``error`` of a response; no key is in it.

        >>> Fault(-32601, "There is no method 'fly'.").document()["code"]
        -32601
        """
        kind = {"type": "ProtocolError", "code": None, "retryable": False, "run_id": None}
        data = {**kind, "problems": [], "suggestions": [], **self.data}
        return {"code": self.number, "message": redact(self.message), "data": data}


def fault_of(error: StationThisError, *, during: str = "waiting", keyed: bool = False) -> Fault:
    """An error of the SDK as the answer to a request; ``data.code`` is the product's word for it.

    ``during`` is choosing, submitting or waiting. ``keyed``: the request had a key, so that the same request again finds
    what came of it.

    >>> from stationthis_sdk import NotFound
    >>> fault = fault_of(NotFound("No deployment 'x'.", suggestions=["y"]), during="choosing")
    >>> fault.number, fault.data["code"], fault.data["suggestions"]
    (-32011, 'invalid_workflow', ['y'])
    """
    number = next(number for kinds, number in _OF_ERRORS if isinstance(error, kinds))
    again = error.retryable or (keyed and isinstance(error, AmbiguousSubmit))
    near = getattr(error, "suggestions", ()) or getattr(error, "candidates", ())
    data: dict[str, Any] = {
        "type": type(error).__name__,
        "code": error.code or code_of(error, during=during),
        "retryable": again,
        "run_id": error.run_id,
        "problems": [redact(str(one)) for one in getattr(error, "problems", ())],
        "suggestions": [str(one) for one in near],
    }
    if (after := getattr(error, "retry_after", None)) is not None:
        data["retry_after"] = after
    if reason := getattr(error, "reason", None):
        data["reason"] = redact(str(reason))
    return Fault(number, error.message, **data)
