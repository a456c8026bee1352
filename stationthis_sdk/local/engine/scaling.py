"""Pictures and masks at another size, by the rules torch and Pillow have for each method, as ComfyUI uses them."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from stationthis_sdk.local.engine.images import Mask, Picture, allow, bands, from_pillow, to_pillow
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["METHODS", "centred", "fitted", "mask_resized", "resized"]

METHODS: Final = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")

_SHARPNESS: Final = -0.75  # of the bicubic curve; Pillow's is -0.5


def _nothing() -> None:
    pass


def resized(
    picture: Picture, width: int, height: int, method: str = "bicubic", check: Callable[[], None] = _nothing
) -> Picture:
    """Every picture of the batch at a new size; ``check`` is called between bands of rows.

    Nothing is smoothed beforehand when a picture shrinks, except by ``area`` and ``lanczos``; ``bicubic`` may leave
    0..1 a little.
    """
    count, old_height, old_width, channels = picture.shape
    if not (width and height and old_width and old_height):
        raise NodeFailed("a picture would have no pixels: ask for a larger width and height")
    allow(count, height, width)
    if method == "lanczos":
        return _by_pillow(picture, width, height, check)
    out = np.empty((count, height, width, channels), np.float32)
    for source, target in zip(picture, out, strict=True):
        if method == "area":
            _averaged(source, target, check)
        else:
            rows = _TAPS[method](old_height, height)
            _weighted(source, target, rows, _TAPS[method](old_width, width), check)
    return out


def mask_resized(mask: Mask, width: int, height: int, check: Callable[[], None] = _nothing) -> Mask:
    """Every mask of the batch at a new size, bilinearly."""
    return resized(mask[..., None], width, height, "bilinear", check)[..., 0]


def centred(picture: Picture, width: int, height: int) -> Picture:
    """The middle of the pictures that has the proportions of the new size, to half a pixel on each side."""
    _, old_height, old_width, _ = picture.shape
    old, new = old_width / old_height, width / height
    left = round((old_width - old_width * (new / old)) / 2) if old > new else 0
    top = round((old_height - old_height * (old / new)) / 2) if old < new else 0
    return picture[:, top : old_height - top, left : old_width - left]


def fitted(
    picture: Picture, width: int, height: int, method: str = "bicubic", check: Callable[[], None] = _nothing
) -> Picture:
    """At a new size, cutting off what the new proportions leave over, evenly on both sides."""
    return resized(centred(picture, width, height), width, height, method, check)


@attrs.frozen
class _Taps:
    """For each new row or column, the old ones it is mixed from, and how much of each."""

    places: npt.NDArray[np.intp]
    weights: npt.NDArray[np.float32]


def _middles(old: int, new: int) -> npt.NDArray[np.float64]:
    """Where the new pixels' middles lie among the old ones, by a ratio in float32: torch's rounding is part of the rule."""
    return (np.arange(new) + 0.5) * np.float64(np.float32(old) / np.float32(new))


def _nearest(old: int, new: int) -> _Taps:
    places = np.minimum(np.floor(_middles(old, new).astype(np.float32)).astype(np.intp), old - 1)
    return _Taps(places[None], np.ones((1, new), np.float32))


def _linear(old: int, new: int) -> _Taps:
    place = np.maximum(_middles(old, new) - 0.5, 0).astype(np.float32)
    first = np.minimum(np.floor(place).astype(np.intp), old - 1)
    part = np.clip(place - first.astype(np.float32), 0, 1)
    return _Taps(np.stack([first, np.minimum(first + 1, old - 1)]), np.stack([1 - part, part]))


def _cubic(old: int, new: int) -> _Taps:
    place = (_middles(old, new) - 0.5).astype(np.float32)
    first = np.floor(place)
    part = place - first
    places = np.clip(first.astype(np.intp) + np.arange(-1, 3)[:, None], 0, old - 1)
    return _Taps(places, np.stack([_far(part + 1), _near(part), _near(1 - part), _far(2 - part)]))


def _near(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The bicubic curve up to one pixel away."""
    curve: npt.NDArray[np.float32] = ((_SHARPNESS + 2) * x - (_SHARPNESS + 3)) * x * x + 1
    return curve


def _far(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The bicubic curve from one pixel away to two."""
    curve: npt.NDArray[np.float32] = (
        (_SHARPNESS * x - 5 * _SHARPNESS) * x + 8 * _SHARPNESS
    ) * x - 4 * _SHARPNESS
    return curve


_TAPS: Final[dict[str, Callable[[int, int], _Taps]]] = {
    "nearest-exact": _nearest,
    "bilinear": _linear,
    "bicubic": _cubic,
}


def _weighted(
    source: Picture, target: Picture, rows: _Taps, columns: _Taps, check: Callable[[], None]
) -> None:
    widest = max(source[0], target[0], key=np.size)
    for band in bands(widest, target.shape[0], check):
        mixed = _mixed(source, rows.places[:, band], rows.weights[:, band, None, None], 0)
        target[band] = _mixed(mixed, columns.places, columns.weights[:, None, :, None], 1)


def _mixed(source: Picture, places: npt.NDArray[np.intp], weights: Any, axis: int) -> Picture:
    mixed: Picture = np.take(source, places[0], axis)
    if len(places) == 1:
        return mixed
    mixed = mixed * weights[0]
    for place, weight in zip(places[1:], weights[1:], strict=True):
        mixed += np.take(source, place, axis) * weight
    return mixed


def _averaged(source: Picture, target: Picture, check: Callable[[], None]) -> None:
    """Each new pixel is the mean of the old ones it touches; those on a border count for both sides."""
    height, width, _ = target.shape
    rows = np.empty((height, *source.shape[1:]), np.float32)
    for index, (begin, end) in enumerate(_shares(source.shape[0], height)):
        check()
        rows[index] = source[begin:end].mean(axis=0, dtype=np.float64)
    for index, (begin, end) in enumerate(_shares(source.shape[1], width)):
        check()
        target[:, index] = rows[:, begin:end].mean(axis=1, dtype=np.float64)


def _shares(old: int, new: int) -> list[tuple[int, int]]:
    return [(index * old // new, -(-(index + 1) * old // new)) for index in range(new)]


def _by_pillow(picture: Picture, width: int, height: int, check: Callable[[], None]) -> Picture:
    out = np.empty((picture.shape[0], height, width, picture.shape[3]), np.float32)
    for source, target in zip(picture, out, strict=True):
        check()
        levels = from_pillow(to_pillow(source).resize((width, height), Image.Resampling.LANCZOS))
        target[...] = levels.reshape(target.shape)
    return out
