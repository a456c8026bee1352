"""Machines: list, read, make, change, delete, and what the service tells of them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import attrs
from comfydeploy_client.api.machines import (
    machines_check_custom_nodes,
    machines_create_custom,
    machines_create_serverless,
    machines_delete,
    machines_docker_commands,
    machines_events,
    machines_export,
    machines_files,
    machines_get,
    machines_import,
    machines_list,
    machines_rollback,
    machines_update_custom,
    machines_update_custom_nodes,
    machines_update_serverless,
    machines_workflows,
)
from comfydeploy_client.models.machine_custom_create import MachineCustomCreate
from comfydeploy_client.models.machine_custom_update import MachineCustomUpdate
from comfydeploy_client.models.machine_import import MachineImport
from comfydeploy_client.models.machine_rollback import MachineRollback
from comfydeploy_client.models.machine_serverless_create import MachineServerlessCreate
from comfydeploy_client.models.machine_serverless_update import MachineServerlessUpdate
from comfydeploy_client.types import UNSET

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import number, plain, properties, text, truth
from stationthis_sdk.entities import parse_time
from stationthis_sdk.entities.machines import SERVERLESS_SETTINGS, MachineEvent, MachineRecord
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError

__all__ = ["MachineCalls", "settings_of"]

_SECRETS: Final = ("auth_token",)


class MachineCalls(Family):
    """Machines of one account."""

    async def all(self, search: str | None = None, *, deleted: bool = False) -> tuple[MachineRecord, ...]:
        """Every machine; those that are deleted only when asked for."""
        return tuple([row async for page in self.pages(search, deleted=deleted) for row in page])

    def pages(
        self, search: str | None = None, *, deleted: bool = False
    ) -> AsyncIterator[list[MachineRecord]]:
        """The same page by page."""
        return self._pages(
            machines_list,
            one=machine_of,
            search=UNSET if search is None else search,
            is_deleted=UNSET if deleted else False,
        )

    async def get(self, machine_id: str) -> MachineRecord:
        """Read one machine, all that is told of it.

        Raises:
            NotFound: there is none, or the id is no id.
        """
        try:
            return attrs.evolve(await self.edge.call(machines_get, machine_id, into=machine_of), whole=True)
        except StationThisError as error:
            if isinstance(error, NotFound) or getattr(error, "status", None) == 422:
                raise NotFound(f"No machine {machine_id!r} for this key.", request=error.request) from None
            raise

    async def create_custom(
        self, name: str, endpoint: str, kind: str, auth_token: str | None
    ) -> MachineRecord:
        """Enter a machine of one's own."""
        given = {"name": name, "type": kind, "endpoint": endpoint, "auth_token": auth_token}
        body = _body(MachineCustomCreate, given)
        return await self.edge.call(machines_create_custom, body=body, into=machine_of)

    async def create_serverless(self, settings: Mapping[str, Any]) -> MachineRecord:
        """Make a machine on the service's own cards; it is built first."""
        body = _body(MachineServerlessCreate, settings)
        return await self.edge.call(machines_create_serverless, body=body, into=machine_of)

    async def update(
        self, machine_id: str, settings: Mapping[str, Any], *, serverless: bool
    ) -> MachineRecord:
        """Change a machine, by the route of its type."""
        if serverless:
            body = _body(MachineServerlessUpdate, settings)
            return await self.edge.call(machines_update_serverless, machine_id, body=body, into=machine_of)
        custom = _body(MachineCustomUpdate, settings)
        return await self.edge.call(machines_update_custom, machine_id, body=custom, into=machine_of)

    async def delete(self, machine_id: str, *, force: bool) -> None:
        """Delete it; deleting it twice is no error on the service's side."""
        await self.edge.call(machines_delete, machine_id, force=force, into=bool)

    async def roll_back(
        self, machine_id: str, *, version_id: str | None, number: int | None
    ) -> MachineRecord:
        """Go back to an earlier build."""
        body = MachineRollback(
            machine_version_id=UNSET if version_id is None else version_id,
            version=UNSET if number is None else number,
        )
        return await self.edge.call(machines_rollback, machine_id, body=body, into=machine_of)

    async def events(self, machine_id: str) -> tuple[MachineEvent, ...]:
        """When it had a GPU, the latest first."""
        return await self.edge.call(
            machines_events, machine_id, into=lambda rows: tuple(event_of(row) for row in rows)
        )

    async def workflows(self, machine_id: str) -> tuple[tuple[str, str], ...]:
        """Ids and names of the workflows that are to run on it."""
        return await self.edge.call(
            machines_workflows,
            machine_id,
            into=lambda rows: tuple((row.id, text(row.name) or row.id) for row in rows),
        )

    async def files(self, machine_id: str, path: str) -> dict[str, Any]:
        """One folder of it."""
        return await self.edge.call(machines_files, machine_id, path=path, into=properties)

    async def docker_commands(self, machine_id: str) -> dict[str, Any]:
        """What its image is built with."""
        return await self.edge.call(machines_docker_commands, machine_id, into=properties)

    async def check_custom_nodes(self, machine_id: str) -> dict[str, Any]:
        """The deploy plugin it has, and the newest one."""
        return await self.edge.call(machines_check_custom_nodes, machine_id, into=properties)

    async def update_custom_nodes(self, machine_id: str) -> MachineRecord:
        """Build it anew with the newest deploy plugin."""
        return await self.edge.call(machines_update_custom_nodes, machine_id, into=machine_of)

    async def export(self, machine_id: str, version: int | None) -> dict[str, Any]:
        """It as it can be made again elsewhere, without its secrets."""
        return await self.edge.call(
            machines_export, machine_id, version=UNSET if version is None else version, into=properties
        )

    async def enter(self, exported: Mapping[str, Any]) -> str:
        """Make a machine of an export, and return its id."""
        return await self.edge.call(machines_import, body=_body(MachineImport, exported), into=_id_of)


