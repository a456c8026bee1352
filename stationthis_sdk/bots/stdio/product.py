"""The product's own names for the methods, so that handlers that were written for it go on working.

Their words: ``completed`` for success, ``deploymentId`` beside ``deployment_id``, and codes such as generation_failed. What
can't be asked is an error, never a status: a run that failed and a service that is away are two things.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.stdio.documents import output_document
from stationthis_sdk.bots.stdio.service import Params, Service

if TYPE_CHECKING:
    from stationthis_sdk import AsyncRun

__all__ = ["Product", "status_word"]

_CODES: Final[Mapping[str, str]] = {
    "success": "success",
    "failed": "generation_failed",
    "cancelled": "generation_failed",
    "timeout": "generation_timeout",
}


def status_word(state: str) -> str:
    """The product's word for a state.

    >>> status_word("success"), status_word("running")
    ('completed', 'running')
    """
    return "completed" if state == "success" else state


class Product:
    """The methods that the product's handlers call."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.handlers = {
            "submit_request": self.submit_request,
            "check_status": self.check_status,
            "get_results": self.get_results,
            "cancel_request": self.cancel_request,
            "get_upload_url": self.get_upload_url,
            "upload_file": self.upload_file,
        }

    async def submit_request(self, asked: Params) -> dict[str, Any]:
        """Start a run."""
        made = await self._service.submit(asked)
        return _both(made["run_id"]) | {"success": True, "status": status_word(made["state"])}

    async def check_status(self, asked: Params) -> dict[str, Any]:
        """How far a run is."""
        run = await self._service.run(asked)
        heard = run.progress
        return (
            _both(run.id)
            | _ended(run)
            | {
                "progress": heard.fraction,
                "live_status": heard.message,
                "liveStatus": heard.message,
                "queue_position": heard.queue_position,
            }
        )

    async def get_results(self, asked: Params) -> dict[str, Any]:
        """What a run made."""
        run = await self._service.run(asked)
        items = run.record.outputs
        files = [
            {"url": one.url, "filename": one.filename or None, "kind": one.kind} for one in items if one.url
        ]
        return (
            _both(run.id)
            | _ended(run)
            | {
                "success": str(run.state) == "success",
                "images": [
                    {"url": one["url"], "filename": one["filename"]}
                    for one in files
                    if one["kind"] in {"image", "animation"}
                ],
                "files": files,
                "texts": [one.text for one in items if one.text is not None],
                "outputs": [output_document(one, None) for one in items],
            }
        )

    async def cancel_request(self, asked: Params) -> dict[str, Any]:
        """Cancel a run."""
        told = await self._service.cancel(asked)
        return _both(told["run_id"]) | {
            "success": told["state"] == "cancelled",
            "status": status_word(told["state"]),
        }

    async def get_upload_url(self, asked: Params) -> dict[str, Any]:
        """Where a file may be put."""
        size = asked.get("file_size", asked.get("fileSize"))
        made = await self._service.st.files.presign(asked.get("filename", "file"), asked["type"], size)
        address = made._address  # noqa: SLF001 - the product's own shape tells all of it
        return {
            "success": True,
            "upload_url": made.url,
            "uploadUrl": made.url,
            "download_url": address.download_url,
            "downloadUrl": address.download_url,
            "file_id": address.file_id,
            "fileId": address.file_id,
            "headers": dict(made.headers),
            "expires_at": None if made.expires_at is None else made.expires_at.isoformat(),
        }

    async def upload_file(self, asked: Params) -> dict[str, Any]:
        """Upload a file."""
        file = await self._service.uploaded(asked)
        return {"success": True, "id": file.id, "url": file.url, "filename": file.name}


def _both(run_id: str) -> dict[str, Any]:
    return {"run_id": run_id, "runId": run_id}


def _ended(run: "AsyncRun") -> dict[str, Any]:
    state = str(run.state)
    bad = run.state.final and state != "success"
    return {
        "success": not bad,
        "status": status_word(state),
        "code": _CODES.get(state) if run.state.final else None,
        "error": (run.reason or f"The run ended as {state}.") if bad else None,
    }
