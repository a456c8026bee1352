"""Pictures and files on their way up: told by their bytes, refused before anything is paid for."""

import base64
import io
import mimetypes
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk.entities import Media
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.file_types import safe_name, sniff
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, media_for, media_of


def picture(form="PNG", mode="RGB", size=(64, 48), **options) -> bytes:
    noise = Image.effect_noise(size, 60).convert(mode)
    noise.save(buffer := io.BytesIO(), form, **options)
    return buffer.getvalue()


def opened(media) -> Image.Image:
    content = media.content if isinstance(media.content, bytes) else Path(media.content).read_bytes()
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def refused(value, kind="image") -> str:
    with pytest.raises(InvalidInput) as caught:
        media_of(value, kind)
    assert len(str(caught.value)) < 500
    return str(caught.value)


PNG = picture()
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(28)


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\n\r\n\nWEBP", "image/webp"),
        (WAV, "audio/x-wav"),
        (b"RIFF....AVI ", "video/x-msvideo"),
        (b"BM\n...\x00\x00\x00\x00", "image/bmp"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"\x00\x00\x00\nftypavif", "image/avif"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypqt  ", "video/quicktime"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"\x1aE\xdf\xa3", "video/webm"),
        (b"fLaC", "audio/flac"),
        (b"OggS", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\x76\x2f\x31\x01", "image/x-exr"),
        (b"PK\x03\x04", "application/zip"),
        (b"", None),
        (b"RIFF....", None),
        (b" \x89PNG\r\n\x1a\n", None),
        (b"<svg>", None),
        (b"%PDF-1.7", None),
    ],
)
def test_what_first_bytes_say(head, mime):
    """Each signature is known by the first bytes alone; what says nothing is None."""
    assert sniff(head) == sniff(head + b"more") == mime


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF"])
def test_real_pictures(form, tmp_path):
    """A whole picture of each form passes as bytes and as a path, and is named by what it is."""
    path = tmp_path / "a picture.dat"
    path.write_bytes(picture(form))
    for value in (
        path.read_bytes(),
        path,
        str(path),
        bytearray(path.read_bytes()),
        memoryview(path.read_bytes()),
    ):
        media = media_of(value, "image")
        assert isinstance(media, Media)
        assert media.mime == f"image/{form.lower()}"
        assert mimetypes.guess_type(media.filename)[0] == media.mime
        assert opened(media).size == (64, 48)
    assert media_of(path, "image").filename.startswith("a picture.")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
@given(share=some.floats(0.3, 0.9))
def test_truncated_pictures(form, share):
    """A picture whose end is missing is refused here, not by a machine that costs."""
    content = picture(form)
    assert "damaged" in refused(content[: int(len(content) * share)])


@given(some.integers(60, len(PNG) - 20), some.integers(1, 255))
def test_a_png_with_a_wrong_byte(place, change):
    """A PNG with one byte changed in its pixels is refused."""
    broken = bytearray(PNG)
    broken[place] ^= change
    assert "damaged" in refused(bytes(broken))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"x"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(50_000, 50_000), (100_000, 2_000)])
def test_decompression_bombs(size):
    """A few bytes that claim to be a huge picture are refused without being unpacked."""
    assert "too many pixels" in refused(bomb(*size))


@pytest.mark.parametrize("kind", ["image", "audio", "video"])
def test_a_text_is_no_picture(kind, tmp_path):
    """A text file called .png is refused, whatever its name says."""
    path = tmp_path / "a.png"
    path.write_text("hello")
    assert "none that can be recognised" in refused(path, kind)


def test_one_kind_in_anothers_place(tmp_path):
    """A sound is no picture and a picture no video; the message says what it looks like."""
    path = tmp_path / "sound.wav"
    path.write_bytes(WAV)
    assert media_of(path, "audio").mime == "audio/x-wav"
    assert refused(path, "image") == "wants an image file; 'sound.wav' looks like audio/x-wav"
    assert refused(PNG, "audio") == "wants an audio file; 'audio' looks like image/png"
    assert "wants a video file" in refused(PNG, "video")


