"""The endpoints of a self-hosted server of old, asked only where today's are missing and the flag is on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from comfydeploy_client.api.runs import runs_get, runs_queue_deployment

from stationthis_sdk.api.calls.family import Family, never
from stationthis_sdk.api.calls.reading import text
from stationthis_sdk.api.calls.runs import run_id_of, run_of
from stationthis_sdk.entities import RunRecord, Timeouts, UploadUrl
from stationthis_sdk.errors import ApiError, InvalidInput, NotFound

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["LegacyCalls"]

_TYPES: Final = frozenset({"image/png", "image/jpg", "image/jpeg"})
_MOST: Final = 50 << 20


class LegacyCalls(Family):
    """Runs as they were queued and read before, and files as they were uploaded."""

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

    async def upload_url(self, name: str, mime: str, size: int) -> UploadUrl:
        """Where to put a picture, and where it is then: ``GET /upload-url``.

        Raises:
            InvalidInput: such a server takes PNG and JPEG only, and no more than 50 MiB; it was not asked.
        """
        if mime not in _TYPES or size > _MOST:
            raise InvalidInput(
                f"This server takes uploads of PNG and JPEG pictures up to 50 MiB; {name!r} is {mime} and has "
                f"{size / 2**20:.1f} MiB. Put it on the web and pass its address."
            )
        return await self.edge.call(_UPLOAD_URL, mime, size, into=_upload_url_of)


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


class _UploadUrl:
    """Likewise; no operation of today answers like it, so the answer is read as it is."""

    @staticmethod
    def _get_kwargs(mime: str, size: int) -> dict[str, Any]:
        return {"method": "get", "url": "/upload-url", "params": {"type": mime, "file_size": str(size)}}

    @staticmethod
    def _parse_response(*, client: Any, response: Any) -> Any:  # noqa: ARG004 - called as the generated ones are
        return response.json()


_QUEUE = cast("ModuleType", _Queue)
_GET = cast("ModuleType", _Get)
_UPLOAD_URL = cast("ModuleType", _UploadUrl)


def _upload_url_of(answer: Any) -> UploadUrl:
    """A signed address of old; whoever has the other one may read the file."""
    url, download_url, file_id = (text(answer[name]) for name in ("upload_url", "download_url", "file_id"))
    if not url or not download_url:
        raise ValueError("no upload_url or download_url")
    return UploadUrl(url, download_url, file_id or "", file_id or "", is_public=True)


def _simple(value: Any) -> str | float:
    """Lists and truths as the text their nodes read."""
    return (
        value
        if isinstance(value, str | int | float) and not isinstance(value, bool)
        else orjson.dumps(value).decode()
    )
