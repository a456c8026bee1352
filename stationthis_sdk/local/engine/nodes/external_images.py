"""The comfyui-deploy plugin's external pictures: one, one with alpha, many, and the realtime one."""

import json
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.archives import pictures_within
from stationthis_sdk.local.engine.files import WORDS, from_data_url, is_url, or_default
from stationthis_sdk.local.engine.images import Picture, allow, from_bytes
from stationthis_sdk.local.engine.node import TEXT, Slot, Work, node_class
from stationthis_sdk.local.engine.scaling import fitted
from stationthis_sdk.local.engines import NodeFailed, Said

__all__: list[str] = []

_P: Final = "ComfyUIDeployExternal"
_DEFAULT: Final = Slot("IMAGE", required=False)
_URL: Final = Slot("STRING", required=False, default="")
_SOCKET_NAME_LIMIT: Final = 24


@node_class(
    f"{_P}Image",
    outputs=("IMAGE",),
    input_id=TEXT,
    default_value=_DEFAULT,
    default_value_url=_URL,
    also=WORDS,
)
def _image(
    work: Work, input_id: str, default_value: Picture | None, default_value_url: str, **_rest: Any
) -> tuple[Picture | None]:
    return (_picture(work, "RGB", (input_id, default_value_url), default_value),)


@node_class(
    f"{_P}ImageAlpha",
    outputs=("IMAGE",),
    input_id=TEXT,
    default_value=_DEFAULT,
    default_value_url=_URL,
    also=WORDS,
)
def _image_with_alpha(
    work: Work, input_id: str, default_value: Picture | None, default_value_url: str, **_rest: Any
) -> tuple[Picture | None]:
    return (_picture(work, "RGBA", (input_id, default_value_url), default_value),)


def _picture(work: Work, mode: str, places: tuple[str, ...], default: Picture | None) -> Picture | None:
    """The first place that gives a file; None when none does, as in the plugin, but the run's log says it here."""

    def given() -> Picture | None:
        contents = (_content(work, place) for place in places)
        content = next((found for found in contents if found is not None), None)
        if content is not None:
            return from_bytes(content, mode)
        if any(is_url(place) for place in places):
            instead = "no picture" if default is None else "its default"
            said = f"node {work.node_id} ({work.class_type}): its picture could not be fetched; {instead} is used"
            work.report(Said(said, "warning"))
        return None

    return or_default(work, given, default)


def _content(work: Work, place: str) -> bytes | None:
    return work.files.read(place) if is_url(place) else from_data_url(place)


@node_class(
    f"{_P}ImageBatch",
    outputs=("IMAGE",),
    input_id=TEXT,
    images=Slot("STRING", default="[]"),
    default_value=_DEFAULT,
    also=WORDS,
)
def _batch(work: Work, images: str, default_value: Picture | None, **_rest: Any) -> tuple[Picture | None]:
    """Pictures of another size than the first are fitted to it.

    What can't be read ends the list without a word, as in the plugin; the run's log says it here.
    """
    places = _list(images)
    if not places:
        return (default_value,)
    found: list[Picture] = []
    try:
        for picture in _pictures(work, places):
            height, width = (found or [picture])[0].shape[1:3]
            allow(len(found) + 1, height, width)
            same = picture.shape[1:3] == (height, width)
            found.append(picture if same else fitted(picture, width, height, "lanczos", work.check))
    except _EndOfList as problem:
        if not found:
            raise NodeFailed(str(problem)) from problem
        said = f"node {work.node_id} ({work.class_type}): {problem}; the list ends before it"
        work.report(Said(said, "warning"))
    return (np.concatenate(found) if found else None,)


class _EndOfList(Exception):
    """An entry that ends the list."""


def _list(images: str) -> list[Any]:
    try:
        places = json.loads(images)
    except (ValueError, RecursionError):
        places = None
    if not isinstance(places, list):
        raise NodeFailed(
            'images must be a JSON list as text: \'["https://…/a.png", "data:image/png;base64,…"]\''
        )
    return places


def _pictures(work: Work, places: list[Any]) -> Iterator[Picture]:
    for number, place in enumerate(places, start=1):
        work.check()
        text = place if isinstance(place, str) else ""
        content = _content(work, text)
        if content is None:
            raise _EndOfList(
                f"entry {number} of images ({str(place)[:60]!r}) is no URL or PNG or JPEG data URL that gives a file"
            )
        if is_url(text) and text.endswith(".zip"):
            for _, member in pictures_within(content, work.check):
                yield _read(member, number)
        else:
            yield _read(content, number)


def _read(content: bytes, number: int) -> Picture:
    try:
        return from_bytes(content, "RGB")
    except NodeFailed as problem:
        if problem.__cause__ is None:  # too large, which no list should hide
            raise
        raise _EndOfList(f"entry {number} of images: {problem}") from problem


@node_class(
    "ComfyDeployWebscoketImageInput",
    outputs=("IMAGE",),
    is_output=True,
    input_id=TEXT,
    seed=Slot("INT", default=0, minimum=0, maximum=2**64 - 1),
    default_value=Slot("*", required=False),  # a run may put any value here, which only realtime would use
    client_id=Slot("STRING", required=False, default=""),
)
def _socket(_work: Work, input_id: str, default_value: Any, **_rest: Any) -> tuple[Picture | None]:
    """Realtime runs are not served here: always the default."""
    if not input_id.isascii() or len(input_id) > _SOCKET_NAME_LIMIT:
        raise NodeFailed(
            f"input_id must be at most {_SOCKET_NAME_LIMIT} ASCII characters: use a shorter name"
        )
    return (default_value if isinstance(default_value, np.ndarray) else None,)
