"""Where the files of a batch go, and what each is called."""

import asyncio
import itertools
import os
import re
import string
from collections.abc import AsyncIterable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.batches.folders import Folder, LocalFolder, RemoteFolder
from stationthis_sdk.batches.metadata import Metadata
from stationthis_sdk.batches.names import Name, Padded, ending_for, numbered
from stationthis_sdk.batches.saved import SavedFile, SavedRow
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.file_types import HEAD
from stationthis_sdk.outputs.download import Hashed
from stationthis_sdk.outputs.normalise import extension_of
from stationthis_sdk.outputs.output import AsyncOutput, whole_file
from stationthis_sdk.outputs.sidecar import at_home
from stationthis_sdk.places import data_folder
from stationthis_sdk.store.file_names import FileNames, owner_of

if TYPE_CHECKING:
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Out", "SavedFile", "SavedRow"]

_DOWNLOADS: Final = 4
"""How many files of one run are fetched at once."""
_ROWS: Final = 500
"""So many are written into the metadata at a time."""


@attrs.frozen(eq=False)
class Out:
    """A folder, or a URL that fsspec knows, and how files are called in it.

    ``"out/"`` and ``"s3://shop/autumn"`` name files by batch and key, or by the row's place where there is no key;
    ``"s3://shop/autumn/{sku}.png"`` by a template, whose ``/`` make folders. It may name every column of the row, and
    key, row (the place, with zeros in front), seed, run, output (the workflow's own name for it), n (which output of
    the run), ext, deployment, version and batch; a column comes before those. After a ``:`` comes a format, as in
    Python's; braces are doubled.

    Nothing that a column says leads out of the folder. A file has the ending of what it is: a JPEG is a .jpg though
    the template says .png. Several outputs of a run get -1, -2, … unless the template has {n}. Of several rows with
    one name the first that is saved has it, the next ones have it with -2, -3, …: a row keeps its name whenever it is
    saved again. What else is in the folder is never overwritten.
    """

    target: str = attrs.field(repr=False)
    """As it was given."""
    folder: Folder = attrs.field(repr=False)
    name: Name = attrs.field(repr=False)
    _names: FileNames = attrs.field(repr=False)

    @classmethod
    def of(
        cls,
        target: str | Path,
        storage_options: Mapping[str, Any] | None = None,
        *,
        home: Path | None = None,
    ) -> "Out":
        """Read where to; nothing is made yet. ``storage_options`` are fsspec's, for a URL; ``home`` is the data folder.

        Raises:
            InvalidInput: no such kind of URL, a file's name without a place in it, or a template that makes no sense.
            MissingExtra: fsspec, or what it needs for this kind of URL, is not installed.

        >>> Out.of("out/{sku}-{seed}.png").problems(("sku", "prompt"))
        []
        >>> Out.of("out/{sku}.png").problems(("SKU", "prompt"))
        ["'{sku}' names no column (did you mean {SKU}?)"]
        """
        given = os.fspath(target)
        if not isinstance(given, str) or not given.strip() or "\0" in given:
            raise InvalidInput(f"Files are saved in a folder or at a URL, not at {target!r}.")
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/(?!/)", given):
            raise InvalidInput(
                f"{given!r} is no folder, and no URL, which has two slashes: give it as a text; a Path loses one."
            )
        root, name = _split(given)
        if not name and extension_of(root.rpartition("/")[2]):
            raise InvalidInput(
                f"{given!r} names one file, and there are many: write a name such as '{{row}}.png', or a folder."
            )
        read = Name.of(name)
        folder: Folder
        if "://" not in root or root.startswith(("file://", "local://")):
            if storage_options:
                raise InvalidInput(f"storage_options are for URLs, and {given!r} is a folder here.")
            path = at_home(root.removeprefix("file://").removeprefix("local://") or ".")
            folder = LocalFolder(Path(os.path.normpath(path if path.is_absolute() else Path.cwd() / path)))
        else:
            folder = RemoteFolder.of(root, storage_options or {})
        names = FileNames((home or data_folder()) / "names.db", folder.address)
        return cls(given, folder, read, names)

    def __repr__(self) -> str:
        return f"<out {self}>"

    def __str__(self) -> str:
        return f"{self.folder.address}/{self.name.text}" if self.name.text else self.folder.address

    def problems(self, columns: tuple[str, ...]) -> list[str]:
        """What the template names that rows with these columns have not; their inputs are columns, too."""
        return self.name.problems(columns)

    def problems_of(self, row: "SavedRow") -> list[str]:
        """What the template needs and this row has not; what only a run tells is taken for granted."""
        values = self._values(row, "output", 1)
        return self.name.missing({**values, "run": "run", "ext": "png"})

    async def ready(self) -> None:
        """Make the folder, and see that it can be written: before anything is paid for.

        Raises:
            SaveFailed: it can't.
        """
        await asyncio.to_thread(self.folder.ready)

    async def save(self, row: "SavedRow", run: "AsyncRun") -> "list[SavedFile]":
        """Save every output of the run, each whole or not at all; what is there already in full is kept.

        Raises:
            SaveFailed: disk full, not allowed, no connection to the store; save the row again.
            DownloadFailed: see ``Output.bytes``.
        """
        outputs = list(run.outputs)
        several = len(outputs) > 1 and not self.name.tells_outputs_apart
        few = asyncio.Semaphore(_DOWNLOADS)

        async def saved(number: int, output: AsyncOutput) -> SavedFile:
            async with few:
                return await self._save(row, output, number, several=several)

        try:
            async with asyncio.TaskGroup() as group:
                saving = [group.create_task(saved(*one)) for one in enumerate(outputs, 1)]
        except ExceptionGroup as problems:
            raise problems.exceptions[0] from None
        return [task.result() for task in saving]

    async def _save(self, row: "SavedRow", output: AsyncOutput, number: int, *, several: bool) -> "SavedFile":
        placed: list[SavedFile] = []
        hashed: Hashed

        def place(file: Path) -> None:
            placed.append(self._place(file, hashed, row, output, number, several=several))

        await asyncio.to_thread(_ready_to_stage, self.folder)
        mode = 0o666 if isinstance(self.folder, LocalFolder) else 0o600
        async with whole_file(self.folder.staging / "output", place, mode=mode) as file:
            hashed = Hashed(file)
            await output._into(hashed)  # noqa: SLF001 - the two know each other
        return placed[0]

    def _place(
        self, file: Path, hashed: Hashed, row: "SavedRow", output: AsyncOutput, number: int, *, several: bool
    ) -> "SavedFile":
        """Give a finished file its name, and move it there."""
        size, sha256 = hashed.size, hashed.digest.hexdigest()
        item = output._item  # noqa: SLF001 - likewise
        with file.open("rb") as opened:
            head = opened.read(HEAD)
        ext = ending_for(head, filename=item.filename or item.url or "", mime=item.mime, text=item.text)
        base = self.name.fill(self._values(row, output.name or output.kind, number), ext)
        if several:
            base = numbered(base, number)
        which = f"key {row.key}" if row.key is not None else f"row {row.place}"
        owner = owner_of(row.batch, which, number)
        absent: set[str] = set()

        candidates = itertools.chain([base], (numbered(base, again) for again in itertools.count(2)))

        def is_free(name: str, owned: bool) -> bool:
            # Saved by us, and the memory of it is lost: the content tells, unless another row claims it.
            if not self.folder.exists(name):
                absent.add(name)
                return True
            return not owned and self.folder.holds(name, size, sha256)

        name = self._names.take(owner, candidates, is_free)
        width, height = _size_of(file) if output.kind in {"image", "animation"} else (None, None)
        if name in absent or not self.folder.holds(name, size, sha256):
            self.folder.put(file, name)
        self._names.placed(owner, name)
        path = self.folder.path_of(name)
        return SavedFile(path, output.kind, size, sha256, width, height, output.name)

    def _values(self, row: "SavedRow", output: str, number: int) -> dict[str, Any]:
        """What a template may name, for one output."""
        own = {
            "key": row.key if row.key is not None else Padded(row.place),
            "row": Padded(row.place),
            "seed": row.seed,
            "run": row.run_id,
            "output": output,
            "n": number,
            "deployment": row.deployment,
            "version": row.version,
            "batch": row.batch,
        }
        return {**own, **row.inputs, **row.extra}

    async def finish(
        self,
        batch: str,
        rows: "Iterable[tuple[SavedRow, list[SavedFile]]] | AsyncIterable[tuple[SavedRow, list[SavedFile]]]",
    ) -> list[str]:
        """Write metadata.jsonl and rows.parquet of all that was saved, and return their paths.

        Hugging Face's ImageFolder loads the folder by metadata.jsonl, which tells of its pictures; where there are
        none of its videos, else of all. It takes only one file called metadata, so that everything is in rows.parquet
        (without pyarrow there is none). Of other batches in this folder what was written before is kept.

        Raises:
            SaveFailed: they can't be written; those of before are still there.
        """
        metadata = await asyncio.to_thread(Metadata, self.folder)
        try:
            await asyncio.to_thread(metadata.keep_others, batch)
            async for some in _in_pieces(rows):
                await asyncio.to_thread(metadata.add, some)
            return await asyncio.to_thread(metadata.write)
        finally:
            await asyncio.to_thread(metadata.close)


