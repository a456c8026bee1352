"""What a machine's ComfyUI says of its node classes: what turning an editor's graph into one that runs needs."""

from typing import Any

import orjson
from comfydeploy_client.api.machines import machines_get

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import plain, text
from stationthis_sdk.errors import StationThisError

__all__ = ["ObjectInfoCalls"]

MOST_BYTES = 64 << 20


class ObjectInfoCalls(Family):
    """Node classes of one account's machines."""

    async def get(self, machine_id: str) -> dict[str, Any] | None:
        """What the service keeps of it, else what the machine says itself; None when nobody tells."""
        told = await self._told(machine_id)
        entries = {name: entry for name, entry in (told or {}).items() if isinstance(entry, dict)}
        return entries or None

    async def classes(self, machine_id: str) -> frozenset[str] | None:
        """The names alone, which a local gateway tells of its own machines, too; None when nobody tells."""
        told = await self._told(machine_id)
        return None if told is None else frozenset(told)

    async def _told(self, machine_id: str) -> dict[str, Any] | None:
        kept, endpoint = await self.edge.call(machines_get, machine_id, into=_kept)
        if kept or endpoint is None:
            return kept
        try:
            return await self._asked(endpoint)
        except (StationThisError, ValueError):
            return None

    async def _asked(self, endpoint: str) -> dict[str, Any] | None:
        """A machine of one's own is asked itself; the key stays here."""
        parts: list[bytes] = []
        size = 0
        async with self.edge.download(f"{endpoint.rstrip('/')}/object_info") as answer:
            async for chunk in answer.chunks():
                parts.append(chunk)
                size += len(chunk)
                if size > MOST_BYTES:
                    return None
            found = orjson.loads(b"".join(parts)) if answer.status == 200 else None
        return found if isinstance(found, dict) and found else None


def _kept(answer: Any) -> tuple[dict[str, Any] | None, str | None]:
    kept = plain(answer.object_info)
    if not kept and (written := text(answer.object_info_str)):
        try:
            kept = orjson.loads(written)
        except orjson.JSONDecodeError:
            kept = None
    endpoint = text(answer.endpoint) if text(answer.type_) == "classic" else None
    return (kept if isinstance(kept, dict) and kept else None), endpoint
