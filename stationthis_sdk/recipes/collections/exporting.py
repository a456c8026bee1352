"""Exporting a cook: its pictures are fetched into a folder beside the target, which is then written from there.

A picture is in that folder whole or not at all, and stays there until the target is written: whoever was killed goes on with
what is missing.
"""

import asyncio
import hashlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from stationthis_sdk.batches.names import ending_for
from stationthis_sdk.errors import DownloadFailed, InvalidInput, NotFound
from stationthis_sdk.inputs.fields import MEDIA_KINDS
from stationthis_sdk.inputs.file_types import HEAD
from stationthis_sdk.outputs.output import AsyncOutput, Outputs
from stationthis_sdk.outputs.sidecar import at_home, ready_folder
from stationthis_sdk.recipes.collections.archive import Picture, write_archive
from stationthis_sdk.recipes.collections.choosing import chosen
from stationthis_sdk.recipes.collections.fetched import Fetched
from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.hashes import sha256_of_file

if TYPE_CHECKING:
    from stationthis_sdk.recipes.collections.cook import AsyncCook

__all__ = ["Export", "OnFile", "exported"]

OnFile = Callable[[int, int], Awaitable[None] | None]
"""How many of how many pictures are there."""
_AT_ONCE: Final = 4
_TRIES: Final = 3
_SHOWN: Final = 10


@attrs.frozen
class Export(Shown):
    """What was exported: where to, how many pieces, the SHA-256 of the file, and what was left out, with why."""

    path: Path
    pieces: int
    sha256: str
    skipped: tuple[tuple[int, str], ...] = ()

    def __str__(self) -> str:
        left = f", {len(self.skipped)} left out" if self.skipped else ""
        return f"{self.path}: {self.pieces} pieces{left}"


async def exported(
    cook: "AsyncCook",
    path: Path,
    *,
    only: Literal["accepted", "all"],
    shuffle_seed: int | None,
    output: str | None,
    missing: Literal["refuse", "skip"],
    on_file: OnFile | None,
) -> Export:
    """Export it.

    Raises:
        InvalidInput, DownloadFailed, SaveFailed: see ``Cook.export``.
    """
    _check(path, only, shuffle_seed, missing)
    path = at_home(path)
    pieces, without = chosen([piece async for piece in cook.pieces()], only=only, shuffle_seed=shuffle_seed)
    if not pieces:
        hint = "accept() some, or export with only='all'" if only == "accepted" else "no piece was made yet"
        raise InvalidInput(f"There is nothing to export of cook {cook.name!r}: {hint}.")
    await asyncio.to_thread(ready_folder, path.parent)
    if output is not None and missing == "refuse":
        await _check_output(cook, pieces[0], output)
    fetched = await asyncio.to_thread(Fetched.beside, path)
    try:
        pictures, failed = await _Fetching(cook, fetched, output, on_file, len(pieces)).all(pieces)
        skipped = sorted((piece.number, why) for piece, why in [*without, *failed])
        if skipped and (missing == "refuse" or not pictures):
            listed = "; ".join(f"piece {number}: {why}" for number, why in skipped[:_SHOWN])
            more = f"; and {len(skipped) - _SHOWN} more" if len(skipped) > _SHOWN else ""
            hint = "; missing='skip' leaves them out" if missing == "refuse" else ""
            raise DownloadFailed(
                f"{path.name} was not written: {len(skipped)} pictures are missing ({listed}{more}). The same call "
                f"tries again and fetches only these{hint}."
            )
        await asyncio.to_thread(
            write_archive, path, cook.collection, cook.seed, pictures, files=_file_inputs(cook)
        )
        await asyncio.to_thread(fetched.remove)
    finally:
        fetched.close()
    return Export(path, len(pictures), await asyncio.to_thread(sha256_of_file, path), tuple(skipped))


def _file_inputs(cook: "AsyncCook") -> frozenset[str] | None:
    """The inputs that are files; None: the workflow is not there any more."""
    deployment = cook.batch._deployment  # noqa: SLF001 - a cook is its batch
    if deployment is None:
        return None
    return frozenset(field.name for field in deployment.inputs.values() if field.kind in MEDIA_KINDS)


