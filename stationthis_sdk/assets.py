"""Assets: the files and folders that an account keeps for its runs."""

import asyncio
import re
from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar

from stationthis_sdk.context import Context
from stationthis_sdk.entities import AssetRecord, OnBytes, Source
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.inputs.media import holds_token, media_for
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import builtins

__all__ = ["AsyncAsset", "AsyncAssets", "folder_path"]

T = TypeVar("T")
_ODD: Final = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


class AsyncAsset(Shown):
    """A file or a folder that the account keeps."""

    def __init__(self, context: Context, record: AssetRecord, source: Source) -> None:
        self._context = context
        self._record = record
        self._source = source

    def __repr__(self) -> str:
        if self.is_folder:
            return f"<folder {self.path!r}>"
        return f"<asset {self.name!r} in {self.folder or '/'!r}: {self._record.mime}>"

    @property
    def id(self) -> str:
        """The service's id."""
        return self._record.id

    @property
    def name(self) -> str:
        """The name it was uploaded under, or the folder's own."""
        return self._record.name

    @property
    def path(self) -> str:
        """Where it is, without a leading slash; a file's ends in its id, not in its name."""
        return self._record.path

    @property
    def folder(self) -> str:
        """The path of the folder it is in; empty for the root."""
        return self._record.path.rpartition("/")[0]

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self._record.is_folder

    @property
    def url(self) -> str | None:
        """Where its bytes are; may be passed as an input. Links of private accounts die after an hour: ``refresh``."""
        return self._record.url

    @property
    def size(self) -> int | None:
        """In bytes."""
        return self._record.size

    @property
    def mime(self) -> str | None:
        """Its media type."""
        return self._record.mime

    @property
    def created_at(self) -> datetime | None:
        """When it was made."""
        return self._record.created_at

    @property
    def record(self) -> AssetRecord:
        """Everything known of it, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def refresh(self) -> "AsyncAsset":
        """Read it again: a fresh link, where links are signed.

        Raises:
            NotFound: it is gone.

        Example:
            >>> asset = await st.files.assets.upload(bytes.fromhex("504b0304"), name="again")
            >>> (await asset.refresh()).size
            4
            >>> await asset.delete()
        """
        return self._renewed(await _known(self._context.service.assets.get(self.id), self.id))

    async def move(self, folder: str) -> "AsyncAsset":
        """Move the file into another folder, "/" for the root. The service neither moves folders nor renames.

        Raises:
            InvalidInput: it is a folder itself; nothing was sent.
            NotFound: no such folder, or the asset is gone.

        Example:
            >>> there = await st.files.assets.create_folder("moved")
            >>> asset = await st.files.assets.upload(bytes.fromhex("504b0304"), name="mover")
            >>> (await asset.move("moved")).folder
            'moved'
            >>> await there.delete()
        """
        where = folder_path(folder)
        if self.is_folder:
            raise InvalidInput(
                f"{self.path!r} is a folder, and the service moves files only: move what is in it."
            )
        return self._renewed(await _known(self._context.service.assets.move(self.id, where), self.id, where))

    async def delete(self) -> None:
        """Delete it for good; a folder with all that is in it.

        Raises:
            NotFound: it is gone already.

        Example:
            >>> asset = await st.files.assets.upload(bytes.fromhex("504b0304"), name="brief")
            >>> await asset.delete()
        """
        try:
            await _known(self._context.service.assets.delete(self.id), self.id)
        finally:
            await self._context.uploads.doubt()

    def _renewed(self, record: AssetRecord) -> "AsyncAsset":
        self._record, self._source = record, Source.now()
        return self


class AsyncAssets(Shown):
    """The files and folders that the account keeps."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<assets: list(folder), search(name), upload(file, folder)>"

    async def list(self, folder: str = "/") -> list[AsyncAsset]:
        """List what is directly in a folder: folders first, then files by name. "/refs" and "refs" are the same.

        The service answers an empty list for a folder that is not there.

        Example:
            >>> await st.files.assets.list("/nothing/here")
            []
        """
        rows = await self._context.service.assets.list(folder_path(folder))
        return self._all(sorted(rows, key=lambda one: (not one.is_folder, one.name)))

    async def search(self, name: str, *, limit: int = 20) -> "builtins.list[AsyncAsset]":
        """Find files, not folders, that have this in their name; the newest first, at most ``limit`` of them.

        Example:
            >>> await st.files.assets.search("no such name")
            []
        """
        if not isinstance(name, str) or not name.strip():
            raise InvalidInput(
                f"Say what to search for, a part of the name; got {name!r}. list() lists a folder."
            )
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise InvalidInput(f"limit is a whole number, 1 or more; got {limit!r}.")
        return self._all(await self._context.service.assets.search(name, limit))

    async def get(self, asset_id: str) -> AsyncAsset:
        """Get one by its id.

        Raises:
            NotFound: there is none of that id.

        Example:
            >>> asset = await st.files.assets.upload(bytes.fromhex("504b0304"), name="found")
            >>> (await st.files.assets.get(asset.id)).name
            'found.zip'
            >>> await asset.delete()
        """
        if not asset_id or not isinstance(asset_id, str):
            raise InvalidInput(f"An asset is got by its id, not {asset_id!r}; search() finds names.")
        return self._one(await _known(self._context.service.assets.get(asset_id), asset_id))

    async def create_folder(self, path: str) -> AsyncAsset:
        """Make a folder; its parents are made as well where they are missing.

        Raises:
            ValidationFailed: there is one already.

        Example:
            >>> folder = await st.files.assets.create_folder("/refs/cats")
            >>> folder.path
            'refs/cats'
            >>> [one.path for one in await st.files.assets.list() if one.name == "refs"]
            ['refs']
            >>> await folder.delete()
            >>> await (await st.files.assets.list())[0].delete()
        """
        where = folder_path(path)
        if not where:
            raise InvalidInput("The root is there already: name a folder, such as 'refs'.")
        await self._make_parents(where)
        parent, _, name = where.rpartition("/")
        return self._one(await self._context.service.assets.create_folder(name, parent))

    async def upload(
        self, file: Any, folder: str = "/", *, name: str | None = None, on_progress: OnBytes | None = None
    ) -> AsyncAsset:
        """Upload a file into a folder, to be kept; anything ``files.upload`` takes. Twice makes two assets.

        on_progress: called with the bytes sent and all there are.

        Raises:
            InvalidInput: see ``files.upload``; nothing was sent.

        Example:
            >>> asset = await st.files.assets.upload(bytes.fromhex("504b0304"), "refs", name="a sketch")
            >>> asset.name, asset.folder, asset.size
            ('a sketch.zip', 'refs', 4)
            >>> await asset.delete()
        """
        self._context.settings.flags.need("uploads")
        where = folder_path(folder)
        media = await asyncio.to_thread(media_for, file, name)
        return self._one(await self._context.uploads.place(media, where, on_progress=on_progress))

    async def add(self, url: str, folder: str = "/") -> AsyncAsset:
        """Keep a link as an asset: the bytes stay where they are. The folder has to be there.

        Raises:
            InvalidInput: no web address, or one that holds a bot's token: ``upload`` fetches that.
            ValidationFailed: the service can't reach it.
            NotFound: no such folder.

        Example:
            >>> sent = await st.files.upload(bytes.fromhex("504b0304"))
            >>> link = await st.files.assets.add(sent.url)
            >>> link.size
            4
            >>> await link.delete()
        """
        if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s/]\S*", url.strip(), re.IGNORECASE):
            raise InvalidInput("A link begins with http:// or https://.")
        if holds_token(url):
            raise InvalidInput(
                "That link holds a bot's token, which nobody else may see: upload() fetches its file."
            )
        where = folder_path(folder)
        return self._one(await _known(self._context.service.assets.add_url(url.strip(), where), "", where))

    async def _make_parents(self, where: str) -> None:
        """Each part of the way that is not there."""
        calls = self._context.service.assets
        above = ""
        for name in where.split("/")[:-1]:
            here = f"{above}/{name}" if above else name
            if not any(one.is_folder and one.path == here for one in await calls.list(above)):
                await calls.create_folder(name, above)
            above = here

    def _one(self, record: AssetRecord) -> AsyncAsset:
        return AsyncAsset(self._context, record, Source.now())

    def _all(self, records: Any) -> "builtins.list[AsyncAsset]":
        return [self._one(one) for one in records]


