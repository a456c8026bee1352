"""A cook: a collection that is made, piece by piece."""

import asyncio
import operator
from collections.abc import AsyncIterator, Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stationthis_sdk.batches.batch import AsyncBatch, OnBatchProgress
from stationthis_sdk.batches.beginning import DEFAULT_FAILURES, MapOptions
from stationthis_sdk.batches.tally import most_failures
from stationthis_sdk.batches.versions import OnChange
from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import BatchProgress, BatchRow, RunRecord
from stationthis_sdk.errors import BatchBusy, BatchStopped, InvalidInput, NotFound
from stationthis_sdk.recipes.collections.again import check_again, check_changes, record_again, wanted_again
from stationthis_sdk.recipes.collections.collection import Collection as Cookable
from stationthis_sdk.recipes.collections.piece import Piece, latest
from stationthis_sdk.recipes.collections.planning import planned, too_many_failed
from stationthis_sdk.recipes.collections.reviewing import Reviewed
from stationthis_sdk.recipes.collections.rows import has_ended, piece_of
from stationthis_sdk.recipes.collections.written import collection_of_data
from stationthis_sdk.store.cooks import CookLedger, CookRecord, PieceRecord

if TYPE_CHECKING:
    import pandas as pd

    from stationthis_sdk.recipes.collections.exporting import Export, OnFile

__all__ = ["AsyncCook", "Numbers"]

Numbers = int | str | Piece | Iterable[int | str | Piece]
"""One piece or several: by number (the latest made), by key, or themselves."""


