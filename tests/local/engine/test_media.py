"""Sound, video and EXR: what is encoded is decoded again, hostile files are refused before they can grow."""

import os
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine import encoding, media
from stationthis_sdk.local.engine.decoding import read_audio, read_video
from stationthis_sdk.local.engine.exr import TONEMAPS, read_exr, to_light, to_screen, write_exr
from stationthis_sdk.local.engine.media import Audio, VideoFile
from stationthis_sdk.local.engines import NodeFailed, NodeOutput, Stopped
from tests.local.engine import made
from tests.local.engine.calling import call, picture
from tests.local.test_engine import MemoryFiles, empty, node, run


def unstopped() -> None:
    """Nothing asks to stop."""


def kept(graph: Any, files: MemoryFiles | None = None) -> tuple[bytes, dict[str, Any]]:
    """The only file that a graph puts out, and the item that tells of it."""
    files = files or MemoryFiles()
    (put,) = [report for report in run(graph, files=files) if isinstance(report, NodeOutput)]
    ((content, _),) = files.kept
    ((item,),) = put.data.values()
    assert put.uploaded
    return content, item


def sound(channels: int = 2, samples: int = 3000, rate: int = 8000, count: int = 1) -> Audio:
    """A tone of its own in each channel."""
    at = np.arange(samples) / rate
    tones = np.stack([np.sin(2 * np.pi * (200 + 100 * channel) * at) * 0.5 for channel in range(channels)])
    return Audio(np.repeat(tones[None].astype(np.float32), count, 0), rate)


def read(content: bytes) -> Audio:
    audio = read_audio(content, unstopped)
    assert audio is not None
    return audio


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_flac_keeps_every_channel(channels, rate):
    """Length and rate to the sample, values to 16 bits."""
    audio = sound(channels, rate=rate)
    files = MemoryFiles()
    call("SaveAudio", files, audio=audio, filename_prefix="x")
    again = read(files.kept[0][0])
    assert again.sample_rate == rate
    assert again.waveform.shape == audio.waveform.shape
    assert np.abs(again.waveform - audio.waveform).max() < 2 / 32768


@pytest.mark.parametrize("quality", ["V0", "128k", "320k"])
@pytest.mark.parametrize(("channels", "rate"), [(1, 8000), (2, 44100), (6, 44100), (2, 96000), (1, 5000)])
def test_mp3(quality, channels, rate):
    """Two channels at most, at a rate that MP3 knows; about as long as before."""
    audio = sound(channels, samples=rate, rate=rate)
    files = MemoryFiles()
    call("SaveAudioMP3", files, audio=audio, filename_prefix="x", quality=quality)
    again = read(files.kept[0][0])
    assert again.sample_rate == (48000 if rate == 96000 else max(rate, 8000))
    assert again.waveform.shape[1] == min(channels, 2)
    assert 0.95 < again.waveform.shape[2] / again.sample_rate < 1.2


def test_each_sound_of_a_batch_is_a_file():
    """Under ``files``, counted."""
    files = MemoryFiles()
    call("SaveAudio", files, audio=sound(count=3), filename_prefix="au/x%batch_num%")
    assert len(files.kept) == 3
    content, item = kept(
        {
            "1": node("LoadAudio", audio="a.wav"),
            "2": node("SaveAudio", audio=["1", 0], filename_prefix="au/x"),
        },
        MemoryFiles({"a.wav": made.wav()}),
    )
    assert content[:4] == b"fLaC"
    assert (item["subfolder"], item["filename"]) == ("au", "x_00001_.flac")
    assert b"LoadAudio" in content  # the graph


@pytest.mark.parametrize("channels", [1, 2, 8, 15])
def test_a_wav_is_read_as_it_is(channels):
    """Every sample of every channel."""
    content = made.wav(rate=11025, channels=channels)
    audio = read(content)
    assert audio.sample_rate == 11025
    assert np.array_equal(audio.waveform[0], made.wav_samples(content))


def test_a_part_of_a_sound_is_read():
    """From a start, for a while; a part behind the end is empty."""
    content = made.wav(seconds=1, rate=8000)
    whole = made.wav_samples(content)
    part = read_audio(content, unstopped, Fraction(1, 4), Fraction(1, 8))
    assert part is not None
    assert np.array_equal(part.waveform[0], whole[:, 2000:3000])
    behind = read_audio(content, unstopped, Fraction(9))
    assert behind is not None
    assert behind.waveform.shape[2] == 0


