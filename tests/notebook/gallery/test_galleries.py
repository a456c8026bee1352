"""Galleries of whatever has a picture, and comparisons of batches."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stationthis_sdk import InvalidInput, StationThis, compare, gallery, grid
from tests.notebook.safe import HOSTILE, read

SMALL = {"steps": 1, "width": 64, "height": 48}


@pytest.fixture
def portrait(st: StationThis) -> Any:
    """What draws."""
    return st.deployments["text-to-picture"]


def html_of(board: Any) -> str:
    """Its copy."""
    return str(board._repr_mimebundle_()["text/html"])


def test_everything_that_has_a_picture(st: StationThis, portrait: Any, tmp_path: Path) -> None:
    """Runs, outputs, a list of runs, a batch, one of its rows, a frame of runs, saved files: one picture for each thing."""
    run = portrait(prompt="a fox", seed=1, **SMALL)
    [path] = run.save(tmp_path / "o")
    batch = portrait.map(
        [{"prompt": "a hare", "seed": 2, **SMALL}, {"prompt": "an owl", "seed": 3, **SMALL}],
        name="gallery-all",
    )
    frame = st.runs.list(limit=1).to_frame()
    listing = st.runs.list(limit=2)
    made = gallery(
        [run, run.outputs[0], listing, batch, (batch, batch.row(1)), frame, path, str(path)], pixels=64
    )
    assert len(made) == 2 + 2 + 2 + 1 + 1 + 2
    html = html_of(made)
    assert html.count("data:image/webp") == len(made)
    said = read(html)
    for word in ("a hare", "an owl", "gallery-all", run.id, path.name, "a fox"):
        assert word in said
    assert repr(made) == "<Gallery 'gallery' of 10: 10 pictures>"


def test_what_has_no_picture(portrait: Any, tmp_path: Path) -> None:
    """Every fault at once, by its place; nothing is asked."""
    batch = portrait.map([{"prompt": "a fox", "seed": 1, **SMALL}], name="gallery-faults")
    with pytest.raises(InvalidInput) as raised:
        gallery(
            [tmp_path / "none.png", 7, [batch.row(0), {"a": 1}], b"x", ("x", batch.row(0)), "\0", "s\udc80"]
        )
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "item 0", "item 1", "item 2.0", "item 2.1", "item 3", "item 4", "item 5", "item 6",
    ]  # fmt: skip
    for columns in (0, -1, True, "2", 1.5):
        with pytest.raises(InvalidInput, match="columns is"):
            gallery([batch], columns=columns)  # type: ignore[arg-type]
    assert len(gallery([])) == 0
    assert "0 pictures" in read(html_of(gallery([])))


def test_picks_of_a_gallery(portrait: Any) -> None:
    """Things are told back as they were given; a batch's rows are picked in the ledger, too."""
    from stationthis_sdk import portal

    run = portrait(prompt="a fox", seed=1, **SMALL)
    batch = portrait.map([{"prompt": "a hare", "seed": 2, **SMALL}], name="gallery-picks")
    made = gallery([run, batch])
    portal.call(made._items.pick(0, picked=True))
    portal.call(made._items.pick(1, picked=True))
    assert made.picked_places == [0, 1]
    assert made.picked[0] is run
    assert made.picked[1][0] is batch
    assert batch.row(0).picked
    assert html_of(made).count("st-tile st-picked") == 2


