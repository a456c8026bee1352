"""The kinds of values that nodes hand on, and words for a value that is of another: a ``*`` output may carry any."""

from collections.abc import Callable
from typing import Any, Final

import attrs
import numpy as np

from stationthis_sdk.local.engine.files import FetchedFile
from stationthis_sdk.local.engine.media import Audio, MadeVideo, VideoFile

__all__ = ["wrong_kind"]


@attrs.frozen
class _Kind:
    words: str
    fits: Callable[[Any], bool]


_KINDS: Final = {
    "IMAGE": _Kind("pictures", lambda value: isinstance(value, np.ndarray) and value.ndim == 4),
    "MASK": _Kind("masks", lambda value: isinstance(value, np.ndarray) and value.ndim == 3),
    "AUDIO": _Kind("sound", lambda value: isinstance(value, Audio)),
    "VIDEO": _Kind("a video", lambda value: isinstance(value, MadeVideo | VideoFile)),
}
_OTHERS: Final = {str: "a text", bool: "yes or no", int: "a number", float: "a number", FetchedFile: "a file"}


def wrong_kind(wanted: str, value: Any) -> str | None:
    """What is wrong with a value for a slot of this type; None when it fits, or nobody can tell.

    >>> wrong_kind("IMAGE", "a fox")
    'takes pictures, not a text: link it to a node that gives IMAGE'
    >>> wrong_kind("MASK", np.zeros((1, 2, 2))), wrong_kind("STRING", 5)
    (None, None)
    """
    kind = _KINDS.get(wanted)
    if kind is None or kind.fits(value):
        return None
    given = next((other.words for other in _KINDS.values() if other.fits(value)), None)
    given = given or _OTHERS.get(type(value), "a value of another kind")
    return f"takes {kind.words}, not {given}: link it to a node that gives {wanted}"
