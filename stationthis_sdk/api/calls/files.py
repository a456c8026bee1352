"""Files: upload."""

from typing import Any

from comfydeploy_client.api.files import files_upload

from stationthis_sdk.api.bodies import Upload
from stationthis_sdk.api.calls.family import Family, NoBody
from stationthis_sdk.api.calls.reading import text
from stationthis_sdk.entities import Timeouts, UploadedFile

__all__ = ["FileCalls"]


class FileCalls(Family):
    """Files of one account."""

    async def upload(self, upload: Upload, *, limits: Timeouts | None = None) -> UploadedFile:
        """Upload one file. Sent again only when no connection was made."""
        return await self.edge.call(
            files_upload, body=NoBody(), into=uploaded_file_of, upload=upload, limits=limits
        )


def uploaded_file_of(answer: Any) -> UploadedFile:
    """What an upload left on the service."""
    if not (url := text(answer.file_url)):
        raise ValueError("no file_url")
    return UploadedFile(id=text(answer.file_id) or "", name=text(answer.file_name) or "", url=url)
