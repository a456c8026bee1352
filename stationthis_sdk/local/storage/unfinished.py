"""A file that grows: closed at the end, whatever happens, and gone unless it was given a place before."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["growing", "unfinished"]


@asynccontextmanager
async def unfinished(begin: Callable[[], tuple[BinaryIO, Path]]) -> AsyncIterator[tuple[BinaryIO, Path]]:
    """The new file that ``begin`` opens, in a thread, and its path; at the end nothing is there any more."""
    async with _opened(begin, _clear) as opened:
        yield opened


@asynccontextmanager
async def growing(path: Path) -> AsyncIterator[BinaryIO]:
    """A new file at ``path``, opened and closed in a thread; it stays."""
    async with _opened(lambda: (path.open("xb"), path), lambda file, _: file.close()) as (file, _):
        yield file


@asynccontextmanager
async def _opened(
    begin: Callable[[], tuple[BinaryIO, Path]], end: Callable[[BinaryIO, Path], None]
) -> AsyncIterator[tuple[BinaryIO, Path]]:
    async def ended() -> None:
        await asyncio.to_thread(end, *await opening)

    opening = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        opened = await asyncio.shield(opening)
    except asyncio.CancelledError:
        await _carried_through(ended())  # the thread opens it all the same
        raise
    try:
        yield opened
    finally:
        await _carried_through(ended())


async def _carried_through(work: Coroutine[Any, Any, None]) -> None:
    """Wait until ``work`` is done, however often the caller is cancelled: what a thread has not begun would be lost."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()


def _clear(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
