"""Deployments: find one by name, check inputs against it, run it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import DeploymentRecord, RunRecord, Timeouts, is_uuid
from stationthis_sdk.errors import (
    AmbiguousName,
    InvalidInput,
    NotFound,
)
from stationthis_sdk.inputs.fields import Inputs, inputs_of
from stationthis_sdk.interrupts import sigterm_cancels
from stationthis_sdk.names import loosely, unknown
from stationthis_sdk.options import OnInterrupt, Options
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.submits import Submit, Target

if TYPE_CHECKING:
    import builtins

__all__ = ["AsyncDeployment", "AsyncDeployments"]

NAMES_GOOD_FOR: Final = 30.0
_PREFERENCE: Final = ("production", "staging", "preview", "private-share", "public-share", "community-share")


class AsyncDeployment:
    """A workflow made ready to run on a machine. Call it with its inputs to get the finished run.

    Example:
        >>> run = await portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state, run.outputs[0].kind
        ('success', 'image')
    """

    def __init__(self, context: Context, record: DeploymentRecord, options: Options | None = None) -> None:
        self._context = context
        self._record = record
        self._options = options or Options(context.timeouts)
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
    def inputs(self) -> Inputs:
        """Its inputs by name: those the service lists and those only the graph has (seeds, face models).

        Example:
            >>> portrait.inputs["steps"].maximum
            60
        """
        if self._inputs is None:
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
    ) -> "AsyncDeployment":
        """Return a copy that runs otherwise; what is not given stays as it is.

        timeout: seconds for a whole call, or ``Timeouts`` by phase. gpu: what to ask for; the deployment's own
        wins. webhook: a URL that hears of every change of state. cache: return an earlier, equal, successful run
        made from this machine instead of paying again; only when every seed is given. allow_unknown: send inputs
        the workflow does not declare. on_interrupt: "cancel" (default) or "detach".

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
        )
        return AsyncDeployment(self._context, self._record, options)

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
            run = await self.submit(inputs, **more)
            return run if run.from_cache else await run._wait(since=started)  # noqa: SLF001 - the two know each other

    async def submit(self, inputs: Mapping[str, Any] | None = None, /, **more: Any) -> AsyncRun:
        """Check the inputs, upload files, start the run and return at once.

        Raises:
            InvalidInput, AmbiguousSubmit: as calling the deployment does.

        Example:
            >>> run = await portrait.submit(prompt="a harbour", steps=2)
            >>> run.state
            'not-started'
        """
        return await Submit(self._context, self._target, self._options, self._run).run(inputs, more)

    @property
    def _target(self) -> Target:
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
        )

    def _run(self, record: RunRecord, *, from_cache: bool = False) -> AsyncRun:
        return AsyncRun(
            self._context,
            record,
            deployment=self,
            timeouts=self._options.timeouts,
            on_interrupt=self._options.on_interrupt,
            from_cache=from_cache,
        )


class AsyncDeployments:
    """The deployments of the account: list them, get one by name."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: tuple[float, tuple[DeploymentRecord, ...]] = (float("-inf"), ())

    def __repr__(self) -> str:
        known = sorted({one.name for one in self._known[1]})
        return f"<deployments: {', '.join(known)}>" if known else "<deployments: list(), get(name)>"

    def __getitem__(self, name: str) -> Awaitable[AsyncDeployment]:
        """The deployment of that name; see ``get``."""
        return self.get(name)

    async def __aiter__(self) -> AsyncIterator[AsyncDeployment]:
        """Each deployment."""
        for deployment in await self.list():
            yield deployment

    async def list(self, *, environment: str | None = None) -> list[AsyncDeployment]:
        """List all deployments, by name.

        Example:
            >>> [deployment.name for deployment in await st.deployments.list()]
            ['picture-to-picture', 'text-to-picture']
        """
        found = [one for one in await self._fetch() if environment in {None, one.environment}]
        return [
            AsyncDeployment(self._context, one)
            for one in sorted(found, key=lambda one: (one.name, one.environment))
        ]

    async def get(self, name: str, *, environment: str | None = None) -> AsyncDeployment:
        """Get one by its workflow's name, its id or its share slug.

        When a workflow is deployed to several environments, production comes first, then staging, then preview;
        ``environment`` picks another. Names are compared exactly first, then without regard to case, spaces and
        dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: two workflows have that name; ``candidates`` are their ids.

        Example:
            >>> (await st.deployments.get("Text to Picture")).name
            'text-to-picture'
        """
        if not name or not isinstance(name, str):
            raise InvalidInput(f"A deployment is got by name, id or share slug, not {name!r}.")
        if is_uuid(name):
            try:
                return AsyncDeployment(self._context, await self._context.service.deployments.get(name))
            except NotFound:
                raise self._unknown(name, await self._fetch()) from None
        known = await self._fetch()
        here = [one for one in known if environment in {None, one.environment}]
        for found in (
            [one for one in here if one.name == name],
            [one for one in here if name in _slugs(one)],
            [one for one in here if loosely(one.name) == loosely(name)],
        ):
            if found:
                return AsyncDeployment(self._context, _pick(name, found))
        raise self._unknown(name, known, environment)

    async def _of_run(self, run: RunRecord) -> AsyncDeployment:
        """The deployment a run came from, as far as the service tells: by its workflow and version."""
        found = [one for one in await self._fetch() if run.workflow_id and one.workflow_id == run.workflow_id]
        found = [one for one in found if one.workflow_version_id == run.workflow_version_id] or found
        if not found:
            raise NotFound(
                f"The deployment of run {run.id} is gone; get another by name and call it.", run_id=run.id
            )
        return AsyncDeployment(self._context, min(found, key=_rank))

    async def _has(self, name: object) -> bool:
        return any(one.name == name for one in await self._fetch())

    async def _names(self) -> "builtins.list[str]":
        asked, known = self._known
        if time.monotonic() - asked > NAMES_GOOD_FOR:
            known = await self._fetch()
        return sorted({one.name for one in known})

    async def _fetch(self) -> tuple[DeploymentRecord, ...]:
        known = await self._context.service.deployments.all()
        self._known = (time.monotonic(), known)
        return known

    def _unknown(
        self, name: str, known: tuple[DeploymentRecord, ...], environment: str | None = None
    ) -> NotFound:
        where = f" in {environment}" if environment else ""
        if elsewhere := sorted({one.environment for one in known if one.name == name}):
            return NotFound(f"No deployment {name!r}{where}; it is deployed to {', '.join(elsewhere)}.")
        return unknown("deployment", name, (one.name for one in known), where)


def _pick(name: str, found: list[DeploymentRecord]) -> DeploymentRecord:
    """One of several environments of one workflow; two workflows are one too many."""
    best = min(found, key=_rank)
    rivals = [one for one in found if one.workflow_id != best.workflow_id]
    if rivals:
        candidates = [f"{one.id} ({one.environment})" for one in found]
        raise AmbiguousName(
            f"Several workflows are called {name!r}: get one by its id: {', '.join(candidates)}.",
            candidates=[one.id for one in found],
        )
    return best


def _rank(record: DeploymentRecord) -> int:
    return _PREFERENCE.index(record.environment) if record.environment in _PREFERENCE else len(_PREFERENCE)


def _slugs(record: DeploymentRecord) -> set[str]:
    """A share's slug as it is kept, ``owner_name``, and as its address has it, ``owner/name``."""
    slug = record.share_slug
    return {slug, slug.replace("_", "/", 1)} if slug else set()