def folder_path(path: Any) -> str:
    """A folder's path as the service keeps it: no slash around it, empty for the root.

    Raises:
        InvalidInput: it is no plain chain of names.

    >>> folder_path("/refs/cats/"), folder_path("/")
    ('refs/cats', '')
    """
    if not isinstance(path, str):
        raise InvalidInput(f"A folder is named by its path, such as 'refs/cats', not {path!r}.")
    plain = path.strip("/")
    if plain and (_ODD.search(plain) or any(part.strip() in {"", ".", ".."} for part in plain.split("/"))):
        raise InvalidInput(
            f"{path!r} is no path of a folder: names with slashes between them, such as 'refs/cats'."
        )
    return plain


async def _known(asking: Awaitable[T], asset_id: str, folder: str = "") -> T:
    """The answer; a 404 in our words, whether it is the asset that is not there or the folder."""
    try:
        return await asking
    except NotFound as error:
        said = error.said.strip(" .").lower()
        if said.endswith("folder not found"):
            problem = f"There is no folder {folder!r}: make it with create_folder({folder!r})."
        elif asset_id and said in {"asset not found", "not found", ""}:
            problem = f"No asset {asset_id!r} for this key: it may have been deleted."
        else:
            raise
        raise NotFound(problem, said=error.said, request=error.request) from None
