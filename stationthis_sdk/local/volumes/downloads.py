"""Models on their way into a volume: fetched in the background, a few at a time, whole or not at all."""

import asyncio
import logging
import shutil
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import attrs

from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.reach import OutOfReach, Reach
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.volumes import Download
from stationthis_sdk.local.storage.unfinished import unfinished
from stationthis_sdk.local.strictness import strict
from stationthis_sdk.local.volumes.hubs import Hubs
from stationthis_sdk.local.volumes.volume import NoFile, OutsideVolume, Taken, VolumeFolder, Volumes

__all__ = ["MODEL_LIMIT", "Downloads", "Source"]

MODEL_LIMIT: Final = 64 * 1024**3
"""Bytes of one model."""

SPARE: Final = 1024**3
"""Bytes of the disk that are left free."""

_AT_ONCE: Final = 3
_MOST_SECONDS: Final = 24 * 3600.0
_SILENT_SECONDS: Final = 60.0
_PIECE: Final = 1024 * 1024
_REPORT_SECONDS: Final = 0.2
_log = logging.getLogger(__name__)


class _Failed(Exception):
    """A download that can't go on; the message is for its owner."""


@attrs.frozen
class Source:
    """A link, and where in the volume what it gives belongs; ``headers`` may hold a token."""

    url: str
    path: str
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)


class Downloads:
    """The downloads under way."""

    def __init__(self, database: Database, volumes: Volumes, reach: Reach) -> None:
        self._database = database
        self._reach = reach
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._places: defaultdict[Caller, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_AT_ONCE)
        )
        self.volumes = volumes
        self.hubs = Hubs(reach)

    @property
    def live(self) -> int:
        """How many are under way."""
        return len(self._tasks)

    async def open(self) -> None:
        """Make the folders; what the gateway before this one left under way has failed."""
        await asyncio.to_thread(self.volumes.open)
        left = await self._database.do(lambda tables: tables.find(Download, "status = 'started'"))
        for download in left:
            await self._change(download, status="failed", error_log=_CUT_OFF)

    async def close(self) -> None:
        """Stop what is under way; it has failed."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel(_CUT_OFF)
        await asyncio.gather(*tasks, return_exceptions=True)

    def is_coming(self, owner: Caller, path: str) -> Callable[[Tables], bool]:
        """Whether a download to this path is under way."""

        def work(tables: Tables) -> bool:
            found = tables.find(Download, f"{owner.own} AND status = 'started'", owner.owner)
            return any(one.path == path for one in found)

        return work

    def start(self, download: Download, sources: Sequence[Source]) -> None:
        """Fetch a kept download's files, in the background."""
        owner = Caller(download.user_id, download.org_id)
        work = self._carried_out(download, sources, owner)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[download.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(download.id, None))

    async def cancel(self, download: Download) -> None:
        """Mark a download as cancelled; what is under way goes on, as in the service, unless the gateway is strict."""
        await self._change(download, status="cancelled")
        task = self._tasks.get(download.id)
        if task is not None and strict():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _carried_out(self, download: Download, sources: Sequence[Source], owner: Caller) -> None:
        volume = self.volumes.of(owner)
        try:
            # Whoever waits for a link that trickles holds up nobody else's.
            async with self._places[_account(owner)], asyncio.timeout(_MOST_SECONDS):
                sizes = [
                    await self._fetched(download, source, volume, number, len(sources))
                    for number, source in enumerate(sources)
                ]
        except asyncio.CancelledError as cancelled:
            if cancelled.args:
                await asyncio.shield(self._fail(download, str(cancelled.args[0])))
            raise
        except (_Failed, OutOfReach) as problem:
            await self._fail(download, str(problem))
        except (Taken, NoFile, OutsideVolume):
            await self._fail(download, "something else has the path of the file by now: choose another name")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            await self._fail(download, f"the download broke off ({type(problem).__name__}: {problem})"[:1000])
        except Exception:  # noqa: BLE001  what nobody thought of must not leave it started for ever
            _log.exception("download %s failed", download.id)
            await self._fail(download, "the gateway failed; its log has the traceback")
        else:
            await self._change(download, status="success", download_progress=100, size=sum(sizes))

    async def _fetched(
        self, download: Download, source: Source, volume: VolumeFolder, number: int, count: int
    ) -> int:
        headers = {"Accept-Encoding": "identity", **source.headers}
        async with unfinished(self.volumes.begin) as (file, path):
            async with (
                self._reach.session(silence=_SILENT_SECONDS) as session,
                self._reach.answer(session, "GET", source.url, headers=headers) as answer,
            ):
                if answer.status != 200:
                    raise _Failed(f"the link answered {answer.status}")
                total = answer.content_length
                await asyncio.to_thread(_need_room, path.parent, total or 0)
                told, told_at, size = -1, 0.0, 0
                async for piece in answer.content.iter_chunked(_PIECE):
                    size += len(piece)
                    if size > MODEL_LIMIT:
                        raise _Failed(f"it is larger than {MODEL_LIMIT} bytes")
                    if size % (64 * _PIECE) < len(piece):
                        await asyncio.to_thread(_need_room, path.parent, 0)
                    await asyncio.to_thread(file.write, piece)
                    share = (number + (size / total if total else 0)) / count
                    percent = min(int(share * 100), 99)
                    if percent != told and time.monotonic() - told_at >= _REPORT_SECONDS:
                        told, told_at = percent, time.monotonic()
                        await self._change(download, download_progress=percent)
            await asyncio.to_thread(file.close)
            await asyncio.to_thread(volume.place, path, source.path)
        return size

    async def _fail(self, download: Download, reason: str) -> None:
        def work(tables: Tables) -> None:
            kept = tables.get(Download, download.id)
            if kept is not None and kept.status == "started":
                tables.change(
                    Download, download.id, status="failed", error_log=reason[:1000], updated_at=now()
                )

        await self._database.do(work)

    async def _change(self, download: Download, **columns: Any) -> None:
        columns["updated_at"] = now()
        await self._database.do(lambda tables: tables.change(Download, download.id, **columns))


_CUT_OFF: Final = "the local gateway ended while this download was under way; start it again"


def _account(owner: Caller) -> Caller:
    """The same for all members of an organisation."""
    return owner if owner.org_id is None else Caller("", owner.org_id)


def _need_room(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < size + SPARE:
        raise _Failed("the disk of this machine has no room for it")
