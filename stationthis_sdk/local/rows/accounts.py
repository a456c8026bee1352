"""Rows of accounts: a person's settings, or those of a whole organisation."""

from typing import TYPE_CHECKING

import attrs

from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.table import new_id, now, table

if TYPE_CHECKING:
    from stationthis_sdk.local.database import Tables  # it imports the rows itself

__all__ = ["Settings", "is_private", "settings_of"]


@table("settings")
@attrs.frozen(kw_only=True)
class Settings:
    """An account's settings; ``output_visibility`` is public or private. Tokens are in clear, as the service has it."""

    id: str | None = attrs.field(factory=new_id)
    user_id: str
    org_id: str | None = None
    output_visibility: str = "public"
    s3_bucket_name: str | None = None
    s3_region: str | None = None
    s3_access_key_id: str | None = attrs.field(default=None, repr=False)
    s3_secret_access_key: str | None = attrs.field(default=None, repr=False)
    assumed_role_arn: str | None = None
    use_cloudfront: int = 0
    cloudfront_domain: str | None = None
    hugging_face_token: str | None = attrs.field(default=None, repr=False)
    api_version: str = "v2"
    spend_limit: float = 500.0
    created_at: int = attrs.field(factory=now)
    updated_at: int = attrs.field(factory=now)


def settings_of(tables: "Tables", caller: Caller) -> Settings:
    """The account's settings; the usual ones, without an id, when none were ever changed."""
    found = tables.find(Settings, caller.own, caller.owner)
    return found[0] if found else Settings(id=None, user_id=caller.user_id, org_id=caller.org_id)


def is_private(tables: "Tables", owner: Caller) -> bool:
    """Whether an account's files are for links that expire, and not for anybody who has the link."""
    return settings_of(tables, owner).output_visibility == "private"