class AsyncCook(Reviewed):
    """A collection under way, or made: a batch whose rows are its pieces.

    Example:
        >>> from stationthis_sdk import Collection
        >>> small = {"steps": 1, "width": 64, "height": 64}
        >>> dogs = Collection("dogs", "text-to-picture", {"prompt": "a [[Fur]] dog", **small}, {"Fur": ["red", "white"]}, supply=2)
        >>> cook = await st.collections.cook(dogs, seed=1)
        >>> _ = await cook.accept(1)
        >>> [(piece.number, piece.verdict, piece.state) async for piece in cook.pieces()]
        [(1, 'accepted', 'success'), (2, None, 'success')]
    """

    def __init__(self, context: Context, record: CookRecord, batch: AsyncBatch) -> None:
        self._context = context
        self._record = record
        self._batch = batch
        self._store = CookLedger(context.ledger)
        self._collection = collection_of_data(record.collection)

    def __repr__(self) -> str:
        return f"<cook {self.name!r} of {self._collection.workflow.name!r}: {self.state}, {self.progress}>"

    @property
    def name(self) -> str:
        """Its name, and that of its batch."""
        return self._record.name

    @property
    def collection(self) -> Cookable:
        """What it makes, as it was when it was begun."""
        return self._collection

    @property
    def seed(self) -> int:
        """What its pieces are drawn with."""
        return self._record.seed

    @property
    def batch(self) -> AsyncBatch:
        """The batch that makes its pieces."""
        return self._batch

    @property
    def state(self) -> str:
        """planned, running, cancelling, paused, done or cancelled: that of its batch."""
        return self._batch.state

    @property
    def why(self) -> str | None:
        """Why it is paused."""
        return self._batch.why

    @property
    def progress(self) -> BatchProgress:
        """How far it is, and what it has cost."""
        return self._batch.progress

    async def refresh(self) -> "AsyncCook":
        """Look at what this machine knows of it now, and return it.

        Raises:
            NotFound: it is gone.
        """
        await self._batch.refresh()
        found = await self._store.find(self.name)
        if found is not None and found.id == self._record.id:
            self._record, self._collection = found, collection_of_data(found.collection)
        return self

    # --- making -------------------------------------------------------------------------------------------------------

    async def wait(self, *, on_progress: OnBatchProgress | None = None) -> "AsyncCook":
        """Wait until all pieces are made or it has stopped, and return it; pieces that failed are no error.

        Raises:
            BatchStopped: it stopped before its end; ``why`` says why.
        """
        try:
            await self._batch.wait(on_progress=on_progress)
        except BatchStopped as stop:
            batch, runner = self._batch._record, self._batch._runner  # noqa: SLF001 - a cook is its batch
            allowed = most_failures(batch.max_failures, batch.total)
            if stop.why != "failures" or runner is None or allowed is None:
                raise
            # Those count that failed while the last ones ended, and the same call would not go on.
            raise too_many_failed(self.name, runner.tally.failed, allowed, runner.tally.cost) from None
        return self

    async def pause(self) -> "AsyncCook":
        """Begin nothing more; what is under way goes on, and ``resume`` waits for it.

        Raises:
            BatchBusy: it is cooked elsewhere, by another process or object: pause it there, or ``stop`` it.
        """
        if self._batch._task is not None and not self._batch._task.done():  # noqa: SLF001 - a cook is its batch
            await self._batch._interrupted(cancel=False)  # noqa: SLF001 - likewise
        await self.refresh()
        if self.state == "running":
            raise BatchBusy(
                f"Cook {self.name!r} is at work elsewhere: pause it where it was begun, or stop() it from here."
            )
        return self

    async def stop(self) -> "AsyncCook":
        """Begin nothing more and cancel what is under way, also of another process; what is made is kept.

        Raises:
            BatchBusy: whoever cooks it does not answer.
        """
        await self._batch.cancel()
        return self

    async def resume(
        self,
        *,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: "float | Literal['default'] | None" = DEFAULT_FAILURES,
        on_change: OnChange = "continue",
        failed: bool = False,
        on_progress: OnBatchProgress | None = None,
        wait: bool = True,
    ) -> "AsyncCook":
        """Go on with what is missing; what is not given stays as it was. failed: also with the pieces that failed.

        Pieces that failed before count on, unless they are made again. Those that were rejected or made again stay as they
        are, whatever is asked for.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            BatchBusy: somebody cooks it.
            BatchStopped: it stopped before its end.
        """
        self._context.settings.flags.need("collections")
        from stationthis_sdk.batch_lists import AsyncBatches  # noqa: PLC0415 - only who resumes needs it

        MapOptions(
            self.name, concurrency=concurrency, budget=budget, max_failures=max_failures, on_change=on_change
        ).check()
        async with self._store.hold(self._record) as held:
            self._batch = await AsyncBatches(self._context).get(self.name)
            await self._go_on(
                held.cook,
                self._deployment(),
                concurrency=concurrency,
                budget=budget,
                max_failures=max_failures,
                on_change=on_change,
                failed=failed,
            )
        return await self.wait(on_progress=on_progress) if wait else self

    async def _go_on(
        self,
        cook: CookRecord,
        deployment: AsyncDeployment,
        *,
        concurrency: int | None = None,
        budget: float | None = None,
        **given: Any,
    ) -> None:
        """Plan what is written down of it, and put it to work."""
        await self._batch.refresh()
        batch = self._batch._record  # noqa: SLF001 - a cook is its batch
        self._batch = await planned(
            self._context,
            cook,
            deployment,
            concurrency=concurrency or batch.options.get("concurrency"),
            budget=batch.budget if budget is None else budget,
            out=batch.options.get("out"),
            without_rate=budget is None,  # who began it has agreed
            **given,
        )

    async def retry_failed(
        self, *, on_progress: OnBatchProgress | None = None, wait: bool = True
    ) -> "AsyncCook":
        """Make the pieces again that failed, with the same traits and seeds, and what is missing besides; each costs again.

        Raises:
            BatchBusy: it is at work.
            BatchStopped: it stopped before its end.
        """
        return await self.resume(failed=True, on_progress=on_progress, wait=wait)

    # --- pieces -------------------------------------------------------------------------------------------------------

    async def pieces(self) -> AsyncIterator[Piece]:
        """Yield every piece, by number; those that were made again have one for each time, the first one first."""
        records = sorted(
            await self._store.pieces(self._record.id), key=lambda one: (one.number, one.generation)
        )
        rows = await self._rows()
        runs = await self._runs(row.run_id for row in rows.values() if row.run_id)
        for record in records:
            row = rows.get(record.key)
            run = runs.get(row.run_id or "") if row is not None else None
            yield piece_of(self._collection, record, row, run, self._batch.deployment_name)

    async def piece(self, number: int | str) -> Piece:
        """One piece: the latest of a number, or by its key.

        Raises:
            NotFound: there is none.
        """
        record = (await self._wanted(number))[0]
        row = (await self._rows()).get(record.key)
        runs = await self._runs([row.run_id] if row is not None and row.run_id else [])
        run = next(iter(runs.values()), None)
        return piece_of(self._collection, record, row, run, self._batch.deployment_name)

    async def _rows(self) -> dict[str, BatchRow]:
        return {row.key or "": row async for row in self._batch.rows()}

    async def _runs(self, ids: Iterable[str]) -> dict[str, RunRecord]:
        return {one.record.id: one.record for one in await self._context.ledger.runs_known(ids)}

    async def _wanted(self, numbers: Numbers) -> list[PieceRecord]:
        """The pieces that are meant, each once.

        Raises:
            NotFound: one of them is none of its pieces.
            InvalidInput: one of them names none.
        """
        single = isinstance(numbers, Integral | str | Piece)  # NumPy's integers, too
        try:
            given = [_name_of(one) for one in ([numbers] if single else numbers)]  # type: ignore[union-attr]
        except TypeError:
            raise InvalidInput(
                f"Pieces are told by number, by key such as '7.2', or as pieces; got {numbers!r}."
            ) from None
        records = await self._store.pieces(self._record.id)
        known: dict[int | str, PieceRecord] = {one.key: one for one in records}
        known.update(latest(records).items())
        for name in given:
            if name not in known:
                raise NotFound(f"Cook {self.name!r} has no piece {name!r}: it has {self._collection.supply}.")
        return list({known[name].key: known[name] for name in given}.values())

    # --- review -------------------------------------------------------------------------------------------------------

    async def accept(self, numbers: Numbers) -> "AsyncCook":
        """Note on this machine that these pieces are accepted: they are what ``export`` takes. Picking in ``review`` does the same.

        numbers: one or several, by number (the latest made of it), by key as ``"7.2"``, or pieces themselves.

        Raises:
            NotFound: there is no such piece.
            InvalidInput: one of them is not made; nothing was noted.
            SaveFailed: it can't be noted just now.
        """
        return await self.judge(accept=numbers)

    async def reject(self, numbers: Numbers) -> "AsyncCook":
        """Note on this machine that these pieces are rejected: ``export`` leaves them out, ``regenerate`` makes them again.

        Raises:
            NotFound: there is no such piece.
            InvalidInput: one of them has not ended yet; nothing was noted.
            SaveFailed: it can't be noted just now.
        """
        return await self.judge(reject=numbers)

    async def judge(self, *, accept: Numbers = (), reject: Numbers = ()) -> "AsyncCook":
        """Accept some pieces and reject others at once: all of it is noted, or nothing.

        Raises:
            NotFound, InvalidInput, SaveFailed: see ``accept`` and ``reject``; InvalidInput also for a piece that is in both.
        """
        takes = [one.key for one in await self._wanted(accept)]
        leaves = [one.key for one in await self._wanted(reject)]
        rows = await self._rows()
        both = {*takes} & {*leaves}
        problems = [f"{key} is in both" for key in takes if key in both]
        problems += [
            f"{key} is {rows[key].state if key in rows else 'not made'}"
            for key in takes
            if key not in rows or not rows[key].succeeded
        ]
        problems += [f"{key} is not made yet" for key in leaves if not has_ended(rows.get(key))]
        if problems:
            raise InvalidInput(
                f"Only pieces that were made are accepted, and only what has ended is rejected: {', '.join(problems)}. "
                "Nothing was noted.",
                problems=problems,
            )
        await self._store.judge(self._record, accepted=takes, rejected=leaves)
        return self

    async def regenerate(
        self,
        numbers: Numbers | None = None,
        *,
        new_traits: bool = False,
        changes: Mapping[str, Any] | None = None,
        on_progress: OnBatchProgress | None = None,
        wait: bool = True,
        **inputs: Any,
    ) -> "AsyncCook":
        """Make pieces again, by default all that are rejected: with the same traits and a new seed; each costs again.

        What was made before stays, as ``parent`` of the new piece, and is rejected. A number of which any piece is accepted
        is made again only when it is named. new_traits: another combination, that no piece has. changes, inputs: inputs of
        the collection with other values, which may have ``[[Trait]]`` places; ``changes`` is for those that are called
        like something else here. All of it is drawn from the cook's seed: the same steps give the same pieces.

        Where a call was interrupted, the same call goes on with what it has begun, and nothing is made twice.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            NotFound: there is no such piece.
            InvalidInput: a piece is not made yet; nothing would be different; a change names no input; or no other
                combination is left.
            BatchBusy, BatchStopped: see ``resume``.
        """
        self._context.settings.flags.need("collections")
        other = {**(changes or {}), **inputs}
        deployment = self._deployment()
        await self.refresh()
        if self._batch._record.held:  # noqa: SLF001 - a cook is its batch
            raise BatchBusy(f"Cook {self.name!r} is at work: wait() for it first. Nothing was noted.")
        async with self._store.hold(self._record) as held:
            known = await self._store.pieces(self._record.id)
            named = None if numbers is None else [one.number for one in await self._wanted(numbers)]
            await deployment.refresh()
            check_changes(self._collection, deployment.inputs, other)
            wanted = wanted_again(
                known,
                await self._rows(),
                None if named is None else list(dict.fromkeys(named)),
                new_traits=new_traits,
                changes=other,
            )
            if not (wanted.again or wanted.begun):
                return self
            again = await asyncio.to_thread(
                record_again,
                self._collection,
                self.seed,
                known,
                wanted.again,
                new_traits=new_traits,
                changes=other,
            )
            await asyncio.to_thread(check_again, self._collection, deployment.inputs, known, again, [*other])
            await self._store.put(held, held.cook, again)
            await self._go_on(held.cook, deployment)
            # Only now: had it come to nothing, what people said of the pieces would be lost.
            now = latest([*known, *again])
            old = {*wanted.again, *(() if named is None else wanted.begun)}
            replaced = [one.key for one in known if one.number in old and one != now[one.number]]
            await self._store.judge(self._record, accepted=(), rejected=replaced)
        return await self.wait(on_progress=on_progress) if wait else self

    def _deployment(self) -> AsyncDeployment:
        deployment = self._batch._deployment  # noqa: SLF001 - likewise
        if deployment is None:
            raise InvalidInput(
                f"The deployment {self._batch.deployment_name!r} of cook {self.name!r} is not there: deploy it, then "
                f"st.collections.get({self.name!r})."
            )
        return deployment

    # --- what it is told as -------------------------------------------------------------------------------------------

    async def rarity(self) -> "pd.DataFrame":
        """How often each trait came: category, trait, weight, count, share and the numbers of the pieces that have it.

        Counted are the latest pieces of all numbers, whether they are made yet or not.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from stationthis_sdk.recipes.collections.frames import rarity_frame  # noqa: PLC0415 - frames are the exception

        pieces = [piece async for piece in self.pieces()]
        return await asyncio.to_thread(rarity_frame, self._collection, pieces)

    async def to_frame(self) -> "pd.DataFrame":
        """Its pieces as a pandas frame, one row each: traits, state, verdict, what made it, cost, and the picture.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from stationthis_sdk.recipes.collections.frames import frame_of_pieces  # noqa: PLC0415 - likewise

        pieces = [piece async for piece in self.pieces()]
        kept = await self._context.ledger.runs_known(piece.run_id for piece in pieces if piece.run_id)
        runs = {one.record.id: self._batch._run_of(one.record) for one in kept if one.record.outputs}  # noqa: SLF001 - likewise
        return await asyncio.to_thread(frame_of_pieces, self._collection, pieces, runs)

    async def export(
        self,
        path: str | Path,
        *,
        only: Literal["accepted", "all"] = "accepted",
        shuffle_seed: int | None = None,
        output: str | None = None,
        missing: Literal["refuse", "skip"] = "refuse",
        on_file: "OnFile | None" = None,
    ) -> "Export":
        """Write its pieces as a ZIP: images/001.png, metadata/001.json, collection.json, manifest.json with hashes.

        only: what was accepted, or all that was made and not rejected. shuffle_seed: in another order than by number,
        always the same for the same seed. output: the workflow's own name for the picture, else the first one. missing:
        what to do when pieces have no picture, or it can't be fetched in three tries: refuse and tell, or leave them out.
        on_file: told how many of how many pictures are there.

        Pictures are the bytes that the service made; the same pieces give the same file, byte for byte. They are kept
        beside the target until that is whole: after a crash the same call fetches only what is not there yet.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            InvalidInput: no .zip, no such output, or nothing to export: accept something, or only="all".
            DownloadFailed: pictures are missing; the message tells which.
            SaveFailed: it can't be written, or another export writes it.
        """
        self._context.settings.flags.need("collections")
        from stationthis_sdk.recipes.collections.exporting import exported  # noqa: PLC0415 - likewise

        return await exported(
            self,
            Path(path),
            only=only,
            shuffle_seed=shuffle_seed,
            output=output,
            missing=missing,
            on_file=on_file,
        )


def _name_of(one: Any) -> int | str:
    """What tells a piece, as it was given."""
    if isinstance(one, Piece):
        return one.key
    return one if isinstance(one, str) else operator.index(one)
