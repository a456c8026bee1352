"""Small copies of pictures, for displays: WebP, never larger than they may be, kept in memory for the next look."""

import asyncio
import base64
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.notebook.failures import failures
from stationthis_sdk.notebook.hints import hint
from stationthis_sdk.notebook.patience import until

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "LEAST",
    "SEEN",
    "Thumbnail",
    "key_of",
    "small_picture",
    "thumbnail",
    "thumbnail_of_bytes",
    "thumbnails",
]

SEEN: Final = frozenset({"image", "animation", "video"})
"""Kinds of outputs that have a picture."""
LEAST: Final = 1_500
"""Bytes of a notebook's file below which nothing is tried: a picture can't be seen any more."""
_MOST_FETCHED: Final = 64 << 20
"""Bytes of a file beyond which no display fetches it."""
_AT_ONCE: Final = 6
_KEPT: Final = 64 << 20
_ANY_SIZE: Final = 1 << 40
_SIGNING: Final = frozenset(
    {"signature", "expires", "policy", "key-pair-id", "awsaccesskeyid", "googleaccessid", "token", "sig"}
)
_AZURE: Final = frozenset({
    "se", "sp", "sv", "sr", "st", "ss", "srt", "spr", "sip", "sdd", "ske", "sks", "skt", "skv", "skoid", "sktid",
})  # fmt: skip
"""Parts of a query that sign it; such short names mean that beside a "sig" only."""
_SMALLEST: Final = 48
_QUALITIES: Final = (80, 60, 40, 20)
_log = logger("notebook")


