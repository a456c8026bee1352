"""Runs of very many rows, packed: few of them are ever looked at."""

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from stationthis_sdk.entities import RunRecord

__all__ = ["PackedRuns"]


class PackedRuns(Mapping[str, Any]):
    """Runs by their ids; ``make`` makes one of its record and its reason when somebody wants it."""

    def __init__(self, make: Callable[[RunRecord, str | None], Any]) -> None:
        self._make = make
        self._packs: list[bytes] = []
        self._where: dict[str, int] = {}
        self._open: tuple[int, dict[str, tuple[RunRecord, str | None]]] = (-1, {})

    def pack(self, runs: Iterable[tuple[RunRecord, str | None]]) -> None:
        """Keep some more, which are unpacked together: the neighbours of what is looked at are looked at next."""
        together = {record.id: (record, reason) for record, reason in runs}
        self._where |= dict.fromkeys(together, len(self._packs))
        self._packs.append(zlib.compress(pickle.dumps(together), 1))

    def __getitem__(self, run_id: str) -> Any:
        where = self._where[run_id]
        number, together = self._open
        if number != where:
            together = pickle.loads(zlib.decompress(self._packs[where]))  # noqa: S301 - packed here, in this process
            self._open = (where, together)
        return self._make(*together[run_id])

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._where

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)
