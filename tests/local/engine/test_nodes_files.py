"""Pictures from files, and moving pictures into files."""

import io
import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stationthis_sdk.local.engines import NodeFailed, NodeOutput, Stopped
from tests.local.engine.calling import call, file_of, picture
from tests.local.test_engine import MemoryFiles, node, run


def levels(seed: int, height: int = 4, width: int = 5, channels: int = 3) -> np.ndarray:
    return (picture(seed, 1, height, width, channels)[0] * 255).astype(np.uint8)


def load(content: bytes, class_type: str = "LoadImage", **more: Any) -> tuple[Any, ...]:
    return call(class_type, files=MemoryFiles({"a": content}), image="a", **more)


@pytest.mark.parametrize("class_type", ["LoadImage", "LoadImageOutput"])
def test_a_picture_and_what_is_clear_of_it(class_type):
    """The mask is 1 - alpha, and 64 x 64 zeros where there is no alpha."""
    plain, clear = levels(0), levels(1, channels=4)
    image, mask = load(file_of(Image.fromarray(plain)), class_type)
    assert np.array_equal(image[0] * np.float32(255), plain)
    assert mask.shape == (1, 64, 64)
    assert not mask.any()
    image, mask = load(file_of(Image.fromarray(clear)), class_type)
    assert image[0] * 255 == pytest.approx(clear[..., :3], abs=1e-4)
    assert mask[0] * 255 == pytest.approx(255.0 - clear[..., 3], abs=1e-4)


def test_every_mode_of_pictures():
    """Grey, with a palette and a clear colour of it, 16 bits, 1 bit, turned by a camera."""
    grey = Image.fromarray(levels(0)[..., 0])
    assert np.array_equal(load(file_of(grey))[0][0, ..., 1] * np.float32(255), np.asarray(grey))
    with_alpha = Image.merge("LA", (grey, grey))
    assert load(file_of(with_alpha))[1][0] * 255 == pytest.approx(255.0 - np.asarray(grey), abs=1e-4)
    palette = grey.convert("P")
    assert load(file_of(palette, transparency=int(np.asarray(palette)[0, 0])))[1][0, 0, 0] == 1
    alphas = file_of(palette, transparency=bytes(range(256)))
    assert load(alphas)[1][0] * 255 == pytest.approx(255.0 - np.asarray(palette), abs=1e-4)
    assert load(file_of(grey.convert("1")))[0].max() == 1
    deep = Image.fromarray(np.full((2, 3), 0x8000, np.int32))
    assert load(file_of(deep, form="TIFF"))[0].shape == (1, 2, 3, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    turned = load(file_of(Image.fromarray(levels(0)), exif=exif))[0]
    assert np.array_equal(turned[0] * np.float32(255), np.rot90(levels(0), -1))


def test_a_moving_picture_is_a_batch():
    """Of all its frames, with a mask each; those of another size are left out."""
    frames = [Image.new("RGB", (4, 3), colour) for colour in ("red", "lime", "blue")]
    image, mask = load(file_of(*frames, form="WEBP", lossless=True))
    assert image[:, 0, 0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert len(mask) == 3
    image, mask = load(file_of(Image.new("RGB", (4, 3)), Image.new("RGB", (9, 9)), form="TIFF"))
    assert image.shape == (1, 3, 4, 3)
    assert len(mask) == 1
    with pytest.raises(Stopped):
        call(
            "LoadImage",
            files=MemoryFiles({"a": file_of(*frames, form="GIF")}),
            image="a",
            stopped=lambda: True,
        )


@pytest.mark.parametrize(("channel", "index"), [("red", 0), ("green", 1), ("blue", 2), ("alpha", 3)])
def test_a_channel_as_a_mask(channel, index):
    """Alpha turned round; a picture that has none is opaque."""
    clear = levels(0, channels=4)
    (mask,) = load(file_of(Image.fromarray(clear)), "LoadImageMask", channel=channel)
    wanted = 255.0 - clear[..., 3] if channel == "alpha" else clear[..., index]
    assert mask[0] * 255 == pytest.approx(wanted, abs=1e-4)
    assert not load(file_of(Image.fromarray(clear[..., :3])), "LoadImageMask", channel="alpha")[0].any()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that only says how large it is."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [head, b"IDAT" + zlib.compress(b""), b"IEND"]
    body = b"".join(
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "invalid image file: a; upload it first"),
        (b"", "can't be read"),
        (b"GIF89a", "can't be read"),
        (b"<svg/>", "can't be read"),
        (png_of_size(5, 5), "can't be read"),
        (png_of_size(100_000, 100_000), "ask for a smaller|can't be read"),
        (png_of_size(5000, 5000), "more than the 16,777,216"),
        (file_of(Image.new("RGB", (64, 64), "red"), form="JPEG")[:-200], "can't be read"),
    ],
)
@pytest.mark.parametrize("class_type", ["LoadImage", "LoadImageMask"])
def test_files_that_are_no_pictures(class_type, content, said):
    """Broken, foreign, or too large: before anything of that size is made."""
    files = MemoryFiles({} if content is None else {"a": content})
    more = {"channel": "alpha"} if class_type == "LoadImageMask" else {}
    with pytest.raises(NodeFailed, match=said):
        call(class_type, files=files, image="a", **more)