def test_files_with_hostile_names(tmp_path: Path) -> None:
    """Names and contents of files are texts; what is no picture says so."""
    names = [word.replace("/", "|").replace("\0", "") + ".png" for word in HOSTILE if "\ud800" not in word]
    for number, name in enumerate(names):
        if number % 2:
            (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\nbroken")
        else:
            Image.new("RGB", (40, 30), (200, number * 20, 0)).save(tmp_path / name, "PNG")
    text = tmp_path / "a.txt"
    text.write_text(HOSTILE[0])
    said = read(html_of(gallery([tmp_path / name for name in names] + [text])))
    for name in names:
        assert name.replace("\r", "\n") in said or name.split("\n")[0] in said
    assert HOSTILE[0] in said


def test_batches_side_by_side(portrait: Any) -> None:
    """Joined on what both have and share; what differs is in the head; a row without a partner has an empty side."""
    few = {"prompt": ["a fox", "a hare"], "width": 64, "height": 48}
    one = portrait.map(grid(few, seed=[1, 2], steps=1), name="compare-one")
    two = portrait.map(grid(few | {"prompt": ["a hare", "an owl"]}, seed=[1, 2], steps=2), name="compare-two")
    three = portrait.map(
        [{"prompt": "a fox", "steps": 1, "width": 64, "height": 48}] * 1, name="compare-three"
    )
    both = compare(one, two)
    assert both.on == ("prompt", "seed", "width", "height")
    assert both.differing == {"steps": ("1", "2")}
    [page] = both._layout.pages
    assert page.cols == ("compare-one · steps 1", "compare-two · steps 2")
    assert len(page.rows) == 6
    assert (
        sorted((len(left), len(right)) for left, right in page.cells)
        == [(0, 1)] * 2 + [(1, 0)] * 2 + [(1, 1)] * 2
    )
    assert html_of(both).count("data:image/webp") == 8
    all_three = compare(one, two, three, on="prompt")
    assert all_three.on == ("prompt",)
    assert [tuple(map(len, row)) for row in all_three._layout.pages[0].cells] == [
        (2, 0, 1),
        (2, 2, 0),
        (0, 2, 0),
    ]
    derived = compare(
        three, portrait.map([{"prompt": "a fox", "steps": 1, "width": 64, "height": 48}], name="compare-four")
    )
    assert "seed" not in derived.on
    one.pick(0)
    [(batch, row)] = both.picked
    assert batch is one
    assert row.place == 0
    assert len(gallery(both.picked)) == 1


def test_what_can_not_be_compared(portrait: Any) -> None:
    """It is said why, all of it."""
    one = portrait.map([{"prompt": "a fox", "seed": 1, **SMALL}], name="compare-faults-1")
    two = portrait.map(
        [{"prompt": "a hare", "seed": 2, "steps": 2, "width": 48, "height": 64}], name="compare-faults-2"
    )
    with pytest.raises(InvalidInput, match="nothing to join on: they share 'prompt', 'seed'"):
        compare(one, two)
    with pytest.raises(InvalidInput) as raised:
        compare(one, two, on=["promt", "sku"])
    assert len(raised.value.problems) == 4
    assert "'prompt'" in raised.value.problems[0]
    with pytest.raises(InvalidInput, match="named twice"):
        compare(one, one)
    with pytest.raises(InvalidInput, match="is for batches"):
        compare(one, "two")
    with pytest.raises(InvalidInput, match="no column"):
        compare(one, two, on=[])


def test_moving_pictures_and_sounds(tmp_path: Path) -> None:
    """Each is shown as what it is: the first frame, a note; a click hands over what plays."""
    from stationthis_sdk import portal
    from stationthis_sdk.notebook.gallery.detail import detail_of
    from tests.local.engine import made as media

    (tmp_path / "a.mp4").write_bytes(media.mp4(count=4))
    (tmp_path / "b.wav").write_bytes(media.wav(0.2))
    (tmp_path / "c.gif").write_bytes(_gif())
    shown = gallery([tmp_path / name for name in ("a.mp4", "b.wav", "c.gif")])
    html = html_of(shown)
    assert html.count("data:image/webp") == 2
    assert "audio b.wav" in read(html)
    for place, (kind, mime) in enumerate(
        (("video", "video/mp4"), ("audio", "audio/"), ("animation", "image/gif"))
    ):
        content, buffers = portal.call(detail_of(shown._items, place))
        [medium] = content["media"]
        assert medium["type"] == kind
        assert medium["mime"].startswith(mime)
        assert len(buffers[medium["bytes"]]) > 100


def _gif() -> bytes:
    frames = [Image.new("RGB", (40, 30), (200, number * 60, 0)) for number in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return file.getvalue()
