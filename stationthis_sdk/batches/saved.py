"""What is told of a row when its files are saved, and of each file then."""

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["SavedFile", "SavedRow"]


@attrs.frozen
class SavedRow:
    """One row of a batch, and the run that came of it. ``place`` counts from 0; ``cost`` is the run's, in US dollars.

    ``inputs`` are as they were given, seeds included; ``extra`` are the columns that were not sent.
    """

    batch: str
    place: int
    key: str | None = None
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    extra: Mapping[str, Any] = attrs.field(factory=dict)
    seed: int | None = None
    run_id: str = ""
    deployment: str = ""
    version: int | None = None
    cost: float | None = None


@attrs.frozen
class SavedFile:
    """One file that was saved. ``path`` is a path or a URL; ``output`` is the workflow's own name for it, if any.

    ``kind`` is image, animation, video, audio, mesh, text or file; width and height are of pictures, in pixels.
    """

    path: str
    kind: str
    bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None
    output: str | None = None
