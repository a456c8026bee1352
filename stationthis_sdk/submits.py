"""Starting a run: the uploads before it, and the one request that costs."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.api.capabilities import MADE
from stationthis_sdk.context import Context
from stationthis_sdk.entities import SUBMIT_INPUT, Media, RunRecord, RunState, Source
from stationthis_sdk.entities.machines import MachineRecord
from stationthis_sdk.entities.workflows import WorkflowRecord
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    ApiError,
    ConnectionLost,
    InvalidInput,
    NotFound,
    RunFailed,
    StationThisError,
    TimedOut,
)
from stationthis_sdk.graphs.seeds import unexposed_seeds
from stationthis_sdk.inputs.check import Checked, check_inputs
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs, inputs_in
from stationthis_sdk.interrupts import apart, finish, if_lost, sigterm_cancels, tell, together
from stationthis_sdk.logs import logger
from stationthis_sdk.money.cap import need_room
from stationthis_sdk.options import Options
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.settling import look, settle
from stationthis_sdk.store.ledger import Claim, SubmitRow
from stationthis_sdk.store.results import Result, Results, fingerprint
from stationthis_sdk.tracing import traced_submit
from stationthis_sdk.webhooks.addresses import with_submit

__all__ = ["Submit", "Target", "target_of_graph"]

_MOST_POSTS: Final = 2
"""How often a run is asked for at the most: again only when it is certain that none came of the request before."""
_SAYS_NO: Final = frozenset({400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 429, 431})
"""Statuses by which the service says that it made no run; after any other it may have made one."""
_AT_HAND: Final = (str, int, float, type(None))


@attrs.frozen
class Target:
    """What is run: a deployment, or a graph of one's own on a machine.

    ``scope`` is what an equal run has in common besides its inputs; ``queue`` makes the one request that costs;
    ``gone`` is what to say when the service does not know (any more) what it was to run; ``anew`` looks then for
    what has taken its place.
    """

    name: str
    inputs: Inputs
    scope: tuple[Any, ...]
    queue: Callable[[Mapping[str, Any], Options], Awaitable[str]]
    gone: str
    workflow_id: str | None = None
    workflow_version_id: str | None = None
    machine_id: str | None = None
    deployment_id: str | None = None
    anew: "Callable[[], Awaitable[Target | None]] | None" = None
    gpu: str | None = None
    graph: Mapping[str, Any] | None = attrs.field(default=None, repr=False)


def target_of_graph(
    context: Context,
    workflow: WorkflowRecord,
    graph: Mapping[str, Any],
    ui_graph: Mapping[str, Any],
    machine: MachineRecord,
) -> Target:
    """A graph of one's own, under a workflow, on a machine: what a submit runs."""

    def queue(values: Mapping[str, Any], options: Options) -> Awaitable[str]:
        return context.service.runs.queue_graph(
            workflow.id,
            values,
            graph=graph,
            ui_graph=ui_graph,
            machine_id=machine.id,
            gpu=options.gpu,
            webhook=options.webhook,
            limits=options.timeouts,
        )

    return Target(
        workflow.name,
        inputs_in(graph),
        (workflow.id, machine.id, graph),
        queue,
        f"The workflow {workflow.name!r} ({workflow.id}) is gone, or machine {machine.name!r} is: st.workflows.list() "
        "and st.machines.list(refresh=True) show what there is.",
        workflow_id=workflow.id,
        machine_id=machine.id,
        graph=graph,
    )


