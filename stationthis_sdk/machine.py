"""A machine: wait for its build, change it, go back, look at it, delete it."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from stationthis_sdk.api.calls.runs import check_gpu
from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, is_seconds, is_uuid
from stationthis_sdk.entities.machines import (
    CUSTOM_SETTINGS,
    MACHINE_TYPES,
    SERVERLESS_SETTINGS,
    BuildProgress,
    MachineEvent,
    MachineRecord,
    MachineVersionRecord,
    SecretRecord,
)
from stationthis_sdk.errors import (
    InvalidInput,
    MachineFailed,
    NotFound,
    Refused,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
    ValidationFailed,
)
from stationthis_sdk.names import near
from stationthis_sdk.shown import Shown

__all__ = ["BUILD_SECONDS", "AsyncMachine", "OnBuild", "check_settings"]

OnBuild = Callable[[BuildProgress], Awaitable[None] | None]

BUILD_SECONDS: Final = 3600.0
_SETTLED: Final = frozenset({"ready", "error", "running", "paused"})
_SLOWEST_LOOK: Final = 5.0
_END_OF_LOG: Final = 5


class AsyncMachine(Shown):
    """What runs graphs: a card of the service's, or a ComfyUI server of one's own.

    Example:
        >>> machine = await st.machines.get("this-machine")
        >>> machine.status, machine.type
        ('ready', 'comfy-deploy-serverless')
    """

    def __init__(self, context: Context, record: MachineRecord, source: Source) -> None:
        self._context = context
        self._record = record
        self._source = source

    def __repr__(self) -> str:
        return f"<machine {self.name!r} ({self.gpu or self.type}): {self.status}>"

    @property
    def id(self) -> str:
        """The service's id."""
        return self._record.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self._record.name

    @property
    def type(self) -> str:
        """classic, comfy-deploy-serverless and others."""
        return self._record.type

    @property
    def serverless(self) -> bool:
        """Whether it runs on the service's own cards, and is built."""
        return self._record.serverless

    @property
    def status(self) -> str:
        """not-started, building, ready, error, running, paused or starting, when last heard of."""
        return self._record.status

    @property
    def gpu(self) -> str | None:
        """Its GPU; None for machines of one's own."""
        return self._record.gpu

    @property
    def settings(self) -> Mapping[str, Any]:
        """What is set on it, as far as the service tells; all of it comes with ``get``."""
        return self._record.settings

    @property
    def created_at(self) -> datetime | None:
        """When it was made, UTC."""
        return self._record.created_at

    @property
    def record(self) -> MachineRecord:
        """Everything known of the machine, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def refresh(self) -> "AsyncMachine":
        """Ask the service for its present state and return it.

        Raises:
            NotFound: it was deleted.
        """
        before = self.status
        self._now(await self._context.service.machines.get(self.id))
        if self.status != before:
            # What is kept of the list is out of date as well.
            await self._context.catalogue.forget("machines")
        return self

    async def wait(
        self,
        *,
        timeout: float = BUILD_SECONDS,  # noqa: ASYNC109 - it names what ran out
        on_progress: OnBuild | None = None,
    ) -> "AsyncMachine":
        """Wait until its build has ended well, and return it; a machine that is ready is returned at once.

        ``timeout`` is in seconds. ``on_progress`` hears of status and the log's last line, about once a second. A
        look that fails is tried again until time runs out; the build goes on whoever looks.

        Raises:
            MachineFailed: the build failed; the message ends with the log's end.
            TimedOut: it takes longer.
            NotFound: it was deleted.

        Example:
            >>> (await (await st.machines.get("this-machine")).wait()).status
            'ready'
        """
        if not is_seconds(timeout):
            raise InvalidInput(f"timeout is seconds, more than 0, not {timeout!r}.")
        clock = asyncio.get_running_loop().time
        started = clock()
        trouble: StationThisError | None = None
        while True:
            try:
                async with asyncio.timeout_at(started + timeout):
                    await self.refresh()
                trouble = None
            except TimeoutError:
                pass
            except StationThisError as error:
                if not (error.retryable or isinstance(error, UnexpectedResponse)):
                    raise
                trouble = error
            else:
                if on_progress is not None:
                    line = self._record.build_log.rstrip().rpartition("\n")[2]
                    heard = on_progress(BuildProgress(self.status, line, clock() - started))
                    if inspect.isawaitable(heard):
                        await heard
            if trouble is None and self.status == "error":
                raise MachineFailed(
                    f"The build of machine {self.name!r} failed: {await self._why()}", machine=self.name
                )
            if trouble is None and self.status in _SETTLED:
                return self
            left = started + timeout - clock()
            if left <= 0:
                last = f" The last look failed: {trouble.message}" if trouble else ""
                raise TimedOut(
                    f"Machine {self.name!r} is still {self.status} after {timeout:g} s; its build goes on: "
                    f"st.machines.get({self.name!r}).wait().{last}",
                    phase="total",
                    limit=timeout,
                    state=self.status,
                )
            pause = (
                0.1 if self._context.settings.nearby else min(_SLOWEST_LOOK, 0.5 + (clock() - started) / 20)
            )
            await asyncio.sleep(min(pause, left))

    async def update(self, **settings: Any) -> "AsyncMachine":
        """Change its settings, and return it; those that change its image build it anew: ``wait`` for that.

        On the service's cards: name, gpu, comfyui_version (a commit), docker_command_steps, extra_docker_commands,
        base_docker_image, python_version, machine_builder_version, install_custom_node_with_gpu, extra_args,
        prestart_command, concurrency_limit (containers, 1), allow_concurrent_inputs (runs a container, 1), keep_warm
        (containers that cost all the time, 0), run_timeout (seconds, 300), idle_timeout (seconds, 60), cpu_request and
        cpu_limit (cores), memory_request and memory_limit (MiB), models_to_cache, enable_gpu_memory_snapshot,
        optimized_runner, disable_metadata. Of one's own: name, type, endpoint, auth_token.

        Raises:
            InvalidInput: its type has no such setting, or the value is of another type; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = await st.machines.create_custom("example-updated", "http://127.0.0.1:9")
            >>> (await machine.update(name="example-renamed")).name
            'example-renamed'
            >>> await machine.delete()
        """
        if not settings:
            raise InvalidInput("Nothing to change was given: update(run_timeout=600).")
        check_settings(settings, serverless=self.serverless)
        await self._context.service.machines.update(self.id, settings, serverless=self.serverless)
        return await self.refresh()

    async def rebuild(self) -> "AsyncMachine":
        """Build it anew although nothing changes, and return it: ``wait`` for the build.

        Raises:
            InvalidInput: it is of one's own, and nothing is built.
        """
        self._need_serverless("is built")
        changes = {"is_trigger_rebuild": True}
        await self._context.service.machines.update(self.id, changes, serverless=True)
        return await self.refresh()

    async def versions(self) -> list[MachineVersionRecord]:
        """Its builds, the newest first; their logs come with ``version``."""
        self._need_serverless("has versions")
        return [*await self._context.service.machine_versions.all(self.id)]

    async def version(self, version: int | str) -> MachineVersionRecord:
        """One build by number or id, with its log.

        Raises:
            NotFound: there is no such build of this machine.
        """
        self._need_serverless("has versions")
        calls = self._context.service.machine_versions
        found = version if is_uuid(version) else None
        if found is None:
            listed = await calls.all(self.id)
            found = next((one.id for one in listed if str(one.number) == str(version)), None)
        missing = NotFound(f"Machine {self.name!r} has no version {version!r}.")
        if found is None:
            raise missing
        try:
            return await calls.get(self.id, str(found))
        except (NotFound, ValidationFailed):
            raise missing from None

    async def roll_back(self, to: int | str) -> "AsyncMachine":
        """Go back to an earlier build, by number or id, and return it.

        Raises:
            NotFound: there is no such build; nothing was changed.
        """
        version = await self.version(to)
        await self._context.service.machines.roll_back(self.id, version_id=version.id, number=None)
        return await self.refresh()

    async def events(self) -> list[MachineEvent]:
        """When it had a GPU and what that cost, the latest first."""
        return [*await self._context.service.machines.events(self.id)]

    async def workflows(self) -> list[str]:
        """The names of the workflows that are to run on it."""
        return [name for _, name in await self._context.service.machines.workflows(self.id)]

    async def files(self, path: str = "/") -> dict[str, Any]:
        """One folder of it: ``directories``, ``files`` and what is known of them.

        Raises:
            InvalidInput: it is of one's own.
        """
        self._need_serverless("has files to look at")
        return await self._context.service.machines.files(self.id, path)

    async def docker_commands(self) -> dict[str, Any]:
        """What its image is built with, step by step."""
        self._need_serverless("is built")
        return await self._context.service.machines.docker_commands(self.id)

    async def check_custom_nodes(self) -> dict[str, Any]:
        """Which commit of the deploy plugin it has, which is the newest, and ``is_up_to_date``.

        Raises:
            NotFound: its settings name no such plugin, or it was deleted.
        """
        try:
            return await self._context.service.machines.check_custom_nodes(self.id)
        except NotFound as error:
            if "custom node" not in error.said.lower():
                raise NotFound(
                    f"Machine {self.name!r} is gone: st.machines.list() tells which there are.",
                    said=error.said,
                    request=error.request,
                ) from None
            raise NotFound(
                f"Machine {self.name!r} has no comfyui-deploy plugin among its custom nodes, so there is no commit to "
                "compare: docker_command_steps of its settings lists what it has.",
                said=error.said,
                request=error.request,
            ) from None

    async def update_custom_nodes(self) -> "AsyncMachine":
        """Build it anew with the newest deploy plugin, and return it: ``wait`` for the build."""
        self._need_serverless("is built")
        await self._context.service.machines.update_custom_nodes(self.id)
        return await self.refresh()

    async def export(self, *, version: int | None = None) -> dict[str, Any]:
        """It as it can be made again elsewhere (``st.machines.create_from``), without its secrets."""
        return await self._context.service.machines.export(self.id, version)

    async def object_info(self) -> dict[str, Any]:
        """What its ComfyUI says of its node classes: what turning an editor's graph into one that runs needs.

        Raises:
            NotFound: neither the service nor the machine tells.
        """
        found = await self._context.service.object_info.get(self.id)
        if found is None:
            raise NotFound(
                f"Nobody tells what the nodes of machine {self.name!r} take: save GET /object_info of a ComfyUI with the "
                "same nodes, and pass that file."
            )
        return found

    async def secrets(self, *, attached: bool = True) -> list[SecretRecord]:
        """The secrets it has, or with ``attached=False`` those it could have. What they hold is never told."""
        calls = self._context.service.secrets
        return [*await (calls.linked(self.id) if attached else calls.unlinked(self.id))]

    async def delete(self, *, force: bool = False) -> None:
        """Delete it. ``force`` does so although workflows are to run on it; deleting it twice is no error.

        Raises:
            Refused: workflows are to run on it; the message names them.
            ValidationFailed: it keeps containers warm: ``update(keep_warm=0)`` first.
        """
        try:
            await self._context.service.machines.delete(self.id, force=force)
        except Refused as error:
            if error.status == 402:
                try:
                    names = ", ".join(map(repr, await self.workflows()))
                except StationThisError:
                    names = ""
                using = f" by {names}" if names else ""
                error.told(f"Machine {self.name!r} is in use{using}: move them, or delete(force=True).")
            raise
        except ValidationFailed as error:
            if error.status == 400:
                error.told("st.machines: update(keep_warm=0), then delete().")
            raise

    def _need_serverless(self, what: str) -> None:
        if not self.serverless:
            raise InvalidInput(
                f"Machine {self.name!r} is {self.type}: only one on the service's cards {what}."
            )

    def _now(self, record: MachineRecord) -> "AsyncMachine":
        self._record, self._source = record, Source.now()
        return self

    async def _why(self) -> str:
        """The end of whatever log tells of the failure."""
        service, log = self._context.service, self._record.build_log or self._record.import_failed
        try:
            if not log and self._record.version_id:
                log = (await service.machine_versions.get(self.id, self._record.version_id)).build_log
            if self._record.version_id and not log:
                log = "\n".join(await service.machine_versions.errors(self._record.version_id))
        except StationThisError:
            pass
        lines = [line.strip() for line in log.splitlines() if line.strip()]
        return " / ".join(lines[-_END_OF_LOG:])[-1000:] or "the service tells no reason."


def check_settings(settings: Mapping[str, Any], *, serverless: bool) -> None:
    """Go on when every setting exists and is of its type.

    Raises:
        InvalidInput: ``problems`` lists every fault.
    """
    table = SERVERLESS_SETTINGS if serverless else CUSTOM_SETTINGS
    other = CUSTOM_SETTINGS if serverless else SERVERLESS_SETTINGS
    problems = []
    for name, value in settings.items():
        if name not in table:
            kind = "one's own" if serverless else "the service's cards"
            close = near(name, [*table])
            hint = (
                f"that is for machines of {kind}"
                if name in other
                else f"did you mean {close[0]}?"
                if close
                else (f"there is {', '.join(table)}")
            )
            problems.append(f"no setting {name!r}: {hint}")
        elif not isinstance(value, table[name]) or (isinstance(value, bool) and table[name] is not bool):
            wanted = getattr(table[name], "__name__", "number")
            problems.append(f"{name} is {wanted}, not {type(value).__name__}")
        elif isinstance(value, int | float) and not isinstance(value, bool) and value < 0:
            problems.append(f"{name} is {value}: not below 0")
        elif name == "type" and value not in MACHINE_TYPES:
            problems.append(f"no type {value!r}: there is {', '.join(MACHINE_TYPES)}")
        elif name == "gpu":
            try:
                check_gpu(str(value))
            except InvalidInput as error:
                problems.append(error.message)
    if problems:
        raise InvalidInput(f"Nothing was sent: {'; '.join(problems)}", problems=problems)
