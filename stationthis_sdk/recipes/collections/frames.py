"""Pieces, rarities and cooks as frames. Needs pandas."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.frames.columns import column_names, picture_in
from stationthis_sdk.frames.making import frame_of
from stationthis_sdk.recipes.collections.choosing import attributes_of
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.piece import Piece, latest
from stationthis_sdk.twins import twin

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["frame_of_cooks", "frame_of_pieces", "rarity_frame"]

_FIRST: Final = {
    "number": "whole", "key": "text", "generation": "whole", "parent": "text", "state": "category",
    "verdict": "category", "seed": "whole",
}  # fmt: skip
_LAST: Final = {
    "reason": "text", "run_id": "text", "workflow": "category", "workflow_id": "text", "version_id": "text",
    "deployment_id": "text", "duration": "duration", "cost": "number", "files": "any", "picture": "text",
}  # fmt: skip


def frame_of_pieces(
    collection: Collection, pieces: Sequence[Piece], runs: Mapping[str, Any]
) -> "pd.DataFrame":
    """One row a piece. A category that is called like another column is ``trait_…``; ``runs`` are those that are known."""
    names = column_names((one.name for one in collection.categories), {*_FIRST, *_LAST, "parts"}, "trait_")
    columns = {**_FIRST, **dict.fromkeys(names.values(), "category"), "parts": "any", **_LAST}
    rows = [
        [
            *(getattr(piece, name) for name in _FIRST),
            *(piece.traits[name] for name in names),
            list(piece.parts),
            piece.reason,
            piece.run_id,
            piece.workflow,
            piece.workflow_id,
            piece.version_id,
            piece.deployment_id,
            piece.seconds,
            piece.cost,
            list(piece.files),
            picture_in(runs[piece.run_id]) if piece.run_id and piece.run_id in runs else None,
        ]
        for piece in pieces
    ]
    frame = frame_of(columns, rows)
    from stationthis_sdk.frames.pictures import picture_frame  # noqa: PLC0415 - pandas is slow to import

    return picture_frame(frame, runs)


def rarity_frame(collection: Collection, pieces: Sequence[Piece]) -> "pd.DataFrame":
    """One row a trait, those that came to nobody included; the rarest of a category last."""
    counted = latest(pieces).values()
    came: dict[tuple[str, str], list[int]] = {}
    weights: dict[tuple[str, str], float | None] = {}
    for category in collection.categories:
        for trait in category.traits:
            came[category.name, trait.name], weights[category.name, trait.name] = [], trait.weight
    for part in collection.parts:
        came[part.name, "yes"], weights[part.name, "yes"] = [], part.probability
    for piece in counted:
        for name, value in attributes_of(collection, piece):
            came.setdefault((name, str(value)), []).append(piece.number)
    names = [*(one.name for one in collection.categories), *(one.name for one in collection.parts)]
    order = {name: at for at, name in enumerate(names)}
    rows = [
        [name, value, weights.get((name, value)), len(some), len(some) / max(1, len(counted)), some]
        for (name, value), some in sorted(came.items(), key=lambda one: (order[one[0][0]], -len(one[1])))
    ]
    columns = {
        "category": "category", "trait": "text", "weight": "number", "count": "whole", "share": "number", "pieces": "any",
    }  # fmt: skip
    return frame_of(columns, rows)


def frame_of_cooks(cooks: Iterable[Any]) -> "pd.DataFrame":
    """One row a cook; ``cost`` and ``budget`` are in US dollars."""
    columns = {
        "name": "text", "workflow": "category", "seed": "whole", "state": "category", "supply": "whole",
        "succeeded": "whole", "failed": "whole", "cost": "number", "budget": "number",
    }  # fmt: skip
    rows = [
        [
            cook.name,
            cook.collection.workflow.name,
            cook.seed,
            cook.state,
            cook.collection.supply,
            cook.progress.succeeded,
            cook.progress.failed,
            cook.progress.cost,
            cook.progress.budget,
        ]
        for cook in map(twin, cooks)
    ]
    return frame_of(columns, rows)