def test_empty_and_missing(tmp_path):
    """Nothing at all, in every way it may be given, is refused in words."""
    (tmp_path / "empty.png").touch()
    assert "is empty" in refused(tmp_path / "empty.png")
    assert "is empty" in refused(b"")
    assert "is empty" in refused(io.BytesIO())
    assert "no file" in refused(tmp_path)
    assert "there is no file" in refused(str(tmp_path / "none.png"))
    assert "empty text" in refused("")
    assert "can't be read" in refused("a\x00.png")
    assert "can't be read" in refused(tmp_path / "empty.png" / "below.png")
    assert "there is no file" in refused("\udcff.png")
    assert "no file" in refused("~")
    assert "can't be read" in refused("~nobody-of-that-name/a.png")
    assert "can't be read" in refused(base64.b64encode(PNG * 3).decode())
    os.mkfifo(tmp_path / "pipe")
    assert "no file" in refused(tmp_path / "pipe")
    assert "no file" in refused("/dev/zero")


def test_home_is_understood(tmp_path, monkeypatch):
    """A path may begin with ~, as text and as Path."""
    (tmp_path / "a.png").write_bytes(PNG)
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("~/a.png", Path("~/a.png")):
        assert media_of(value, "image").content == tmp_path / "a.png"


def test_too_large_a_file(tmp_path):
    """A file over the service's limit is refused by its size alone."""
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.write(PNG)
        file.truncate(MAX_UPLOAD_BYTES + 1)
    assert refused(path) == "'large.png' has 250 MiB; the service takes 250 MiB at most"
    assert path.stat().st_blocks * 512 < 1 << 20


def test_web_addresses():
    """Web addresses go as they are, without blanks around them; other schemes are no files either."""
    for url in ("https://h/a.png", "HTTP://h/a?b=c#d", " https://h/a.png\n"):
        assert media_of(url, "image") == url.strip()
    for url in (
        "ftp://h/a.png",
        "https://h/a b.png",
        "https:///a.png",
        "https://",
        "s3://b/a.png",
        "file:///etc/passwd",
    ):
        assert "no web address" in refused(url)


