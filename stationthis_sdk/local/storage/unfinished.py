"""A file that grows: closed and gone at the end, whatever happens, unless it was given a place before."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = ["unfinished"]


@asynccontextmanager
async def unfinished(begin: Callable[[], tuple[BinaryIO, Path]]) -> AsyncIterator[tuple[BinaryIO, Path]]:
    """The new file that ``begin`` opens, in a thread, and its path."""
    opening = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        file, path = await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.to_thread(_clear, *await opening)  # the thread opens it all the same
        raise
    try:
        yield file, path
    finally:
        await asyncio.to_thread(_clear, file, path)


def _clear(file: BinaryIO, path: Path) -> None:
    file.close()
    path.unlink(missing_ok=True)
