"""Assets: files and folders that an account keeps, and signed addresses to put them.

Paths are sent without a leading slash, which is how the service keeps them; the root is "/".
"""

from typing import Any

from comfydeploy_client.api.assets import (
    assets_add_url,
    assets_create_folder,
    assets_delete,
    assets_get,
    assets_list,
    assets_move,
    assets_presign,
    assets_register,
    assets_search,
    assets_upload,
)
from comfydeploy_client.models.asset_folder_create import AssetFolderCreate
from comfydeploy_client.models.asset_from_url import AssetFromUrl
from comfydeploy_client.models.asset_move import AssetMove
from comfydeploy_client.models.asset_register import AssetRegister

from stationthis_sdk.api.bodies import Upload
from stationthis_sdk.api.calls.family import Family, NoBody
from stationthis_sdk.api.calls.reading import integer, text, truth
from stationthis_sdk.entities import AssetRecord, Timeouts, UploadUrl, parse_time

__all__ = ["AssetCalls"]


class AssetCalls(Family):
    """Assets of one account."""

    async def list(self, path: str) -> tuple[AssetRecord, ...]:
        """What is directly in a folder, all of it at once."""
        return await self.edge.call(
            assets_list, path=path or "/", into=lambda rows: tuple(asset_of(one) for one in rows)
        )

    async def get(self, asset_id: str) -> AssetRecord:
        """One asset."""
        return await self.edge.call(assets_get, asset_id, into=asset_of)

    async def search(self, query: str, limit: int) -> tuple[AssetRecord, ...]:
        """Files, not folders, whose names have this in them; the newest first."""
        return await self.edge.call(
            assets_search,
            query=query,
            limit=limit,
            into=lambda rows: tuple(asset_of(one) for one in rows),
        )

    async def create_folder(self, name: str, parent: str) -> AssetRecord:
        """A new folder; 400 when there is one."""
        body = AssetFolderCreate(name=name, parent_path=parent or "/")
        return await self.edge.call(assets_create_folder, body=body, into=asset_of)

    async def move(self, asset_id: str, folder: str) -> AssetRecord:
        """Move a file into a folder that is there; folders can't be moved."""
        return await self.edge.call(assets_move, asset_id, body=AssetMove(path=folder or "/"), into=asset_of)

    async def delete(self, asset_id: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        await self.edge.call(assets_delete, asset_id, into=lambda _: None)

    async def add_url(self, url: str, folder: str) -> AssetRecord:
        """Keep a link as an asset; the service asks the link whether it is there."""
        return await self.edge.call(
            assets_add_url, body=AssetFromUrl(url=url, path=folder or "/"), into=asset_of
        )

    async def upload(self, upload: Upload, folder: str, *, limits: Timeouts | None = None) -> AssetRecord:
        """Upload a file into a folder, which need not be there. Sent again only when no connection was made."""
        return await self.edge.call(
            assets_upload,
            body=NoBody(),
            parent_path=folder or "/",
            into=asset_of,
            upload=upload,
            limits=limits,
        )

    async def presign(self, name: str, mime: str, folder: str, size: int) -> UploadUrl:
        """A signed address to PUT a file to; nothing is there before ``register``."""
        return await self.edge.call(
            assets_presign,
            file_name=name,
            type_=mime,
            parent_path=folder or "/",
            size=size,
            into=upload_url_of,
        )

    async def register(self, put: UploadUrl, name: str, mime: str, size: int) -> AssetRecord:
        """Tell of a file that was put. A second time is a 500: sent again only when no connection was made."""
        body = AssetRegister(
            file_id=put.file_id,
            file_name=name,
            file_size=size,
            db_path=put.db_path,
            url=put.download_url,
            mime_type=mime,
        )
        return await self.edge.call(assets_register, body=body, into=asset_of)


def asset_of(answer: Any) -> AssetRecord:
    """An asset, as any of these answers have it."""
    path = (text(answer.path) or "").strip("/")
    return AssetRecord(
        id=answer.id,
        name=text(answer.name) or path.rpartition("/")[2] or answer.id,
        path=path,
        is_folder=truth(answer.is_folder) is True,
        size=integer(answer.file_size),
        url=text(answer.url),
        mime=text(answer.mime_type),
        created_at=parse_time(answer.created_at),
        updated_at=parse_time(answer.updated_at),
    )


def upload_url_of(answer: Any) -> UploadUrl:
    """Where to put a file."""
    url, file_id = text(answer.url), text(answer.file_id)
    if not url or not file_id:
        raise ValueError("no url or file_id")
    return UploadUrl(
        url=url,
        download_url=text(answer.download_url) or url.partition("?")[0],
        file_id=file_id,
        db_path=text(answer.db_path) or file_id,
        is_public=truth(answer.is_public) is not False,
    )
