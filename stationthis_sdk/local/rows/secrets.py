"""Rows of secrets: environment variables for machines, in clear within the folder that only its owner reads."""

import attrs

from stationthis_sdk.local.rows.table import JSON, new_id, now, table

__all__ = ["MachineSecret", "Secret"]


@table("secrets")
@attrs.frozen(kw_only=True)
class Secret:
    """A named set of variables, each ``{"key", "value"}``."""

    id: str = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    name: str
    variables: list[dict[str, str]] = attrs.field(metadata=JSON, repr=False)
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


@table("machine_secrets", unique=("machine_id, secret_id",), index=("secret_id",))
@attrs.frozen(kw_only=True)
class MachineSecret:
    """A secret is attached to a machine."""

    id: str = attrs.field(factory=new_id)
    machine_id: str
    secret_id: str
