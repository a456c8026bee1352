"""The plugin's external inputs at work: what each makes of values that fit, of those that don't, and of hostile ones."""

import base64
import json
import math
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine import archives
from stationthis_sdk.local.engine.nodes.external_video import Choice, new_size
from stationthis_sdk.local.engines import NodeFailed, NodeOutput, Said
from tests.local.engine import made
from tests.local.test_engine import MemoryFiles, empty, node, run, shown

P = "ComfyUIDeployExternal"


def seen(source: dict[str, Any], files: dict[str, bytes] | None = None, output: int = 0, **more: Any) -> str:
    """What PreviewAny tells of one of a node's outputs, "nothing" when it is empty; ``more`` are nodes it links to."""
    graph = {"1": source, "2": node("PreviewAny", source=["1", output]), **more}
    try:
        reports = run(graph, files=MemoryFiles(files))
    except NodeFailed as problem:
        if "'source' is empty" in str(problem):
            return "nothing"
        raise
    return str([report for report in reports if isinstance(report, NodeOutput)][-1].data["text"][0])


def said(source: dict[str, Any], files: dict[str, bytes], **more: Any) -> list[str]:
    """The lines a run has for its log."""
    graph = {"1": source, "2": node("PreviewAny", source=["1", 0]), **more}
    return [report.message for report in run(graph, files=MemoryFiles(files)) if isinstance(report, Said)]


def test_a_picture_that_cannot_be_fetched_is_told_in_the_log():
    """The run goes on, as with the plugin, but not without a word."""
    gone = node("ComfyUIDeployExternalImage", input_id="http://example.test/a.png")
    picture = node("StationThisPicture", prompt="x", seed=1, steps=1, width=64, height=64, image=["1", 0])
    others = {"2": picture, "3": node("PreviewImage", images=["2", 0]), "4": empty()}
    (told,) = said(gone, {}, **others)
    assert told == "node 1 (ComfyUIDeployExternalImage): its picture could not be fetched; no picture is used"
    gone["inputs"]["default_value"] = ["4", 0]
    (told,) = said(gone, {}, **others)
    assert told.endswith("its picture could not be fetched; its default is used")
    gone["inputs"]["input_id"] = "picture"
    assert said(gone, {}, **others) == []


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@settings(deadline=None)
@given(ANYTHING)
def test_an_integer_takes_digits_only(value):
    """Whatever else comes is the default, without a word."""
    got = shown(node(f"{P}NumberInt", input_id="x", default_value=-7), {"x": value})
    text = str(value).strip()
    assert got == (str(int(text)) if text.isdecimal() else "-7")


@settings(deadline=None)
@given(ANYTHING, st.floats(-9, 0), st.floats(0, 9))
def test_a_slider_never_leaves_its_bounds(value, low, high):
    """Out of them, and for what is no number, it is the default."""
    fields = {"min_value": low, "max_value": high, "default_value": 0.0}
    got = float(shown(node(f"{P}NumberSlider", input_id="x", **fields), {"x": value}))
    try:
        wanted = float(str(value))
    except ValueError:
        wanted = math.nan
    assert got == (wanted if low <= wanted <= high else 0.0)


@settings(deadline=None)
@given(ANYTHING, st.integers(-9, 0), st.integers(0, 9))
def test_a_whole_slider_never_leaves_its_bounds(value, low, high):
    """Nor does it take fractions."""
    fields = {"min_value": low, "max_value": high, "default_value": 0}
    got = int(shown(node(f"{P}NumberSliderInt", input_id="x", **fields), {"x": value}))
    try:
        wanted = int(str(value))
    except ValueError:
        wanted = 0
    assert got == (wanted if low <= wanted <= high else 0)


@settings(deadline=None)
@given(ANYTHING)
def test_texts_and_choices_are_pythons_words_for_the_value(value):
    """None becomes "None"; a choice is not checked."""
    if isinstance(value, float) and math.isnan(value):
        value = "nan"
    for class_type in ("Text", "TextSingleLine", "TextAny", "Enum"):
        assert shown(node(f"{P}{class_type}", input_id="x", default_value="d"), {"x": value}) == str(value)
    assert shown(node(f"{P}Boolean", input_id="x", default_value=False), {"x": value}) == str(bool(value))


PNG, JPEG = made.png(), made.png(form="JPEG")


