"""Models: what the account's volume holds, and what is fetched or uploaded into it."""

import asyncio
import builtins
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import (
    CatalogModel,
    FoundModel,
    ModelProgress,
    ModelRecord,
)
from stationthis_sdk.errors import (
    DownloadFailed,
    InvalidInput,
    NotFound,
    ValidationFailed,
)
from stationthis_sdk.frames.lists import frame_of_models
from stationthis_sdk.listing import Listing
from stationthis_sdk.logs import logger
from stationthis_sdk.model import AsyncModel
from stationthis_sdk.names import find
from stationthis_sdk.places import data_folder
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.trainings import LoraRow, TrainingLedger
from stationthis_sdk.store.unfinished import FileIdentity, UnfinishedUploads
from stationthis_sdk.volume.adds import already_there, ask, begin, file_name
from stationthis_sdk.volume.downloads import AsyncModelDownload, OnModelProgress, show_progress, taken
from stationthis_sdk.volume.loras import place_of
from stationthis_sdk.volume.registering import weights_of
from stationthis_sdk.volume.sources import folder_of, name_of, source_of
from stationthis_sdk.volume.uploads import ModelUpload, Uploaded

if TYPE_CHECKING:
    from stationthis_sdk.outputs.output import AsyncOutput

__all__ = ["AsyncModels"]

PROVIDERS: Final = ("all", "civitai", "huggingface", "comfyui")


