"""Volumes: what is in them, what is on its way into them, and uploads for them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import attrs
from comfydeploy_client.api.volumes import (
    volumes_abort_multipart,
    volumes_add_file,
    volumes_add_model,
    volumes_cancel_download,
    volumes_check_civitai,
    volumes_check_huggingface,
    volumes_complete_multipart,
    volumes_list_downloads,
    volumes_list_private,
    volumes_list_public,
    volumes_move,
    volumes_name,
    volumes_part_url,
    volumes_remove,
    volumes_start_multipart,
    volumes_upload_url,
)
from comfydeploy_client.models.civitai_check import CivitaiCheck
from comfydeploy_client.models.hugging_face_check import HuggingFaceCheck
from comfydeploy_client.models.multipart_upload_abort import MultipartUploadAbort
from comfydeploy_client.models.multipart_upload_complete import MultipartUploadComplete
from comfydeploy_client.models.multipart_upload_start import MultipartUploadStart
from comfydeploy_client.models.part_url_create import PartUrlCreate
from comfydeploy_client.models.upload_url_create import UploadUrlCreate
from comfydeploy_client.models.volume_file_add import VolumeFileAdd
from comfydeploy_client.models.volume_model_add import VolumeModelAdd
from comfydeploy_client.models.volume_move import VolumeMove
from comfydeploy_client.models.volume_remove import VolumeRemove

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import integer, number, objects, properties, text
from stationthis_sdk.entities import DownloadRecord, ModelRecord, parse_time
from stationthis_sdk.errors import StationThisError

__all__ = ["CONTENT_TYPE", "StartedUpload", "UploadLink", "VolumeCalls"]

CONTENT_TYPE: Final = "application/octet-stream"
_FILE: Final = 1


@attrs.frozen
class UploadLink:
    """A signed URL for one PUT, and the key that the bytes are then known by."""

    url: str = attrs.field(repr=False)
    key: str = ""


@attrs.frozen
class StartedUpload:
    """An upload in parts; ``part_size`` in bytes, None when the service leaves it to us."""

    id: str = attrs.field(repr=False)
    key: str
    part_size: int | None = None


class VolumeCalls(Family):
    """The volume of one account, and the public one."""

    async def name(self) -> str | None:
        """What the service calls the account's volume; one that has none gets one."""
        return await self.edge.call(volumes_name, into=lambda answer: text(answer.volume_name))

    async def files(self, *, public: bool = False) -> tuple[ModelRecord, ...]:
        """All files of a volume, whatever folder they are in."""
        return await self.edge.call(volumes_list_public if public else volumes_list_private, into=_files)

    async def downloads(self) -> tuple[DownloadRecord, ...]:
        """The downloads of a day that are not done, the newest first; cancelled ones are not among them."""
        return await self.edge.call(
            volumes_list_downloads, into=lambda answer: tuple(map(_download, objects(answer)))
        )

    async def add(self, wish: Mapping[str, Any]) -> str | None:
        """Begin a download, or take an upload over; the id of the download where the service tells it."""
        return await self.edge.call(
            volumes_add_model,
            body=VolumeModelAdd.from_dict(wish),
            into=lambda answer: text(answer.model_id),
        )

    async def add_file(self, url: str, folder: str, name: str | None) -> str | None:
        """The same for a link to a file that a hub wants the account's token for."""
        return await self.edge.call(
            volumes_add_file,
            body=VolumeFileAdd(url=url, filename=name, folder_path=folder),
            into=lambda answer: text(answer.model_id),
        )

    async def cancel(self, download_id: str) -> None:
        """Mark a download as cancelled."""
        await self.edge.call(volumes_cancel_download, download_id, into=_nothing, repeatable=_retryable)

    async def has_repository(self, repo: str) -> bool | None:
        """Whether Hugging Face has a repository; None when it was not said."""
        exists = await self.edge.call(
            volumes_check_huggingface,
            body=HuggingFaceCheck(repo_id=repo),
            into=lambda answer: answer.exists,
            repeatable=_unanswered,
        )
        return exists if isinstance(exists, bool) else None

    async def civitai_filename(self, url: str) -> tuple[bool | None, str | None]:
        """Whether Civitai has the model of a page, and the name of its file."""
        return await self.edge.call(
            volumes_check_civitai,
            body=CivitaiCheck(url=url),
            into=lambda answer: (
                answer.exists if isinstance(answer.exists, bool) else None,
                text(answer.filename),
            ),
            repeatable=_unanswered,
        )

    async def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it."""
        await self.edge.call(volumes_remove, body=VolumeRemove(path=path), into=_nothing)

    async def move(self, path: str, target: str, *, overwrite: bool) -> None:
        """Move a file."""
        body = VolumeMove(source_path=path, destination_path=target, overwrite=overwrite)
        await self.edge.call(volumes_move, body=body, into=_nothing)

    async def upload_link(self, filename: str, size: int) -> UploadLink:
        """Where to put a small file."""
        return await self.edge.call(
            volumes_upload_url,
            body=UploadUrlCreate(filename=filename, content_type=CONTENT_TYPE, size=size),
            into=lambda answer: UploadLink(answer.upload_url, text(answer.object_key) or ""),
            repeatable=_retryable,
        )

    async def start_upload(self, filename: str, size: int) -> StartedUpload:
        """Begin an upload in parts."""
        return await self.edge.call(
            volumes_start_multipart,
            body=MultipartUploadStart(filename=filename, content_type=CONTENT_TYPE, size=size),
            into=lambda answer: StartedUpload(answer.upload_id, answer.key, integer(answer.part_size)),
        )

    async def part_link(self, upload_id: str, key: str, number: int) -> UploadLink:
        """Where to put one part."""
        return await self.edge.call(
            volumes_part_url,
            body=PartUrlCreate(upload_id=upload_id, key=key, part_number=number),
            into=lambda answer: UploadLink(answer.upload_url, key),
            repeatable=_retryable,
        )

    async def complete_upload(self, upload_id: str, key: str, etags: Mapping[int, str]) -> None:
        """Have the parts put together."""
        parts = [{"partNumber": number, "eTag": etag} for number, etag in sorted(etags.items())]
        body = MultipartUploadComplete.from_dict({"uploadId": upload_id, "key": key, "parts": parts})
        await self.edge.call(volumes_complete_multipart, body=body, into=_nothing)

    async def abort_upload(self, upload_id: str, key: str) -> None:
        """Have the parts thrown away."""
        body = MultipartUploadAbort(upload_id=upload_id, key=key)
        await self.edge.call(volumes_abort_multipart, body=body, into=_nothing)


def _nothing(_answer: Any) -> None:
    return


def _retryable(error: StationThisError) -> bool:
    """For what may be asked twice."""
    return error.retryable


def _unanswered(error: StationThisError) -> bool:
    """For questions to the hubs: a 500 is their answer, passed on."""
    return error.retryable and getattr(error, "status", None) != 500


def _files(answer: Any) -> tuple[ModelRecord, ...]:
    """The files of a recursive listing; folders are told by what is in them."""
    found = [
        ModelRecord(
            path=path.strip("/"), size=integer(fields.get("size")), modified=_moment(fields.get("mtime"))
        )
        for fields in objects(answer)
        if fields.get("type") == _FILE and (path := text(fields.get("path")))
    ]
    return tuple(sorted(found, key=lambda one: one.path))


def _moment(value: Any) -> datetime | None:
    seconds = number(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _download(given: Any) -> DownloadRecord:
    fields = properties(given)
    folder, name = (text(fields.get(one)) or "" for one in ("folder_path", "model_name"))
    state = text(fields.get("status")) or "started"
    if fields.get("is_done") is True and state == "started":
        state = "success"
    return DownloadRecord(
        id=text(fields.get("id")) or "",
        path=f"{folder.strip('/')}/{name}".strip("/"),
        state=state,
        fraction=1.0
        if state == "success"
        else min(max((number(fields.get("download_progress")) or 0.0) / 100, 0.0), 1.0),
        error=text(fields.get("error_log")),
        size=integer(fields.get("size")),
        created_at=parse_time(fields.get("created_at")),
    )