@attrs.frozen
class Thumbnail:
    """A small picture, whole: ``data`` is a WebP file of ``width`` × ``height`` pixels; ``source_size`` is the original's."""

    data: bytes = attrs.field(repr=False)
    width: int
    height: int
    source_size: tuple[int, int] = (0, 0)

    @property
    def uri(self) -> str:
        """The picture as an address that holds it (RFC 2397)."""
        return f"data:image/webp;base64,{base64.b64encode(self.data).decode()}"

    @property
    def written(self) -> int:
        """Bytes that it takes in a notebook's file."""
        return 4 * ((len(self.data) + 2) // 3) + 23


class _Memory:
    """Thumbnails by what they are of, the latest asked for kept longest; asked from several loops at once."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[tuple[Any, ...], Thumbnail] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...]) -> Thumbnail | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: tuple[Any, ...], made: Thumbnail) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._kept[key] = made
            self._size += len(made.data) - (0 if before is None else len(before.data))
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1].data)


_memory: Final = _Memory(_KEPT)


def key_of(output: Any) -> str:
    """What an output is told apart by: its address without the signature, which changes."""
    address, _, query = str(output.url or "").partition("?")
    parts = {part: part.partition("=")[0].lower() for part in query.split("&") if part}
    signing = _SIGNING | (_AZURE if "sig" in parts.values() else frozenset())
    lasting = [
        part
        for part, name in parts.items()
        if name not in signing and not name.startswith(("x-amz-", "x-goog-"))
    ]
    return f"{address}?{'&'.join(lasting)}" if lasting else address


async def thumbnail(
    output: Any,
    *,
    pixels: int = 384,
    most_bytes: int = 60_000,
    largest: int = _MOST_FETCHED,
    moment: float | None = None,
) -> Thumbnail | None:
    """A small copy of an output's picture, of a video's first frame; None where there is none to be had.

    pixels: the longer side at the most; a smaller original stays as it is. most_bytes: of the notebook's file: quality
    and then size give way. largest: bytes of a file that is fetched for it. moment: when nobody waits for it any more.
    Never raises for what a file holds or a service says; what failed is not tried again for a while.
    """
    if output.kind not in SEEN or most_bytes < LEAST or not _can_be_drawn(output.kind):
        return None
    key = key_of(output)
    whole = _memory.get((key, pixels)) if key else None
    if whole is None:
        whole = await _fetched(output, key, pixels, largest, until() if moment is None else moment)
    if whole is None or whole.written <= most_bytes:
        return whole
    small = _memory.get((key, pixels, most_bytes)) if key else None
    if small is None:
        made = await asyncio.to_thread(thumbnail_of_bytes, whole.data, pixels=pixels, most_bytes=most_bytes)
        small = made and attrs.evolve(made, source_size=whole.source_size)
        if small is not None and key:
            _memory.keep((key, pixels, most_bytes), small)
    return small


async def _fetched(output: Any, key: str, pixels: int, largest: int, moment: float) -> Thumbnail | None:
    """As good as so many pixels can be: whatever is smaller is made of it, so that no file is fetched for that."""
    left = moment - time.monotonic()
    if left <= 0 or failures.has(key, largest):
        return None
    try:
        async with asyncio.timeout(left):
            data = await output.bytes(max_bytes=largest)
            made = await asyncio.to_thread(
                thumbnail_of_bytes, data, pixels=pixels, most_bytes=_ANY_SIZE, kind=output.kind
            )
    except (StationThisError, TimeoutError) as error:
        _log.info("No picture of %r: %s", output, error)
        made = None
    if made is None:
        failures.note(key, largest)
    elif key:
        _memory.keep((key, pixels), made)
    return made


async def thumbnails(
    outputs: Sequence[Any],
    *,
    pixels: int,
    most_bytes: int,
    in_all: int,
    largest: int = _MOST_FETCHED,
    moment: float | None = None,
) -> "list[Thumbnail | None]":
    """One for each output, a few at once; together they take ``in_all`` bytes of the file at the most.

    Where that is too little for all, the first have theirs. None of them is waited for beyond the moment.
    """
    by = until() if moment is None else moment
    seen = outputs[: in_all // LEAST]
    each = min(most_bytes, in_all // max(1, len(seen)))
    few = asyncio.Semaphore(_AT_ONCE)

    async def one(output: Any) -> Thumbnail | None:
        async with few:
            return await thumbnail(output, pixels=pixels, most_bytes=each, largest=largest, moment=by)

    made = await asyncio.gather(*(one(output) for output in seen))
    return [*made, *([None] * (len(outputs) - len(seen)))]


def _can_be_drawn(kind: str) -> bool:
    """Whether what draws such pictures is installed; asked before anything is fetched for it."""
    if find_spec("PIL") is None:
        hint("Pictures need Pillow")
        return False
    return (
        kind != "video" or find_spec("av") is not None
    )  # the extra media; without it a video has no picture


def thumbnail_of_bytes(data: bytes, *, pixels: int, most_bytes: int, kind: str = "image") -> Thumbnail | None:
    """The same, of a file's bytes; None when they are no picture, or nothing that draws it is installed."""
    if not _can_be_drawn(kind):
        return None
    try:
        picture = _first_frame(data) if kind == "video" else _opened(data)
        return None if picture is None else _small(picture, pixels, most_bytes)
    except Exception as error:  # noqa: BLE001 - Pillow and av raise whatever a damaged file leads to
        _log.info("No picture: %s: %s", type(error).__name__, error)
        return None


def small_picture(data: bytes, *, pixels: int, kind: str = "image") -> "Image | None":
    """The picture itself, of a file's bytes, in RGB or RGBA and no longer than ``pixels``; None when they are no picture."""
    try:
        picture = _first_frame(data) if kind == "video" else _opened(data)
        if picture is None:
            return None
        small = _in_colours(picture)
        small.thumbnail((pixels, pixels))
    except Exception as error:  # noqa: BLE001 - likewise
        _log.info("No picture: %s: %s", type(error).__name__, error)
        return None
    return small


def _opened(data: bytes) -> "Image":
    from PIL import Image, ImageOps  # noqa: PLC0415 - likewise

    picture = Image.open(io.BytesIO(data))
    if picture.width * picture.height > (Image.MAX_IMAGE_PIXELS or 0) > 0:
        raise ValueError("too many pixels")
    picture.load()
    return ImageOps.exif_transpose(picture)


def _first_frame(data: bytes) -> "Image | None":
    import av  # noqa: PLC0415 - slow, and asked for before

    with av.open(io.BytesIO(data), "r") as file:
        frame = next(file.decode(video=0), None)
        return None if frame is None else frame.to_image()  # type: ignore[no-untyped-call]


def _small(picture: "Image", pixels: int, most_bytes: int) -> Thumbnail | None:
    """As good as it can be within its bytes."""
    size = picture.size
    picture = _in_colours(picture)
    room = (most_bytes - 23) * 3 // 4
    side = pixels
    while True:
        small = picture.copy()
        small.thumbnail((side, side))
        for quality in _QUALITIES:
            file = io.BytesIO()
            small.save(file, "WEBP", quality=quality, method=3)
            if file.tell() <= room:
                return Thumbnail(file.getvalue(), *small.size, source_size=size)
        if side <= _SMALLEST:
            return None
        side = max(_SMALLEST, min(side, max(small.size)) * 2 // 3)


def _in_colours(picture: "Image") -> "Image":
    mode = "RGBA" if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info else "RGB"
    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        picture = _to_eight_bits(picture)
    return picture.convert(mode)


def _to_eight_bits(picture: "Image") -> "Image":
    import numpy as np  # noqa: PLC0415 - only for pictures of more than eight bits
    from PIL import Image  # noqa: PLC0415 - likewise

    values = np.asarray(picture, dtype=np.float64)
    low, high = float(values.min()), float(values.max())
    spread = (values - low) / ((high - low) or 1.0) * 255.0
    return Image.fromarray(spread.astype(np.uint8), "L")
