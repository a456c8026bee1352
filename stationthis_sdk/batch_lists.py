"""Batches of this machine: by name, in a list, and made anew of what the service kept."""

from typing import Any, Literal

from stationthis_sdk.batches.batch import AsyncBatch, OnBatchProgress, at_work
from stationthis_sdk.batches.beginning import DEFAULT_FAILURES, MapOptions, need_rate
from stationthis_sdk.batches.out import Out
from stationthis_sdk.batches.plain import need_plain
from stationthis_sdk.batches.rebuilding import rebuild
from stationthis_sdk.batches.versions import OnChange
from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.errors import NotFound, StationThisError
from stationthis_sdk.frames.lists import frame_of_batches
from stationthis_sdk.listing import Listing
from stationthis_sdk.names import near
from stationthis_sdk.options import Options
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.batch_records import BatchRecord
from stationthis_sdk.store.batches import BatchLedger

__all__ = ["AsyncBatches"]


class AsyncBatches(Shown):
    """Batches that this machine knows: ``deployment.map`` makes them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<batches: list(), get(name), resume(name), rebuild(name, deployment)>"

    async def list(self) -> Listing[AsyncBatch]:
        """List them, the one that something happened to last first; ``to_frame()`` makes a table of them.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> "example-fox" in [one.name for one in await st.batches.list()]
            True
        """
        store = BatchLedger(self._context.ledger)
        found = [await AsyncBatch(self._context, one).refresh() for one in await store.all()]
        return Listing(found, frame_of_batches)

    async def get(self, name: str) -> AsyncBatch:
        """One batch by its name, with its deployment where that is still there; of those at work here, that very one.

        Raises:
            NotFound: there is none of this name; ``suggestions`` are similar ones.
        """
        record = await self._found(name)
        found = at_work(self._context, record) if record.held else None
        return await self._made(record) if found is None else await found.refresh()

    async def resume(
        self,
        name: str,
        *,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: "float | Literal['default'] | None" = DEFAULT_FAILURES,
        failed: bool = False,
        storage_options: dict[str, Any] | None = None,
        on_change: OnChange = "stop",
        without_rate: bool = False,
        on_progress: OnBatchProgress | None = None,
        wait: bool = True,
    ) -> AsyncBatch:
        """Go on with what is missing of a batch, without its rows: the plan has them.

        What is not given stays as it was; see ``Deployment.map``, also for on_change and without_rate. failed: rows that came to nothing are run again, too, as
        by ``Batch.retry_failed``.

        Raises:
            NotFound: there is no batch of this name, or its deployment is gone.
            BatchBusy: somebody else runs it.
            InvalidInput: it makes a collection: ``st.collections`` goes on with it.
            BatchStopped: it stopped before its end, or another version is deployed now.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-fox")
            >>> (await st.batches.resume("example-fox")).state
            'done'
        """
        MapOptions(
            name, concurrency=concurrency, budget=budget, max_failures=max_failures, on_change=on_change
        ).check()
        record = await self._found(name)
        if record.held:
            raise record.busy()
        await need_plain(self._context, name)
        deployment = await self._deployment(record)
        if budget is not None and not without_rate:
            await need_rate(self._context, deployment.record)
        await BatchLedger(self._context.ledger).set_limits(
            record.id,
            record.budget if budget is None else budget,
            record.max_failures if max_failures == DEFAULT_FAILURES else max_failures,
        )
        made = await self._made(
            await self._found(name),
            deployment,
            concurrency=concurrency or record.options.get("concurrency"),
            out=self._out(record, storage_options),
            on_change=on_change,
        )
        go_on = made.retry_failed if failed else made.resume
        return await go_on(wait=wait, on_progress=on_progress)

    async def rebuild(
        self, name: str, deployment: "AsyncDeployment | str", *, key: str | None = None
    ) -> AsyncBatch:
        """Make the ledger's part of a lost batch anew, of the runs that the service has of it; nothing is submitted.

        name: exactly as the batch was called. Rows come back with the inputs that were sent; the same ``map`` as before
        then runs only what is missing, and knows keys and other columns again. Reads each run of the deployment once.

        Raises:
            NotFound: the service has no run of such a batch.
            BatchBusy: somebody runs it.

        Example:
            >>> batch = await portrait.map([{"prompt": "a fox"}], name="example-lost")
            >>> await batch.forget()
            >>> (await st.batches.rebuild("example-lost", portrait)).progress.succeeded
            1
        """
        wanted = (
            deployment
            if isinstance(deployment, AsyncDeployment)
            else await AsyncDeployments(self._context).get(deployment)
        )
        record = await rebuild(self._context, name, wanted.record, key=key)
        return await self._made(record, wanted)

    async def _found(self, name: str) -> BatchRecord:
        store = BatchLedger(self._context.ledger)
        found = await store.find(name)
        if found is None:
            similar = near(name, [one.name for one in await store.all()])
            hint = f" Did you mean {similar[0]!r}?" if similar else ""
            raise NotFound(f"No batch {name!r} on this machine.{hint}", suggestions=similar)
        return found

    async def _deployment(self, record: BatchRecord) -> AsyncDeployment:
        """The deployment of a batch as it is now, with the options of the batch."""
        deployments = AsyncDeployments(self._context)
        found = await deployments.get(record.deployment_name, environment=record.environment, refresh=True)
        kept = record.options
        options = Options(
            Timeouts(**kept.get("timeouts", {})),
            kept.get("gpu"),
            None,
            cache=bool(kept.get("cache")),
            allow_unknown=bool(kept.get("allow_unknown")),
            on_interrupt=kept.get("on_interrupt", "cancel"),
            tags=tuple(kept.get("tags", ())),
        )
        return AsyncDeployment(self._context, found.record, found.source, options=options)

    def _out(self, record: BatchRecord, storage_options: dict[str, Any] | None = None) -> Out | None:
        target = record.options.get("out")
        return None if target is None else Out.of(target, storage_options, home=self._context.settings.home)

    async def _made(
        self, record: BatchRecord, deployment: AsyncDeployment | None = None, **given: Any
    ) -> AsyncBatch:
        if deployment is None:
            try:
                deployment = await self._deployment(record)
            except (TimeoutError, StationThisError):
                deployment = None  # what is known of it is shown all the same
        if "out" not in given:
            given["out"] = self._out(record)
        return await AsyncBatch(self._context, record, deployment=deployment, **given).refresh()
