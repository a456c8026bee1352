"""What every resource of one client shares."""

import weakref
from typing import Any

import attrs

from stationthis_sdk.api.service import Service
from stationthis_sdk.config import Settings
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.store.catalogue import Catalogue

__all__ = ["Context"]


@attrs.frozen
class Context:
    """One client's settings, its way to the service, and its copies of answers."""

    settings: Settings
    service: Service
    timeouts: Timeouts
    catalogue: Catalogue = attrs.field(factory=Catalogue)
    live: "weakref.WeakSet[Any]" = attrs.field(factory=weakref.WeakSet, eq=False, repr=False)
    """The runs this client has started and somebody still holds: told of when one of them is interrupted."""
