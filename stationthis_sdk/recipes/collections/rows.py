"""Pieces as the rows of a batch, and back. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.batches.identity import derived_seed
from stationthis_sdk.entities import BatchRow, InputField, RunRecord
from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.drawing import Drawer, Draws, inputs_of, seed_of
from stationthis_sdk.recipes.collections.piece import Piece, key_of, latest
from stationthis_sdk.store.cooks import PieceRecord

__all__ = [
    "KEY",
    "Made",
    "drawer_of",
    "free_seeds",
    "given_to",
    "has_ended",
    "key_column",
    "new_records",
    "piece_of",
    "rows_of",
    "standing",
    "verdict_of",
]

Made = Mapping[str, BatchRow]
"""The rows of a cook's batch by the keys of its pieces."""

KEY: Final = "piece"
"""The column that tells the rows of a cook apart."""


def key_column(inputs: Inputs) -> str:
    """What that column is called where the workflow has an input of its name."""
    return KEY if KEY not in inputs else f"{KEY} key"


def new_records(collection: Collection, seed: int, known: Sequence[PieceRecord]) -> list[PieceRecord]:
    """The pieces that are not drawn yet, up to the supply.

    Raises:
        InvalidInput: there are not so many combinations.
    """
    drawer = drawer_of(collection, seed, known)
    drawn = {one.number for one in known}
    made = []
    for number in range(1, collection.supply + 1):
        if number not in drawn:
            traits, parts = drawer.draw(number)
            own = seed_of(drawer.mark, seed, number, 1)
            made.append(PieceRecord(key_of(number, 1), number, 1, None, own, traits, parts))
    return made


def drawer_of(collection: Collection, seed: int, known: Sequence[PieceRecord]) -> Drawer:
    """A drawer that has drawn these."""
    drawer = Drawer(Draws.of(collection), seed)
    seen: set[tuple[Any, ...]] = set()
    for record in known:
        this = (record.number, *record.traits.values(), record.parts)
        if this not in seen:  # made again with the same traits, it takes no other combination
            seen.add(this)
            drawer.came(Piece(record.number, record.seed, record.traits, {}, record.parts))
    return drawer


def free_seeds(collection: Collection, inputs: Inputs) -> list[InputField]:
    """The workflow's seeds that the collection leaves to each piece."""
    return [
        field for field in inputs.values() if field.kind == "seed" and field.name not in collection.inputs
    ]


def rows_of(collection: Collection, records: Sequence[PieceRecord], inputs: Inputs) -> list[dict[str, Any]]:
    """The rows for ``map``: inputs, the piece's seed wherever the workflow wants one, its key and its traits."""
    seeds, key = free_seeds(collection, inputs), key_column(inputs)
    told = [one.name for one in collection.categories if one.name not in {*inputs, key}]
    return [
        {
            **given_to(collection, record, seeds),
            **{name: record.traits[name] for name in told},
            key: record.key,
        }
        for record in records
    ]


def given_to(collection: Collection, record: PieceRecord, seeds: Iterable[InputField] = ()) -> dict[str, Any]:
    """What a piece is sent with: its traits stand in what was changed, too."""
    fresh = {field.name: _seed_in(record.seed, field) for field in seeds if field.name not in record.changes}
    if record.changes:
        collection = attrs.evolve(collection, inputs={**collection.inputs, **record.changes})
    return {**inputs_of(collection, record.number, record.traits, record.parts), **fresh}


def has_ended(row: BatchRow | None) -> bool:
    """Whether a piece is made, or came to nothing."""
    return row is not None and row.state in {"success", *FAILED}


def verdict_of(record: PieceRecord, row: BatchRow | None) -> str | None:
    """What people say of a piece."""
    if row is not None and row.picked:
        return "accepted"
    return None if record.rejected_at is None else "rejected"


def standing(records: Sequence[PieceRecord], rows: Made) -> dict[int, PieceRecord]:
    """Of each number the piece that counts: the last accepted one, else the latest unless it is rejected."""
    accepted = [one for one in records if verdict_of(one, rows.get(one.key)) == "accepted"]
    left = {number: one for number, one in latest(records).items() if one.rejected_at is None}
    return {**left, **latest(accepted)}


def _seed_in(seed: int, field: InputField) -> int:
    """The piece's seed, or where the workflow takes no such numbers, one that comes of it."""
    low, high = field.minimum, field.maximum
    fits = (low is None or low <= seed) and (high is None or seed <= high)
    return seed if fits else derived_seed(KEY, str(seed), field)


def piece_of(
    collection: Collection, record: PieceRecord, row: BatchRow | None, run: RunRecord | None, workflow: str
) -> Piece:
    """A piece as people see it: what was drawn, and what came of it."""
    piece = Piece(
        record.number,
        record.seed,
        record.traits,
        given_to(collection, record) if row is None else row.inputs,
        record.parts,
        record.generation,
        record.parent,
        verdict=verdict_of(record, row),
        workflow=workflow,
    )
    if row is not None:
        piece = attrs.evolve(
            piece,
            state=row.state,
            reason=row.reason,
            run_id=row.run_id,
            seconds=row.seconds,
            cost=row.cost,
            files=row.files,
        )
    if run is not None:
        piece = attrs.evolve(
            piece,
            workflow=run.deployment_name or workflow,
            workflow_id=run.workflow_id,
            version_id=run.workflow_version_id,
            deployment_id=run.deployment_id,
            outputs=run.outputs,
        )
    return piece
