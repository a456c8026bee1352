"""Secrets of machines: sets of environment variables. What they hold goes up, and is never taken from an answer."""

from collections.abc import Mapping
from typing import Any

from comfydeploy_client.api.secrets import (
    secrets_attach,
    secrets_create,
    secrets_delete,
    secrets_list,
    secrets_list_linked,
    secrets_list_unlinked,
    secrets_update,
)
from comfydeploy_client.models.secret_attach import SecretAttach
from comfydeploy_client.models.secret_create import SecretCreate
from comfydeploy_client.models.secret_update import SecretUpdate
from comfydeploy_client.models.secret_value import SecretValue

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import objects, text, truth
from stationthis_sdk.entities import parse_time
from stationthis_sdk.entities.machines import SecretRecord

__all__ = ["SecretCalls"]


class SecretCalls(Family):
    """Secrets of one account."""

    async def all(self) -> tuple[SecretRecord, ...]:
        """Every secret, with the machines it is attached to."""
        return await self.edge.call(secrets_list, into=_listed)

    async def linked(self, machine_id: str) -> tuple[SecretRecord, ...]:
        """Those of a machine."""
        return await self.edge.call(secrets_list_linked, machine_id, into=_listed)

    async def unlinked(self, machine_id: str) -> tuple[SecretRecord, ...]:
        """Those a machine does not have."""
        return await self.edge.call(secrets_list_unlinked, machine_id, into=_listed)

    async def create(self, name: str, machine_id: str, variables: Mapping[str, str]) -> SecretRecord:
        """Make one for a machine."""
        body = SecretCreate(name, machine_id, _values(variables))
        return await self.edge.call(secrets_create, body=body, into=secret_of)

    async def switch(self, secret_id: str, machine_id: str) -> bool:
        """Attach it to a machine, or take it off when it is attached; whether it is attached now."""
        body = SecretAttach(machine_id, secret_id)
        return await self.edge.call(
            secrets_attach, body=body, into=lambda answer: truth(answer.is_selected) or False
        )

    async def update(self, secret_id: str, variables: Mapping[str, str]) -> SecretRecord:
        """Give it these variables in place of all it had."""
        body = SecretUpdate(_values(variables))
        return await self.edge.call(secrets_update, secret_id, body=body, into=secret_of)

    async def delete(self, secret_id: str) -> None:
        """Delete it."""
        await self.edge.call(secrets_delete, secret_id, into=bool)


def secret_of(answer: Any) -> SecretRecord:
    """A secret without what it holds."""
    machines = answer.machines if isinstance(answer.machines, list) else []
    return SecretRecord(
        id=text(answer.id) or "",
        name=text(answer.name) or "",
        variables=tuple(
            sorted(name for one in objects(answer.environment_variables) if (name := text(one.get("key"))))
        ),
        machine_ids=tuple(one for one in machines if isinstance(one, str)),
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
    )


def _listed(rows: Any) -> tuple[SecretRecord, ...]:
    return tuple(secret_of(row) for row in rows)


def _values(variables: Mapping[str, str]) -> list[SecretValue]:
    return [SecretValue(key=name, value=value) for name, value in variables.items()]