@attrs.define
class Submit:
    """One submit, with an id of ours that the service keeps; ``run_of`` makes the run that people hold."""

    context: Context
    target: Target
    options: Options
    run_of: Callable[..., AsyncRun]
    id: str = attrs.field(factory=lambda: secrets.token_hex(16))
    cleans_up: bool = True
    """Whether an interruption is its own to clean up after; else its run is not kept for that, either."""
    claim: Claim | None = None
    """What it is made for."""

    @traced_submit
    async def run(self, inputs: Mapping[str, Any] | None, more: Mapping[str, Any]) -> AsyncRun:
        """Check the inputs, upload files, start the run; or find the equal one that stands in for it.

        Raises:
            InvalidInput: an input is wrong; nothing was sent.
            FeatureDisabled: the run wants a webhook, uploads or the cache, and their flag is off; no run was started.
            CapReached: it could pass what may be spent in a month; nothing was uploaded or started.
            AmbiguousSubmit: the answer was lost; the run may exist.
        """
        given = _joined(inputs, more)
        if self.options.webhook is not None:
            self.context.settings.flags.need("webhooks")
        if self.options.cache:
            self.context.settings.flags.need("cache")
        with sigterm_cancels() if self.cleans_up else contextlib.nullcontext():
            try:
                look_up = self._looked_up
                checked, key, earlier = (
                    await asyncio.to_thread(look_up, given) if self._reads_disk(given) else look_up(given)
                )
                if not earlier:
                    await need_room(self.context, self, gpu=self.target.gpu or self.options.gpu)
                sent = {} if earlier else await self._upload(checked)
            except asyncio.CancelledError:
                tell(f"No run of {self.target.name} was started.")
                raise
            if earlier:
                return self._again(earlier)
            try:
                return await self._start({**checked.values, **sent}, key)
            except NotFound:
                # The service's word that nothing was made: nothing can be paid twice.
                again = await self._elsewhere(given, checked, sent)
                if again is None:
                    raise
            return await self._start(*again)

    async def _elsewhere(
        self, given: Mapping[str, Any], before: Checked, sent: Mapping[str, Any]
    ) -> tuple[dict[str, Any], str | None] | None:
        """What to send to that which has taken the target's place, if anything has.

        Seeds that were drawn and files that were uploaded are kept.

        Raises:
            InvalidInput: its inputs are others, and these don't fit them.
        """
        if self.target.anew is None:
            return None
        try:
            try:
                target = await self.target.anew()
            except StationThisError:
                return None
            if target is None:
                return None
            self.target = target
            try:
                checked = await asyncio.to_thread(self._check, given)
            except InvalidInput as error:
                raise error.told("It was deployed anew meanwhile, and takes other inputs now.") from None
            drawn = {name: before.values[name] for name in checked.drawn if name in before.drawn}
            kept = {
                name: sent[name]
                for name, media in checked.uploads.items()
                if name in sent and isinstance(media, list) == isinstance(before.uploads[name], list)
            }
            rest = {name: media for name, media in checked.uploads.items() if name not in kept}
            uploaded = await self._upload(attrs.evolve(checked, uploads=rest))
            return {**checked.values, **drawn, **kept, **uploaded}, await asyncio.to_thread(
                self._cache_key, checked
            )
        except asyncio.CancelledError:
            tell(f"No run of {self.target.name} was started.")
            raise

    def _check(self, given: Mapping[str, Any]) -> Checked:
        return check_inputs(
            given, self.target.inputs, name=self.target.name, allow_unknown=self.options.allow_unknown
        )

    async def _upload(self, checked: Checked) -> dict[str, Any]:
        """Uploads as links; a list of pictures goes as JSON text, the only form the node reads."""

        async def link_of(media: Media | str) -> str:
            if isinstance(media, str):
                return media
            return (await self.context.uploads.send(media, limits=self.options.timeouts)).url

        sent: dict[str, Any] = {}
        for name, media in checked.uploads.items():
            if isinstance(media, list):
                sent[name] = orjson.dumps([await link_of(one) for one in media]).decode()
            else:
                sent[name] = await link_of(media)
        return sent

    async def _start(self, values: dict[str, Any], key: str | None) -> AsyncRun:
        """Send it, once; interrupted on the way, learn the run's id and stop that run."""
        posting = apart(self._post(values))
        try:
            run_id = await asyncio.shield(posting)
        except asyncio.CancelledError:
            await finish(self._interrupted(posting), f"a run of {self.target.name} (submit {self.id})")
            if not posting.done():
                # The service takes its time: should a run come of it while this loop lives, it is stopped then.
                together(posting)
                posting.add_done_callback(lambda late: _stop_late(late, self.run_of))
            raise
        run = self.run_of(self._record(run_id, values))
        if self.cleans_up:
            if_lost(run._clean_up)  # noqa: SLF001 - the two know each other
        self.context.live.add(run)
        if key:
            self._remember(key, run)
        return run

    def _record(self, run_id: str, values: Mapping[str, Any]) -> RunRecord:
        """What is known of the run that has been made just now."""
        return RunRecord(
            run_id,
            RunState("not-started"),
            inputs=values,
            workflow_id=self.target.workflow_id,
            workflow_version_id=self.target.workflow_version_id,
            machine_id=self.target.machine_id,
            submit_id=self.id,
            deployment_id=self.target.deployment_id,
            deployment_name=self.target.name if self.target.deployment_id else None,
            tags=self.options.tags,
        )

    @property
    def _results(self) -> Results:
        return Results(self.context.settings.home / "results", self.context.catalogue.scope)

    def _remember(self, key: str, run: AsyncRun) -> None:
        """Have the run kept when it has ended well."""
        from stationthis_sdk.outputs.kept import Keeping  # noqa: PLC0415 - many keep no results

        run._keeping = Keeping(self._results, key, self.target.name, self.target.workflow_version_id)  # noqa: SLF001 - likewise

    def _reads_disk(self, given: Mapping[str, Any]) -> bool:
        """Whether looking at these inputs may take the disk, or long."""
        fields = (self.target.inputs.get(name) for name in given if isinstance(name, str))
        return (
            self.options.cache
            or not all(isinstance(value, _AT_HAND) for value in given.values())
            or any(
                field and {field.kind, *(one.kind for one in field.also)} & MEDIA_KINDS for field in fields
            )
        )

    def _looked_up(self, given: Mapping[str, Any]) -> tuple[Checked, str | None, Result | None]:
        """The inputs, checked; their fingerprint; and the equal run that ended well, if this machine has all of it."""
        checked = self._check(given)
        key = self._cache_key(checked)
        return checked, key, None if key is None else self._results.recall(key)

    def _cache_key(self, checked: Checked) -> str | None:
        """The fingerprint of this run, when an equal one may stand in for it: asked for, and nothing of it is drawn."""
        if not self.options.cache or checked.drawn or not _repeats(self.target):
            return None
        settings = self.context.settings
        scope = [settings.base_url, settings.account, *self.target.scope]
        return fingerprint(scope, {**checked.values, **checked.uploads})

    def _again(self, earlier: Result) -> AsyncRun:
        """The run of before."""
        run = self.run_of(earlier.record, from_cache=True)
        run._kept = earlier.files  # noqa: SLF001 - likewise
        run._source = Source("cache", datetime.fromtimestamp(earlier.at, UTC))  # noqa: SLF001 - likewise
        return run

    async def _post(self, values: Mapping[str, Any]) -> str:
        """Ask for the run, and be sure of what came of it; written down before the first byte goes out.

        The request is sent again only when no connection was made, or when it is certain that no run came of it.
        """
        ledger, settings, target = self.context.ledger, self.context.settings, self.target
        ours: str | None = None
        if self.options.webhook is not None:
            ours = await asyncio.to_thread(with_submit, self.options.webhook, self.id, settings)
        if ours:
            self.options = attrs.evolve(self.options, webhook=ours)
        row = SubmitRow(
            self.id,
            target.name,
            values,
            self.options.tags,
            target.deployment_id,
            target.workflow_id,
            target.workflow_version_id,
            target.machine_id,
            webhook=ours is not None,
            clock_offset=self.context.service.edge.clock_offset,
        )
        await ledger.sending(row, self.claim)
        try:
            run_id = await self._sent(row, values)
        except asyncio.CancelledError:
            ledger.lost_soon(self.id, "whoever waited for the answer is gone")
            raise
        except AmbiguousSubmit as error:
            await ledger.settled(self.id, "lost", error.message)
            raise
        except RunFailed:
            raise  # what is known of it stands there already
        except StationThisError as error:
            await ledger.settled(self.id, "refused", error.message)
            raise
        await ledger.accepted(self.id, self._record(run_id, values), self.claim)
        return run_id

    async def _sent(self, row: SubmitRow, values: Mapping[str, Any]) -> str:
        for time_sent in range(_MOST_POSTS):
            # A webhook or another process may have found it: the last thing to look at before it costs again.
            if time_sent and (found := await self.context.ledger.sending_again(row)):
                return found
            if self.claim is not None:
                self.claim.check()
            try:
                return await self.target.queue({**values, SUBMIT_INPUT: self.id}, self.options)
            except (ApiError, NotFound, ConnectionLost, TimedOut) as error:
                if isinstance(error, TimedOut) and error.phase == "connect":
                    raise
                if isinstance(error, ApiError | NotFound) and MADE in error.message:
                    return await self._made_and_failed(row, error)
                if isinstance(error, NotFound):
                    raise NotFound(f"{self.target.gone} No run was started.", request=error.request) from None
                if isinstance(error, ApiError) and error.status in _SAYS_NO:
                    raise
                logger("runs").warning(
                    "The answer to a submit of %s is lost (%s): looking for the run.", row.name, error.message
                )
                lost = error
            row = attrs.evolve(row, given_up_at=time.time())
            await self.context.ledger.given_up(row.id, lost.message, time.time())
            made = await settle(self.context, row, lost)
            if made is not None:
                return made.id
        await self.context.ledger.settled(row.id, "absent", lost.message)
        raise lost.told(
            f"No run of {row.name!r} was made: it was asked for {_MOST_POSTS} times, and looked for."
        )

    async def _made_and_failed(self, row: SubmitRow, error: StationThisError) -> str:
        """The machine did not take it: the run is there and has failed, but the answer does not tell its id."""
        found, known = None, True
        try:
            found = await look(self.context, row)
        except StationThisError:
            known = False
        if found is not None:
            return found.id
        problem = RunFailed(
            f"A run of {row.name!r} was made and failed at once, its id is not told: the machine did not take it "
            f"({error.message}) It was not sent again.",
            request=error.request,
        )
        await self.context.ledger.settled(row.id, "refused" if known else "lost", problem.message)
        raise problem from None

    async def _interrupted(self, posting: "asyncio.Task[str]") -> None:
        await asyncio.wait({posting})
        error = asyncio.CancelledError() if posting.cancelled() else posting.exception()
        if error is None:
            await self.run_of(RunRecord(posting.result()))._clean_up()  # noqa: SLF001 - likewise
        elif isinstance(error, AmbiguousSubmit):
            tell(error.message)
        elif isinstance(error, asyncio.CancelledError):
            tell(f"Nobody knows whether a run of {self.target.name} was started (submit {self.id}).")
        else:
            tell(f"No run of {self.target.name} was started.")