def test_data_urls():
    """A base64 data URL is its bytes; what it says of itself does not count."""
    text = base64.b64encode(PNG).decode()
    for head in ("data:image/png;base64,", "DATA:;base64,", "data:image/webp;name=a.png;base64,"):
        media = media_of(head + text, "image")
        assert (media.content, media.mime, media.filename) == (PNG, "image/png", "picture.png")
    assert "damaged" in refused("data:image/png;base64," + text[: len(text) // 8 * 4])
    assert "base64 is broken" in refused("data:image/png;base64," + text[:41])
    assert "base64 is broken" in refused("data:image/png;base64,ünïcödé")
    assert "base64 is broken" in refused("data:image/png;base64,a b")
    assert "is empty" in refused("data:image/png;base64,")
    assert "not base64" in refused("data:image/png,%89PNG")
    assert "recognised" in refused("data:image/png;base64," + base64.b64encode(b"hello").decode())


@given(
    some.text(max_size=50)
    | some.text(some.sampled_from("data:;base64,/+=AZ09image png\x00\n"), max_size=50).map("data:".__add__)
)
def test_any_text(text):
    """A text is a web address, a file or refused: never another error."""
    try:
        media = media_of(text, "image")
    except InvalidInput:
        return
    assert isinstance(media, Media) or media.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("mode", "becomes"),
    [("1", "1"), ("L", "L"), ("LA", "LA"), ("La", "LA"), ("P", "P"), ("PA", "RGBA"), ("RGB", "RGB"), ("RGBA", "RGBA"),
     ("RGBa", "RGBA"), ("RGBX", "RGB"), ("CMYK", "RGB"), ("YCbCr", "RGB"), ("LAB", "RGB"), ("HSV", "RGB"), ("I", "I;16"),
     ("I;16", "I;16"), ("I;16B", "I;16"), ("F", "L")],
)  # fmt: skip
def test_pillow_modes(mode, becomes):
    """A picture of any mode becomes a PNG that keeps its size, transparency and depth."""
    media = media_of(Image.new(mode, (5, 3)), "image")
    image = opened(media)
    assert (media.mime, image.mode, image.size) == ("image/png", becomes, (5, 3))


def test_pixels_are_kept():
    """Transparency of a palette, sixteen bits and floats from 0 to 1 come through."""
    palette = Image.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((1, 0), 1)
    palette.info["transparency"] = 1
    assert list(opened(media_of(palette, "image")).convert("RGBA").get_flattened_data()) == [
        (255, 0, 0, 255),
        (0, 255, 0, 0),
    ]
    deep = Image.new("I;16", (1, 1), 40_000)
    assert opened(media_of(deep, "image")).getpixel((0, 0)) == 40_000
    assert opened(media_of(deep.convert("I"), "image")).getpixel((0, 0)) == 40_000
    assert opened(media_of(Image.new("F", (1, 1), 0.5), "image")).getpixel((0, 0)) == 128
    assert "floats from 0 to 1" in refused(Image.new("F", (1, 1), 200.0))


def test_pictures_that_are_none():
    """A picture without pixels, a closed one, and one whose file is damaged are refused in words."""
    assert "can't be written" in refused(Image.new("RGB", (0, 3)))
    closed = Image.open(io.BytesIO(PNG))
    closed.close()
    assert "can't be written" in refused(closed)
    assert "can't be written" in refused(Image.open(io.BytesIO(PNG[: len(PNG) // 2])))
    assert "wants a picture" in refused(Image)


@pytest.mark.parametrize(
    ("array", "mode"),
    [
        (np.zeros((3, 5), np.uint8), "L"),
        (np.zeros((3, 5, 1), np.uint8), "L"),
        (np.zeros((3, 5, 3), np.uint8), "RGB"),
        (np.zeros((3, 5, 4), np.uint8), "RGBA"),
        (np.ones((3, 5, 3), np.float16), "RGB"),
        (np.ones((3, 5, 3), np.float64), "RGB"),
        (np.ones((3, 5), bool), "L"),
        (np.full((3, 5, 3), 255, np.int64), "RGB"),
        (np.zeros((5, 3, 3), np.uint8).transpose(1, 0, 2), "RGB"),
        (np.zeros((6, 10, 3), np.uint8)[::2, ::2], "RGB"),
        (np.ma.masked_array(np.zeros((3, 5), np.uint8)), "L"),
    ],
)
def test_arrays(array, mode):
    """Arrays of each shape and kind become a picture of that size."""
    image = opened(media_of(array, "image"))
    assert (image.mode, image.size) == (mode, (5, 3))


def test_array_values():
    """Floats from 0 to 1 and truth values are stretched to 255, whole numbers are kept."""
    assert list(opened(media_of(np.array([[0.0, 0.5, 1.0]]), "image")).get_flattened_data()) == [0, 128, 255]
    assert list(opened(media_of(np.array([[False, True]]), "image")).get_flattened_data()) == [0, 255]
    assert list(opened(media_of(np.array([[0, 7, 255]], np.int32), "image")).get_flattened_data()) == [
        0,
        7,
        255,
    ]


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5),
        np.zeros((2, 2, 2)),
        np.zeros((2, 2, 5)),
        np.zeros((1, 2, 2, 3)),
        np.zeros((0, 5, 3)),
        np.array([[float("nan")]]),
        np.array([[float("inf")]]),
        np.array([[1.5]]),
        np.array([[-0.1]]),
        np.array([[256]]),
        np.array([[-1]]),
        np.zeros((2, 2), complex),
        np.zeros((2, 2), object),
        np.zeros((2, 2), "U3"),
        np.zeros((2, 2), "datetime64[s]"),
    ],
)
def test_arrays_that_are_no_pictures(array):
    """Other shapes, values out of range and other kinds are refused with what is wanted."""
    assert refused(array).startswith("wants ")


def test_open_files(tmp_path):
    """Files opened in binary mode are read; text mode, closed and write-only ones are refused in words."""
    path = tmp_path / "a.png"
    path.write_bytes(PNG)
    with path.open("rb") as file:
        media = media_of(file, "image")
        assert (media.content, media.filename) == (PNG, "a.png")
    assert "can't be read" in refused(file)
    with path.open("rb", buffering=0) as raw:
        assert media_of(raw, "image").content == PNG
    with path.open(encoding="latin-1") as text:
        assert "open(path, 'rb')" in refused(text)
    with path.open(encoding="utf-8") as text:
        assert "can't be read" in refused(text)
    with (tmp_path / "new").open("wb") as file:
        assert "can't be read" in refused(file)
    assert "open(path, 'rb')" in refused(io.StringIO("x"))
    assert media_of(io.BytesIO(PNG), "image").filename == "file.png"


def test_files_of_any_kind(tmp_path):
    """A file input takes what the service takes; a container keeps the ending that says more than its bytes."""
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr("a", "b")
    for name, kept in [
        ("face.pth", "face.pth"),
        ("a.npz", "a.npz"),
        ("plain", "plain.zip"),
        ("many.zip", "many.zip"),
    ]:
        path = tmp_path / name
        path.write_bytes(buffer.getvalue())
        assert media_of(path, "file").filename == kept
    (tmp_path / "a.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}")
    assert media_of(tmp_path / "a.safetensors", "file").mime == "application/octet-stream"
    for name in ("a.txt", "a.txt\n", "a.html", "a.CSV"):
        (tmp_path / name).write_text("hello")
        assert "pack it as .zip" in refused(tmp_path / name, "file")
    assert media_of(np.zeros((2, 2)), "file").mime == "image/png"
    assert "a path, bytes or a URL" in refused(5, "file")


@given(
    some.text()
    | some.text(some.sampled_from("../\\ .:\x00\n\r\"'aB1~é✨"), max_size=300)
    | some.from_regex(r"\w{0,300}\.\w{0,20}"),
    some.sampled_from(
        [
            "image/png",
            "image/jpeg",
            "audio/x-wav",
            "video/mp4",
            "application/zip",
            "application/json",
            "",
            "x/y",
        ]
    ),
)
def test_names_for_uploads(name, mime):
    """A name for an upload is short plain ASCII without a path, and ends in what the service tells its type by."""
    safe = safe_name(name, mime)
    assert safe.isascii()
    assert safe.isprintable()
    assert not set(safe) & set("/\\\"'\0\r\n:")
    assert not safe.startswith((".", " "))
    assert 0 < len(safe) <= 120
    if mime.partition("/")[0] in {"image", "audio", "video"}:
        assert mimetypes.guess_type(safe)[0] == mime


PRINTABLE = some.text(
    some.characters(categories=["L", "N", "P", "Zs"]) | some.sampled_from("\n\t"), min_size=1
)


@given(PRINTABLE, some.integers(1, 600))
def test_text_is_taken_only_under_a_name_that_says_more(words, times):
    """Unnamed it is refused, wherever a letter is cut; named as data it is what it is called, as a picture never."""
    content = (words * times).encode()
    assume(sniff(content) is None)
    for name in (None, "notes", "v1.0 notes", "notes.txt", "fox.png"):
        with pytest.raises(InvalidInput, match="text"):
            media_for(content, name)
    media = media_for(content, "notes.json")
    assert (media.mime, media.filename, media.content) == ("application/json", "notes.json", content)


@given(some.binary(min_size=1, max_size=700))
def test_bytes_that_are_no_text_need_no_name(content):
    """Whatever they are, they are called by their type, or .bin."""
    content = b"\0" + content
    assume(sniff(content) is None)
    media = media_for(content)
    assert (media.filename, media.mime) == ("file.bin", "application/octet-stream")


@pytest.mark.parametrize(
    ("name", "called"),
    [("v1.0 weights", "v1.0 weights.zip"), ("model v1.0", "model v1.0.zip"), ("a.b.pt", "a.b.pt"), (".zip", "zip.zip"),
     ("a.tar.7z", "a.tar.7z"), ("weights.", "weights.zip"), ("../../etc/x", "x.zip")],
)  # fmt: skip
def test_what_is_an_ending(name, called):
    """A few letters and digits after a dot; numbers of versions are none."""
    assert media_for(b"PK\x03\x04", name).filename == called
