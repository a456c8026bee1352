"""Contact sheets: one PNG with everything on it, whatever there is to write, and never too large."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageDraw

from stationthis_sdk import InvalidInput, SaveFailed, StationThis, gallery, grid
from stationthis_sdk.notebook.gallery import sheet
from stationthis_sdk.notebook.gallery.writing import Pen
from tests.notebook.safe import HOSTILE

SMALL = {"steps": 1, "width": 64, "height": 48}


@pytest.fixture
def colours(tmp_path: Path) -> list[Path]:
    """Files of pictures, each of one colour of its own."""
    paths = []
    for number in range(12):
        paths.append(tmp_path / f"{number:02}.png")
        Image.new("RGB", (80, 40), (number * 20, 255 - number * 20, 128)).save(paths[-1])
    return paths


def found(path: Path) -> set[tuple[int, int, int]]:
    """All colours of a picture."""
    with Image.open(path) as picture:
        return {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}


def test_every_picture_is_on_it(colours: list[Path], tmp_path: Path) -> None:
    """In as many columns as asked for; it says what it is, and comes back as its path."""
    made = gallery(colours)
    path = made.contact_sheet(tmp_path / "sheet.png", pixels=40, columns=4)
    assert path == tmp_path / "sheet.png"
    assert {(number * 20, 255 - number * 20, 128) for number in range(12)} <= found(path)
    with Image.open(path) as picture:
        assert picture.info["Title"] == "Contact sheet of gallery"
        assert picture.info["Description"] == "12 pictures"
        assert picture.height > 3 * 48
    wide = made.contact_sheet(tmp_path / "wide.png", pixels=40, columns=12)
    with Image.open(path) as picture, Image.open(wide) as other:
        assert other.width > picture.width
        assert other.height < picture.height
    assert (
        sorted(one.name for one in tmp_path.iterdir() if one.suffix != ".png" or one.name.startswith("."))
        == []
    )


def test_a_grid_has_its_axes(st: StationThis, tmp_path: Path) -> None:
    """Pages stand one below the other, with heads; picks are marked; failures say why."""
    rows = grid(prompt=["a fox", "日本 مرحبا"], seed=[1, 2], cfg=[5, 7], width=64, height=48, steps=1)
    batch = st.deployments["text-to-picture"].map([dict(row) for row in rows], name="sheet-grid")
    batch.pick(0)
    path = batch.grid(rows="prompt", cols="seed").contact_sheet(tmp_path / "sheet.png", pixels=64)
    with Image.open(path) as picture:
        assert picture.info["Description"] == "8 pictures; rows: prompt, columns: seed, pages: cfg"
    assert sheet._PICKED in found(path)


def test_more_pictures_than_fit(colours: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They become smaller, until they would be too small: then it is said what to do, and no file is left."""
    made = gallery(colours)
    monkeypatch.setattr(sheet, "_MOST_PIXELS", 150_000)
    path = made.contact_sheet(tmp_path / "small.png", pixels=256)
    with Image.open(path) as picture:
        assert picture.width * picture.height <= 150_000
    monkeypatch.setattr(sheet, "_MOST_PIXELS", 10_000)
    with pytest.raises(InvalidInput, match="12 pictures are too many for one sheet"):
        made.contact_sheet(tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_what_is_refused(colours: list[Path], tmp_path: Path) -> None:
    """Another kind of file, sizes that are none, a folder that can't be made; what was there stays."""
    made = gallery(colours[:1])
    with pytest.raises(InvalidInput, match=r"is a \.png"):
        made.contact_sheet(tmp_path / "sheet.jpg")
    for wrong in ({"pixels": 7}, {"pixels": "big"}, {"columns": 0}, {"columns": True}):
        with pytest.raises(InvalidInput):
            made.contact_sheet(tmp_path / "sheet.png", **wrong)
    with pytest.raises(SaveFailed):
        made.contact_sheet(colours[0] / "no" / "sheet.png")
    assert made.contact_sheet(tmp_path / "a" / "folder" / "sheet.png", pixels=40).exists()
    (tmp_path / "sheet.png").write_bytes(b"before")
    (tmp_path / "sheet.png").chmod(0o600)
    made.contact_sheet(tmp_path / "sheet.png", pixels=40)
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_hostile_words(st: StationThis, tmp_path: Path) -> None:
    """Whatever prompts and keys are, they are written or left out, and never in the way."""
    rows: list[dict[str, Any]] = [
        {"prompt": word, "seed": 1, "words": word * 200, **SMALL} for word in HOSTILE[:8]
    ]
    batch = st.deployments["text-to-picture"].map(rows, name="sheet-hostile")
    for number, axes in enumerate(({}, {"rows": "words"}, {"cols": "words"}, {"page": "prompt"})):
        path = batch.grid(**axes).contact_sheet(tmp_path / f"{number}.png", pixels=64)
        with Image.open(path) as picture:
            picture.load()
            assert picture.height < 3_000


@given(some.text() | some.sampled_from(HOSTILE), some.integers(1, 400), some.integers(1, 5))
def test_any_text_can_be_written(text: str, width: int, lines: int) -> None:
    """It takes no more lines than it may, and stays within its width, but for a single letter."""
    pen = Pen(12)
    canvas = Image.new("RGB", (500, 120), (255, 255, 255))
    pen.write(ImageDraw.Draw(canvas), (10, 5), text, width, (0, 0, 0), lines=lines)
    made = pen._broken(pen.clean(text), width, lines)
    assert len(made) <= lines
    assert all(pen._long(line) <= width or len(line) <= 2 for line in made)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_thousand_pictures(fast: StationThis, tmp_path: Path) -> None:
    """They are on one sheet that can be opened."""
    batch = fast.deployments["fast"].map(
        [{"words": str(number)} for number in range(1_000)], name="sheet-large"
    )
    path = batch.grid().contact_sheet(tmp_path / "sheet.png")
    with Image.open(path) as picture:
        assert picture.width * picture.height <= 64_000_000
        assert picture.info["Description"] == "1,000 pictures"
        assert len(picture.resize((200, 200)).getcolors(1 << 24) or ()) > 1_000