@pytest.mark.parametrize(
    ("value", "comes"),
    [
        (data_url(PNG), True),
        (data_url(JPEG, "image/jpeg"), True),
        (data_url(JPEG, "image/jpg"), True),
        (data_url(made.png(form="WEBP")), True),  # its own word is not asked, only the plugin's three
        (data_url(made.png(form="WEBP"), "image/webp"), False),
        (data_url(PNG, "image/gif"), False),
        (data_url(PNG, "image/svg+xml"), False),
        (data_url(PNG, "text/html"), False),
        (f"data:image/png,{PNG[:9].hex()}", False),
        ("data:image/png;base64,AAA", False),
        ("data:,", False),
        ("DATA:IMAGE/PNG;BASE64,AAAA", False),
        ("http://here/missing.png", False),
        ("ftp://here/a.png", False),
        ("file:///etc/passwd", False),
        ("/etc/passwd", False),
        ("upload.png", False),
        ("", False),
        ("None", False),
    ],
)
@pytest.mark.parametrize("class_type", ["Image", "ImageAlpha"])
def test_which_values_are_pictures(class_type, value, comes):
    """URLs and data URLs of PNG and JPEG; all else is nothing, and with a default the default."""
    external = node(f"{P}{class_type}", input_id="x")
    channels = 3 if class_type == "Image" else 4
    files = {"upload.png": PNG, "/etc/passwd": PNG}
    found = f"float32 array of shape (1, 4, 5, {channels})"
    assert seen({**external, "inputs": {"input_id": value}}, files) == (found if comes else "nothing")
    external["inputs"] = {"input_id": value, "default_value": ["7", 0]}
    default = "float32 array of shape (1, 6, 8, 3)"
    assert seen(external, files, **{"7": empty()}) == (found if comes else default)


def test_broken_and_huge_pictures_give_the_default_or_the_reason():
    """With a default the log says why; without one the node fails."""
    for content, reason in (
        (b"no picture", "can't be read"),
        (PNG[:40], "can't be read"),
        (made.png_that_claims(10_000, 8_000), "more than the 16,777,216"),
        (made.png_that_claims(100_000, 100_000), "exceeds limit"),
    ):
        files = {"http://here/a.png": content}
        with pytest.raises(NodeFailed, match=reason):
            seen(node(f"{P}Image", input_id="http://here/a.png"), files)
        kept = node(f"{P}Image", input_id="http://here/a.png", default_value=["7", 0])
        assert seen(kept, files, **{"7": empty()}) == "float32 array of shape (1, 6, 8, 3)"
        (line,) = said(kept, files, **{"7": empty()})
        assert reason in line
        assert "its default is used" in line


def batch(places: Any, **more: Any) -> dict[str, Any]:
    return node(f"{P}ImageBatch", input_id="x", images=json.dumps(places), **more)


def test_a_batch_of_urls_data_urls_and_archives():
    """In order; all brought to the size of the first."""
    zipped = made.archive({"b.PNG": made.png(9, 9), "notes.txt": b"x", "dir/c.jpg": made.png(form="JPEG")})
    files = {"http://here/a.png": PNG, "http://here/all.zip": zipped}
    places = ["http://here/a.png", data_url(made.png(20, 30)), "http://here/all.zip", "http://here/a.png"]
    assert seen(batch(places), files) == "float32 array of shape (5, 4, 5, 3)"


def test_an_empty_list_is_the_default():
    """Or nothing at all."""
    assert seen(batch([])) == "nothing"
    assert seen(batch([], default_value=["7", 0]), **{"7": empty()}) == "float32 array of shape (1, 6, 8, 3)"


@pytest.mark.parametrize("bad", ["http://here/none.png", "a.png", 5, None, {"a": 1}, "http://here/bad.png"])
def test_an_entry_that_cannot_be_read_ends_the_list(bad):
    """What came before it stays, and the log says so; with nothing before it, the node fails."""
    files = {"http://here/a.png": PNG, "http://here/bad.png": b"x"}
    source = batch(["http://here/a.png", bad, "http://here/a.png"])
    assert seen(source, files) == "float32 array of shape (1, 4, 5, 3)"
    (line,) = said(source, files)
    assert "entry 2 of images" in line
    with pytest.raises(NodeFailed, match="entry 1 of images"):
        seen(batch([bad]), files)


