"""A training's dataset: a ZIP of pictures and texts of the same names, cut into small square patches."""

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from stationthis_sdk.local.engine.archives import members_within
from stationthis_sdk.local.engine.images import from_bytes, to_pillow
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["NUMBERS", "PATCH", "SIDE", "Dataset", "Numbers", "joined", "patches_of", "read_dataset"]

Numbers = npt.NDArray[np.floating[Any]]

PATCH: Final = 8
"""A patch's side in pixels."""

NUMBERS: Final = PATCH * PATCH * 3
"""Of one patch."""

SIDE: Final = 128
"""The side in pixels to which each picture is cropped and scaled."""

PICTURE_LIMIT: Final = 1000
_CAPTION_LIMIT: Final = 2**16
_PATCH_LIMIT: Final = 2**16  # of all pictures together: 50 MB
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".webp")
_CAPTIONS: Final = (".txt",)
_CONTROL: Final = "control"
_SHOWN: Final = 4


@attrs.frozen(eq=False)
class Dataset:
    """Patches of all pictures, one a row; ``shown`` are the first pictures whole.

    ``controls`` are the pictures that others were made of, in the folder control: nothing is learned of them. ``sha256`` is of the files' names and contents, however they were packed.
    """

    patches: Numbers
    shown: tuple[Numbers, ...]
    pictures: int
    captions: int
    controls: int
    sha256: str


def read_dataset(content: bytes, rng: np.random.Generator, check: Callable[[], None]) -> Dataset:
    """Unpack an archive in memory, one picture after the other; raises NodeFailed for what can't be trained on."""
    found: list[npt.NDArray[np.uint8]] = []  # as floats they would be four times as many bytes
    names: dict[str, str] = {}
    captions: dict[str, str] = {}
    contents: list[str] = []
    controls = 0
    for name, member in members_within(content, (*_PICTURES, *_CAPTIONS), check):
        path = _path(name)
        if path is None:
            continue
        if path.parts[0] == _CONTROL and len(path.parts) > 1:
            controls += path.suffix.lower() in _PICTURES
            continue
        stem = str(path.with_suffix(""))
        contents.append(f"{hashlib.sha256(member).hexdigest()} {path}\n")
        if path.suffix.lower() in _CAPTIONS:
            _read_caption(name, member)
            captions[stem] = name
            continue
        if len(found) == PICTURE_LIMIT:
            raise NodeFailed(f"the dataset has more than {PICTURE_LIMIT:,} pictures: give fewer")
        found.append(_squared(name, member))
        names[stem] = name
    if not found:
        raise NodeFailed(
            "the dataset has no pictures: give a ZIP of PNG, JPEG or WebP files, each with its caption in a .txt of "
            "the same name"
        )
    orphans = [name for stem, name in captions.items() if stem not in names]
    if orphans:
        listed = ", ".join(repr(name[:60]) for name in orphans[:5])
        raise NodeFailed(
            f"{len(orphans)} of the dataset's captions have no picture of the same name: {listed}; add the pictures or "
            "leave the captions out"
        )
    each = max(1, min((SIDE // PATCH) ** 2, _PATCH_LIMIT // len(found)))
    patches = np.concatenate([_some(patches_of(_light(picture)), each, rng) for picture in found])
    sha256 = hashlib.sha256("".join(sorted(contents)).encode("utf-8", "replace")).hexdigest()
    first = tuple(_light(picture) for picture in found[:_SHOWN])
    return Dataset(patches, first, len(found), len(captions), controls, sha256)


def patches_of(picture: Numbers) -> Numbers:
    """A picture whose sides are whole patches (height, width, 3) as rows of patches."""
    height, width, _ = picture.shape
    tiles = picture.reshape(height // PATCH, PATCH, width // PATCH, PATCH, 3).swapaxes(1, 2)
    return np.ascontiguousarray(tiles.reshape(-1, NUMBERS))


def joined(patches: Numbers, height: int, width: int) -> Numbers:
    """Rows of patches as the picture they were cut from."""
    tiles = patches.reshape(height // PATCH, width // PATCH, PATCH, PATCH, 3).swapaxes(1, 2)
    return np.ascontiguousarray(tiles.reshape(height, width, 3))


def _path(name: str) -> PurePosixPath | None:
    """A member's path; None for what systems leave in archives. Nothing is ever written under it."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and ":" in path.parts[0]):
        raise NodeFailed(f"{name[:60]!r} in the dataset leads out of its archive: give files by plain names")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return None if hidden else path


def _read_caption(name: str, content: bytes) -> None:
    if len(content) > _CAPTION_LIMIT:
        raise NodeFailed(f"{name[:60]!r} in the dataset is too long for a caption: a few words will do")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NodeFailed(f"{name[:60]!r} in the dataset is no UTF-8 text: save it as such") from None


def _squared(name: str, content: bytes) -> npt.NDArray[np.uint8]:
    try:
        picture = to_pillow(from_bytes(content, "RGB")[0])
    except NodeFailed as problem:
        raise NodeFailed(f"{name[:60]!r} in the dataset: {problem}") from problem
    return np.asarray(ImageOps.fit(picture, (SIDE, SIDE), Image.Resampling.LANCZOS))


def _light(picture: npt.NDArray[np.uint8]) -> Numbers:
    return picture.astype(np.float32) / np.float32(255)


def _some(patches: Numbers, count: int, rng: np.random.Generator) -> Numbers:
    return patches if len(patches) <= count else patches[rng.choice(len(patches), count, replace=False)]
