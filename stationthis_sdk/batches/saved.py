"""What is told of a row when its files are saved, and of each file then."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from stationthis_sdk.store.batch_records import Planned, RowRecord

__all__ = ["SavedFile", "SavedRow", "saved_row"]


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


def saved_row(row: "Planned | RowRecord", batch: str, deployment: str, version: int | None) -> SavedRow:
    """What is known of a row, planned or run; files among its inputs are their paths."""
    seeds = [value for name, value in row.inputs.items() if name.endswith("seed") and type(value) is int]
    return SavedRow(
        batch,
        row.place or 0,
        row.key,
        {name: value["$file"] if isinstance(value, Mapping) else value for name, value in row.inputs.items()},
        row.extra,
        seeds[0] if len(seeds) == 1 else None,
        deployment=deployment,
        version=version,
    )