@pytest.mark.parametrize("images", ["", "x", "{}", "5", '"http://here/a.png"', "[" * 100_000])
def test_a_list_that_is_none_is_told(images):
    """With how to write one."""
    with pytest.raises(NodeFailed, match="must be a JSON list as text"):
        seen(node(f"{P}ImageBatch", input_id="x", images=images))


def _lying_zip() -> bytes:
    content = bytearray(made.archive({"a.png": b"\0" * 5000}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (9).to_bytes(4, "little")  # it unpacks to more than it says
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (made.archive({"a.png": bytes(2**21)}), "more than 200 times its size"),
        (made.archive({f"{n}.png": b"" for n in range(101)}), "more than 100 members"),
        (made.archive({f"{n}.png": bytes(2**20) for n in range(5)}), "more than 4 MiB"),
        (made.archive({"a.png": PNG}, zipfile.ZIP_LZMA), "packed in a rare way"),
        (made.archive({"a.png": PNG})[:-10], "can't be read"),
        (b"no archive", "can't be read"),
        (_lying_zip(), "can't be read"),
    ],
)
def test_hostile_archives_are_refused(monkeypatch, content, reason):
    """With the reason, before they can grow."""
    monkeypatch.setattr(archives, "MEMBER_LIMIT", 100)
    monkeypatch.setattr(archives, "TOTAL_LIMIT", 2**22)
    with pytest.raises(NodeFailed, match=reason):
        for _ in archives.pictures_within(content, lambda: None):
            pass
    with pytest.raises(NodeFailed):
        seen(batch(["http://here/a.zip"]), {"http://here/a.zip": content})


def test_models_are_names():
    """Nothing is fetched: the name under which a model would lie, the text itself, or the default."""
    url = "https://here/a.safetensors"
    for class_type, place, name, default in (
        ("Lora", "lora_url", "lora_save_name", "default_lora_name"),
        ("FaceModel", "face_model_url", "face_model_save_name", "default_face_model_name"),
    ):
        fields = {"input_id": "x", name: "mine.safetensors", default: "d.safetensors"}
        source = node(f"{P}{class_type}", **fields)
        assert shown(source) == "d.safetensors"
        assert shown(source, {"x": url}) == "mine.safetensors"
        source["inputs"][name] = ""
        made_up = shown(source, {"x": url})
        assert made_up.endswith(".safetensors")
        assert made_up == shown(source, {"x": url}) != shown(source, {"x": url + "?b"})
        assert source["inputs"].get(place) is None
    assert shown(node(f"{P}Lora", input_id="x", default_lora_name="d"), {"x": "loras/b"}) == "loras/b"
    assert shown(node(f"{P}Checkpoint", input_id="x", default_value="c"), {"x": "other"}) == "other"
    assert seen(node(f"{P}Checkpoint", input_id="x")) == "nothing"


def test_files_are_paths_of_no_real_file():
    """With the suffix of the URL; equal bytes keep their name; what can't be fetched is empty."""
    files = {"http://here/a.CSV?x=1": b"abc", "http://here/b": b"abc", "mine.txt": b"abc"}
    first = seen(node(f"{P}File", input_id="x", file_url="http://here/a.CSV?x=1"), files)
    assert first.startswith("temp/")
    assert first.endswith(".CSV")
    assert seen(node(f"{P}File", input_id="x", file_url="http://here/b"), files) == first[:-4] + ".bin"
    assert seen(node(f"{P}File", input_id="x", file_url="mine.txt"), files) == first[:-4] + ".txt"
    assert seen(node(f"{P}File", input_id="x", file_url="http://here/none"), files) == ""
    assert seen(node(f"{P}File", input_id="x", file_url="/etc/passwd"), files) == "/etc/passwd"
    assert seen(node(f"{P}File", input_id="x"), files) == ""


def test_a_videos_path():
    """From a URL, else from the default's name; a suffix that is no video's becomes .mp4."""
    files = {"http://here/a.webm": b"abc", "http://here/b.exe": b"abc", "mine.mkv": b"abc"}
    for value, end in (("http://here/a.webm", ".webm"), ("http://here/b.exe", ".mp4"), ("x", ".mkv")):
        got = seen(node(f"{P}Vid", input_id=value, default_value="mine.mkv"), files)
        assert got.startswith("temp/")
        assert got.endswith(end)
    assert seen(node(f"{P}Vid", input_id="x"), files) == "nothing"


