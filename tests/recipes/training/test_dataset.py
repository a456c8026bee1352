"""Datasets: read from folders, frames and addresses; checked as a whole; packed to the same bytes each time."""

import io
import zipfile
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageCms

from stationthis_sdk import InvalidInput
from stationthis_sdk.recipes.training import dataset as dataset_module
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.packing import pack, paired
from stationthis_sdk.recipes.training.pictures import prepared
from tests.recipes.training.conftest import picture


def codes(report, level=None):
    """The codes of a report, of one level or all."""
    return {one.code for one in report.findings if level in {None, one.level}}


def test_a_folder_with_captions(draw):
    """Pictures by name, captions from the .txt of their names; hidden files and folders do not count."""
    folder = draw(3)
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "inside").mkdir()
    (folder / "notes.json").write_text("{}")
    (folder / "cat001.txt").write_text("\ufeff two \n lines ", "utf-8")
    dataset = Dataset.from_folder(folder)
    assert [(one.name, one.caption) for one in dataset] == [
        ("cat000", None), ("cat001", "two lines"), ("cat002", "mycat, number 2"),
    ]  # fmt: skip
    assert repr(dataset) == "<dataset of 3 pictures, 2 with a caption>"
    with pytest.raises(InvalidInput, match="no folder"):
        Dataset.from_folder(folder / "nowhere")


def test_a_frame_holds_pictures_of_any_kind(draw):
    """Paths, bytes, Pillow images, what frames of Hugging Face hold, and lists of dicts; NaN is no caption."""
    path = draw(1) / "cat000.png"
    held = [path, str(path), path.read_bytes(), picture(1), {"bytes": path.read_bytes(), "path": None}]
    frame = pd.DataFrame({"file": held, "text": ["a", None, "  c ", float("nan"), ""]})
    dataset = Dataset.from_frame(frame, image="file", caption="text")
    assert dataset.captions("mycat") == ["a", "mycat", "c", "mycat", "mycat"]
    assert all(prepared(one.picture, 64, "crop") for one in dataset)
    assert len(Dataset.from_frame([{"file": path}], image="file")) == 1
    for wrong in ({"image": "picture"}, {"image": "file", "caption": "words"}):
        with pytest.raises(InvalidInput, match="no column"):
            Dataset.from_frame(frame, **wrong)


def test_addresses_are_checked_and_not_shown():
    """All that is wrong at once; where an address is told of, the rest of it may be a secret."""
    with pytest.raises(InvalidInput) as told:
        Dataset.from_urls(["https://example.com/a.png", "a.png"], captions=["one"])
    assert len(told.value.problems) == 2
    dataset = Dataset.from_urls(["https://example.com/a.png?token=secret"])
    assert dataset.samples[0].where == "place 0 (a.png at example.com)"
    assert "secret" not in repr(dataset.samples)
    assert codes(dataset.check("sd15"), "warning") == {"not_looked_at"}


@pytest.mark.parametrize(
    ("base", "count", "code", "level"),
    [
        ("sdxl", 3, "insufficient_images", "error"), ("sdxl", 9, "insufficient_images", "error"),
        ("sdxl", 10, "few_images", "warning"), ("sdxl", 20, None, None), ("sdxl", 41, "many_images", "warning"),
        ("sdxl", 101, "too_many_images", "error"), ("flux", 14, "insufficient_images", "error"),
        ("flux", 15, "few_images", "warning"), ("flux", 20, None, None), ("flux", 151, "too_many_images", "error"),
        ("kontext", 151, "too_many_images", "error"), ("kontext", 14, "insufficient_images", "error"), ("kontext", 15, None, None),
        ("sd15", 3, "insufficient_images", "error"), ("sd15", 21, "too_many_images", "error"),
    ],
)  # fmt: skip
def test_how_many_pictures_a_family_takes(base, count, code, level, monkeypatch):
    """Fewer than four teach nothing; each family has what is usual and what is allowed."""
    from stationthis_sdk.recipes.training import checking
    from stationthis_sdk.recipes.training.pictures import Looked

    seen = iter(range(1000))

    def glance(_picture):
        number = next(seen)
        return Looked(
            2048, 2048, exact=str(number), near=number * 0x9E3779B97F4A7C15 % 2**64, colours=bytes(192)
        )

    monkeypatch.setattr(checking, "look", glance)
    monkeypatch.setattr(checking, "_BITS_APART", 0)
    frame = [{"picture": b"", "words": f"mycat {number}"} for number in range(count)]
    report = Dataset.from_frame(frame, image="picture", caption="words").check(base, trigger="mycat")
    found = [(one.code, one.level) for one in report.findings if one.code != "no_control_set"]
    assert found == ([(code, level)] if code else [])
    assert ("no_control_set" in report.codes) is (base == "kontext")
    assert report.ok is (level != "error")


