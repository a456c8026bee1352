"""The endpoints of a self-hosted server of old, asked only where today's are missing and the flag is on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import orjson
from comfydeploy_client.api.runs import runs_get, runs_queue_deployment

from stationthis_sdk.api.calls.family import Family, never
from stationthis_sdk.api.calls.runs import run_id_of, run_of
from stationthis_sdk.entities import RunRecord, Timeouts
from stationthis_sdk.errors import ApiError, NotFound

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["LegacyCalls"]


class LegacyCalls(Family):
    """Runs as they were queued and read before."""

    async def queue(
        self, deployment_id: str, inputs: Mapping[str, Any], *, limits: Timeouts | None = None
    ) -> str:
        """Queue a run: ``POST /run``, which takes texts and numbers only. Sent again only when nothing left."""
        body = {
            "deployment_id": deployment_id,
            "inputs": {name: _simple(one) for name, one in inputs.items()},
        }
        return await self.edge.call(_QUEUE, body, into=run_id_of, limits=limits)

    async def get(self, run_id: str, *, once: bool = False, limits: Timeouts | None = None) -> RunRecord:
        """Read a run: ``GET /run?run_id=``.

        Raises:
            NotFound: no such run; the old server says 400 to that.
        """
        try:
            return await self.edge.call(
                _GET, run_id, into=run_of, limits=limits, repeatable=never if once else None
            )
        except ApiError as error:
            if error.status == 400:
                raise NotFound(
                    f"No run {run_id!r} for this key.", run_id=run_id, request=error.request
                ) from None
            raise


class _Queue:
    """An operation, in the two halves that a generated module has."""

    _parse_response = staticmethod(runs_queue_deployment._parse_response)  # noqa: SLF001 - the half we are given

    @staticmethod
    def _get_kwargs(body: Mapping[str, Any]) -> dict[str, Any]:
        return {"method": "post", "url": "/run", "json": body}


class _Get:
    """Likewise."""

    _parse_response = staticmethod(runs_get._parse_response)  # noqa: SLF001 - likewise

    @staticmethod
    def _get_kwargs(run_id: str) -> dict[str, Any]:
        return {"method": "get", "url": "/run", "params": {"run_id": run_id}}


_QUEUE = cast("ModuleType", _Queue)
_GET = cast("ModuleType", _Get)


def _simple(value: Any) -> str | float:
    """Lists and truths as the text their nodes read."""
    return (
        value
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else orjson.dumps(value).decode()
    )