def test_the_realtime_input_gives_its_default():
    """Whatever the run's value is; its name is short and plain."""
    source = node("ComfyDeployWebscoketImageInput", input_id="x", seed=1, default_value=["7", 0])
    assert seen(source, **{"7": empty()}) == "float32 array of shape (1, 6, 8, 3)"
    valued = node("ComfyDeployWebscoketImageInput", input_id="x", seed=1, default_value="http://here/a.png")
    assert seen(valued, {"http://here/a.png": PNG}) == "nothing"
    for name in ("x" * 25, "é"):
        with pytest.raises(NodeFailed, match="at most 24 ASCII"):
            shown(node("ComfyDeployWebscoketImageInput", input_id=name, seed=1))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"action": "append", "tidy_tags": "yes", "text_a": "a ,b", "text_b": "", "text_c": "c  d"},
            "a,b, c d",
        ),
        ({"action": "append", "tidy_tags": "no", "text_a": " a", "text_c": "c "}, " ac "),
        ({"action": "append", "tidy_tags": "no"}, ""),
        ({"action": "replace", "tidy_tags": "no", "text_a": "a.c", "text_b": ".", "text_c": "-"}, "a-c"),
        ({"action": "replace", "tidy_tags": "no", "text_a": "aXbx", "text_b": "/x/", "text_c": "-"}, "aXb-"),
        ({"action": "replace", "tidy_tags": "yes", "text_a": "a,,,b ,", "text_b": "b", "text_c": ""}, "a,"),
    ],
)
@pytest.mark.parametrize("class_type", ["ComfyUIDeployStringCombine", "ComfyUIDeployStringFunction"])
def test_texts_joined_and_replaced(class_type, fields, text):
    """The result goes on, and is shown."""
    puts = [
        report.data for report in run({"1": node(class_type, **fields)}) if isinstance(report, NodeOutput)
    ]
    assert puts == [{"text": [text]}]


def test_texts_cannot_explode():
    """Nor can a pattern hang the run."""
    fields = {
        "action": "replace",
        "tidy_tags": "no",
        "text_a": "a" * 10**6,
        "text_b": "a",
        "text_c": "b" * 99,
    }
    with pytest.raises(NodeFailed, match="shorten it"):
        run({"1": node("ComfyUIDeployStringCombine", **fields)})
    fields = {"action": "append", "tidy_tags": "no", "text_a": "a" * 3 * 10**6, "text_b": "b" * 3 * 10**6}
    with pytest.raises(NodeFailed, match="shorten it"):
        run({"1": node("ComfyUIDeployStringCombine", **fields)})
    fields = {"action": "replace", "tidy_tags": "no", "text_a": "a", "text_b": "/(/", "text_c": ""}
    with pytest.raises(NodeFailed, match="regex_pattern"):
        run({"1": node("ComfyUIDeployStringCombine", **fields)})


@settings(deadline=None)
@given(
    frames=st.integers(0, 60), fps=st.integers(1, 60), rate=st.integers(0, 60), skip=st.integers(0, 20),
    nth=st.integers(1, 9))  # fmt: skip
def test_which_frames_a_video_gives(frames, fps, rate, skip, nth):
    """The clock's rule, step by step: a frame is shown for as long as its time has not run out."""
    shown_frames, owed, seen_by_now = [], 0, []
    for number in range(frames):
        while owed <= number * (rate or fps):  # in units of 1 / (rate x fps) of a second
            shown_frames.append(number)
            owed += fps
        seen_by_now.append(len(shown_frames))
    wanted = shown_frames[skip::nth]
    choice = Choice(rate, skip, nth, 0)
    taken, before = [], 0
    for number, due in enumerate(seen_by_now):
        taken += [number] * choice.copies(before, due)
        before = due
    assert taken == wanted


def test_sizes_a_video_can_be_forced_to():
    """Open sides keep the proportions, to a multiple of eight."""
    assert new_size(100, 60, "Disabled", 1, 1) == (100, 60)
    assert new_size(100, 60, "Custom", 31, 33) == (31, 33)
    assert new_size(100, 60, "Custom Width", 50, 0) == (50, 32)
    assert new_size(100, 60, "?x256", 0, 0) == (424, 256)
    assert new_size(100, 60, "512x512", 0, 0) == (512, 512)
    for width, height in ((0, 5), (5, 0)):
        with pytest.raises(NodeFailed, match="give custom_width"):
            new_size(100, 60, "Custom", width, height)


