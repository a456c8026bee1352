"""The guide to training does what it says."""

import re

import pytest

from stationthis_sdk import StationThis
from tests.notebooks.claims import GUIDES, all_differ, check_kept, home_of, runs_of
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

GUIDE = GUIDES / "7-train-a-lora.ipynb"


def test_train_a_lora(executed):
    """Twelve pictures become a LoRA: checked, planned, followed, found again, registered, and seen in a picture."""
    done = executed(GUIDE, size=96, steps=150)
    assert len(pictures(cell_with(done, "Dataset.from_folder(folder)\ndataset"))) == 12
    assert "few_images" in html(cell_with(done, "report = "))
    told = text(cell_with(done, "except InvalidInput"))
    assert all(words in told for words in ("ghost.txt", "trigger:", "steps: 10"))
    assert "points" in html(cell_with(done, "st.trainings.plan"))
    followed = text(cell_with(done, "job.follow()")).split("\n")
    followed = [line for line in followed if line.startswith(("milestone", "end"))]
    assert followed[:3] == ["milestone: 25 %", "milestone: 50 %", "milestone: 75 %"]
    assert re.fullmatch(r"end: success, step 150/150, loss [\d.e-]+", followed[3])
    assert "step 150 of 150" in html(next(one for one in done.cells if one.source == "job"))
    assert pictures(cell_with(done, "job.loss.plot()"))[0].size == (640, 320)
    assert "success, step 150/150" in text(cell_with(done, "again = "))
    assert "loras/dusk-light.safetensors" in html(cell_with(done, "register_lora"))
    assert pictures(cell_with(done, "make_image"))
    drawn = pictures(cell_with(done, "gallery("))
    assert len(drawn) == 3
    assert all_differ(drawn)
    home = home_of(executed.folder)
    check_kept(done, home)
    [training] = runs_of(home, "train-lora")
    assert (training.state, training.inputs["lora_name"]) == ("success", "dusk-light")
    with StationThis(local=True, home=home) as st:
        assert [one.path for one in st.models.list("loras")] == ["loras/dusk-light.safetensors"]
