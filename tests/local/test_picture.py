"""The procedural picture: deterministic, different, and honest about what it is."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stationthis_sdk.local.engine.drawing.palettes import PALETTES
from stationthis_sdk.local.engine.nodes import picture
from stationthis_sdk.local.engine.nodes.picture import captioned
from tests.local.test_engine import MemoryFiles, node, run, saved


def draw(
    prompt="a lighthouse at dusk", seed=1, steps=2, width=64, height=48, start=None, **more
) -> np.ndarray:
    """The picture's pixels."""
    picture = node(
        "StationThisPicture", prompt=prompt, seed=seed, steps=steps, width=width, height=height, **more
    )
    files = MemoryFiles()
    if start is None:
        graph = saved(picture)
    else:
        out = io.BytesIO()
        Image.fromarray(start).save(out, "PNG")
        files.uploads["start"] = out.getvalue()
        picture["inputs"]["image"] = ["1", 0]
        graph = saved(node("LoadImage", image="start"), picture)
    run(graph, files=files)
    return np.asarray(Image.open(io.BytesIO(files.kept[0][0]))).astype(int)


PROMPTS = [
    "a lighthouse at dusk",
    "snow in the forest",
    "mountains",
    "a city at night",
    "galaxy",
    "flower meadow",
    "xyz",
    "",
]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_kind_of_scene_is_a_picture(prompt):
    """Not flat, not black, not white, of the size asked for, and the same again."""
    picture = draw(prompt)
    assert picture.shape == (48, 64, 3)
    assert picture.std() > 8
    assert 20 < picture.mean() < 235
    assert (draw(prompt) == picture).all()


def test_the_bands_it_is_drawn_in_do_not_show(monkeypatch):
    """All at once or a row at a time, it is the same picture, its reflections in water too."""
    for seed in range(4):
        whole = draw(seed=seed)
        with monkeypatch.context() as patch:
            patch.setattr(picture, "_BAND", 64)
            assert (draw(seed=seed) == whole).all()


def test_words_seeds_and_palettes_change_the_picture():
    """Each by much more than noise would."""
    pictures = [draw(prompt) for prompt in PROMPTS]
    pictures += [draw(seed=seed) for seed in (2, 3, -4, 2**64 - 1)]
    pictures += [draw(palette=name) for name in PALETTES if name != "dusk"]
    for number, one in enumerate(pictures):
        for two in pictures[:number]:
            assert np.abs(one - two).mean() > 4


def test_more_steps_refine_the_picture():
    """Forty steps are nearer to eighty than one is."""
    one, forty, eighty = (draw(steps=steps, width=96, height=96) for steps in (1, 40, 80))
    assert np.abs(forty - eighty).mean() < np.abs(one - eighty).mean() / 3


def test_a_starting_picture_is_kept():
    """Exactly at strength 0, visibly at the default, and not at 1; its size is the picture's."""
    start = np.full((48, 64, 3), 235, np.uint8)
    start[12:36, 16:32] = 20
    assert (draw(start=start, strength=0) == start).all()
    kept = draw(start=start)
    dark, light = kept[16:32, 18:30].mean(), kept[16:32, 40:60].mean()
    assert light - dark > 60
    assert kept.shape == (48, 64, 3)
    assert np.abs(kept - start).mean() > 5
    assert (
        np.abs(draw(start=start, strength=1, prompt="mountains") - start).mean() > np.abs(kept - start).mean()
    )


@settings(max_examples=12, deadline=None)
@given(st.integers(16, 200), st.integers(16, 200), st.text(max_size=30), st.integers(-(2**63), 2**64 - 1))
def test_any_size_text_and_seed_draws(width, height, prompt, seed):
    """Without a warning, in the size asked for."""
    assert draw(prompt, seed, 1, width, height).shape == (height, width, 3)


def test_the_caption_is_in_the_picture():
    """A darker strip at the foot with light letters, where there is room for it."""
    plain = np.full((128, 256, 3), 0.5, np.float32)
    picture = captioned(plain.copy())
    assert (picture[:100] == plain[:100]).all()
    foot = picture[-12:]
    assert foot.min() < 0.3
    assert foot.max() > 0.6
    assert (captioned(np.full((20, 20, 3), 0.5, np.float32)) == 0.5).all()