def video(place: str, **fields: Any) -> dict[str, Any]:
    given_fields = {
        "force_rate": 0, "force_size": "Disabled", "custom_width": 0, "custom_height": 0, "frame_load_cap": 0,
        "skip_first_frames": 0, "select_every_nth": 1, **fields,
    }  # fmt: skip
    return node(f"{P}Video", input_id=place, **given_fields)


def test_an_external_video():
    """Its frames, how many, its sound, and what is known of it; a URL before the default's URL before its name."""
    content = made.mp4(count=12, fps=4, width=32, height=16, sound=True)
    files = {"http://here/v.mp4": content, "mine.mp4": made.mp4(count=2)}
    source = video(
        "http://here/v.mp4", force_rate=8, force_size="64x?", skip_first_frames=3, frame_load_cap=5
    )
    source["inputs"]["force_size"] = "256x?"
    assert seen(source, files) == "float32 array of shape (5, 128, 256, 3)"
    assert seen(source, files, 1) == "5"
    assert "sample_rate=8000" in seen(source, files, 2)
    told = seen(source, files, 3)
    for part in ('"source_fps": 4.0', '"source_frame_count": 12', '"loaded_fps": 8.0', '"loaded_width": 256'):
        assert part in told
    assert seen(source, files, 4) == "nothing"
    by_url = video("x", default_value_url="http://here/v.mp4", default_video="mine.mp4")
    assert seen(by_url, files, 1) == "12"
    assert seen(video("x", default_video="mine.mp4"), files, 1) == "2"
    assert seen(video("x", default_video="mine.mp4"), files, 2) == "nothing"
    with pytest.raises(NodeFailed, match="there is no video at"):
        seen(video("http://here/none.mp4?key=secret"), files)
    with pytest.raises(NodeFailed, match="gave no frame"):
        seen(video("http://here/v.mp4", skip_first_frames=99), files)


def test_a_forced_rate_cannot_explode():
    """A slow video shown fast is many frames: refused while it grows, and skipping costs nothing."""
    content = made.mp4(count=9, fps=1, width=256, height=256)
    with pytest.raises(NodeFailed, match="smaller width, height or batch"):
        seen(video("http://here/v.mp4", force_rate=60), {"http://here/v.mp4": content})
    capped = video("http://here/v.mp4", force_rate=60, skip_first_frames=400, frame_load_cap=7)
    assert seen(capped, {"http://here/v.mp4": content}, 1) == "7"


def test_an_external_sound():
    """From a URL or an upload's name; the default for all else."""
    files = {"http://here/a.wav": made.wav(), "mine.wav": made.wav(rate=16000), "bad.wav": b"RIFF"}
    default = {"7": node("EmptyAudio", duration=0.1, sample_rate=22050, channels=1)}
    for place, rate in (
        ("http://here/a.wav", 8000), ("mine.wav", 16000), ("bad.wav", 22050), ("none.wav", 22050), ("", 22050),
    ):  # fmt: skip
        source = node(f"{P}Audio", input_id="x", audio_file=place, default_value=["7", 0])
        assert f"sample_rate={rate}" in seen(source, files, **default)
    assert seen(node(f"{P}Audio", input_id="x", audio_file=""), files) == "nothing"
    with pytest.raises(NodeFailed, match="can't be read"):
        seen(node(f"{P}Audio", input_id="x", audio_file="bad.wav"), files)


def test_an_external_exr():
    """Light as the tonemap shows it, alpha as the mask; the defaults for all else."""
    light = np.zeros((2, 3, 4), np.float32)
    light[..., 0] = 0.25  # alpha; then blue, green, red
    light[..., 1:] = (0.0, 1.0, 3.0)
    files = {"a.exr": made.exr(light, "ABGR"), "bad.exr": b"v/1\x01"}
    source = node(f"{P}EXR", input_id="x", exr_file="a.exr", tonemap="Reinhard")
    assert seen(source, files) == "float32 array of shape (1, 2, 3, 3)"
    assert seen(source, files, 1) == "float32 array of shape (1, 2, 3)"
    bad = node(f"{P}EXR", input_id="x", exr_file="bad.exr", tonemap="linear", default_image=["7", 0])
    assert seen(bad, files, **{"7": empty()}) == "float32 array of shape (1, 6, 8, 3)"
    assert seen(node(f"{P}EXR", input_id="x", exr_file="", tonemap="linear"), files) == "nothing"
