"""The copies of answers and results on this machine, looked at and cleared."""

import asyncio
import time
from typing import Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.catalogue import CopyInfo
from stationthis_sdk.store.lifetimes import LIFETIMES
from stationthis_sdk.store.results import Results

__all__ = ["AsyncCache", "CacheCheck", "CacheInfo"]

_RESULTS: Final = "results"


@attrs.frozen
class CacheInfo(Shown):
    """The copies of one account. ``off`` says why none are kept, if so; ``bytes`` is of these, ``hits`` of this client."""

    folder: str | None
    off: str | None
    copies: tuple[CopyInfo, ...]
    hits: int
    misses: int

    @property
    def bytes(self) -> int:
        """Of all copies together."""
        return sum(copy.bytes for copy in self.copies)

    @property
    def oldest(self) -> float | None:
        """Seconds since the service said the oldest of them."""
        return max((copy.age for copy in self.copies), default=None)


@attrs.frozen
class CacheCheck(Shown):
    """What a look at every row and result found: how many there are, and how many were none of ours and were taken away."""

    rows: int
    refused: int


class AsyncCache(Shown):
    """The copies of answers and results on this machine: what is in them, and taking them away.

    Doing so changes no answer; what ``options(cache=True)`` had kept is paid for again.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        catalogue = self._context.catalogue
        off = self._off
        return (
            f"<cache: {catalogue.hits} hits, {catalogue.misses} misses>"
            if off is None
            else f"<cache: off, {off}>"
        )

    @property
    def _results(self) -> Results:
        return Results(self._context.settings.home / _RESULTS, self._context.catalogue.scope)

    @property
    def _off(self) -> str | None:
        for flag in ("cache", "comfy_deploy"):
            if not getattr(self._context.settings.flags, flag):
                return f"the flag {flag} is off"
        shelf = self._context.catalogue.shelf
        return "there is no folder for it" if shelf is None else shelf.why

    async def info(self) -> CacheInfo:
        """What is kept for this account: kind, key, size and age of each copy; of a result with what its run made.

        Example:
            >>> machines = await st.machines.list()
            >>> {copy.kind for copy in (await st.cache.info()).copies if copy.kind == "machines"}
            {'machines'}
        """
        catalogue = self._context.catalogue
        copies = [*await catalogue.copies(), *await asyncio.to_thread(self._kept)]
        copies.sort(key=lambda copy: (copy.kind, copy.key))
        shelf = catalogue.shelf
        return CacheInfo(
            str(shelf.folder) if shelf else None, self._off, tuple(copies), catalogue.hits, catalogue.misses
        )

    def _kept(self) -> list[CopyInfo]:
        now = time.time()
        if not self._context.settings.flags.cache:
            return []
        return [
            CopyInfo(_RESULTS, f"{one.name} {one.record.id}", one.bytes, max(0.0, now - one.at), current=True)
            for one in self._results.results()
        ]

    async def clear(self, kind: str | None = None, *, name: str | None = None) -> int:
        """Take the copies of this account away, all or some of them, and return how many there were.

        Kinds are deployments, workflows, versions, machines, models, pricing, account and results. ``name`` is the
        name, id or path of something: the copies of it go, and the lists it is in; results by deployment, workflow or
        run.

        Raises:
            InvalidInput: there is no such kind, or the name is no text.

        Example:
            >>> machines = await st.machines.list()
            >>> (await st.cache.clear("machines")) > 0
            True
        """
        kinds = (*LIFETIMES, _RESULTS)
        if kind is not None and kind not in kinds:
            raise InvalidInput(f"No kind of copies is called {kind!r}: there is {', '.join(kinds)}.")
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise InvalidInput(f"name is that of a workflow, machine or another thing, not {name!r}.")
        cleared = 0 if kind == _RESULTS else await self._context.catalogue.clear(kind, name)
        if kind in {None, _RESULTS} and self._context.settings.flags.cache:
            cleared += await asyncio.to_thread(self._results.clear, name)
        return cleared

    async def verify(self) -> CacheCheck:
        """Look at every row and every result, of any account, and take away what this SDK can't have written.

        Example:
            >>> (await st.cache.verify()).refused
            0
        """
        shelf = self._context.catalogue.shelf
        rows, refused = (0, 0) if shelf is None else await shelf.do(shelf.verify, (0, 0))
        files, damaged = await asyncio.to_thread(self._results.verify)
        return CacheCheck(rows + files, refused + damaged)
