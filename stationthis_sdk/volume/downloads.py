"""Downloads into the volume: followed until the model is there."""

import asyncio
import inspect
import random
from collections.abc import Awaitable, Callable
from typing import Final

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import DownloadRecord, ModelProgress, ModelRecord, Source, is_seconds
from stationthis_sdk.errors import DownloadFailed, InvalidInput, NotFound, StationThisError, TimedOut
from stationthis_sdk.shown import Shown

__all__ = ["AsyncModelDownload", "OnModelProgress", "show_progress", "taken"]

OnModelProgress = Callable[[ModelProgress], Awaitable[None] | None]

_ENDED: Final = frozenset({"success", "failed", "cancelled"})
_SLOWEST_LOOK: Final = 5.0
_SLOWEST_LOOK_NEARBY: Final = 0.25
_PATIENCE: Final = 600.0
"""Seconds for which looks may fail, one after the other."""
_UNSEEN: Final = 10.0
_UNSEEN_NEARBY: Final = 1.0
"""A download that is no longer listed is done, or cancelled; a volume may show a file so many seconds late."""


class AsyncModelDownload(Shown):
    """A model on its way into the volume. What it shows is what was last heard; ``refresh`` and ``wait`` ask."""

    def __init__(
        self, context: Context, record: DownloadRecord, *, older: frozenset[str] = frozenset()
    ) -> None:
        self._context = context
        self._record = record
        self._older = older
        self._source = Source.now()
        self._unseen_since: float | None = None

    def __repr__(self) -> str:
        how = f"{int(self.progress * 100)} %" if self.state == "started" else self.state
        return f"<download of {self.path!r}: {how}>"

    @property
    def id(self) -> str:
        """The service's id; empty when it told none because the download was done at once."""
        return self._record.id

    @property
    def path(self) -> str:
        """Where it goes, from the top of the volume; of a whole repository the folder."""
        return self._record.path

    @property
    def state(self) -> str:
        """started, success, failed or cancelled."""
        return self._record.state

    @property
    def progress(self) -> float:
        """How much has come, from 0 to 1."""
        return self._record.fraction

    @property
    def error(self) -> str | None:
        """The service's word for a failure."""
        return self._record.error

    @property
    def record(self) -> DownloadRecord:
        """Everything known of the download, as data."""
        return self._record

    @property
    def source(self) -> Source:
        """Where this was learnt, and how old it is."""
        return self._source

    async def refresh(self) -> "AsyncModelDownload":
        """Ask how far it is, and return the download.

        The service lists what is not done. What is no longer listed is looked for in the volume: there it is a
        success, else somebody has cancelled it.
        """
        if self.state in _ENDED:
            return self
        volumes = self._context.service.volumes
        listed = await volumes.downloads()
        self._source = Source.now()
        found = next((one for one in listed if self._is(one)), None)
        if found is not None:
            self._unseen_since = None
            self._record = attrs.evolve(found, fraction=max(found.fraction, self.progress))
        elif (size := taken(await volumes.files(), self.path)) is not None:
            self._record = attrs.evolve(
                self._record, state="success", fraction=1.0, size=size or self._record.size
            )
        else:
            now = asyncio.get_running_loop().time()
            self._unseen_since = self._unseen_since or now
            if now - self._unseen_since >= (_UNSEEN_NEARBY if self._context.settings.nearby else _UNSEEN):
                self._record = attrs.evolve(self._record, state="cancelled")
        if self.state == "success":
            await self._context.catalogue.forget("models")
        return self

    async def wait(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it says which limit ran out
        on_progress: OnModelProgress | None = None,
    ) -> "AsyncModelDownload":
        """Wait until the model is in the volume, and return the download.

        ``timeout`` is in seconds, None for none. Looks that fail are tried again, for ten minutes. Interrupted, it
        leaves the download going.

        Raises:
            InvalidInput: a file of that name is there already, or ``timeout`` is no time.
            DownloadFailed: the service could not fetch it, or somebody cancelled it.
            TimedOut: the limit ran out; the download goes on.

        Example:
            >>> weights = await st.files.upload(b"example weights", name="weights.safetensors")
            >>> download = await st.models.add(weights.url, folder="loras", name="waited-for.safetensors")
            >>> (await download.wait()).state
            'success'
            >>> await (await st.models.get("loras/waited-for.safetensors")).delete()
        """
        if timeout is not None and not is_seconds(timeout):
            raise InvalidInput(f"timeout is seconds, more than 0, or None; got {timeout!r}.")
        loop = asyncio.get_running_loop()
        started = heard = loop.time()
        while True:
            try:
                await self.refresh()
                heard = loop.time()
            except StationThisError as error:
                if not error.retryable or loop.time() - heard > _PATIENCE:
                    raise
            state = "done" if self.state == "success" else "downloading"
            await show_progress(on_progress, ModelProgress(state, self.progress, size=self._record.size))
            if self.state in _ENDED:
                self._raise_for_end()
                return self
            waited = loop.time() - started
            if timeout is not None and waited >= timeout:
                raise TimedOut(
                    f"{self.path!r} was not in the volume within {timeout:g} s ({self.progress:.0%}). It goes on: wait() again.",
                    phase="total",
                    limit=timeout,
                    state=self.state,
                )
            slowest = _SLOWEST_LOOK_NEARBY if self._context.settings.nearby else _SLOWEST_LOOK
            pause = min(max(0.1, waited / 10), slowest) * random.uniform(0.85, 1.0)  # noqa: S311 - no secret
            await asyncio.sleep(pause if timeout is None else min(pause, max(0.0, timeout - waited)))

    async def cancel(self) -> "AsyncModelDownload":
        """Cancel the download, and return it. One that has ended keeps its end.

        The service marks it as cancelled and no longer lists it; what its machines have begun may still arrive.
        """
        await self.refresh()
        if self.state not in _ENDED and self.id:
            try:
                await self._context.service.volumes.cancel(self.id)
            except NotFound:
                return await self.refresh()
            self._record = attrs.evolve(self._record, state="cancelled")
        return self

    def _is(self, listed: DownloadRecord) -> bool:
        if self.id:
            return listed.id == self.id
        # Its id was not told: one to the same path, and none of those that were there before.
        return listed.path == self.path and listed.id not in self._older

    def _raise_for_end(self) -> None:
        if self.state == "success":
            return
        if self.state == "cancelled":
            raise DownloadFailed(f"The download of {self.path!r} was cancelled.")
        if "already exists" in (self.error or "").lower():
            raise InvalidInput(
                f"{self.path!r} is in the volume already: delete it first, or choose another name."
            )
        raise DownloadFailed(
            f"The service could not fetch {self.path!r}: {self.error or 'it did not say why'}."
        )


def taken(files: tuple[ModelRecord, ...], path: str) -> int | None:
    """The size of what has a path, as a file or as a folder; None when nothing has."""
    found = [one.size or 0 for one in files if one.path == path or one.path.startswith(f"{path}/")]
    return sum(found) if found else None


async def show_progress(on_progress: OnModelProgress | None, progress: ModelProgress) -> None:
    """Tell whoever wants to hear, plain functions and coroutines alike."""
    if on_progress is not None:
        told = on_progress(progress)
        if inspect.isawaitable(told):
            await told
