"""What a training came to, in the product's codes: hosts tell their users by them. Pure."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Final

from stationthis_sdk.errors import (
    CapReached,
    InvalidInput,
    NotFound,
    Refused,
    RunError,
    SaveFailed,
    StationThisError,
)

__all__ = ["CODES", "code_of", "code_of_findings", "coded"]

CODES: Final = (
    "success",
    "lora_not_found",
    "invalid_params",
    "insufficient_images",
    "missing_captions",
    "not_enough_points",
    "workflow_not_found",
    "points_deduction_failed",
    "training_submission_failed",
    "training_failed",
    "status_check_failed",
)
"""``not_enough_points`` is also a month's cap, and a service that refuses for its credits; ``points_deduction_failed`` a
ledger that could not be written before anything was sent."""

_OF_DATASETS: Final = ("insufficient_images", "missing_captions")


def code_of(error: StationThisError, doing: str) -> str:
    """The code of an error that came while ``doing`` find, begin, or watch.

    >>> code_of(NotFound("no deployment"), "begin"), code_of(NotFound("no run"), "find")
    ('workflow_not_found', 'lora_not_found')
    """
    if error.code is not None and error.code in CODES:
        return error.code
    if isinstance(error, RunError):
        return "training_failed"
    if doing == "find" and isinstance(error, NotFound):
        return "lora_not_found"
    if doing != "begin":
        return "status_check_failed"
    if isinstance(error, InvalidInput):
        return "invalid_params"
    if isinstance(error, CapReached | Refused):
        return "not_enough_points"
    if isinstance(error, NotFound):
        return "workflow_not_found"
    return "points_deduction_failed" if isinstance(error, SaveFailed) else "training_submission_failed"


def code_of_findings(found: Iterable[str]) -> str:
    """The code of what is wrong with what was passed, by the codes of everything that is.

    >>> code_of_findings(["orphan_caption", "missing_captions"]), code_of_findings(["orphan_caption"])
    ('missing_captions', 'invalid_params')
    """
    there = set(found)
    return next((code for code in _OF_DATASETS if code in there), "invalid_params")


@contextlib.contextmanager
def coded(doing: str) -> Iterator[None]:
    """Whatever goes wrong within the block carries its ``code``."""
    try:
        yield
    except StationThisError as error:
        error.code = code_of(error, doing)
        raise