@settings(deadline=None)
@given(st.floats(-2, 2), st.floats(0, 2), st.integers(1, 900))
def test_trimming_takes_what_lies_within(start, duration, samples):
    """Seconds from the start, or from the end when negative; nothing left is an error."""
    rate = 500
    audio = Audio(np.arange(samples, dtype=np.float32)[None, None], rate)
    first = round(start * rate)
    first = samples + first if start < 0 else first
    first = min(max(first, 0), samples - 1)
    wanted = list(range(samples))[first : first + round(duration * rate)]
    if not wanted:
        with pytest.raises(NodeFailed, match="start must lie before the end"):
            call("TrimAudioDuration", audio=audio, start_index=start, duration=duration)
        return
    (trimmed,) = call("TrimAudioDuration", audio=audio, start_index=start, duration=duration)
    assert trimmed.waveform[0, 0].tolist() == wanted
    assert trimmed.sample_rate == rate


def test_silence():
    """As long as asked for; what nobody could hold, or hear, is refused."""
    (audio,) = call("EmptyAudio", duration=1.5, sample_rate=1000, channels=2)
    assert audio.waveform.shape == (1, 2, 1500)
    assert not audio.waveform.any()
    for duration, rate, reason in (
        (2.0**64, 44100, "longer than the 760 s"), (1.0, 0, "a sample rate of 0"), (1.0, -5, "rate of -5"),
        (1.0, 10**9, "rate of 1000000000"), (1.0, 10**400, "a sample rate of 1000"),
    ):  # fmt: skip
        with pytest.raises(NodeFailed, match=reason):
            call("EmptyAudio", duration=duration, sample_rate=rate, channels=2)
    (none,) = call("EmptyAudio", duration=0.0, sample_rate=1000, channels=1)
    with pytest.raises(NodeFailed, match="holds no samples"):
        call("SaveAudio", audio=none, filename_prefix="x")


def test_a_sound_that_unpacks_without_end_is_refused(monkeypatch):
    """While it is unpacked."""
    monkeypatch.setattr(media, "SAMPLE_LIMIT", 2**20)
    assert read(made.long_silence(2**20)).waveform.nbytes == 2**22
    content = made.long_silence(2**22)
    assert len(content) < 2**16
    with pytest.raises(NodeFailed, match="longer than the 21 s"):
        read(content)


@pytest.mark.parametrize("with_sound", [False, True])
def test_a_video_made_of_pictures(with_sound):
    """Frames, rate and sound come back from the file."""
    images = np.repeat(picture(1, 5, 1, 1), 16, 1).repeat(32, 2)
    (video,) = call("CreateVideo", images=images, fps=12.5, audio=sound(1, 8000) if with_sound else None)
    files = MemoryFiles()
    call("SaveVideo", files, video=video, filename_prefix="v/%width%x%height%", format="auto", codec="h264")
    (loaded,) = call("LoadVideo", MemoryFiles({"v.mp4": files.kept[0][0]}), file="v.mp4")
    frames, audio, fps = call("GetVideoComponents", video=loaded)
    assert frames.shape == images.shape
    assert np.abs(frames - images).max() < 0.06
    assert fps == 12.5
    assert (audio is not None) == with_sound
    if audio is not None:  # cut to the pictures' length
        assert audio.sample_rate == 8000
        assert 3200 <= audio.waveform.shape[2] < 3200 + 3 * 1024


@pytest.mark.parametrize("codec", ["vp9", "av1"])
@pytest.mark.parametrize(("width", "height"), [(64, 64), (33, 17)])
def test_webm(codec, width, height):
    """Odd sides too."""
    content, item = kept(
        {"1": empty(width, height, 0x4080C0, 3), "2": node("SaveWEBM", images=["1", 0], filename_prefix="w", codec=codec, fps=6.0, crf=20.0)}
    )  # fmt: skip
    video = read_video(content, unstopped)
    assert video.images.shape == (3, height, width, 3)
    assert np.abs(video.images - np.float32([0x40, 0x80, 0xC0]) / 255).max() < 0.06
    assert video.fps == 6
    assert item["filename"] == "w_00001_.webm"


def test_a_video_file_that_needs_no_change_keeps_its_bytes():
    """Another codec is encoded anew, and the name knows the size."""
    graph = {
        "1": node("LoadVideo", file="v"),
        "2": node(
            "SaveVideo", video=["1", 0], filename_prefix="%width%x%height%", format="mp4", codec="auto"
        ),
    }
    content = made.mp4()
    same, item = kept(graph, MemoryFiles({"v": content}))
    assert same == content
    assert item["filename"] == "32x16_00001_.mp4"
    other, item = kept(graph, MemoryFiles({"v": made.mp4(codec="mpeg4")}))
    assert read_video(other, unstopped).images.shape == (8, 16, 32, 3)
    assert item["filename"] == "32x16_00001_.mp4"