async def _in_pieces(rows: Any) -> "AsyncIterable[list[Any]]":
    """A few hundred at a time, from whatever they come."""
    if hasattr(rows, "__aiter__"):
        some: list[Any] = []
        async for one in rows:
            some.append(one)
            if len(some) == _ROWS:
                yield some
                some = []
        yield some
        return
    iterator = iter(rows)
    while some := await asyncio.to_thread(lambda: list(itertools.islice(iterator, _ROWS))):
        yield some


def _split(target: str) -> tuple[str, str]:
    """The folder, and the name within it: from the part with the first place on.

    >>> _split("s3://shop/{colour}/{sku}.png"), _split("out/a{{b}}/")
    (('s3://shop', '{colour}/{sku}.png'), ('out/a{b}', ''))
    """
    scheme, mark, rest = target.partition("://")
    if not mark:
        rest = target.replace("\\", "/") if os.name == "nt" else target
        scheme = ""
    before, place = "", None
    try:
        for literal, place, _, _ in string.Formatter().parse(rest):
            before += literal
            if place is not None:
                break
    except ValueError as error:
        reason = str(error).lower()
        raise InvalidInput(f"{target!r} is no place for files: {reason}; a brace is doubled.") from None
    folder, slash, _ = (before, "", "") if place is None else before.rpartition("/")
    # Braces are written twice in what was given.
    name = "" if place is None else rest[len(folder.replace("{", "{{").replace("}", "}}")) + len(slash) :]
    folder = folder.rstrip("/") or ("/" if before.startswith("/") else "")
    if mark and not folder and scheme != "memory":
        raise InvalidInput(f"{target!r} names no folder to save in: a place comes after a bucket or host.")
    return f"{scheme}{mark}{folder}", name


def _ready_to_stage(folder: Folder) -> None:
    if isinstance(folder, LocalFolder) and not folder.root.is_dir():
        folder.ready()


def _size_of(file: Path) -> tuple[int | None, int | None]:
    """Width and height of a picture, where Pillow is there and can tell."""
    try:
        from PIL import Image  # noqa: PLC0415 - only where it is installed
    except ImportError:
        return None, None
    try:
        with Image.open(file) as picture:
            width, height = picture.size
    except Exception:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to
        return None, None
    return width, height