_told_of: set[tuple[str | None, str | None]] = set()


def _repeats(target: Target) -> bool:
    """Whether the same inputs make the same again; of one that can't, a word is said once."""
    if target.graph is None or (target.deployment_id is not None and target.workflow_version_id is None):
        why = "nothing is known of its version"
    elif seeds := unexposed_seeds(target.graph):
        why = (
            f"its graph has seeds that are no inputs ({', '.join(seeds[:5])}), and the service draws them for each run; "
            "feed them by a ComfyUIDeployExternalSeed"
        )
    else:
        return True
    if (which := (target.deployment_id, target.workflow_version_id)) not in _told_of:
        _told_of.add(which)
        logger("runs").warning("cache=True finds nothing for %r: %s.", target.name, why)
    return False


_stopping: set["asyncio.Task[None]"] = set()


def _stop_late(posting: "asyncio.Task[str]", run_of: Callable[..., AsyncRun]) -> None:
    if posting.cancelled() or posting.exception() is not None:
        return
    stopping = posting.get_loop().create_task(run_of(RunRecord(posting.result()))._clean_up())  # noqa: SLF001 - likewise
    _stopping.add(stopping)
    stopping.add_done_callback(_stopping.discard)


def _joined(inputs: Mapping[str, Any] | None, more: Mapping[str, Any]) -> dict[str, Any]:
    if inputs is not None and not isinstance(inputs, Mapping):
        raise InvalidInput(
            f"Inputs are keywords or one mapping, not {type(inputs).__name__}: prompt='a fox'."
        )
    if twice := sorted(set(inputs or ()) & set(more)):
        raise InvalidInput(f"Given twice: {', '.join(twice)}.")
    return {**(inputs or {}), **more}
