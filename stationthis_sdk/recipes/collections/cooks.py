"""The collections that are cooked on this machine: validated, begun, found again."""

import asyncio
import builtins
import secrets
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from stationthis_sdk.batch_lists import AsyncBatches
from stationthis_sdk.batches.batch import OnBatchProgress
from stationthis_sdk.batches.beginning import DEFAULT_FAILURES, MapOptions
from stationthis_sdk.batches.versions import OnChange
from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import BatchEstimate
from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound
from stationthis_sdk.listing import Listing
from stationthis_sdk.names import near
from stationthis_sdk.recipes.collections.checking import misfits
from stationthis_sdk.recipes.collections.collection import Collection as Cookable
from stationthis_sdk.recipes.collections.cook import AsyncCook
from stationthis_sdk.recipes.collections.faults import Issue, Report, faults_of
from stationthis_sdk.recipes.collections.planning import batch_of, check_made, planned
from stationthis_sdk.recipes.collections.rows import key_column, new_records, rows_of
from stationthis_sdk.recipes.collections.written import collection_of_data, data_of
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.batch_records import BatchRecord
from stationthis_sdk.store.cooks import CookLedger, CookRecord

__all__ = ["AsyncCollections"]

_SEED_BITS: Final = 32
_MOST_SEED: Final = 2**63 - 1