def test_everything_that_is_wrong_is_told_at_once(draw):
    """A caption without a picture, damaged files, other formats, doubles, pictures alike, empty captions, no trigger."""
    folder = draw(9)
    (folder / "ghost.txt").write_text("nobody")
    (folder / "broken.jpg").write_bytes(picture(50).tobytes()[:100])
    buffer = io.BytesIO()
    picture(51, (400, 300)).save(buffer, "JPEG")
    (folder / "cut.jpg").write_bytes(buffer.getvalue()[: len(buffer.getvalue()) // 2])
    picture(52).save(folder / "moving.gif")
    (folder / "double.png").write_bytes((folder / "cat003.png").read_bytes())
    picture(4).save(folder / "again.jpg", quality=70)
    picture(53, (32, 32)).save(folder / "tiny.png")
    (folder / "cat002.txt").write_text("  ")
    (folder / "cat004.txt").write_bytes(b"\xff\xfe\xff")
    picture(54).save(folder / "CAT005.webp")
    report = Dataset.from_folder(folder).check("sdxl", trigger="a dog")
    by_code = {one.code: one for one in report.findings}
    assert codes(report, "error") == {
        "orphan_caption", "picture_damaged", "format_not_supported", "duplicate_picture", "picture_too_small",
        "caption_unreadable",
    }  # fmt: skip
    assert codes(report, "warning") == {
        "few_images", "small_picture", "near_duplicate", "same_name", "missing_caption", "empty_caption",
        "trigger_not_in_captions",
    }  # fmt: skip
    assert (
        sum(one.code == "picture_damaged" for one in report.findings) == 1
    )  # cut.jpg; broken.jpg is no picture at all
    assert "cat003.png" in by_code["duplicate_picture"].message
    assert "again.jpg" in {by_code["near_duplicate"].where, by_code["near_duplicate"].message.split()[-1]}
    with pytest.raises(InvalidInput) as told:
        report.raise_if_bad()
    assert told.value.problems == tuple(str(one) for one in report.errors)
    assert all(code in str(report) for code in by_code)


def test_captions_are_needed_where_the_product_needs_them(draw):
    """For sd15 as many captions as pictures, all told in one; elsewhere the trigger stands in."""
    dataset = Dataset.from_folder(draw(5, captions=False))
    assert codes(dataset.check("sd15", trigger="mycat"), "error") == {"missing_captions"}
    report = dataset.check("sdxl", trigger="mycat")
    assert sum(one.code == "missing_caption" for one in report.warnings) == 5
    assert dataset.captions("mycat") == ["mycat"] * 5


def test_the_trigger_is_a_word_of_its_own(draw):
    """In any case, and not as a part of another word."""
    folder = draw(4)
    (folder / "cat001.txt").write_text("a MyCat, asleep")
    (folder / "cat002.txt").write_text("mycats")
    report = Dataset.from_folder(folder).check("sd15", trigger="mycat")
    (found,) = [one for one in report.findings if one.code == "trigger_not_in_captions"]
    assert found.where == "cat002.png"


def test_a_control_set_has_a_picture_of_each_name(draw):
    """For kontext; nothing else takes one."""
    control = Dataset.from_folder(draw(15, name="before", captions=False, first=1))
    dataset = Dataset.from_folder(draw(15)).with_control(control)
    report = dataset.check("kontext", trigger="mycat")
    assert codes(report, "error") == {"control_missing", "control_orphan"}
    assert "control_not_taken" in codes(dataset.check("sdxl", trigger="mycat"), "error")


def test_the_same_dataset_is_the_same_bytes(draw, tmp_path):
    """Packed twice; each picture beside its caption, upright, of one size, and without what the camera noted."""
    folder = draw(4)
    turned = picture(9, (96, 128))
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    turned.save(folder / "photo.jpg", exif=exif)
    dataset = Dataset.from_folder(folder)
    how = {"resolution": 64, "trigger": "mycat"}
    one = pack(dataset, tmp_path / "one.zip", resize="crop", **how)
    two = pack(dataset, tmp_path / "two.zip", resize="crop", **how)
    assert one.sha256 == two.sha256
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(one.paths[0]) as archive:
        assert archive.namelist()[:4] == ["cat000.jpg", "cat000.txt", "cat001.jpg", "cat001.txt"]
        assert archive.read("cat000.txt") == b"mycat\n"
        packed = archive.read("photo.jpg")
        assert b"where I live" not in packed
        assert Image.open(io.BytesIO(packed)).size == (64, 64)
    fitted = pack(dataset, tmp_path / "fit.zip", resize="fit", **how)
    with zipfile.ZipFile(fitted.paths[0]) as archive:
        assert Image.open(io.BytesIO(archive.read("photo.jpg"))).size == (64, 48)  # it lay on its side
        assert Image.open(io.BytesIO(archive.read("cat000.jpg"))).size == (64, 48)


def test_names_that_collide_are_told_and_kept_apart(tmp_path):
    """T18: the same name twice, or one that differs in case only: a number behind it, the same each time."""
    rows = [{"p": picture(number), "name": name} for number, name in enumerate(["a-2", "a", "A", "a"])]
    made = Dataset.from_frame(rows, image="p")
    samples = [
        dataset_module.Sample(one.picture, None, row["name"], row["name"])
        for one, row in zip(made.samples, rows, strict=True)
    ]
    dataset = Dataset(tuple(samples))
    packed = pack(dataset, tmp_path / "x.zip", resolution=64, resize="crop", trigger="t")
    with zipfile.ZipFile(packed.paths[0]) as archive:
        assert [name for name in archive.namelist() if name.endswith(".jpg")] == [
            "a-2.jpg", "a.jpg", "A-3.jpg", "a-4.jpg",
        ]  # fmt: skip
    assert sum(one.code == "same_name" for one in dataset.check("sd15", trigger="t").warnings) == 2


def test_pictures_side_by_side(draw):
    """A gallery of what is here, whatever form it has; what lies behind an address is not fetched for it."""
    path = draw(2) / "cat000.png"
    dataset = Dataset.from_frame(
        [{"p": path}, {"p": picture(5)}, {"p": "https://example.com/a.png"}], image="p"
    )
    shown = dataset.grid()
    assert len(shown) == 2
    sheet = shown.contact_sheet(Path(path).with_name("sheet.png"))
    with Image.open(sheet) as written:
        assert written.width > 200
    with pytest.raises(InvalidInput):
        Dataset.from_urls(["https://example.com/a.png"]).grid()


def test_control_pictures_are_paired_by_name():
    """T18: in whatever order they come; a name that is there twice is told, on either side."""
    rows = [{"p": picture(number), "name": f"cat{number}"} for number in range(15)]

    def named(rows):
        made = Dataset.from_frame(rows, image="p")
        samples = [attrs.evolve(one, name=row["name"]) for one, row in zip(made.samples, rows, strict=True)]
        return Dataset(tuple(samples))

    both = named(rows).with_control(named(rows[::-1]))
    assert [one.name for one in paired(both).control.samples] == [row["name"] for row in rows]
    assert "control_ambiguous" not in both.check("kontext").codes
    twice = [*rows[:14], rows[3]]
    assert "control_ambiguous" in named(twice).with_control(named(rows)).check("kontext").codes
    assert "control_ambiguous" in named(rows).with_control(named([*rows, rows[3]])).check("kontext").codes


def test_deep_greys_are_seen_as_they_are():
    """Sixteen bits become eight: a ramp stays a ramp, dark stays dark."""
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    for levels, mean in ((ramp, 127.5), (ramp // 4, 31.9)):
        made = np.asarray(Image.open(io.BytesIO(prepared(Image.fromarray(levels), 64, "crop"))))
        assert abs(made.mean() - mean) < 1.5
    shallow = Image.fromarray((ramp // 257).astype(np.int32))
    assert abs(np.asarray(Image.open(io.BytesIO(prepared(shallow, 64, "crop")))).mean() - 127.5) < 1.5


def test_colours_are_as_the_pictures_own_profile_means_them():
    """What is green in another space is that green in sRGB; a profile that is none changes nothing."""
    flat = Image.new("RGB", (64, 64), (10, 200, 30))

    def mean_of(profile):
        buffer = io.BytesIO()
        flat.save(buffer, "PNG", icc_profile=profile)
        made = Image.open(io.BytesIO(prepared(buffer.getvalue(), 64, "crop")))
        return np.asarray(made).mean(axis=(0, 1))

    plain = mean_of(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert np.abs(plain - (10, 200, 30)).max() < 3
    assert np.abs(mean_of(b"no profile") - plain).max() < 1
    bent = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    bent = bytes(bent).replace("sRGB built-in".encode("utf-16-be"), "mine built-in".encode("utf-16-be"))
    red, green = bent.find(b"rXYZ"), bent.find(b"gXYZ")
    swapped = bytearray(bent)
    swapped[red : red + 4], swapped[green : green + 4] = b"gXYZ", b"rXYZ"
    assert np.abs(mean_of(bytes(swapped)) - (200, 10, 30)).max() < 6


def test_links_that_lead_nowhere_and_two_captions_of_one_picture_are_told(draw):
    """Neither is dropped without a word."""
    folder = draw(12)
    (folder / "zz.png").symlink_to("/nowhere.png")
    (folder / "cat001.TXT").write_text("another")
    report = Dataset.from_folder(folder).check("sdxl", trigger="mycat")
    told = {one.code: str(one) for one in report.errors}
    assert "zz.png" in told["picture_lost"]
    assert "cat001.TXT" in told["caption_ambiguous"]


@pytest.mark.parametrize("frame", [None, 5, "abc", b"x"])
def test_what_is_no_frame_is_told(frame):
    """Named as what it is."""
    with pytest.raises(InvalidInput, match="a list of dicts, not"):
        Dataset.from_frame(frame, image="p")


@pytest.mark.parametrize("urls", [None, 5, "https://example.com/a.png"])
def test_what_is_no_list_of_addresses_is_told(urls):
    """Also one address alone."""
    with pytest.raises(InvalidInput, match="a list of texts, not"):
        Dataset.from_urls(urls)


def test_a_damaged_picture_does_not_hide_the_others():
    """The grid shows what can be shown; of nothing it says so."""
    buffer = io.BytesIO()
    picture(1).save(buffer, "PNG")
    assert "1 picture" in repr(Dataset.from_frame([{"p": buffer.getvalue()}, {"p": b"no"}], image="p").grid())
    with pytest.raises(InvalidInput, match="no picture to show"):
        Dataset.from_frame([{"p": b"no"}], image="p").grid()