def machine_of(answer: Any) -> MachineRecord:
    """A machine, from a list, on its own, or from the answer to a change: its token is left out."""
    return MachineRecord(
        id=answer.id,
        name=text(answer.name) or answer.id,
        type=text(answer.type_) or "",
        status=text(answer.status) or "",
        gpu=text(answer.gpu),
        endpoint=text(answer.endpoint),
        version_id=text(answer.machine_version_id),
        settings=settings_of(answer),
        build_log=text(answer.build_log) or "",
        import_failed=text(answer.import_failed_logs) or "",
        deleted=truth(answer.deleted) or False,
        has_workflows=truth(answer.has_workflows),
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
    )


def settings_of(answer: Any) -> dict[str, Any]:
    """The settings that an answer tells."""
    told = properties(answer)
    return {
        name: plain(told[name])
        for name in SERVERLESS_SETTINGS
        if name not in {"name", "gpu"} and told.get(name) is not None
    }


def event_of(answer: Any) -> MachineEvent:
    """One stretch of time with a GPU."""
    return MachineEvent(
        id=text(answer.id) or "",
        machine_id=text(answer.machine_id),
        session_id=text(answer.session_id),
        gpu=text(answer.gpu) or text(answer.ws_gpu),
        provider=text(answer.gpu_provider),
        cost=number(answer.cost),
        started_at=parse_time(answer.start_time),
        ended_at=parse_time(answer.end_time),
    )


def _id_of(answer: Any) -> str:
    found = text(answer.id)
    if found is None:
        raise ValueError("no machine id")
    return found


def _body(model: Any, given: Mapping[str, Any]) -> Any:
    """A generated request of plain values.

    Raises:
        InvalidInput: a value is not what the service takes; secrets are not shown.
    """
    try:
        return model.from_dict(dict(given))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        shown = {name: value for name, value in given.items() if name not in _SECRETS}
        raise InvalidInput(f"These settings can't be sent ({error}): {shown}.") from None
