"""Machines: list them, get one by name, make one; and the secrets they share."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import TYPE_CHECKING, Any

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Source, Told, is_uuid
from stationthis_sdk.entities.machines import MachineRecord, SecretRecord
from stationthis_sdk.errors import AmbiguousName, InvalidInput, NotFound
from stationthis_sdk.frames.lists import frame_of_machines
from stationthis_sdk.listing import Listing
from stationthis_sdk.machine import AsyncMachine, check_settings
from stationthis_sdk.names import find, unknown
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import builtins

__all__ = ["AsyncMachines", "known_machine", "known_machines", "named_machine"]


class AsyncMachines(Shown):
    """The machines of the account: list them, get one by name, make one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<machines: list(), get(name), create_serverless(name, gpu=…), create_custom(name, endpoint)>"

    def __getitem__(self, name: str) -> Awaitable[AsyncMachine]:
        """The machine of that name; see ``get``."""
        return self.get(name)

    async def __aiter__(self) -> AsyncIterator[AsyncMachine]:
        """Each machine, page by page: whoever stops early asks for no more."""
        async for page in self._context.service.machines.pages():
            for record in page:
                yield AsyncMachine(self._context, record, Source.now())

    async def list(
        self, *, search: str | None = None, deleted: bool = False, refresh: bool = False
    ) -> Listing[AsyncMachine]:
        """List machines by name; ``search`` is a part of it. With ``deleted`` those that were deleted come, too.

        ``to_frame()`` makes a table of them.

        Example:
            >>> [machine.name for machine in await st.machines.list()]
            ['classic-machine', 'this-machine']
        """
        if search is not None or deleted:
            found = await self._context.service.machines.all(search, deleted=deleted)
            told = Told(found, Source.now())
        else:
            told = await known_machines(self._context, refresh=refresh)
        by_name = sorted(told.value, key=lambda one: (one.name, one.id))
        return Listing((AsyncMachine(self._context, one, told.source) for one in by_name), frame_of_machines)

    async def get(self, name: str, *, refresh: bool = False) -> AsyncMachine:
        """Get one by its name or id, with all its settings.

        Names are compared exactly first, then without regard to case, spaces and dashes.

        Raises:
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their ids.

        Example:
            >>> (await st.machines.get("this-machine")).settings["run_timeout"]
            300
        """
        machine_id = name if is_uuid(name) else (await known_machine(self._context, name, refresh=refresh)).id
        machines = self._context.service.machines
        try:
            told = await self._context.catalogue.read(
                "machines", machine_id, lambda: machines.get(machine_id), MachineRecord, refresh=refresh
            )
        except NotFound:
            known = await known_machines(self._context, refresh=True)
            raise unknown("machine", name, (one.name for one in known.value)) from None
        return AsyncMachine(self._context, told.value, told.source)

    async def create_serverless(self, name: str, *, gpu: str, **settings: Any) -> AsyncMachine:
        """Make a machine on the service's own cards, and return it while it is built: ``wait`` for that.

        gpu: CPU, T4, L4, A10G, L40S, A100, A100-80GB, H100, H200 or B200. The other settings are those of
        ``Machine.update``.

        Raises:
            InvalidInput: there is no such setting or GPU, or the name is taken; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = await st.machines.create_serverless("example-built", gpu="T4", run_timeout=600)
            >>> (await machine.wait()).status
            'ready'
            >>> await machine.delete()
        """
        check_settings({"name": name, "gpu": gpu, **settings}, serverless=True)
        await self._check_free(name)
        given = {"name": name, "gpu": gpu, **settings}
        made = await self._context.service.machines.create_serverless(given)
        return AsyncMachine(self._context, made, Source.now())

    async def create_custom(
        self,
        name: str,
        endpoint: str,
        *,
        type: str = "classic",
        auth_token: str | None = None,
    ) -> AsyncMachine:
        """Enter a ComfyUI server of one's own, and return it.

        endpoint: its web address, as the service reaches it. type: the service's word, classic for a ComfyUI server.
        auth_token: what to show it; it is sent and never kept, shown or logged here.

        Raises:
            InvalidInput: no web address, no such type, or the name is taken; nothing was sent.
            Refused: the plan does not allow it.

        Example:
            >>> machine = await st.machines.create_custom("example-own", "http://127.0.0.1:8188")
            >>> machine.type
            'classic'
            >>> await machine.delete()
        """
        given = {"name": name, "type": type, "endpoint": endpoint}
        check_settings(given if auth_token is None else {**given, "auth_token": auth_token}, serverless=False)
        if not endpoint.startswith(("http://", "https://")):
            raise InvalidInput(
                f"The endpoint is the server's web address, http://host:8188, not {endpoint!r}."
            )
        await self._check_free(name)
        made = await self._context.service.machines.create_custom(name, endpoint, type, auth_token)
        return AsyncMachine(self._context, made, Source.now())

    async def create_from(self, exported: Mapping[str, Any]) -> AsyncMachine:
        """Make a machine of what ``Machine.export`` gave, and return it; its name is another one when taken.

        Raises:
            InvalidInput: it is no export; nothing was sent.
        """
        if not isinstance(exported, Mapping) or not {"name", "type"} <= exported.keys():
            raise InvalidInput(
                "A machine's export is a mapping with name, type and environment: machine.export()."
            )
        wanted = {
            name: exported[name] for name in ("name", "type", "environment") if exported.get(name) is not None
        }
        made = await self._context.service.machines.enter(wanted)
        return await self.get(made, refresh=True)

    async def secrets(self) -> "builtins.list[SecretRecord]":
        """List all secrets, with the ids of the machines they are attached to. What they hold is never told."""
        return [*await self._context.service.secrets.all()]

    async def create_secret(
        self, name: str, variables: Mapping[str, str], *, machine: AsyncMachine | str
    ) -> SecretRecord:
        """Make a set of environment variables for a machine. Its containers see them from the next build on.

        Raises:
            InvalidInput: a name or value is no text; nothing was sent.

        Example:
            >>> secret = await st.machines.create_secret("example-hub", {"HF_TOKEN": "hf_…"}, machine="this-machine")
            >>> secret.variables
            ('HF_TOKEN',)
            >>> await st.machines.delete_secret(secret)
        """
        _check_variables(variables)
        return await self._context.service.secrets.create(name, await self._id_of(machine), variables)

    async def update_secret(self, secret: SecretRecord | str, variables: Mapping[str, str]) -> SecretRecord:
        """Give a secret these variables in place of all it had."""
        _check_variables(variables)
        return await self._context.service.secrets.update(_id_of_secret(secret), variables)

    async def attach_secret(self, secret: SecretRecord | str, machine: AsyncMachine | str) -> None:
        """Let a machine have a secret; one that has it keeps it."""
        await self._switch(secret, machine, wanted=True)

    async def detach_secret(self, secret: SecretRecord | str, machine: AsyncMachine | str) -> None:
        """Take a secret from a machine; one without it stays so."""
        await self._switch(secret, machine, wanted=False)

    async def delete_secret(self, secret: SecretRecord | str) -> None:
        """Delete a secret, and take it from every machine."""
        await self._context.service.secrets.delete(_id_of_secret(secret))

    async def _switch(self, secret: SecretRecord | str, machine: AsyncMachine | str, *, wanted: bool) -> None:
        """The service has one call that turns it round: look first, so that it is never turned the wrong way."""
        machine_id, secret_id = await self._id_of(machine), _id_of_secret(secret)
        linked = await self._context.service.secrets.linked(machine_id)
        if any(one.id == secret_id for one in linked) is not wanted:
            await self._context.service.secrets.switch(secret_id, machine_id)

    async def _id_of(self, machine: AsyncMachine | str) -> str:
        if isinstance(machine, AsyncMachine):
            return machine.id
        return machine if is_uuid(machine) else (await known_machine(self._context, machine)).id

    async def _check_free(self, name: str) -> None:
        if not name.strip():
            raise InvalidInput("A machine needs a name.")
        taken = [one for one in (await known_machines(self._context, refresh=True)).value if one.name == name]
        if taken:
            raise InvalidInput(
                f"There is a machine {name!r} already ({taken[0].id}): names would be ambiguous."
            )

    async def _has(self, name: object) -> bool:
        return any(one.name == name for one in (await known_machines(self._context)).value)

    async def _names(self) -> "builtins.list[str]":
        return sorted({one.name for one in (await known_machines(self._context)).value})


