"""Files: dropped in pieces, chosen, written or given, they reach the run byte for byte; what can't be is told."""

import gc
import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk import InputField, StationThis, portal
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, media_of
from stationthis_sdk.notebook.studio import drop as module
from stationthis_sdk.notebook.studio.code import Named
from stationthis_sdk.notebook.studio.drop import Files
from stationthis_sdk.notebook.studio.fields import ABSENT
from stationthis_sdk.notebook.studio.form import Form


def picture(colour: str = "red", size: int = 40) -> bytes:
    """A PNG."""
    file = io.BytesIO()
    Image.new("RGB", (size, size), colour).save(file, "PNG")
    return file.getvalue()


def until(reached: Callable[[], Any], what: str) -> Any:
    """Look again and again."""
    end = time.monotonic() + 45
    while not (found := reached()):
        assert time.monotonic() < end, f"{what} did not come"
        time.sleep(0.01)
    return found


def say(files: Files, content: dict[str, Any], *buffers: Any) -> None:
    """What the page says."""
    files.widget._msg_callbacks(files.widget, content, list(buffers))


def drop(files: Files, name: str, data: bytes, piece: int = 1000, id_: str = "1") -> None:
    """Drop a file as the page does, and wait until it was looked at."""
    say(files, {"kind": "begin", "id": id_, "name": name, "size": len(data)})
    for at in range(0, len(data), piece):
        say(files, {"kind": "piece", "id": id_, "at": at}, memoryview(data[at : at + piece]))
    say(files, {"kind": "end", "id": id_})
    until(lambda: not files.trouble, "the file")


def test_a_dropped_file_is_there_byte_for_byte() -> None:
    """In pieces of any size; it has a preview, and its name, and the code says that it has to be there."""
    files = Files(InputField("photo", "image", required=True))
    assert files.value is ABSENT
    data = picture(size=300)
    drop(files, "../my cat.png", data, piece=77)
    assert files.value.read_bytes() == data
    assert files.value.name == "my cat.png"
    assert files.shown == Named('"my cat.png"', files.shown.told)
    until(lambda: files.widget.items[0]["preview"].startswith("data:image/webp"), "the preview")
    drop(files, "other.png", picture("blue"))
    assert [item["name"] for item in files.widget.items] == ["other.png"]
    kept = files.value
    assert files.put(ABSENT)
    assert files.value is ABSENT
    assert files.put(kept)
    assert isinstance(files.shown, Named)
    files.close()


def test_its_copies_end_with_it() -> None:
    """What was dropped is on the disk as long as the control is there."""
    files = Files(InputField("photo", "image"))
    drop(files, "cat.png", picture())
    path = files.value
    assert path.exists()
    files.close()
    del files  # its preview may be at work yet
    until(lambda: gc.collect() >= 0 and not path.exists(), "its end")


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("notes.txt", b"only words", "wants an image"),
        ("<b>.png", b"\x89PNG\r\n\x1a\nbroken", "damaged"),
        ("empty.png", b"", "empty"),
    ],
)
def test_what_is_no_picture_is_not_taken(name: str, data: bytes, word: str) -> None:
    """The SDK's own word stands below it, and nothing is sent for it."""
    files = Files(InputField("photo", "image"))
    drop(files, name, data)
    assert files.value is ABSENT
    assert word in files.widget.note
    drop(files, "fine.png", picture())
    assert files.widget.note == ""
    files.close()


def test_what_is_too_large_is_refused_before_it_comes() -> None:
    """The limit is told in the page, and holds here as well; more than was announced is not taken either."""
    files = Files(InputField("photo", "image"))
    answers: list[Any] = []
    files.widget.send = lambda content, buffers=None: answers.append(content["go"])
    say(files, {"kind": "begin", "id": "1", "name": "big.png", "size": MAX_UPLOAD_BYTES + 1})
    say(files, {"kind": "begin", "id": "2", "name": "liar.png", "size": 3})
    say(files, {"kind": "piece", "id": "2"}, b"four")
    say(files, {"kind": "piece", "id": "2"}, b"more")
    assert answers == [False, True, False, False]
    assert (files.value, files.trouble) == (ABSENT, None)
    assert f"{MAX_UPLOAD_BYTES >> 20} MiB" in files.widget.hint
    files.close()


