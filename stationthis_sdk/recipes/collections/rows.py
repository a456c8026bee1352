"""Pieces as the rows of a batch, and back. Pure."""

from collections.abc import Sequence
from typing import Any, Final

import attrs

from stationthis_sdk.batches.identity import derived_seed
from stationthis_sdk.entities import BatchRow, InputField, RunRecord
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.drawing import Drawer, Draws, inputs_of, seed_of
from stationthis_sdk.recipes.collections.piece import Piece, key_of
from stationthis_sdk.store.cooks import PieceRecord

__all__ = ["KEY", "drawer_of", "free_seeds", "key_column", "new_records", "piece_of", "rows_of"]

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
    rows = []
    for record in records:
        row = inputs_of(collection, record.number, record.traits, record.parts)
        row |= {field.name: _seed_in(record.seed, field) for field in seeds}
        row |= record.changes
        row |= {name: record.traits[name] for name in told}
        rows.append(row | {key: record.key})
    return rows


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
        {**inputs_of(collection, record.number, record.traits, record.parts), **record.changes},
        record.parts,
        record.generation,
        record.parent,
        verdict=None if record.rejected_at is None else "rejected",
        workflow=workflow,
    )
    if row is not None:
        piece = attrs.evolve(
            piece,
            state=row.state,
            inputs=row.inputs,
            verdict="accepted" if row.picked else piece.verdict,
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