def test_odd_sizes_are_told():
    """H.264 has none; the message says which to take."""
    (video,) = call("CreateVideo", images=picture(1, 2, 5, 8), fps=1.0)
    with pytest.raises(NodeFailed, match=r"not 8 x 5: scale or crop the pictures to 8 x 4"):
        call("SaveVideo", video=video, filename_prefix="x", format="auto", codec="auto")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pictures_of_any_channels_make_a_video(channels):
    """Grey is made coloured, alpha left out."""
    files = MemoryFiles()
    (video,) = call("CreateVideo", images=picture(1, 2, 8, 8, channels), fps=1.0)
    call("SaveVideo", files, video=video, filename_prefix="x", format="auto", codec="auto")
    assert read_video(files.kept[0][0], unstopped).images.shape == (2, 8, 8, 3)


def test_videos_too_large_to_hold_are_refused():
    """By what one frame claims, before it is decoded; by their number, while they are."""
    large = VideoFile(made.mp4(count=1, width=5120, height=4096))
    with pytest.raises(NodeFailed, match=r"1 picture.s. of 5120 x 4096"):
        call("GetVideoComponents", video=large)
    many = VideoFile(made.mp4(count=70, width=512, height=512))
    with pytest.raises(NodeFailed, match=r"65 picture.s. of 512 x 512"):
        call("GetVideoComponents", video=many)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "content",
    [
        b"", b"junk" * 99, PLAYLIST, b"ffconcat version 1.0\nfile /etc/passwd\n", made.png(), b"v=0\no=- 0 0 IN IP4 1.1.1.1\n",
        made.mp4()[:200], made.wav()[:20], b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/</BaseURL></MPD>",
    ],
)  # fmt: skip
def test_what_is_no_sound_or_video_is_refused(content):
    """Playlists above all: they name other files and addresses."""
    files = MemoryFiles({"x": content})
    for class_type, name in (("LoadAudio", "audio"), ("LoadVideo", "file")):
        with pytest.raises(NodeFailed, match=r"can't be read|holds no|channels|rate"):
            call(class_type, files, **{name: "x"})


def test_the_wrong_kind_is_told():
    """A sound as a video, a silent video as a sound, no file at all."""
    files = MemoryFiles({"a.wav": made.wav(), "v.mp4": made.mp4()})
    with pytest.raises(NodeFailed, match="holds no video"):
        call("LoadVideo", files, file="a.wav")
    with pytest.raises(NodeFailed, match="holds no sound"):
        call("LoadAudio", files, audio="v.mp4")
    with pytest.raises(NodeFailed, match=r"invalid audio file: none\.wav"):
        call("LoadAudio", files, audio="none.wav")
    with pytest.raises(NodeFailed, match=r"invalid video file: none\.mp4"):
        call("LoadVideo", files, file="none.mp4")


SEEDS = (
    made.mp4(sound=True),
    made.wav(0.1),
    made.long_silence(2**10),
    made.exr(np.ones((3, 4, 4), np.float32), "ABGR"),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=4)), max_size=6), st.integers(0, 10**6))  # fmt: skip
def test_damaged_files_are_read_or_refused(content, damages, length):
    """Whatever was done to them."""
    damaged = bytearray(content)
    for at, put in damages:
        start = at % len(damaged)
        damaged[start : start + len(put)] = put
    content = bytes(damaged[: max(1, length % (2 * len(damaged)))])
    for reader in (read_audio, read_video):
        with suppress(NodeFailed):
            reader(content, unstopped)
    with suppress(NodeFailed):
        read_exr(content)


def test_a_stop_is_heard_while_decoding_and_encoding():
    """Between frames."""
    content = made.mp4(count=50)
    for class_type, given_values in (
        ("GetVideoComponents", {"video": VideoFile(content)}),
        ("SaveWEBM", {"images": picture(1, 9, 16, 16), "filename_prefix": "x", "codec": "vp9", "fps": 1.0, "crf": 9.0}),
        ("SaveAudio", {"audio": sound(samples=2**18), "filename_prefix": "x"}),
    ):  # fmt: skip
        asked = iter([False, False])
        with pytest.raises(Stopped):
            call(class_type, stopped=lambda asked=asked: next(asked, True), **given_values)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("names", ["BGR", "ABGR", "Y", "AY"])
def test_exr_files_are_read_as_they_are(names, half):
    """Light beyond 1, whole and half floats, grey and alpha."""
    light = np.float32([[[0.5, 2.0, 0.25, 60000.0], [0.0, -1.0, 7.5, 1.0]]])[..., : len(names)]
    got = read_exr(made.exr(light, names, half))
    by_name = dict(zip(names, np.moveaxis(light, -1, 0), strict=True))
    wanted = [by_name[name] for name in ("RGB" if "R" in names else "YYY")]
    wanted += [by_name["A"]] if "A" in names else []
    assert np.array_equal(got, np.stack(wanted, axis=-1))