def test_a_file_that_is_still_coming_is_waited_for() -> None:
    """Until its last byte the form is not sent; one that ends early is told."""
    files = Files(InputField("photo", "image"))
    say(files, {"kind": "begin", "id": "1", "name": "slow.png", "size": 100})
    assert "still being read" in (files.trouble or "")
    say(files, {"kind": "end", "id": "1"})
    assert files.trouble is None
    assert "did not arrive whole" in files.widget.note
    files.close()


def begin(files: Files, id_: str = "1") -> None:
    """A file begins to come."""
    say(files, {"kind": "begin", "id": id_, "name": f"{id_}.png", "size": 100})
    say(files, {"kind": "piece", "id": id_, "at": 0}, b"x" * 50)


@pytest.mark.parametrize("kind", ["image", "images"])
def test_one_that_was_broken_off_is_told_once(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When no more of it comes, since its page is gone, it blocks one press, which says so, and no other."""
    files = Files(InputField("photo", kind))
    begin(files, "half")
    assert "still being read" in (files.trouble or "")
    assert [(one["name"], one["coming"]) for one in files.widget.items] == [("half.png", "half")]
    monkeypatch.setattr(module, "_SILENCE", -1.0)
    assert "half.png did not arrive" in (files.trouble or "")
    assert (files.trouble, files.value, files.widget.items) == (None, ABSENT, [])
    files.close()


def test_one_that_is_coming_can_be_taken_out() -> None:
    """Its × ends it, the page hears that nothing more is wanted, and what was there before stays."""
    files = Files(InputField("photo", "image"))
    answers: list[Any] = []
    files.widget.send = lambda content, buffers=None: answers.append(content["go"])
    say(files, {"kind": "written", "text": "before.png"})
    begin(files)
    path = files._coming["1"].path
    say(files, {"kind": "drop", "id": "1"})
    assert (files.trouble, files.value, path.exists()) == (None, "before.png", False)
    say(files, {"kind": "piece", "id": "1", "at": 50}, b"late")
    say(files, {"kind": "end", "id": "1"})
    assert answers == [True, True, False]
    files.close()


@pytest.mark.parametrize(
    ("then", "value"),
    [
        (lambda files: say(files, {"kind": "written", "text": "new.png"}), "new.png"),
        (lambda files: say(files, {"kind": "remove", "place": 0}), ABSENT),
        (lambda files: files.put("new.png"), "new.png"),
        (lambda files: files.put(ABSENT), ABSENT),
    ],
)
def test_the_last_word_counts(
    then: Callable[[Files], Any], value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is put in its place ends a file that is on its way, or is just being looked at."""
    files = Files(InputField("photo", "image"))
    files.put("old.png")
    begin(files)
    then(files)
    assert (files.trouble, files.value) == (None, value)
    looking, free = threading.Event(), threading.Event()

    def held(*given: Any) -> Any:
        looking.set()
        free.wait(45)
        return media_of(*given)

    monkeypatch.setattr(module, "media_of", held)
    files.put("old.png")
    data = picture()
    say(files, {"kind": "begin", "id": "2", "name": "late.png", "size": len(data)})
    say(files, {"kind": "piece", "id": "2", "at": 0}, data)
    coming = files._coming["2"]
    ended = portal.begin(files._arrived("2", coming))
    assert looking.wait(45)
    then(files)
    free.set()
    ended.result(40)
    assert (files.trouble, files.value) == (None, value)
    files.close()


def test_another_takes_the_place_of_one_that_is_coming() -> None:
    """Of a single file the newest; of several each comes on its own."""
    one, several = Files(InputField("photo", "image")), Files(InputField("frames", "images"))
    begin(one, "half")
    drop(one, "whole.png", picture(), id_="whole")
    assert one.value.name == "whole.png"
    begin(several, "half")
    say(several, {"kind": "written", "text": "https://example.org/b.png"})
    assert [item["name"] for item in several.widget.items] == ["https://example.org/b.png", "half.png"]
    assert "still being read" in (several.trouble or "")
    one.close()
    several.close()


def test_one_of_several_is_a_list_of_one(tmp_path: Path) -> None:
    """However a single picture is given to an input that takes several; lists, and what says one, are as they are."""
    url, path = "https://example.org/a.png", tmp_path / "[b].png"
    array = np.zeros((4, 4, 3), "uint8")
    path.write_bytes(picture())
    fields = Inputs([InputField("frames", "images", required=True)])
    for value in (url, path, str(path), picture(), array):
        form = Form("x", fields, {"frames": value}, allow_unknown=False)
        assert form.values["frames"][0] is value
        assert check_inputs(form.values, fields, name="x").uploads
        form.close()
    files = Files(fields["frames"])
    say(files, {"kind": "written", "text": url})
    assert files.value == [url]
    for value in ([url], np.zeros((2, 4, 4, 3), "uint8")):
        assert files.put(value)
        assert len(files.value) == len(value)
    files.close()


def test_several_pictures() -> None:
    """An input of several keeps their order, and each can be taken out."""
    files = Files(InputField("frames", "images"))
    drop(files, "a.png", picture("red"), id_="a")
    say(files, {"kind": "written", "text": "https://example.org/b.png"})
    drop(files, "c.png", picture("blue"), id_="c")
    assert [str(one).rpartition("/")[2] for one in files.value] == ["a.png", "b.png", "c.png"]
    say(files, {"kind": "remove", "place": 0})
    assert files.value[0] == files.shown[0] == "https://example.org/b.png"
    say(files, {"kind": "remove", "place": 9})
    assert len(files.value) == 2
    files.put('["https://example.org/x.png", "https://example.org/y.png"]')
    assert files.value == ["https://example.org/x.png", "https://example.org/y.png"]
    files.close()


@given(some.dictionaries(some.text(max_size=5) | some.sampled_from(["kind", "id", "place", "text", "size", "name"]), some.none()
       | some.integers() | some.text(some.characters()) | some.sampled_from(["begin", "piece", "end", "remove", "written"])))  # fmt: skip
def test_whatever_the_page_says(content: dict[str, Any]) -> None:
    """Nothing that arrives breaks it."""
    files = Files(InputField("photo", "image"))
    before = files._heard
    before(content, [])
    before({"kind": "remove", **content}, [b"x"])
    files.close()


def test_a_picture_goes_all_the_way(st: StationThis, tmp_path: Path) -> None:
    """What was dropped, written as a path, or given as an object is uploaded and makes a picture, again and again."""
    path = tmp_path / "written.png"
    path.write_bytes(picture("green", 64))
    deployment = st.deployments["picture-to-picture"]
    studio = deployment.studio(input_image=Image.new("RGB", (64, 64), "blue"), steps=1)
    assert "input_image=input_image" in studio.code
    files = studio._form.controls["input_image"]
    until(lambda: files.widget.items[0]["preview"], "the preview")
    for how in (lambda: None, lambda: say(files, {"kind": "written", "text": str(path)}),
                lambda: drop(files, "dropped.png", picture("red", 64))):  # fmt: skip
        how()
        studio.run()
        studio.wait()
    assert [run.state for run in studio.runs] == ["success"] * 3
    assert len({run.inputs["input_image"] for run in studio.runs}) == 3
    say(files, {"kind": "remove", "place": 0})
    studio.run()
    assert len(studio.wait()) == 3
    box = list(studio._form.widget.children)[list(studio._form.controls).index("input_image")]
    assert "none was given" in box.children[-1].value
    studio.close()
