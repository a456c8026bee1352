"""Pieces of a cook planned as the rows of its batch, and put to work: what has counted before counts on."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from stationthis_sdk.batches.batch import AsyncBatch
from stationthis_sdk.batches.beginning import DEFAULT_FAILURES, MapOptions
from stationthis_sdk.batches.identity import row_id
from stationthis_sdk.batches.tally import LIVE, most_failures
from stationthis_sdk.batches.versions import OnChange
from stationthis_sdk.entities.batches import FAILED
from stationthis_sdk.entities.costs import dollars
from stationthis_sdk.errors import BatchStopped, InvalidInput, SaveFailed
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.rows import (
    free_seeds,
    given_to,
    key_column,
    rows_of,
    standing,
)
from stationthis_sdk.recipes.collections.written import collection_of_data
from stationthis_sdk.store.batch_records import BatchRecord
from stationthis_sdk.store.batches import BatchLedger
from stationthis_sdk.store.cooks import CookLedger, CookRecord, PieceRecord

if TYPE_CHECKING:
    from stationthis_sdk.context import Context
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.entities import BatchRow

__all__ = ["batch_of", "check_made", "planned", "too_many_failed"]

_FILES: Final = frozenset({"image", "images", "video", "audio", "file"})
_SHOWN: Final = 10


async def batch_of(context: "Context", name: str) -> BatchRecord | None:
    """The batch of a cook.

    Raises:
        SaveFailed: the ledger can't be read just now.
    """
    if not await CookLedger(context.ledger).has_batch(name):
        return None
    found = await BatchLedger(context.ledger).find(name)
    if found is None:
        raise SaveFailed(f"Nothing was sent of {name!r}: its batch can't be read just now. Try again.")
    return found


async def planned(
    context: "Context",
    cook: CookRecord,
    deployment: "AsyncDeployment",
    *,
    max_failures: "float | Literal['default'] | None" = DEFAULT_FAILURES,
    on_change: OnChange = "continue",
    failed: bool = False,
    **given: Any,
) -> AsyncBatch:
    """Plan all pieces of a cook that is held, and put its batch to work; what is made is not made again.

    failed: those that failed are made once more. Neither that nor "rerun" is for pieces that were replaced or rejected.

    Raises:
        BatchStopped: so many pieces have failed already that no more is begun.
    """
    store, batches = CookLedger(context.ledger), BatchLedger(context.ledger)
    collection = collection_of_data(cook.collection)
    records = await store.pieces(cook.id)
    await deployment.refresh()
    before = await batch_of(context, cook.name)
    known = [] if before is None else [row async for row in AsyncBatch(context, before).rows()]
    if before is not None and len(known) < before.total:
        raise SaveFailed(f"Nothing was sent of {cook.name!r}: its pieces can't be read just now. Try again.")
    rows = {row.key or "": row for row in known}
    stands = list(standing(records, rows).values())
    vain = [one.key for one in stands if one.key in rows and rows[one.key].state in FAILED]
    if failed and before is not None and vain:
        if before.held:
            raise before.busy()
        await batches.again(before.id, keys=vain)
    if failed or on_change == "rerun":
        vain = []
    if before is not None and max_failures == DEFAULT_FAILURES:
        max_failures = _as_it_was(before)
    allowed = MapOptions(cook.name, max_failures=max_failures).failures(len(records))
    if before is not None:
        await _look_at_failures(
            batches, before, len(vain), most_failures(allowed, len(records)), records, rows
        )
    counted = records if on_change != "rerun" else stands
    made = await deployment.map(
        await asyncio.to_thread(rows_of, collection, counted, deployment.inputs),
        name=cook.name,
        key=key_column(deployment.inputs),
        max_failures=allowed,
        on_change=on_change,
        wait=False,
        **given,
    )
    made._is_cook = True  # noqa: SLF001 - a cook is its batch
    if made._runner is not None:  # noqa: SLF001 - likewise
        made._runner.tally.failed += len(vain)  # noqa: SLF001 - likewise
    if left := {one.key for one in records} - {one.key for one in counted}:
        await store.put_back(cook, [one.key for one in records if one.key in left])
    return made


def _as_it_was(batch: BatchRecord) -> "float | Literal['default'] | None":
    """How many may fail, when nobody says: as before, and what was nobody's word grows with the supply."""
    usual = MapOptions(batch.name).failures(batch.total)
    return DEFAULT_FAILURES if batch.max_failures == usual else batch.max_failures


async def _look_at_failures(
    store: BatchLedger,
    batch: BatchRecord,
    failed: int,
    allowed: int | None,
    records: Sequence[PieceRecord],
    rows: "dict[str, BatchRow]",
) -> None:
    states = [rows[one.key].state if one.key in rows else "pending" for one in records]
    if allowed is None or failed <= allowed or "pending" not in states or any(one in LIVE for one in states):
        return
    raise too_many_failed(batch.name, failed, allowed, (await store.counts(batch.id)).cost)


def too_many_failed(name: str, failed: int, allowed: int, cost: float | None) -> BatchStopped:
    """What to say where no more is begun, since so many have failed."""
    spent = "" if cost is None else f"; {dollars(cost)} are spent"
    return BatchStopped(
        f"Cook {name!r} has stopped: {failed} pieces failed, max_failures allows {allowed}{spent}. A larger max_failures goes "
        "on with the others, retry_failed() makes those again that failed.",
        why="failures",
    )


async def check_made(
    context: "Context",
    batch: BatchRecord,
    collection: Collection,
    records: Sequence[PieceRecord],
    deployment: "AsyncDeployment",
) -> None:
    """See that a batch of which no cook is known has made these pieces, as far as it has made anything.

    Raises:
        InvalidInput: it was begun with other inputs: it is another's, or the seed is not this.
    """
    seeds = free_seeds(collection, deployment.inputs)
    drawn = {row_id(one.key, "", 0): one for one in records}
    plain = {name for name, field in deployment.inputs.items() if field.kind not in _FILES}
    other = []
    async for row in BatchLedger(context.ledger).rows(batch.id):
        if row.state == "pending" and not row.attempt:
            continue
        piece = drawn.get(row.id)
        if piece is None:
            # What was made again in a lost ledger is known to nobody; it is left as it is.
            if batch.why != "rebuilt":
                other.append(row.key or str(row.place))
            continue
        given = given_to(collection, piece, seeds)
        if any(name in row.inputs and row.inputs[name] != given[name] for name in plain & given.keys()):
            other.append(piece.key)
    if other:
        listed = ", ".join(other[:_SHOWN]) + (f" and {len(other) - _SHOWN} more" if other[_SHOWN:] else "")
        raise InvalidInput(
            f"Batch {batch.name!r} was begun with other inputs than this collection draws with this seed: {listed}. Give the "
            "seed that it was cooked with, or the cook another name, name=…. Nothing was sent.",
            problems=[f"piece {key} was made of other inputs" for key in other],
        )
