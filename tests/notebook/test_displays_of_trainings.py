"""Trainings, datasets and reports show themselves; whatever is in them is escaped."""

import io
from typing import Any

import pytest

from stationthis_sdk import Dataset, StationThis
from stationthis_sdk.notebook import displays
from stationthis_sdk.recipes.training.loss import LossCurve
from stationthis_sdk.recipes.training.report import DatasetReport, Finding
from tests.notebook.safe import HOSTILE, read
from tests.recipes.training.conftest import picture


def dataset(*captions: str | None) -> Dataset:
    """Pictures with these captions, and as many without as make twelve."""
    rows = []
    for number in range(12):
        buffer = io.BytesIO()
        picture(number).save(buffer, "PNG")
        rows.append({"p": buffer.getvalue(), "c": captions[number] if number < len(captions) else None})
    return Dataset.from_frame(rows, image="p", caption="c")


def shown(thing: Any) -> str:
    """What its display says."""
    return read(displays.bundle_of(thing)["text/html"])


def test_a_training_shows_how_far_it_is(st: StationThis) -> None:
    """Step, loss, its line, samples, recipe; the plan and the report before it."""
    cats = dataset("mycat one")
    plan = st.trainings.plan(cats, name="my-cat", trigger="mycat", steps=100, resolution=64)
    assert "1620 points" in shown(plan)
    assert "few_images" in shown(plan.report)
    job = st.train_lora(cats, name="my-cat", trigger="mycat", steps=100, resolution=64, wait=True)
    told = shown(job)
    for words in ("my-cat", "success", "step 100 of 100", "loss 0."):
        assert words in told
    html = displays.bundle_of(job)["text/html"]
    assert html.count("data:image") >= 5
    assert "Loss from" in html
    assert "Loss from" in displays.bundle_of(job.loss)["text/html"]


def test_a_dataset_shows_its_pictures() -> None:
    """Small, with their captions; one that is damaged has none."""
    made = dataset("a mycat", "another")
    html = displays.bundle_of(made)["text/html"]
    assert html.count("data:image") == 12
    assert "a mycat" in read(html)
    broken = Dataset.from_frame([{"p": b"x"}, {"p": "https://example.com/a.png"}], image="p")
    assert "data:image" not in displays.bundle_of(broken)["text/html"]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_in_it_is_escaped(text: str) -> None:
    """Captions, names of files, what was found."""
    shown(dataset(text))
    shown(DatasetReport(text, 1, 1, (Finding("code", text, "warning", text),) * 60))
    shown(LossCurve(((1, 0.5), (2, 0.4))))
    shown(LossCurve())
