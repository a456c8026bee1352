"""Whether an account's files are for anybody who has the link, or for links that expire."""

from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.accounts import settings_of

__all__ = ["is_private"]


def is_private(tables: Tables, owner: Caller) -> bool:
    """True for accounts whose ``output_visibility`` is private."""
    return settings_of(tables, owner).output_visibility == "private"