class AsyncModels(Shown):
    """The models of the account: the files of its volume, and what is on its way there."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<models: list(), search(words), add(link, folder=…), upload(path, folder=…)>"

    async def list(
        self, folder: str | None = None, *, public: bool = False, refresh: bool = False
    ) -> Listing[AsyncModel]:
        """List the files of the volume, by path; those of one folder and what is below it, if one is given.

        ``public`` lists the volume that the service gives everybody. ``refresh`` asks in any case, also where a
        copy is at hand.

        Example:
            >>> [model.path for model in await st.models.list("hypernetworks")]
            []
        """
        wanted = "" if folder is None else f"{folder_of(folder)}/"
        told = await self._context.catalogue.read(
            "models",
            "public" if public else "private",
            lambda: self._context.service.volumes.files(public=public),
            tuple[ModelRecord, ...],
            refresh=refresh,
        )
        there = [one for one in told.value if one.path.startswith(wanted)]
        models = (AsyncModel(self._context, one, told.source, public=public) for one in there)
        return Listing(models, frame_of_models)

    async def get(self, name: str, *, public: bool = False, refresh: bool = False) -> AsyncModel:
        """Get one by its path in the volume, or by its file's name where that is unique.

        Raises:
            InvalidInput: the name is no text.
            NotFound: there is none; ``suggestions`` are near names.
            AmbiguousName: several have that name; ``candidates`` are their paths.

        Example:
            >>> await st.models.get("no-such.safetensors")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.NotFound: ...
        """
        wanted = name.strip("/") if isinstance(name, str) else name
        for again in dict.fromkeys((refresh, True)):
            found = await self.list(public=public, refresh=again)
            by_record = {one.record: one for one in found}
            try:
                return by_record[find("model", wanted, list(by_record))]
            except NotFound:
                if again:
                    raise
        raise AssertionError("a fresh list has it or not")

    async def search(self, query: str, provider: str = "all") -> builtins.list[FoundModel]:
        """Search Civitai, Hugging Face and the list of ComfyUI's manager; ``add`` takes what is found.

        ``provider`` is all, civitai, huggingface or comfyui.

        Raises:
            InvalidInput: no words, or no such provider.
            ServerError: one of the providers did not answer: ask the others one by one.

        Example:
            >>> await st.models.search("no such model anywhere")
            []
        """
        if not isinstance(query, str) or not query.strip():
            raise InvalidInput(f"Say what to search for, in words; got {query!r}.")
        if provider not in PROVIDERS:
            raise InvalidInput(f"provider is one of {', '.join(PROVIDERS)}; got {provider!r}.")
        return [*await self._context.service.models.search(query.strip(), provider)]

    async def catalog(self, *, refresh: bool = False) -> builtins.list[CatalogModel]:
        """List the service's ready-made models: a short list, the same for everybody.

        Example:
            >>> await st.models.catalog()
            []
        """
        told = await self._context.catalogue.read(
            "models",
            "catalog",
            self._context.service.models.catalog,
            tuple[CatalogModel, ...],
            refresh=refresh,
        )
        return [attrs.evolve(one, source=told.source) for one in told.value]

    async def volume(self) -> str | None:
        """What the service calls the account's volume. An account without one gets one by asking."""
        return await self._context.service.volumes.name()

    async def downloads(self) -> builtins.list[AsyncModelDownload]:
        """List what is on its way into the volume, and what failed within a day, the newest first.

        Example:
            >>> [download for download in await st.models.downloads() if download.path == "loras/none"]
            []
        """
        return [
            AsyncModelDownload(self._context, one) for one in await self._context.service.volumes.downloads()
        ]

    async def add(
        self, what: str | FoundModel, *, folder: str | None = None, name: str | None = None
    ) -> AsyncModelDownload:
        """Have the service fetch a model into the volume, and return the download: ``wait()`` for it.

        ``what`` is a link, a page of Civitai or Hugging Face, a repository as owner/name, a file of one as
        owner/name/file, or what ``search`` found. ``folder`` is needed unless the search told one. ``name`` is
        needed where the link tells none; a repository without a name is fetched whole. The hubs are asked first
        whether they have it.

        Raises:
            InvalidInput: what can't be a link, a folder or a name; or the volume has it, or it is under way.
            NotFound: the hub has no such model.
            ValidationFailed: the service did not like it.

        Example:
            >>> await st.models.add("not a link", folder="loras")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: 'not a link' is no link and no repository: ...
        """
        source = source_of(what)
        if folder is None and isinstance(what, FoundModel):
            folder = what.folder
        into = folder_of(folder)
        named = None if name is None else name_of(name)
        checked = await file_name(self._context, source)
        named = named or checked
        if not named:
            raise InvalidInput("The link does not tell what the file is called: say name='….safetensors'.")
        path = f"{into}/{name_of(named)}"
        volumes = self._context.service.volumes
        before = await volumes.downloads()
        if any(one.path == path and one.state == "started" for one in before):
            raise InvalidInput(f"{path!r} is being downloaded already: it is in st.models.downloads().")
        if taken(await volumes.files(), path) is not None:
            raise already_there(path)
        return await begin(self._context, path, before, lambda: ask(self._context, source, into, named, name))

    async def upload(
        self,
        path: str | Path,
        *,
        folder: str,
        name: str | None = None,
        resume: bool = True,
        on_progress: OnModelProgress | None = None,
    ) -> AsyncModel:
        """Upload a file into the volume, wait until it is there, and return it.

        ``name`` is the file's own unless given. A big file goes up in parts, straight to storage, a few at a time
        and read from the disk as they go. One that was broken off, also with its process, is taken up by the same
        call: only the missing parts are sent, if the file has not changed. ``resume=False`` begins anew, and gives
        up what is there when it fails.

        Raises:
            InvalidInput: no such file, empty, no folder, or the volume has that name already.
            FeatureDisabled: the flag uploads is off.
            SaveFailed, ServerError, ConnectionLost, TimedOut: it broke off; call it again to go on.
            DownloadFailed: the service did not take the file over into the volume.

        Example:
            >>> import pathlib, tempfile
            >>> weights = pathlib.Path(tempfile.mkdtemp()) / "ink.safetensors"
            >>> _ = weights.write_bytes(b"weights")
            >>> model = await st.models.upload(weights, folder="loras", name="example-ink.safetensors")
            >>> model.path, model.kind, model.size
            ('loras/example-ink.safetensors', 'lora', 7)
            >>> await model.delete()
        """
        if not isinstance(path, str | Path) or not str(path):
            raise InvalidInput(f"Give the path of a file to upload; got {type(path).__name__}.")
        local = Path(path)
        into, named = folder_of(folder), name_of(local.name if name is None else name)
        self._context.settings.flags.need("uploads")
        file = await asyncio.to_thread(FileIdentity.of, local)
        if not file.size:
            raise InvalidInput(f"{str(local)!r} is empty: there is nothing to upload.")
        return await self._uploaded(file, f"{into}/{named}", resume, on_progress)

    async def register_lora(
        self,
        what: "AsyncOutput | Any",
        name: str | None = None,
        *,
        on_progress: OnModelProgress | None = None,
    ) -> AsyncModel:
        """Put what a training made into the volume, as loras/<name>.safetensors, and return the model.

        what: a training, an output, the path of a .safetensors file, or a link to one. name: of a training its own,
        else the file's. The weights are fetched here first, seen to be whole by their own head, hashed, and uploaded;
        in the volume their size is compared, which is all that the service tells of a file there. The same again
        returns what is there, also where another machine put it: a warning says then that only its size could be
        compared. A training stays what it is when this fails: call it again.

        Raises:
            InvalidInput: no weights, or no name; or the volume has another file of that name.
            NotFound: the training has made none.
            DownloadFailed: they can't be fetched, or the volume has something else in their place.
            FeatureDisabled: the flag uploads is off.

        Example:
            >>> await st.models.register_lora(b"weights", "my-cat")
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: A LoRA is registered from a training, ...
        """
        async with weights_of(self._context, what) as weights:
            folder, file = place_of(weights.name if name is None else name)
            path, store = f"{folder}/{file}", TrainingLedger(self._context.ledger)
            lora = LoraRow(path, weights.size, weights.sha256, weights.run_id)
            model = None
            there, before = taken(await self._context.service.volumes.files(), path), await store.lora(path)
            if there is None:
                await store.intend(lora)
                try:
                    model = await self.upload(weights.path, folder=folder, name=file, on_progress=on_progress)
                except (InvalidInput, DownloadFailed):
                    # Somebody else was faster, perhaps with the same.
                    there, before = taken(await self._context.service.volumes.files(), path), None
                    if there != weights.size:
                        raise
            if model is not None:
                pass
            elif before is None and weights.run_id is None and there == weights.size:
                # Trainings of one rank are all of one size: of those it would prove nothing.
                logger("models").warning(
                    "%s is in the volume already, with as many bytes: it is taken for the same, its content can't be read.",
                    path,
                )
                return await self.get(path, refresh=True)
            elif before is None or before.sha256 != weights.sha256:
                raise already_there(path)
            elif there != weights.size:
                raise DownloadFailed(
                    f"{path!r} has {there:,} bytes in the volume, and {weights.size:,} were put there: it is another file. "
                    "Delete it, and register again.",
                    run_id=weights.run_id,
                )
            else:
                model = await self.get(path, refresh=True)
            await store.register(lora)
        if (note := getattr(what, "_note_registered", None)) is not None:
            note(path)
        return model

    async def _uploaded(
        self, file: FileIdentity, target: str, resume: bool, on_progress: OnModelProgress | None
    ) -> AsyncModel:
        async def told(count: int) -> None:
            progress = ModelProgress("uploading", count / file.size, count, file.size)
            await show_progress(on_progress, progress)

        settings, service = self._context.settings, self._context.service
        notes = UnfinishedUploads(
            data_folder() / "unfinished-uploads", f"{settings.base_url}\n{settings.account}"
        )
        holding = notes.held(file, target)
        await asyncio.to_thread(holding.__enter__)
        try:
            upload = ModelUpload(service.edge, service.volumes, file, target, notes, resume, told)
            known = await upload.known()
            there = taken(await service.volumes.files(), target)
            if there is not None and not (known and known.complete and there == file.size):
                raise already_there(target)
            if there is None:
                uploaded = await upload.run()
                try:
                    await self._taken_over(uploaded, target, file.size, on_progress)
                except (DownloadFailed, NotFound, ValidationFailed) as error:
                    await upload.forget()  # what storage has is no use: the next call begins anew
                    raise error.told("Upload it again: it begins anew.") from None
            await upload.forget()
        finally:
            await asyncio.to_thread(holding.__exit__, None, None, None)
        await show_progress(on_progress, ModelProgress("done", 1.0, file.size, file.size))
        await self._context.catalogue.forget("models")
        return await self.get(target, refresh=True)

    async def _taken_over(
        self, uploaded: Uploaded, target: str, size: int, on_progress: OnModelProgress | None
    ) -> None:
        """Have an uploaded file moved into the volume, and see that it arrived whole."""
        volumes = self._context.service.volumes
        folder, _, name = target.rpartition("/")
        wish = {
            "source": "link",
            "folderPath": folder,
            "filename": name,
            "downloadLink": uploaded.link,
            "isTemporaryUpload": True,
            "s3ObjectKey": uploaded.key,
        }
        before = await volumes.downloads()
        under_way = next((one for one in before if one.path == target and one.state == "started"), None)
        if under_way is not None:  # asked for by the call that was broken off
            download = AsyncModelDownload(self._context, under_way)
        else:
            download = await begin(self._context, target, before, lambda: volumes.add(wish))
        await download.wait(on_progress=on_progress)
        arrived = taken(await volumes.files(), target)
        if arrived != size:
            raise DownloadFailed(
                f"{target!r} has {arrived} bytes in the volume instead of {size}: delete it."
            )
