"""Small pictures: whole, no larger than they may be, whatever the file is."""

import base64
import io
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from stationthis_sdk.notebook import thumbnails as thumbnails_module
from stationthis_sdk.notebook.thumbnails import Thumbnail, key_of, thumbnail, thumbnail_of_bytes, thumbnails


def picture(width: int, height: int, mode: str = "RGB", form: str = "PNG", seed: int = 0) -> bytes:
    """A file that does not compress well."""
    kinds: dict[str, Any] = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    channels = {"RGB": (3,), "RGBA": (4,), "CMYK": (4,), "LA": (2,)}.get(mode, ())
    noise = np.random.default_rng(seed).integers(0, 255, (height, width, *channels))
    made = Image.fromarray(noise.astype(kinds.get(mode, np.uint8)), None if mode in kinds else mode)
    file = io.BytesIO()
    made.save(file, form)
    return file.getvalue()


@attrs.define
class Held:
    """An output that is held in memory."""

    data: bytes
    kind: str = "image"
    url: str | None = None
    asked: int = 0

    async def bytes(self, *, max_bytes: int) -> bytes:
        """Its bytes."""
        self.asked += 1
        return self.data


@settings(max_examples=40, deadline=None)
@given(
    width=some.integers(1, 400), height=some.integers(1, 400), most=some.integers(500, 40_000), pixels=some.integers(16, 512),
    mode=some.sampled_from(["RGB", "RGBA", "L", "LA", "I;16"]),
)  # fmt: skip
def test_a_thumbnail_keeps_to_its_bytes(width: int, height: int, most: int, pixels: int, mode: str) -> None:
    """It takes no more of the file than allowed, is no larger than asked, and keeps the shape of the picture."""
    made = thumbnail_of_bytes(picture(width, height, mode), pixels=pixels, most_bytes=most)
    if made is None:
        return
    assert made.written == len(made.uri)
    assert made.written <= most
    assert max(made.width, made.height) <= max(pixels, 48)
    assert made.source_size == (width, height)
    opened = Image.open(io.BytesIO(base64.b64decode(made.uri.partition(",")[2])))
    assert opened.size == (made.width, made.height)
    assert opened.format == "WEBP"


@given(some.binary(max_size=400))
def test_what_is_no_picture_has_none(data: bytes) -> None:
    """Damaged and foreign files lead to no picture, and to no error."""
    for kind in ("image", "video", "animation"):
        assert thumbnail_of_bytes(data, pixels=64, most_bytes=4000, kind=kind) is None
    whole = picture(32, 32)
    thumbnail_of_bytes(whole[: len(whole) // 2] + data, pixels=64, most_bytes=4000)


def test_a_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that would fill the memory is left alone."""
    whole = picture(64, 64)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert thumbnail_of_bytes(whole, pixels=64, most_bytes=4000) is None


async def test_a_thumbnail_is_fetched_once() -> None:
    """What was small once is kept; a new signature of its link is no new picture; another size is."""
    held = Held(picture(64, 64, seed=1), url="http://127.0.0.1/one.png?signature=1")
    first = await thumbnail(held, pixels=32, most_bytes=9000)
    held.url = "http://127.0.0.1/one.png?signature=2"
    assert await thumbnail(held, pixels=32, most_bytes=9000) is first
    assert held.asked == 1
    assert await thumbnail(held, pixels=16, most_bytes=9000) is not first


async def test_less_room_fetches_nothing_anew() -> None:
    """A smaller copy is made of the one that is kept, and says the size of the original."""
    held = Held(picture(300, 200, seed=2), url="http://127.0.0.1/two.png")
    large = await thumbnail(held, pixels=256, most_bytes=200_000)
    small = await thumbnail(held, pixels=256, most_bytes=5000)
    assert large is not None
    assert small is not None
    assert small.written <= 5000 < large.written
    assert small.source_size == large.source_size == (300, 200)
    assert await thumbnail(held, pixels=256, most_bytes=200_000) is large
    assert held.asked == 1


async def test_what_failed_is_not_fetched_again_and_again() -> None:
    """A damaged file, and one that is too large for a strip, are asked for once; for another display it is asked anew."""
    held = Held(b"nothing", url="http://127.0.0.1/damaged.png")
    for _ in range(3):
        assert await thumbnail(held, largest=1000) is None
    assert held.asked == 1
    assert await thumbnail(held) is None
    assert held.asked == 2


@pytest.mark.parametrize(("missing", "kind"), [("av", "video"), ("PIL", "image"), ("PIL", "video")])
async def test_nothing_is_fetched_that_nobody_can_draw(
    monkeypatch: pytest.MonkeyPatch, missing: str, kind: str
) -> None:
    """Without PyAV no film is fetched for its first frame, without Pillow nothing is; it is no error."""
    find = thumbnails_module.find_spec
    monkeypatch.setattr(thumbnails_module, "find_spec", lambda name: None if name == missing else find(name))
    held = Held(picture(32, 32), kind=kind, url=f"http://127.0.0.1/undrawn.{missing}.{kind}")
    assert await thumbnail(held) is None
    assert held.asked == 0
    assert thumbnail_of_bytes(held.data, pixels=32, most_bytes=9000, kind=kind) is None


def test_pictures_are_told_apart_by_what_does_not_sign_them() -> None:
    """Names in a query are two pictures; signatures of any bucket are left out, and words like theirs are not."""
    base = "https://example.org/view"

    def key(query: str) -> str:
        return key_of(Held(b"", url=f"{base}?{query}"))

    assert key("filename=a.png") != key("filename=b.png")
    assert key("filename=a.png&X-Amz-Signature=1&X-Amz-Date=2") == key("filename=a.png&x-amz-signature=3")
    assert key("Expires=1&Signature=2&Key-Pair-Id=3") == base
    assert key("sv=1&se=2&sr=b&sp=r&sig=3&v=1") == f"{base}?v=1"
    assert key("sp=1") != key("sp=2")
    assert key("token=1&type=output") == f"{base}?type=output"


async def test_many_thumbnails_keep_to_a_sum() -> None:
    """Together they take what they may, in their order; what has no picture is None."""
    held = [Held(picture(80, 80, seed=place)) for place in range(30)]
    held[7].data = b"nothing"
    made = await thumbnails(held, pixels=64, most_bytes=5000, in_all=60_000)
    assert made[7] is None
    assert sum(one.written for one in made if one is not None) <= 60_000
    assert sum(isinstance(one, Thumbnail) for one in made) == 29