def test_a_film_that_is_too_long():
    """Its frames together are more than is held: refused while it is read."""
    frames = [Image.new("1", (2048, 2048), number % 2) for number in range(6)]
    with pytest.raises(NodeFailed, match=r"5 picture\(s\) of 2048 x 2048"):
        load(file_of(*frames, form="TIFF", compression="group4"))


def animate(
    class_type: str, frames: int = 3, **more: Any
) -> tuple[NodeOutput, Image.Image, dict[str, Any], bytes]:
    graph = {
        **{str(n): node("EmptyImage", width=8, height=6, batch_size=1, color=n * 0x203040) for n in range(1, frames + 1)},
        **{f"b{n}": node("ImageBatch", image1=["1" if n == 2 else f"b{n - 1}", 0], image2=[str(n), 0])
           for n in range(2, frames + 1)},
    }  # fmt: skip
    last = f"b{frames}" if frames > 1 else "1"
    graph["save"] = node(class_type, images=[last, 0], filename_prefix="film/a", **more)
    files = MemoryFiles()
    (put,) = [
        report for report in run(graph, files=files, editor={"nodes": []}) if isinstance(report, NodeOutput)
    ]
    ((content, _),) = files.kept
    return put, Image.open(io.BytesIO(content)), graph, content


WEBP = {"fps": 4.0, "lossless": True, "quality": 80, "method": "fastest"}


def colours(film: Image.Image) -> list[tuple[int, ...]]:
    found = []
    for frame in range(film.n_frames):
        film.seek(frame)
        found.append(film.convert("RGB").getpixel((0, 0)))
    return found


def test_a_batch_as_a_webp_film():
    """One file that moves, at its speed, with the graph inside."""
    put, film, graph, _ = animate("SaveAnimatedWEBP", **WEBP)
    assert put.uploaded
    assert put.data["animated"] == [True]
    (item,) = put.data["images"]
    assert (item["subfolder"], item["filename"]) == ("film", "a_00001_.webp")
    assert (film.format, film.n_frames, film.size) == ("WEBP", 3, (8, 6))
    assert colours(film) == [(0x20 * n, 0x30 * n, 0x40 * n) for n in (1, 2, 3)]
    assert film.info["duration"] == 250
    exif = film.getexif()
    assert json.loads(exif[0x0110].removeprefix("prompt:")) == graph
    assert json.loads(exif[0x010F].removeprefix("workflow:")) == {"nodes": []}
    _, lossy, *_ = animate(
        "SaveAnimatedWEBP", **WEBP | {"lossless": False, "quality": 0, "method": "slowest"}
    )
    assert lossy.n_frames == 3


def test_a_batch_as_a_png_film():
    """The same as PNG, whose graph is in chunks of ComfyUI's own."""
    put, film, graph, content = animate("SaveAnimatedPNG", fps=10.0, compress_level=9)
    assert put.data["images"][0]["filename"] == "a_00001_.png"
    assert put.data["animated"] == [True]
    assert (film.format, film.n_frames) == ("PNG", 3)
    assert colours(film) == [(0x20 * n, 0x30 * n, 0x40 * n) for n in (1, 2, 3)]
    assert film.info["duration"] == 100
    assert b"comfprompt\0" + json.dumps(graph).encode() in content
    assert b'comfworkflow\0{"nodes": []}' in content


@pytest.mark.parametrize(
    ("class_type", "more"),
    [("SaveAnimatedWEBP", WEBP), ("SaveAnimatedPNG", {"fps": 1000.0, "compress_level": 0})],
)
def test_a_film_of_one_picture(class_type, more):
    """Is a picture."""
    _, film, *_ = animate(class_type, 1, **more)
    assert film.n_frames == 1


def test_pictures_for_the_websocket_go_nowhere():
    """No file, no output."""
    files = MemoryFiles()
    graph = {
        "1": node("EmptyImage", width=8, height=6, batch_size=1, color=0),
        "2": node("SaveImageWebsocket", images=["1", 0]),
    }
    assert not [report for report in run(graph, files=files) if isinstance(report, NodeOutput)]
    assert not files.kept