@pytest.mark.parametrize("size", [(100_000, 100_000), (2**31 - 1, 2**31 - 1), (4097, 4097)])
def test_an_exr_that_claims_to_be_huge_is_refused(size):
    """Before anything of it is decoded."""
    with pytest.raises(NodeFailed, match="more than 16,777,216 pixels"):
        read_exr(made.exr(np.ones((1, 1, 3), np.float32), size=size))


@pytest.mark.parametrize("channels", [3, 4])
def test_exr_files_hold_every_bit(channels):
    """Written and read."""
    light = np.random.default_rng(1).normal(0, 99, (7, 5, channels)).astype(np.float32)
    assert np.array_equal(read_exr(write_exr(light)), light)


@settings(deadline=None)
@given(st.sampled_from(TONEMAPS), st.floats(0, 1, width=32))
def test_tonemaps_go_both_ways(tonemap, level):
    """From a screen's level to light and back."""
    levels = np.full((1, 1, 3), level, np.float32)
    assert np.abs(to_screen(to_light(levels, tonemap), tonemap) - levels).max() < 1e-5


def test_tonemaps_are_the_curves_they_say():
    """Some values by hand."""
    light = np.float32([0.001, 0.5, 1.0, 3.0, -1.0])
    srgb = [0.01292, 1.055 * 0.5 ** (1 / 2.4) - 0.055, 1.0, 1.0, 0.0]
    assert to_screen(light, "sRGB").tolist() == pytest.approx(srgb, abs=1e-6)
    reinhard = 1.055 * 0.75 ** (1 / 2.4) - 0.055
    assert to_screen(light, "Reinhard")[3] == pytest.approx(reinhard, abs=1e-6)
    assert to_screen(light, "linear").tolist() == light.tolist()
    assert to_screen(np.float32([np.inf, np.finfo(np.float32).max]), "Reinhard").tolist() == pytest.approx(
        [1, 1]
    )


def test_an_exr_goes_out_and_comes_in():
    """Through the nodes: alpha is turned round on its way out, as the plugin does."""
    images = picture(3, 1, 6, 5, 4)
    files = MemoryFiles()
    call("ComfyDeployOutputEXR", files, images=images, filename_prefix="e", tonemap="sRGB")
    again, alpha = call(
        "ComfyUIDeployExternalEXR",
        MemoryFiles({"e": files.kept[0][0]}),
        input_id="x",
        exr_file="e",
        tonemap="sRGB",
    )
    assert np.abs(again - images[..., :3]).max() < 1e-5
    assert np.abs(alpha - (1 - images[..., 3])).max() < 1e-6


def test_without_pyav_those_nodes_say_what_to_install():
    """In one line, and all other graphs run; PyAV is not loaded before a node needs it."""
    program = """
import sys
from stationthis_sdk.local.engine.running import execute
from stationthis_sdk.local.engines import NodeFailed
assert "av" not in sys.modules
sys.modules["av"] = None
class Files:
    def read(self, name): return b"x"
    def keep(self, content, suffix): return suffix
def run(graph): execute(graph, {}, None, files=Files(), report=lambda _: None, stopped=lambda: False)
save = {"audio": ["1", 0], "filename_prefix": "x"}
run({"1": {"class_type": "EmptyAudio", "inputs": {"duration": 1.0, "sample_rate": 8000, "channels": 1}},
     "2": {"class_type": "PreviewAudio", "inputs": {"audio": ["1", 0]}}})
for source in ("LoadAudio", "EmptyAudio"):
    fields = {"audio": "x", "duration": 1.0, "sample_rate": 8000, "channels": 1}
    try:
        run({"1": {"class_type": source, "inputs": fields}, "2": {"class_type": "SaveAudio", "inputs": save}})
    except NodeFailed as problem:
        print(problem)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    hint = "sound, video and EXR need PyAV: pip install 'stationthis-sdk[media]'"
    assert first == f"node 1 (LoadAudio): {hint}"
    assert second == f"node 2 (SaveAudio): {hint}"


def _tasks() -> list[str]:
    """This process's threads."""
    return [one.name for one in Path("/proc/self/task").iterdir()]


def test_an_av1_encoder_leaves_everybody_his_turn():
    """It gives its threads and its caller's real-time priority where it may; neither keeps it, also when stopped."""
    looked = []

    def check() -> None:
        looked.append({os.sched_getscheduler(int(task)) for task in _tasks()})
        if len(looked) == 3:
            raise Stopped

    with suppress(Stopped):
        encoding.webm(np.zeros((4, 64, 64, 3), np.float32), Fraction(24), "av1", 32.0, {}, check)
    assert looked == [{os.SCHED_OTHER}] * 3
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
