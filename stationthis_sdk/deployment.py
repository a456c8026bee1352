"""A deployment: check inputs against it, run it, change it."""

import asyncio
from collections.abc import Awaitable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import BatchEstimate, DeploymentRecord, RunRecord, Source, Timeouts, Told
from stationthis_sdk.entities.deployments import SHARES, DeploymentChange
from stationthis_sdk.errors import ConnectionFailed, InvalidInput, NotFound, TimedOut
from stationthis_sdk.fallback import run_here
from stationthis_sdk.inputs.described import Described
from stationthis_sdk.interrupts import sigterm_cancels
from stationthis_sdk.listing import Listing
from stationthis_sdk.lookups import check_environment, check_limit, known_deployment, known_deployments
from stationthis_sdk.options import OnInterrupt, Options, check_tags
from stationthis_sdk.runs import AsyncRun, listed
from stationthis_sdk.showing import ShownDeployment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from stationthis_sdk.batches.batch import AsyncBatch, OnBatchProgress
    from stationthis_sdk.batches.versions import OnChange
    from stationthis_sdk.inputs.fields import Inputs
    from stationthis_sdk.machine import AsyncMachine
    from stationthis_sdk.submits import Target

__all__ = ["AsyncDeployment"]


class AsyncDeployment(Described, ShownDeployment):
    """A workflow made ready to run on a machine. Call it with its inputs to get the finished run.

    What it shows is what was last heard of it (``source`` tells when), and inputs are checked against that. Should
    another version have been deployed since, the service runs the new one: it ignores inputs that are no longer
    there, and gives new ones their defaults, at full price. A warning tells when a run turns out to be of another
    version; ``refresh`` before an expensive batch rules it out.

    Example:
        >>> run = await portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state, run.outputs[0].kind
        ('success', 'image')
    """

    def __init__(
        self,
        context: Context,
        record: DeploymentRecord,
        source: Source,
        *,
        options: Options | None = None,
        change: DeploymentChange | None = None,
    ) -> None:
        self._context = context
        self._record = record
        self._source = source
        # Of a deployment on a server of old nothing is known: whatever it is given goes out.
        self._bare = not (record.environment or record.graph or record.input_types)
        if options is not None:
            self._options = options
        self._change = change
        self._inputs: Inputs | None = None

    def __repr__(self) -> str:
        version = f" v{self.version}" if self.version else ""
        return f"<deployment {self.name!r} ({self.environment}{version}): {self.inputs!r}>"

    @property
    def id(self) -> str:
        """The service's id; it may change when the workflow is deployed anew, the name does not."""
        return self._record.id

    @property
    def name(self) -> str:
        """The name of its workflow."""
        return self._record.name

    @property
    def environment(self) -> str:
        """production, staging, preview, public-share, private-share or community-share."""
        return self._record.environment

    @property
    def description(self) -> str:
        """What its workflow's author says of it."""
        return self._record.description

    @property
    def version(self) -> int | None:
        """The number of the workflow's version that is deployed."""
        return self._record.version

    @property
    def record(self) -> DeploymentRecord:
        """Everything known of the deployment, as data; its graph included."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    @property
    def change(self) -> DeploymentChange | None:
        """What the call that made this object did: whether it is new or was moved, from which version to which."""
        return self._change

    @cached_property
    def _options(self) -> Options:
        """How it is run where nobody has said otherwise; of many that are listed few are run."""
        return Options(self._context.timeouts, allow_unknown=self._bare)

    @property
    def inputs(self) -> "Inputs":
        """Its inputs by name: those the service lists and those only the graph has (seeds, face models).

        Example:
            >>> portrait.inputs["steps"].maximum
            60
        """
        if self._inputs is None:
            from stationthis_sdk.inputs.fields import inputs_of  # noqa: PLC0415 - of many that are listed few are looked at

            self._inputs = inputs_of(self._record)
        return self._inputs

    def options(
        self,
        *,
        timeout: float | Timeouts | None = None,
        gpu: str | None = None,
        webhook: str | None = None,
        cache: bool | None = None,
        allow_unknown: bool | None = None,
        on_interrupt: OnInterrupt | None = None,
        tags: "Collection[str] | str | None" = None,
        progress: Any = None,
    ) -> "AsyncDeployment":
        """Return a copy that runs otherwise; what is not given stays as it is.

        timeout: seconds for a whole call, or ``Timeouts`` by phase. gpu: what to ask for; the deployment's own wins.
        webhook: a URL that hears of every change of state. cache: return an earlier, equal, successful run with what it
        made, kept on this machine, instead of paying again; only when every seed is an input and given. allow_unknown:
        send inputs the workflow does not declare. on_interrupt: "cancel" (default) or "detach". tags: kept with each
        run on this machine, for ``st.runs.list(tag=…)``. progress: how a run or a batch is shown while it is waited for,
        and in a notebook after ``submit`` and ``map(wait=False)``: "auto" (in notebooks and at prompts), "widgets",
        "html", "text", "off", or tqdm itself.

        Example:
            >>> quick = portrait.options(timeout=120, cache=True)
        """
        if gpu is not None:
            check_gpu(gpu)
        options = self._options.changed(
            timeout,
            gpu=gpu,
            webhook=webhook,
            cache=cache,
            allow_unknown=allow_unknown,
            on_interrupt=on_interrupt,
            tags=tags,
            progress=progress,
        )
        return AsyncDeployment(self._context, self._record, self._source, options=options)

    async def __call__(self, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> AsyncRun:
        """Check the inputs, upload files, run, wait, and return the finished run.

        Inputs are keywords, or a mapping for names that are no keywords. Paths, bytes, pictures and arrays are
        uploaded. Seeds that are missing, None or -1 are drawn and recorded.

        Raises:
            InvalidInput: an input is wrong; nothing was sent.
            RunFailed, RunCancelled, RunTimedOut, TimedOut: see ``Run.wait``.
            AmbiguousSubmit: the service's answer was lost; the run may exist.
        """
        started = asyncio.get_running_loop().time()
        with sigterm_cancels():
            run = await self._submit(inputs, **more)
            return run if run.from_cache else await run._wait(since=started)  # noqa: SLF001 - the two know each other

    async def submit(self, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> AsyncRun:
        """Check the inputs, upload files, start the run and return at once; in a notebook it is shown how it gets on.

        A deployment that is gone because its workflow was deployed anew is looked for by name and environment;
        when it is there under another id, the inputs are checked against it and the run is submitted, once.

        Raises:
            InvalidInput, AmbiguousSubmit: as calling the deployment does.
            NotFound: the deployment is gone, and there is no other of that name; nothing was started.

        Example:
            >>> run = await portrait.submit(prompt="a harbour", steps=2)
            >>> run.state
            'not-started'
        """
        run = await self._submit(inputs, **more)
        run._show_in_background()  # noqa: SLF001 - the two know each other
        return run

    async def _submit(
        self, inputs: Mapping[str, Any] | None = None, submit_id: str | None = None, /, **more: Any
    ) -> AsyncRun:
        from stationthis_sdk.submits import Submit  # noqa: PLC0415 - likewise

        submit = Submit(self._context, self._target, self._options, self._run)
        submit.id = submit_id or submit.id
        try:
            return await submit.run(inputs, more)
        except (ConnectionFailed, TimedOut) as error:
            given = {**(inputs or {}), **more}
            here = await run_here(self._context, error, self._record, self._options, given)
            if here is None:
                raise
            return here

    async def map(
        self,
        rows: Any,
        *,
        name: str,
        key: str | None = None,
        columns: "Mapping[str, Any] | Iterable[str] | None" = None,
        concurrency: int | None = None,
        budget: float | None = None,
        max_failures: "float | Literal['default'] | None" = "default",
        out: "str | Path | None" = None,
        storage_options: Mapping[str, Any] | None = None,
        limit: int | None = None,
        tags: "Collection[str] | str | None" = None,
        on_change: "OnChange" = "stop",
        without_rate: bool = False,
        on_progress: "OnBatchProgress | None" = None,
        wait: bool = True,
    ) -> "AsyncBatch":
        """Run once for each row, unattended, and return the batch; the same call again runs only what is missing.

        rows: a DataFrame, polars or Arrow table, list of dicts, ``grid(…)``, ``zip_(…)``, or the path of a .csv, .jsonl or
        .parquet. name: what the batch is called; the same name goes on with it, also in another process. key: the column
        that tells rows apart, else their content does. columns: how columns become inputs, like
        ``{"prompt": "Photo of {title}", "image": "photo_url"}``; columns of an input's own name are sent anyway, others
        ride along. concurrency: runs under way at once; else four for each container, at least 16. budget: US dollars
        that all of it may cost, restarts included. max_failures: how many rows may fail before it stops, a count or
        below 1 a share; by default a tenth, at least 10; None: any number. out: a folder or fsspec URL, perhaps with a
        name like ``"out/{sku}.png"``, where files go, with metadata.jsonl; storage_options are fsspec's. limit: the
        first so many rows only; without it later the same batch goes on. tags: kept with each run. on_change: when
        another version is deployed than the plan was made for, or a key has other inputs: stop, continue, or rerun.
        without_rate: with a budget, start although nobody knows what runs cost. wait: until it has ended; False returns
        a live batch at once. on_progress: told how far it is while this call waits.

        Missing seeds are derived from the batch's name and the row, so that they are the same each time.

        Raises:
            InvalidInput: ``problems`` lists what is wrong with options, columns and rows; nothing was sent.
            BatchBusy: somebody else runs this batch.
            BatchStopped: it stopped before its end, ``why`` says why: the same call goes on.

        Example:
            >>> animals = [{"title": "fox"}, {"title": "hare"}]
            >>> batch = await portrait.map(animals, name="example-map", columns={"prompt": "A {title}"})
            >>> [(row.extra["title"], row.inputs["prompt"], row.state) async for row in batch]
            [('fox', 'A fox', 'success'), ('hare', 'A hare', 'success')]
        """
        from stationthis_sdk.batches.beginning import MapOptions, begin  # noqa: PLC0415 - batches are heavy

        given = MapOptions(
            name,
            key,
            columns,
            concurrency,
            budget,
            max_failures,
            out,
            storage_options,
            limit,
            on_change,
            without_rate,
        )
        tagged = self if tags is None else self.options(tags=(*self._options.tags, *check_tags(tags)))
        batch = await begin(self._context, tagged, rows, given)
        if wait:
            return await batch.wait(on_progress=on_progress)
        return batch._show_in_background()  # noqa: SLF001 - the two know each other

    async def estimate(
        self,
        rows: Any,
        *,
        name: str = "estimate",
        key: str | None = None,
        columns: "Mapping[str, Any] | Iterable[str] | None" = None,
        concurrency: int | None = None,
        out: "str | Path | None" = None,
        limit: int | None = None,
    ) -> BatchEstimate:
        """Say how many rows ``map`` would run, what that costs and how long it takes; nothing is sent.

        The arguments are those of ``map``, and what is wrong with them is told as there. Costs and times are those of
        earlier runs on this machine.

        Raises:
            InvalidInput: see ``map``.

        Example:
            >>> estimate = await portrait.estimate([{"prompt": "a fox"}, {"prompt": "a hare"}])
            >>> estimate.rows, estimate.missing
            (2, 2)
        """
        from stationthis_sdk.batches.beginning import MapOptions, estimated  # noqa: PLC0415 - likewise

        given = MapOptions(name, key, columns, concurrency, out=out, limit=limit)
        return await estimated(self._context, self, rows, given)

    @property
    def _target(self) -> "Target":
        from stationthis_sdk.submits import Target  # noqa: PLC0415 - likewise

        record = self._record

        def queue(values: Mapping[str, Any], options: Options) -> Awaitable[str]:
            return self._context.service.runs.queue(
                record.id, values, gpu=options.gpu, webhook=options.webhook, limits=options.timeouts
            )

        return Target(
            self.name,
            self.inputs,
            (record.id, record.workflow_version_id),
            queue,
            f"The deployment {self.name!r} ({record.id}) is gone, or its machine is: it may have been deployed "
            "anew; get it again by name.",
            record.workflow_id,
            record.workflow_version_id,
            record.machine_id,
            record.id,
            lambda: self._target_anew(record.id),
            record.gpu,
            record.graph,
        )

    async def _target_anew(self, gone: str) -> "Target | None":
        found = await self._found_anew(gone)
        if found is None:
            return None
        self._hear(found)
        return self._target

    async def _found_anew(self, gone: str) -> Told[DeploymentRecord] | None:
        """The deployment of this name and environment, when the service has it under another id than the one gone."""
        await self._context.catalogue.forget("deployments")
        told = await known_deployments(self._context, refresh=True)
        same = [one for one in told.value if one.environment == self.environment and one.name == self.name]
        same = [one for one in same if one.workflow_id == self._record.workflow_id] or same
        return Told(same[0], told.source) if len(same) == 1 and same[0].id != gone else None

    def _hear(self, told: Told[DeploymentRecord]) -> None:
        self._record, self._source, self._inputs = told.value, told.source, None

    def _run(
        self, record: RunRecord, *, from_cache: bool = False, untold: frozenset[str] = frozenset()
    ) -> AsyncRun:
        return AsyncRun(
            self._context,
            record,
            deployment=self,
            timeouts=self._options.timeouts,
            on_interrupt=self._options.on_interrupt,
            from_cache=from_cache,
            untold=untold,
            progress=self._options.progress,
        )

    async def refresh(self) -> "AsyncDeployment":
        """Read it anew from the service and return it; by name and environment when its id has moved.

        Raises:
            NotFound: it is gone.

        Example:
            >>> (await portrait.refresh()).source.kind
            'api'
        """
        before = self._record
        try:
            self._hear(await known_deployment(self._context, self.id, refresh=True))
            if self._record.workflow_version_id != before.workflow_version_id:
                # What is kept of the list is out of date as well.
                await self._context.catalogue.forget("deployments")
        except NotFound:
            found = await self._found_anew(self.id)
            if found is None and self._record.share_slug:
                owner, _, name = self._record.share_slug.partition("_")
                shared = await self._context.service.shares.deployment(owner, name)
                found = Told(shared, Source.now())
            if found is None:
                raise
            self._hear(found)
        return self

    async def runs(
        self, *, state: "str | Collection[str] | None" = None, limit: int | None = 100
    ) -> Listing[AsyncRun]:
        """List its runs, newest first, without inputs and outputs: ``Run.refresh`` reads those.

        ``state`` is one state or several; ``limit`` None means all. Runs that others made of a public share are
        not among them.

        Example:
            >>> run = await portrait(prompt="a lighthouse", seed=7, steps=1, width=64, height=64)
            >>> (await portrait.runs(state="success", limit=1))[0].id == run.id
            True
        """
        from stationthis_sdk.api.calls.run_lists import BRIEF, check_states  # noqa: PLC0415 - likewise

        check_limit(limit)
        states = check_states(state)
        found = await self._context.service.run_lists.of_deployment(self.id, states=states, limit=limit)
        return listed(self._run(one, untold=BRIEF) for one in found)

    async def update(
        self,
        *,
        version: "int | str | None" = None,
        machine: "AsyncMachine | str | None" = None,
        gpu: str | None = None,
        concurrency_limit: int | None = None,
        run_timeout: int | None = None,
        idle_timeout: int | None = None,
        keep_warm: int | None = None,
    ) -> "AsyncDeployment":
        """Change it and return it; what is not given stays, and nothing can be set back to none.

        version: a number, an id, or "newest". machine: a name, an id, or a machine. gpu: one of the service's.
        concurrency_limit: containers at once. run_timeout, idle_timeout: seconds. keep_warm: containers that wait
        for work, which cost while they do.

        Raises:
            InvalidInput: a value makes no sense; nothing was sent.
            NotFound: there is no such version or machine.

        Example:
            >>> (await portrait.update(run_timeout=300)).record.run_timeout
            300
        """
        limits = {
            "concurrency_limit": concurrency_limit,
            "run_timeout": run_timeout,
            "idle_timeout": idle_timeout,
            "keep_warm": keep_warm,
        }
        from stationthis_sdk.publishing import update_in_place  # noqa: PLC0415 - likewise

        if version is not None or machine is not None:
            await self.refresh()  # so that the change tells from what
        told, self._change = await update_in_place(
            self._context, self._record, version=version, machine=machine, gpu=gpu, limits=limits
        )
        self._hear(told)
        return self

    async def promote(self, to: str = "production") -> "AsyncDeployment":
        """Deploy the same version on the same machine to another environment, and return that deployment.

        It is read anew first, so that what is promoted is what runs now.

        Raises:
            InvalidInput: there is no such environment, or it is this one.

        Example:
            >>> graph = portrait.record.graph
            >>> staged = await st.deployments.publish(graph, "example-promoted", "staging", machine="this-machine")
            >>> live = await staged.promote()
            >>> live.environment, live.version == staged.version
            ('production', True)
            >>> await (await st.workflows.get("example-promoted")).delete()
        """
        from stationthis_sdk.publishing import promote_to  # noqa: PLC0415 - likewise

        check_environment(to)
        if to == self.environment:
            raise InvalidInput(f"{self.name!r} is in {to} already: promote it to another environment.")
        now = await self.refresh()
        told, change = await promote_to(self._context, now.record, to)
        return AsyncDeployment(self._context, told.value, told.source, options=self._options, change=change)

    async def roll_back(self, to: int | str | None = None) -> "AsyncDeployment":
        """Deploy an earlier version of its workflow here, and return it.

        The service keeps no history of what was deployed, so without ``to`` it is the version numbered next below
        the present one, whether or not that was ever deployed. ``to`` names a version by number or id.

        Raises:
            InvalidInput: this is the first version.
            NotFound: the workflow has no such version.
        """
        from stationthis_sdk.publishing import roll_back_to  # noqa: PLC0415 - likewise

        now = await self.refresh()
        told, self._change = await roll_back_to(self._context, now.record, to)
        self._hear(told)
        return self

    async def deactivate(self) -> "AsyncDeployment":
        """Stop the containers that are its own, and return it; the next run starts them again.

        Raises:
            InvalidInput: it has none: it runs in those of its machine.
            ValidationFailed: it still has runs.
        """
        if (await self.refresh()).record.modal_app_id is None:
            raise InvalidInput(
                f"{self.name!r} in {self.environment} has no containers of its own to stop: it runs in those of its machine."
            )
        await self._context.service.deployments.deactivate(self.id)
        return await self.refresh()

    async def delete(self) -> None:
        """Share it no longer. The service deletes shares only.

        Raises:
            InvalidInput: it is no share; nothing was sent.
        """
        self._need_share("deleted", "promote another version over it, or delete its workflow")
        await self._context.service.deployments.delete(self.id)

    async def studio_url(self) -> str:
        """The page on which others can run this share.

        Raises:
            InvalidInput: it is no share; nothing was sent.
        """
        self._need_share("shown on a page of its own", "promote(to='private-share') makes one")
        return await self._context.service.shares.studio_url(self.id)

    async def ui_spec(self) -> dict[str, Any]:
        """The service's description of a page for it, in the form of shadcn's registry: files with their code.

        Example:
            >>> (await portrait.ui_spec())["files"][0]["type"]
            'registry:page'
        """
        return await self._context.service.deployments.ui_spec(self.id)

    def _need_share(self, what: str, instead: str) -> None:
        if self.environment not in SHARES:
            raise InvalidInput(
                f"Only shares are {what}, and {self.name!r} is in {self.environment}: {instead}."
            )
