"""Each shape of outputs on each platform, against the plan that was agreed upon: written to be read, in ``golden``.

``python -m tests.bots.render.test_golden`` writes them anew; the difference is to be read before it is committed.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk.bots.people import Platform
from stationthis_sdk.bots.render.buttons import of_result
from stationthis_sdk.bots.render.limits import LIMITS
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.steps import Step
from tests.bots.render.shapes import SHAPES

GOLDEN = Path(__file__).with_name("golden")


def planned(shape: str, platform: Platform) -> tuple[Step, ...]:
    made, options = SHAPES[shape]
    usual: dict[str, Any] = {
        "caption": "portrait · 12 s",
        "buttons": of_result("k3J9x0aQz7Lm", can_tweak=True),
        "name": "portrait",
        "run_id": "run-1",
    }
    return plan(made, limits=LIMITS[platform], **usual | options)


def as_read(step: Step) -> dict[str, Any]:
    """A step as people read it: without what is as always."""
    told: dict[str, Any] = {"kind": step.kind}
    if step.files:
        told["files"] = [f"{file.place}: {file.filename} ({file.kind}, {file.mime})" for file in step.files]
    if step.text:
        long = len(step.text) > 300
        told["text"] = f"{step.text[:80]}… ({len(step.text)} characters)" if long else step.text
    if step.buttons:
        told["buttons"] = [" | ".join(button.label for button in row) for row in step.buttons]
    if step.private:
        told["private"] = True
    return told


def read(platform: Platform) -> str:
    shapes = {shape: [as_read(step) for step in planned(shape, platform)] for shape in SHAPES}
    return json.dumps(shapes, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("platform", LIMITS)
@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_sent_as_agreed(shape: str, platform: Platform) -> None:
    """T13 and the product's rendering rules: whatever a run put out is sent as this, and never silently dropped."""
    agreed = json.loads((GOLDEN / f"{platform}.json").read_text("utf-8"))
    assert [as_read(step) for step in planned(shape, platform)] == agreed[shape]


@pytest.mark.parametrize("platform", LIMITS)
def test_no_agreement_is_about_a_shape_that_is_gone(platform: Platform) -> None:
    """What stands in the golden file is tested, all of it."""
    assert json.loads((GOLDEN / f"{platform}.json").read_text("utf-8")).keys() == SHAPES.keys()


if __name__ == "__main__":
    for one in LIMITS:
        (GOLDEN / f"{one}.json").write_text(read(one), "utf-8")
