"""Batches that are a cook's: gone on with as plain ones, they would make again what was replaced or rejected there."""

import shlex
from typing import TYPE_CHECKING

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.store.cooks import CookLedger

if TYPE_CHECKING:
    from stationthis_sdk.context import Context

__all__ = ["need_plain"]


async def need_plain(context: "Context", name: str) -> None:
    """See that a batch is nobody's cook.

    Raises:
        InvalidInput: it is one.
        SaveFailed: the ledger can't be read just now.
    """
    if await CookLedger(context.ledger).find(name) is not None:
        raise InvalidInput(
            f"Batch {name!r} makes a collection: st.collections.get({name!r}).resume() goes on with it, and retry_failed() "
            f"makes again what failed; `stationthis cook {shlex.quote(name)}` does, too, with --failed. Nothing was sent."
        )
