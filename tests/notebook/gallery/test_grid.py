"""Grids of real batches: laid out, picked from, drawn as HTML that needs nothing else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, StationThis, grid
from stationthis_sdk.notebook.budget import budget
from tests.notebook.kernels import failing
from tests.notebook.safe import HOSTILE, read

SMALL = {"steps": [1], "width": 64, "height": 48}


@pytest.fixture(scope="module")
def names() -> Any:
    """Names of batches that nobody else has."""
    return iter(f"gallery-grid-{number}" for number in range(1_000))


@pytest.fixture
def looks(st: StationThis, names: Any) -> Any:
    """Two prompts, two seeds, two cfgs: eight pictures."""
    rows = grid(prompt=["a fox", "a hare"], seed=[1, 2], cfg=[10, 9], **SMALL)
    return st.deployments["text-to-picture"].map([dict(row) for row in rows], name=next(names), columns={})


def test_axes_pages_and_pictures(looks: Any) -> None:
    """The copy has a page for each value that was left out, heads, a picture and the facts for each row."""
    made = looks.grid(rows="prompt", cols="seed")
    assert repr(made).startswith(f"<BatchGrid '{looks.name}' of 8: 8/8")
    bundle = made._repr_mimebundle_()
    said, html = read(bundle["text/html"]), bundle["text/html"]
    assert html.count("data:image/webp") == 8
    assert said.index("cfg 9") < said.index("cfg 10")
    for word in ("prompt a fox", "seed 2", looks.row(0).run_id, "took", "$0.00"):
        assert word in said
    assert "<script" not in html
    assert bundle["text/plain"] == repr(made)


def test_picks_are_kept(looks: Any, st: StationThis) -> None:
    """What is picked is in the grid, in the frame, in the copy, and in another client's batch."""
    made = looks.grid()
    assert made.picked == []
    looks.pick([3, 1])
    assert [row.place for row in made.picked] == [1, 3]
    assert looks.to_frame().query("picked")["place"].tolist() == [1, 3]
    assert made._repr_mimebundle_()["text/html"].count('class="st-tile st-picked"') == 2
    assert [row.place for row in st.batches.get(looks.name).grid().picked] == [1, 3]


def test_columns_that_do_not_exist(looks: Any) -> None:
    """Every fault at once, before anything is drawn."""
    with pytest.raises(InvalidInput) as raised:
        looks.grid(rows="promt", cols="seed", page="seed")
    assert len(raised.value.problems) == 2
    for pixels in (0, 31, 4_000, True, "192"):
        with pytest.raises(InvalidInput, match="pixels is"):
            looks.grid(pixels=pixels)


async def test_the_asynchronous_batch(ast: AsyncStationThis, names: Any) -> None:
    """It has the same grid."""
    drawing = await ast.deployments.get("text-to-picture")
    batch = await drawing.map([{"prompt": "a fox", "seed": 1, **SMALL, "steps": 1}], name=next(names))
    made = await asyncio.to_thread(batch.grid, cols="prompt")
    html = (await asyncio.to_thread(made._repr_mimebundle_))["text/html"]
    assert html.count("data:image/webp") == 1


def test_hostile_words(st: StationThis, names: Any) -> None:
    """Prompts, keys, columns and errors are texts, in heads, captions and facts; failed rows say why."""
    rows = [
        {"prompt": word, "seed": 1, word: place, "sku": f"{place}{word}"}
        for place, word in enumerate(HOSTILE[:7])
    ]
    drawing = st.deployments["text-to-picture"].options(tags=["<b>"])
    batch = drawing.map(
        [row | {"width": 48, "height": 48, "steps": 1} for row in rows], name=next(names), key="sku"
    )
    for axes in ({"rows": "prompt"}, {"cols": "key"}, {"page": HOSTILE[0]}, {}):
        said = read(batch.grid(**axes)._repr_mimebundle_()["text/html"])
        assert HOSTILE[0] in said
        assert HOSTILE[1] in said
    broken = failing(st).map([{"words": HOSTILE[0]}], name=next(names))
    said = read(broken.grid(rows="words")._repr_mimebundle_()["text/html"])
    assert "failed: " in said
    assert "there is <b>none</b>.png" in said


def test_the_copy_keeps_within_its_budget(fast: StationThis, monkeypatch: pytest.MonkeyPatch) -> None:
    """With any budget: it takes less than its share, all pages that fit have pictures, others are told of."""
    rows = [{"words": f"{place} " + "words " * 30} for place in range(130)]
    batch = fast.deployments["fast"].map(rows, name="copy")
    made = batch.grid()
    for most, whole in ((4_000_000, True), (300_000, False), (60_000, False), (1_000, False)):
        monkeypatch.setattr(budget(), "most", most)
        html = made._repr_mimebundle_()["text/html"]
        assert len(json.dumps(html)) < max(most * 0.42, 20_000)
        pictures = html.count("data:image/webp")
        said = read(html)
        assert (pictures == 130) is whole
        assert ("of 130 pictures on" in said) is not whole
        if not whole and most > 100_000:
            assert pictures > 20


def test_saved_files_are_shown_without_the_service(
    fast: StationThis, st: StationThis, names: Any, tmp_path: Path
) -> None:
    """Where a batch has saved its files, those are the pictures; where they are gone, those of the service."""
    batch = st.deployments["text-to-picture"].map(
        [{"prompt": "a fox", "seed": 1, "steps": 1, "width": 64, "height": 64}],
        name=next(names),
        out=str(tmp_path / "o"),
    )
    assert batch.row(0).saved
    before = len(st.last_requests)
    html = batch.grid()._repr_mimebundle_()["text/html"]
    assert html.count("data:image/webp") == 1
    assert len(st.last_requests) == before
    for file in batch.row(0).files:
        Path(file).unlink()
    assert batch.grid()._repr_mimebundle_()["text/html"].count("data:image/webp") == 1
