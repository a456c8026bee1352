"""Sessions as data."""

from datetime import datetime

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = ["SessionRecord", "SessionSnapshot"]


@attrs.frozen
class SessionRecord:
    """A session that was open when last heard of; ``url`` is None until its ComfyUI answers.

    ``minutes`` is what was first asked for. ``org_id`` is None with personal keys, where the service says "None".
    """

    id: str
    url: str | None = attrs.field(default=None, repr=False)
    gpu: str | None = None
    machine_id: str | None = None
    machine_version_id: str | None = None
    minutes: int | None = None
    created_at: datetime | None = None
    ends_at: datetime | None = None
    user_id: str | None = None
    org_id: str | None = None
    gpu_event_id: str | None = None


@attrs.frozen
class SessionSnapshot(Shown):
    """The version of a machine that a session was kept as; ``version`` is its number on the machine."""

    version_id: str | None
    version: int | None = None
    image_id: str | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)
