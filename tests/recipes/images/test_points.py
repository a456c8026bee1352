"""The product's points, defaults, bounds and codes."""

import math
from typing import Any

import pytest

from stationthis_sdk import errors
from stationthis_sdk.recipes.images.codes import code_of
from stationthis_sdk.recipes.images.points import LIMITS, price_estimate


@pytest.mark.parametrize(
    ("width", "height", "steps", "workflow", "points"),
    [
        (512, 512, 20, "standard", 15),
        (512, 512, 20, "flux", 25),
        (256, 256, 20, "standard", 15),  # a tile that is begun counts whole
        (513, 512, 20, "standard", 20),
        (1024, 1024, 20, "standard", 30),
        (1024, 1024, 30, "standard", 35),
        (1024, 1024, 30, "video", 45),
        (2048, 2048, 48, "standard", 104),
        (512, 512, 21, "standard", 15.5),
        (512, 512, 1, "standard", 15),
    ],
)
def test_a_price_in_points(width: int, height: int, steps: int, workflow: str, points: float) -> None:
    """The base, five for each tile begun, half a point for each step above twenty."""
    assert price_estimate(width, height, steps, workflow=workflow) == points


@pytest.mark.parametrize("wrong", [0, -512, math.nan, math.inf, "512", True, 1e200, 1e308])
def test_no_price_of_nothing(wrong: Any) -> None:
    """What is no size is refused."""
    with pytest.raises(errors.InvalidInput, match="above 0"):
        price_estimate(wrong, 512)


def test_bounds() -> None:
    """What the product's settings take of anybody."""
    assert dict(LIMITS) == {"cfg": (0, 30), "strength": (0, 1)}


CAP = errors.CapReached("", month="2026-11", spent=1, cap=1, where="x")


@pytest.mark.parametrize(
    ("error", "during", "code"),
    [
        (None, "waiting", "success"),
        (CAP, "submitting", "not_enough_points"),
        (errors.BatchStopped("", why="budget"), "waiting", "not_enough_points"),
        (errors.ApiError("", status=402), "submitting", "not_enough_points"),
        (errors.NotFound(""), "choosing", "invalid_workflow"),
        (errors.AmbiguousName(""), "choosing", "invalid_workflow"),
        (errors.NotFound(""), "submitting", "invalid_workflow_deployment"),
        (errors.Refused("", status=403), "submitting", "submission_failed"),
        (errors.ValidationFailed("", status=422), "submitting", "submission_failed"),
        (errors.RateLimited("", status=429), "submitting", "submission_failed"),
        (errors.ConnectionFailed(""), "submitting", "submission_failed"),
        (errors.TimedOut("", phase="connect"), "submitting", "submission_failed"),
        (errors.AmbiguousSubmit("", submit_id="s"), "submitting", "generation_timeout"),
        (errors.TimedOut("", phase="total"), "waiting", "generation_timeout"),
        (errors.RunTimedOut(""), "waiting", "generation_timeout"),
        (errors.RunFailed(""), "waiting", "generation_failed"),
        (errors.RunCancelled(""), "waiting", "generation_failed"),
        (errors.ServerError("", status=500), "waiting", "generation_error"),
        (errors.ConnectionLost(""), "waiting", "generation_error"),
        (errors.NotFound(""), "waiting", "generation_error"),
        (errors.DownloadFailed(""), "waiting", "generation_error"),
        (errors.InvalidInput(""), "choosing", "workflow_error"),
        (errors.FeatureDisabled("", flag="uploads"), "submitting", "workflow_error"),
        (ZeroDivisionError(), "waiting", "workflow_error"),
    ],
)
def test_every_error_has_its_code(error: Exception | None, during: str, code: str) -> None:
    """What can go wrong, and when it did, in the product's words."""
    assert code_of(error, during=during) == code


def test_every_code_is_used() -> None:
    """All nine of them are in the table above."""
    marks: Any = test_every_error_has_its_code
    assert {code for _, _, code in marks.pytestmark[0].args[1]} == {
        "success", "not_enough_points", "invalid_workflow", "invalid_workflow_deployment", "submission_failed",
        "generation_error", "generation_timeout", "generation_failed", "workflow_error",
    }  # fmt: skip
