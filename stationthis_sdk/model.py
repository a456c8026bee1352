"""A model: one file of a volume."""

from datetime import datetime

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import (
    ModelRecord,
    Source,
)
from stationthis_sdk.errors import (
    InvalidInput,
    NotFound,
    StationThisError,
)
from stationthis_sdk.shown import Shown
from stationthis_sdk.volume.adds import already_there
from stationthis_sdk.volume.sources import folder_of, name_of

__all__ = ["AsyncModel", "not_there"]


class AsyncModel(Shown):
    """A model file in a volume."""

    def __init__(
        self, context: Context, record: ModelRecord, source: Source, *, public: bool = False
    ) -> None:
        self._context = context
        self._record = record
        self._source = source
        self._public = public

    def __repr__(self) -> str:
        size = f", {self.size / 1e6:.1f} MB" if self.size is not None else ""
        return f"<model {self.path!r} ({self.kind}{size})>"

    @property
    def path(self) -> str:
        """Where it is, from the top of the volume."""
        return self._record.path

    @property
    def folder(self) -> str:
        """The folder it is in, such as loras or loras/flux."""
        return self._record.folder

    @property
    def name(self) -> str:
        """The file's name."""
        return self._record.name

    @property
    def kind(self) -> str:
        """checkpoint, lora, vae, upscale, embedding and so on, by its folder."""
        return self._record.kind

    @property
    def size(self) -> int | None:
        """Its size in bytes."""
        return self._record.size

    @property
    def modified(self) -> datetime | None:
        """When it was written."""
        return self._record.modified

    @property
    def public(self) -> bool:
        """Whether it is in the volume that the service gives everybody, where nothing can be changed."""
        return self._public

    @property
    def record(self) -> ModelRecord:
        """Everything known of the model, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def rename(self, name: str) -> "AsyncModel":
        """Give it another name in the same folder, and return it.

        Raises:
            InvalidInput: no name of a file, or something has it already.
            NotFound: the model is not there any more.
        """
        return await self._moved(f"{self.folder}/{name_of(name)}".strip("/"), overwrite=False)

    async def move(self, folder: str, *, overwrite: bool = False) -> "AsyncModel":
        """Move it to another folder under the same name, and return it.

        ``overwrite`` replaces what has that name there. The service copies big files, which takes its time.

        Raises:
            InvalidInput: no folder, or something has that name there already.
            NotFound: the model is not there any more.

        Example:
            >>> import pathlib, tempfile
            >>> weights = pathlib.Path(tempfile.mkdtemp()) / "moving.safetensors"
            >>> _ = weights.write_bytes(b"weights")
            >>> model = await st.models.upload(weights, folder="loras")
            >>> (await model.move("loras/flux")).path
            'loras/flux/moving.safetensors'
            >>> await model.delete()
        """
        return await self._moved(f"{folder_of(folder)}/{self.name}", overwrite=overwrite)

    async def delete(self) -> None:
        """Remove it from the volume, for good.

        Raises:
            NotFound: it is not there any more.
        """
        self._check_own()
        try:
            await self._context.service.volumes.remove(self.path)
        except NotFound as error:
            raise not_there(self.path, error) from None

    async def _moved(self, target: str, *, overwrite: bool) -> "AsyncModel":
        self._check_own()
        if target != self.path:
            try:
                await self._context.service.volumes.move(self.path, target, overwrite=overwrite)
            except NotFound as error:
                raise not_there(self.path, error) from None
            except StationThisError as error:
                if getattr(error, "status", None) == 409:
                    raise already_there(target) from None
                raise
            self._record = attrs.evolve(self._record, path=target)
        return self

    def _check_own(self) -> None:
        if self._public:
            raise InvalidInput(f"{self.path!r} is in the public volume, which nobody can change.")


def not_there(path: str, error: NotFound) -> NotFound:
    """The volume's 404, in words that say what to do."""
    return NotFound(
        f"The volume has no {path!r} any more: list() tells what it has.",
        said=error.said,
        request=error.request,
    )