async def known_machines(context: Context, *, refresh: bool = False) -> Told[tuple[MachineRecord, ...]]:
    """Every machine that is not deleted."""
    return await context.catalogue.read(
        "machines", "all", context.service.machines.all, tuple[MachineRecord, ...], refresh=refresh
    )


async def known_machine(context: Context, name: str, *, refresh: bool = False) -> MachineRecord:
    """The machine of that name or id, as lists tell of it.

    Raises:
        NotFound, AmbiguousName: see ``Machines.get``.
    """
    told = await known_machines(context, refresh=refresh)
    try:
        return find("machine", name, told.value)
    except (NotFound, AmbiguousName):
        if told.source.kind != "cache":
            raise
        return find("machine", name, (await known_machines(context, refresh=True)).value)


async def named_machine(context: Context, machine: AsyncMachine | str) -> MachineRecord:
    """A machine that was given by name, by id or itself.

    Raises:
        InvalidInput: it is something else.
        NotFound, AmbiguousName: see ``Machines.get``.
    """
    if isinstance(machine, AsyncMachine):
        return machine.record
    if not isinstance(machine, str):
        raise InvalidInput(f"A machine is named by name or id, or is the thing itself, not {machine!r}.")
    return await known_machine(context, machine)


def _id_of_secret(secret: SecretRecord | str) -> str:
    return secret.id if isinstance(secret, SecretRecord) else secret


def _check_variables(variables: Mapping[str, str]) -> None:
    if not isinstance(variables, Mapping) or not all(
        isinstance(name, str) and name and isinstance(value, str) for name, value in variables.items()
    ):
        raise InvalidInput("A secret is a mapping of environment variables, names and values as text.")
