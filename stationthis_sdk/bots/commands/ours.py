"""Which commands a bot has registered: without it nobody could tell one of ours, that has to go, from one of the host's."""

import asyncio
from pathlib import Path

import attrs
import orjson

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["Ours"]


@attrs.define
class Ours:
    """Their ``names``, kept in a file; one that is lost or broken has none."""

    file: Path
    names: frozenset[str] = frozenset()

    async def load(self) -> None:
        """Read them."""
        self.names = await asyncio.to_thread(_read, self.file)

    async def keep(self, names: frozenset[str]) -> None:
        """Write them down, where they differ; a disk that does not take them is logged."""
        if names == self.names:
            return
        self.names = names
        try:
            await asyncio.to_thread(_write, self.file, names)
        except SaveFailed as error:
            logger("bots").warning("Which commands are ours is not kept: %s", error)


def _read(file: Path) -> frozenset[str]:
    try:
        names = orjson.loads(file.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    return frozenset(str(one) for one in names) if isinstance(names, list) else frozenset()


def _write(file: Path, names: frozenset[str]) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SaveFailed(f"Can't make the folder {file.parent}: {error.strerror}.") from None
    write_atomically(file, orjson.dumps(sorted(names)))
