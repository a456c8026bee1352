"""Outputs as people hold them: pictures, files and texts, fetched when asked for."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, overload

import attrs

from stationthis_sdk.api.edge import Edge
from stationthis_sdk.entities import OutputItem
from stationthis_sdk.errors import (
    DownloadFailed,
    InvalidInput,
    MissingExtra,
    NotFound,
    SaveFailed,
    StationThisError,
)
from stationthis_sdk.interrupts import carried_through
from stationthis_sdk.outputs.download import Download, Hashed
from stationthis_sdk.outputs.normalise import is_text_file, type_of
from stationthis_sdk.outputs.sidecar import Origin, at_home, keep, ready_folder, write_sidecar
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.atomic import atomic_file

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_BYTES", "AsyncOutput", "Outputs", "whole_file"]

MAX_BYTES: Final = 2 << 30


class _Named(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str | None: ...


O = TypeVar("O", bound=_Named)  # noqa: E741 - O is for output
P = TypeVar("P", bound=_Named)


class Outputs(Shown, Sequence[O], Generic[O]):
    """The outputs of a run: by place, by the workflow's own name, or the first of a kind.

    ``outputs[0]``, ``outputs["final"]``, ``outputs["image"]``; ``outputs.images`` are all pictures.
    """

    def __init__(self, items: Sequence[O], *, ended: bool = True) -> None:
        self._items = tuple(items)
        self._ended = ended

    @overload
    def __getitem__(self, place: int | str) -> O: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[O]: ...
    def __getitem__(self, place: int | str | slice) -> O | Sequence[O]:
        if isinstance(place, int) and not -len(self) <= place < len(self):
            raise NotFound(f"No output at place {place}; the run has {len(self) or 'none'}{self._yet}.")
        if not isinstance(place, str):
            return self._items[place]
        for matches in (lambda item: item.name == place, lambda item: item.kind == place.removesuffix("s")):
            if found := next(filter(matches, self._items), None):
                return found
        names = [item.name for item in self._items if item.name]
        known = ", ".join(
            repr(name) for name in dict.fromkeys([*names, *(item.kind for item in self._items)])
        )
        raise NotFound(f"No output {place!r}; there is {known or 'none'}{self._yet}.", suggestions=names)

    @property
    def _yet(self) -> str:
        return "" if self._ended else " yet: the run has not ended, wait() first"

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[O]:
        return iter(self._items)

    def __repr__(self) -> str:
        return f"[{', '.join(repr(item) for item in self._items)}]"

    @property
    def images(self) -> tuple[O, ...]:
        """All pictures, moving ones included."""
        return tuple(item for item in self._items if item.kind in {"image", "animation"})

    @property
    def videos(self) -> tuple[O, ...]:
        """All videos."""
        return tuple(item for item in self._items if item.kind == "video")

    @property
    def texts(self) -> tuple[O, ...]:
        """All texts."""
        return tuple(item for item in self._items if item.kind == "text")

    def map(self, change: Callable[[O], P]) -> "Outputs[P]":
        """The same places with each output changed."""
        return Outputs([change(item) for item in self._items], ended=self._ended)

    def _ipython_key_completions_(self) -> list[str]:
        return list(dict.fromkeys(item.name for item in self._items if item.name))


class AsyncOutput(Shown):
    """One output. Its bytes are fetched when asked for, and are never changed on the way."""

    def __init__(
        self,
        item: OutputItem,
        edge: Edge,
        origin: Origin,
        *,
        place: int | None = None,
        renew: Callable[[OutputItem], Awaitable[OutputItem | None]] | None = None,
        kept: Path | None = None,
    ) -> None:
        self._item = item
        self._edge = edge
        self._origin = origin
        self._place = place
        self._renew = renew
        self._kept = kept  # a copy of its bytes, by the name of their hash

    @property
    def kind(self) -> str:
        """image, animation, video, audio, mesh, text or file."""
        return self._item.kind

    @property
    def name(self) -> str | None:
        """What the workflow's author called this output, if anything."""
        return self._item.output_id

    @property
    def url(self) -> str | None:
        """Where the file is; None for a text. Links of private accounts die after an hour."""
        return self._item.url

    @property
    def filename(self) -> str:
        """The service's name for the file; it never chooses a path here."""
        return self._item.filename

    @property
    def mime(self) -> str | None:
        """The media type, as far as it is known."""
        return "text/plain" if self.kind == "text" else self._item.mime

    @property
    def node_id(self) -> str | None:
        """The node of the graph that made it."""
        return self._item.node_id

    def __repr__(self) -> str:
        called = f" {self.name!r}" if self.name else ""
        what = repr(self._item.text) if self.kind == "text" else self.filename or "file"
        return f"<{self.kind}{called} {what if len(what) < 60 else what[:59] + '…'}>"

    async def bytes(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """Fetch the file's bytes, untouched; a text's are its UTF-8.

        Raises:
            DownloadFailed: gone, larger than ``max_bytes``, or the connection broke again and again.
        """
        buffer = io.BytesIO()
        await self._into(Hashed(buffer), max_bytes)
        return buffer.getvalue()

    async def text(self) -> str:
        """Read a text output, or a text file's content.

        Raises:
            DownloadFailed: it is no text.
        """
        if self._item.text is not None:
            return self._item.text
        if not is_text_file(self._item):
            raise DownloadFailed(f"{self!r} is no text; use save() or bytes().")
        return (await self.bytes(max_bytes=64 << 20)).decode("utf-8", "replace")

    async def image(self) -> "Image":
        """Open the picture with Pillow.

        Raises:
            MissingExtra: Pillow is not installed.
            DownloadFailed: it is no picture that Pillow can open.
        """
        try:
            from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - only who looks needs it
        except ImportError:
            raise MissingExtra("Pictures need Pillow: pip install 'stationthis-sdk[images]'") from None
        content = await self.bytes()

        def opened() -> "Image.Image":
            try:
                picture = Image.open(io.BytesIO(content))
                picture.load()
            except UnidentifiedImageError:
                raise DownloadFailed(f"{self!r} is no picture that Pillow knows.") from None
            except Exception as error:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to
                raise DownloadFailed(f"{self!r} can't be opened as a picture: {error}") from None
            return picture

        return await asyncio.to_thread(opened)

    async def save(self, to: str | Path = ".", *, sidecar: bool = False, max_bytes: int = MAX_BYTES) -> Path:
        """Save the file whole and return its path.

        ``to`` is a folder (made when missing), where the file gets a name from deployment, seed and place, or a
        file's path, which is replaced. With ``sidecar`` a JSON of inputs and ids goes beside it.

        Raises:
            InvalidInput: the name's ending is that of another type; the bytes are never converted.
            SaveFailed: disk full, not allowed; nothing is left behind.
            DownloadFailed: see ``bytes``.
        """
        target = at_home(to)
        if await asyncio.to_thread(_is_folder, target, str(to)):
            await asyncio.to_thread(ready_folder, target)
            return await self._save_in(target, sidecar=sidecar, max_bytes=max_bytes)
        claimed = type_of(target.name)
        if claimed and self.mime and claimed != self.mime:
            raise InvalidInput(
                f"{target.name!r} would hold {self.mime} under the name of {claimed}: bytes are saved as they came. "
                "Choose the right ending, or convert: .image().save(…)."
            )
        await asyncio.to_thread(ready_folder, target.parent)
        return await self._save_at(target, sidecar=sidecar, max_bytes=max_bytes)

    async def _save_in(self, folder: Path, *, sidecar: bool, max_bytes: int = MAX_BYTES) -> Path:
        """Save it into a folder that is there."""
        kept: list[Path] = []

        def place(file: Path) -> None:
            kept.append(keep(file, folder, self._item, self._origin, self._place))

        sha256 = await self._write(folder / "output", place, max_bytes)
        return await self._with_sidecar(kept[0], sha256, wanted=sidecar)

    async def _save_at(self, path: Path, *, sidecar: bool, max_bytes: int) -> Path:
        return await self._with_sidecar(path, await self._write(path, None, max_bytes), wanted=sidecar)

    async def _write(self, path: Path, place: Callable[[Path], object] | None, max_bytes: int) -> str:
        async with whole_file(path, place) as file:
            hashed = Hashed(file)
            await self._into(hashed, max_bytes)
        return hashed.digest.hexdigest()

    async def _into(self, target: Hashed, max_bytes: int = MAX_BYTES) -> None:
        """All of its bytes, untouched: a text's are its UTF-8."""
        if self._item.text is not None:
            # Half letters are no UTF-8.
            await asyncio.to_thread(target.write, self._item.text.encode(errors="replace"))
        else:
            await self._fetch(target, max_bytes)

    async def _with_sidecar(self, path: Path, sha256: str, *, wanted: bool) -> Path:
        if wanted:
            await asyncio.to_thread(write_sidecar, path, self._item, self._origin, sha256)
        return path

    async def _fetch(self, target: Hashed, max_bytes: int) -> None:
        if self._kept is not None and await asyncio.to_thread(_copied, self._kept, target, max_bytes):
            return
        url = self._item.url or ""
        try:
            await Download(self._edge, url, repr(self), self._renewed, max_bytes).into(target)
        except (DownloadFailed, SaveFailed):
            raise
        except StationThisError as error:
            raise DownloadFailed(
                f"{self!r} could not be fetched: {error.message} Read the run again: st.runs.get({self._origin.run_id!r}).",
                run_id=self._origin.run_id,
                request=error.request,
            ) from None

    async def _renewed(self) -> str | None:
        """A signed link may have died: read the run again for a fresh one."""
        fresh = await self._renew(self._item) if self._renew else None
        if fresh is None or fresh.url == self._item.url:
            return None
        self._item = attrs.evolve(self._item, url=fresh.url)
        return fresh.url


@contextlib.asynccontextmanager
async def whole_file(
    path: Path, place: Callable[[Path], object] | None = None, *, mode: int = 0o666
) -> AsyncIterator[Any]:
    """``atomic_file`` without ever blocking the loop."""
    whole = atomic_file(path, mode=mode, place=place)
    opening = asyncio.ensure_future(asyncio.to_thread(whole.__enter__))

    async def ended(error: BaseException | None) -> None:
        # Takes a half-written file away, and says "disk full" in words.
        await asyncio.to_thread(whole.__exit__, type(error) if error else None, error, None)

    async def given_up(error: BaseException) -> None:
        with contextlib.suppress(SaveFailed):
            await opening
            await ended(error)

    try:
        file = await asyncio.shield(opening)
    except asyncio.CancelledError as error:
        await carried_through(given_up(error))
        raise
    try:
        yield file
    except BaseException as error:
        await carried_through(ended(error))
        raise
    await carried_through(ended(None))


def _copied(kept: Path, target: Hashed, max_bytes: int) -> bool:
    """Take it from a copy, if that is there and whole."""
    try:
        with kept.open("rb") as file:
            while target.size <= max_bytes and (piece := file.read(1 << 20)):
                target.write(piece)
    except FileNotFoundError:
        return False
    if target.size > max_bytes:
        raise DownloadFailed(f"It is larger than {max_bytes:,} bytes; allow more with max_bytes=…")
    if target.digest.hexdigest() == kept.name:
        return True
    kept.unlink(missing_ok=True)
    target.start_over()
    return False


def _is_folder(path: Path, given: str) -> bool:
    return path.is_dir() or given.endswith(("/", "\\")) or not path.suffix