async def _check_output(cook: "AsyncCook", piece: Piece, output: str) -> None:
    """See that the workflow has this output, before all pieces are gone through.

    Raises:
        InvalidInput: it has none.
    """
    run = await cook.batch.run(await cook.batch.row(piece.key))
    try:
        picture_of(run.outputs, output)
    except NotFound as error:
        raise InvalidInput(f"Nothing was exported: piece {piece.key}: {error.message}") from None


@attrs.define(eq=False)
class _Fetching:
    """The pictures of one export, a few at a time."""

    cook: "AsyncCook"
    fetched: Fetched
    output: str | None
    on_file: OnFile | None
    total: int
    there: int = 0
    few: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def all(self, pieces: Sequence[Piece]) -> tuple[list[Picture], list[tuple[Piece, str]]]:
        """The pictures, in this order, and the pieces that have none, with why."""
        tasks: list[asyncio.Task[Picture | str]] = []
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._one(piece)) for piece in pieces]
        except ExceptionGroup as problems:
            raise problems.exceptions[0] from None
        results = [task.result() for task in tasks]
        return (
            [one for one in results if isinstance(one, Picture)],
            [(piece, one) for piece, one in zip(pieces, results, strict=True) if isinstance(one, str)],
        )

    async def _one(self, piece: Piece) -> Picture | str:
        """A piece's picture, or why there is none."""
        async with self.few:
            why = ""
            for _ in range(_TRIES):
                try:
                    found = await self._picture(piece)
                except NotFound as error:
                    return error.message
                except DownloadFailed as error:
                    why = error.message
                    continue
                await self._tell()
                return found
            return why

    async def _picture(self, piece: Piece) -> Picture:
        run = await self.cook.batch.run(await self.cook.batch.row(piece.key))
        found = picture_of(run.outputs, self.output)
        mark = hashlib.sha256(f"{piece.key} {piece.run_id} {self.output}".encode()).hexdigest()[:32]
        path = await asyncio.to_thread(self.fetched.find, mark)
        if path is None:
            await found.save(self.fetched.new(mark))
            path = await asyncio.to_thread(self.fetched.keep, mark)
        return await asyncio.to_thread(_told, piece, path, found.filename or found.url or "")

    async def _tell(self) -> None:
        self.there += 1
        if self.on_file is not None:
            heard = self.on_file(self.there, self.total)
            if inspect.isawaitable(heard):
                await heard


def picture_of(outputs: Outputs[AsyncOutput], name: str | None) -> AsyncOutput:
    """The output that is the piece: by the workflow's own name for it, else the first picture, video or file.

    Raises:
        NotFound: there is none.
    """
    if name is not None:
        return outputs[name]
    for some in (
        outputs.images,
        outputs.videos,
        tuple(one for one in outputs if one.kind != "text"),
        tuple(outputs),
    ):
        if some:
            return some[0]
    raise NotFound("its run made nothing")


def _told(piece: Piece, path: Path, filename: str) -> Picture:
    with path.open("rb") as file:
        head = file.read(HEAD)
    return Picture(
        piece, path, ending_for(head, filename=filename), sha256_of_file(path), path.stat().st_size
    )


def _check(path: Path, only: Any, shuffle_seed: Any, missing: Any) -> None:
    problems = []
    if path.suffix.lower() != ".zip":
        problems.append(f"the file is a .zip, not {path.name!r}")
    if only not in {"accepted", "all"}:
        problems.append(f"only is 'accepted' or 'all'; got {only!r}")
    if shuffle_seed is not None and type(shuffle_seed) is not int:
        problems.append(f"shuffle_seed is a whole number, or left out; got {shuffle_seed!r}")
    if missing not in {"refuse", "skip"}:
        problems.append(f"missing is 'refuse' or 'skip'; got {missing!r}")
    if problems:
        raise InvalidInput(f"Nothing was exported: {'; '.join(problems)}.", problems=problems)