class AsyncCollections(Shown):
    """Collections: validated against the live deployment, cooked, taken up again."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<collections: validate(collection), estimate(collection), cook(collection, seed=…), get(name), list()>"

    async def validate(self, collection: Cookable) -> Report:
        """Everything that is wrong with a collection, at once: in itself, and for the workflow that is deployed now.

        Nothing is run. ``raise_if_bad()`` of the report refuses what can't be cooked; its issues have codes.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.

        Example:
            >>> from stationthis_sdk import Collection
            >>> foxes = Collection("foxes", "text-to-picture", {"promt": "a [[Fur]] fox"}, {"Fur": ["red"]}, supply=2)
            >>> [issue.code for issue in await st.collections.validate(foxes)]
            ['supply-beyond', 'unknown-input']
        """
        self._context.settings.flags.need("collections")
        return (await self._looked_at(collection))[0]

    async def estimate(
        self, collection: Cookable, *, seed: int = 0, name: str | None = None
    ) -> BatchEstimate:
        """Say how many pieces ``cook`` would make, what that costs and how long it takes; nothing is sent.

        Raises:
            InvalidInput: ``problems`` lists what is wrong with the collection; or another one has this name.

        Example:
            >>> from stationthis_sdk import Collection
            >>> hares = Collection("hares", "text-to-picture", {"prompt": "a [[Fur]] hare"}, {"Fur": ["red", "white"]}, supply=2)
            >>> (await st.collections.estimate(hares)).missing
            2
        """
        self._context.settings.flags.need("collections")
        _check_seed(seed)
        deployment = await self._sound(collection)
        called = collection.name if name is None else name
        rows = await self._rows(collection, deployment, called, seed)
        return await deployment.estimate(
            rows, name=called, key=key_column(deployment.inputs), concurrency=_at_once(collection)
        )

    async def _rows(
        self, collection: Cookable, deployment: AsyncDeployment, name: str, seed: int
    ) -> builtins.list[dict[str, Any]]:
        """The rows of all pieces of a sound collection, with the seed it is cooked with already if it is."""
        kept = await self._store.find(name)
        if kept is not None:
            _check_same(kept, collection, None)
        known = [] if kept is None else await self._store.pieces(kept.id)
        records = await asyncio.to_thread(new_records, collection, kept.seed if kept else seed, known)
        return await asyncio.to_thread(rows_of, collection, [*known, *records], deployment.inputs)

    async def cook(
        self,
        collection: Cookable,
        *,
        seed: int | None = None,
        name: str | None = None,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: "float | Literal['default'] | None" = DEFAULT_FAILURES,
        out: str | Path | None = None,
        on_change: OnChange = "continue",
        without_rate: bool = False,
        on_progress: OnBatchProgress | None = None,
        wait: bool = True,
    ) -> AsyncCook:
        """Make the pieces of a collection, and return the cook; the same call again makes only what is missing.

        seed: the same gives the same traits and seeds; without one it is drawn, and kept. name: of the cook and its batch,
        else the collection's. A larger supply later adds pieces to those that are there. concurrency: runs under way at
        once, else three, or two where each piece has a picture of its own. budget: US dollars that all of it may cost, restarts included; as it was, unless given. max_failures: how
        many pieces may fail before it stops, a count or below 1 a share; by default a tenth, at least 10. on_change: when
        another version was deployed meanwhile, pieces that are made keep theirs and the next are of the new one; "stop"
        refuses, "rerun" makes all anew. out, without_rate, on_progress, wait: see ``Deployment.map``.

        Raises:
            InvalidInput: the collection is bad, ``problems`` lists everything; or another one has this name. Nothing was sent.
            FeatureDisabled: the flag ``collections`` is off.
            BatchBusy: somebody else cooks it.
            BatchStopped: it stopped before its end, ``why`` says why and the message what it cost: the same call goes on.

        Example:
            >>> from stationthis_sdk import Collection
            >>> small = {"steps": 1, "width": 64, "height": 64}
            >>> cats = Collection("cats", "text-to-picture", {"prompt": "a [[Fur]] cat", **small}, {"Fur": ["red", "white"]}, supply=2)
            >>> cook = await st.collections.cook(cats, seed=1)
            >>> cook.progress.succeeded, [piece.traits["Fur"] async for piece in cook.pieces()]
            (2, ['red', 'white'])
        """
        self._context.settings.flags.need("collections")
        _check_seed(seed)
        MapOptions(
            collection.name if name is None else name,
            concurrency=concurrency,
            budget=budget,
            max_failures=max_failures,
            out=out,
            on_change=on_change,
        ).check()
        deployment = await self._sound(collection)
        called = collection.name if name is None else name
        batch = await batch_of(self._context, called)
        kept = await self._store.find(called)
        _check_batch(batch, called, deployment, known=kept is not None)
        adopts = batch is not None and kept is None
        if batch is not None and kept is None:
            await self._check_made(batch, collection, seed, deployment)
        drawn = secrets.randbits(_SEED_BITS) if seed is None else seed
        record = CookRecord(called, data_of(collection), collection.config_hash, drawn)
        async with self._store.hold(record, adopts=adopts) as held:
            if not held.new:
                _check_same(held.cook, collection, seed)
            known = await self._store.pieces(held.cook.id)
            records = await asyncio.to_thread(new_records, collection, held.cook.seed, known)
            await self._store.put(held, record, records)
            written = attrs.evolve(held.cook, collection=record.collection, config_hash=record.config_hash)
            work = await planned(
                self._context,
                written,
                deployment,
                concurrency=concurrency or _at_once(collection),
                budget=budget if budget is not None or batch is None else batch.budget,
                max_failures=max_failures,
                out=out if out is not None or batch is None else batch.options.get("out"),
                on_change=on_change,
                without_rate=without_rate,
            )
        made = AsyncCook(self._context, written, work)
        return await made.wait(on_progress=on_progress) if wait else made

    async def get(self, name: str) -> AsyncCook:
        """The cook of this name, with all that is known of it; ``resume()`` goes on with it.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
            NotFound: there is none of this name; ``suggestions`` are similar ones.

        Example:
            >>> from stationthis_sdk import Collection
            >>> small = {"steps": 1, "width": 64, "height": 64}
            >>> owls = Collection("owls", "text-to-picture", {"prompt": "a [[Fur]] owl", **small}, {"Fur": ["red"]}, supply=1)
            >>> cook = await st.collections.cook(owls, seed=1)
            >>> (await st.collections.get("owls")).progress.succeeded
            1
        """
        self._context.settings.flags.need("collections")
        found = await self._store.find(name)
        if found is None:
            similar = near(str(name), [record.name for record in await self._store.all()])
            hint = f" Did you mean {similar[0]!r}?" if similar else ""
            raise NotFound(f"No collection {name!r} is cooked on this machine.{hint}", suggestions=similar)
        return await self._made(found)

    async def list(self) -> Listing[AsyncCook]:
        """List the cooks of this machine, the one that something happened to last first.

        Raises:
            FeatureDisabled: the flag ``collections`` is off.
        """
        self._context.settings.flags.need("collections")
        found = [await self._made(record) for record in await self._store.all()]
        return Listing(found, _frame_of_cooks)

    # --- what they have in common -------------------------------------------------------------------------------------

    @property
    def _store(self) -> CookLedger:
        return CookLedger(self._context.ledger)

    async def _made(self, record: CookRecord) -> AsyncCook:
        return AsyncCook(self._context, record, await AsyncBatches(self._context).get(record.name))

    async def _looked_at(self, collection: Cookable) -> tuple[Report, AsyncDeployment | None]:
        report = await asyncio.to_thread(faults_of, collection)
        ref = collection.workflow
        if any(issue.where == "workflow" for issue in report):
            return report, None
        try:
            deployment = await AsyncDeployments(self._context).get(
                ref.deployment_id or ref.name, environment=ref.environment, refresh=True
            )
            await deployment.refresh()
        except (NotFound, AmbiguousName) as error:
            issue = Issue("missing-workflow", "workflow", error.message.rstrip("."))
            return attrs.evolve(report, issues=(*report.issues, issue)), None
        found = await asyncio.to_thread(lambda: list(misfits(collection, deployment.inputs)))
        return attrs.evolve(report, issues=(*report.issues, *found)), deployment

    async def _sound(self, collection: Cookable) -> AsyncDeployment:
        """The deployment of a collection that nothing is wrong with."""
        report, deployment = await self._looked_at(collection)
        report.raise_if_bad()
        assert deployment is not None  # noqa: S101 - a sound one has it
        return deployment

    async def _check_made(
        self, batch: BatchRecord, collection: Cookable, seed: int | None, deployment: AsyncDeployment
    ) -> None:
        """See that a batch of which no cook is known is that of this collection."""
        if seed is None:
            raise InvalidInput(
                f"There is a batch {batch.name!r}, and nobody knows with which seed it was cooked: give that, seed=…, or the "
                "cook another name, name=…. Nothing was sent."
            )
        records = await asyncio.to_thread(new_records, collection, seed, [])
        await check_made(self._context, batch, collection, records, deployment)


def _at_once(collection: Cookable) -> int:
    """How many runs are under way at once, when nobody says."""
    return 2 if any(one.images for one in collection.categories) else 3


def _check_seed(seed: Any) -> None:
    if seed is None:
        return
    if isinstance(seed, bool) or not isinstance(seed, int) or not -_MOST_SEED <= seed <= _MOST_SEED:
        raise InvalidInput(f"seed is a whole number below 2**63, or left out; got {seed!r}.")


def _check_batch(batch: BatchRecord | None, name: str, deployment: AsyncDeployment, *, known: bool) -> None:
    if batch is None:
        return
    if batch.held:
        raise batch.busy()
    ours = known or batch.key_column == key_column(deployment.inputs) or batch.why == "rebuilt"
    if not ours or batch.deployment_name != deployment.name:
        raise InvalidInput(
            f"There is a batch {name!r} of {batch.deployment_name!r} already that is none of this collection: give the "
            "cook another name, name=…. Nothing was sent."
        )


def _check_same(kept: CookRecord, collection: Cookable, seed: int | None) -> None:
    """See that it is the same collection, or one that only has more pieces.

    Raises:
        InvalidInput: it is another.
    """
    before = collection_of_data(kept.collection)
    problems = []
    if before.drawing_hash != collection.drawing_hash:
        problems.append("its inputs, categories, exclusions or parts are others")
    elif before.supply > collection.supply:
        problems.append(f"it had {before.supply} pieces, and this one has {collection.supply}")
    if seed is not None and seed != kept.seed:
        problems.append(f"its seed is {kept.seed}")
    if problems:
        raise InvalidInput(
            f"Another collection is cooked as {kept.name!r} already: {'; '.join(problems)}. Give this one another name, "
            "name=…. Nothing was sent.",
            problems=problems,
        )


def _frame_of_cooks(cooks: Any) -> Any:
    from stationthis_sdk.recipes.collections.frames import frame_of_cooks  # noqa: PLC0415 - frames are the exception

    return frame_of_cooks(cooks)
