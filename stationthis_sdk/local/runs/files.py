"""The engine's way to pictures and files: this gateway's own uploads first, then the web; and to the account's models."""

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import Final

import aiohttp

from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.engines import MODELS
from stationthis_sdk.local.reach import OutOfReach, Reach
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.files import Upload
from stationthis_sdk.local.storage.file_store import FileStore
from stationthis_sdk.local.volumes.volume import Volumes

__all__ = ["RunFiles"]

PICTURE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a picture fetched from elsewhere."""

MODEL_LIMIT: Final = 512 * 1024 * 1024
"""Bytes of a model that a node of ours may ask for; those that a training gives here are far smaller."""

_FETCH_SECONDS: Final = 20
_SILENT_SECONDS: Final = 10
_PIECE: Final = 65536
_log = logging.getLogger(__name__)


class RunFiles:
    """What a run reads and keeps; called from worker threads, so it may wait.

    ``kind`` is where its files go: outputs, or private for an account that wants them so.
    """

    def __init__(
        self,
        database: Database,
        file_store: FileStore,
        volumes: Volumes,
        owner: Caller,
        stopped: Callable[[], bool],
        reach: Reach | None = None,
        kind: str = "outputs",
    ) -> None:
        self._database = database
        self._file_store = file_store
        self._volumes = volumes
        self._owner = owner
        self._stopped = stopped
        self._reach = reach or Reach()
        self._kind = kind
        self._context = copy_context()  # the gateway's clock says which links are still good

    def read(self, name: str) -> bytes | None:
        """The bytes behind a URL, an upload's id, or the name its owner gave it; or of a model; see Files."""
        if name.startswith(MODELS):
            return self._model(name.removeprefix(MODELS))
        if name.startswith(("http://", "https://")):
            path = self._context.copy().run(self._file_store.find_url, name)
            return self._fetched(name) if path is None else path.read_bytes()
        path = self._file_store.find("inputs", name) or self._upload(name)
        return None if path is None else path.read_bytes()

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep an output under a random name; returns its path on the server."""
        return self._file_store.put(content, self._kind, f"{secrets.token_hex(16)}{suffix}")

    def keep_file(self, path: Path, suffix: str) -> str:
        """Keep a finished file of the same disk by moving it; returns its path on the server."""
        return self._file_store.keep(path, self._kind, f"{secrets.token_hex(16)}{suffix}")

    def _model(self, path: str) -> bytes | None:
        """A model of the account's own, else of those that all have."""
        for volume in (self._volumes.of(self._owner), self._volumes.public):
            found = volume.find(path)
            if found.is_file():
                size = found.stat().st_size
                if size > MODEL_LIMIT:
                    raise OSError(
                        f"{path} has {size / 2**20:,.0f} MiB, too much for this gateway's own nodes"
                    )
                return found.read_bytes()
        return None

    def _upload(self, name: str) -> Path | None:
        def newest(tables: Tables) -> list[Upload]:
            where = f"{self._owner.own} AND (name = ? OR id = ?) ORDER BY created_at DESC LIMIT 1"
            return tables.find(Upload, where, self._owner.owner, name, name)

        found = self._database.do_here(newest)
        return self._file_store.find(found[0].kind, found[0].stored) if found else None

    def _fetched(self, url: str) -> bytes | None:
        """Fetch a picture; None for whatever goes wrong, as the plugin's image inputs do."""
        # A query may hold somebody's signature, and what is before an @ a password.
        shown = re.sub(r"//[^/]*@", "//", url.partition("?")[0])[:200]
        try:
            return asyncio.run(self._asked(url))
        except (OutOfReach, aiohttp.ClientError, OSError, ValueError) as problem:
            reason = str(problem) or type(problem).__name__
            _log.warning("the picture at %s could not be fetched: %s", shown, reason)
            return None

    async def _asked(self, url: str) -> bytes | None:
        end = time.monotonic() + _FETCH_SECONDS
        content = bytearray()
        async with (
            self._reach.session(silence=_SILENT_SECONDS) as session,
            self._reach.answer(session, "GET", url) as answer,
        ):
            if answer.status >= 400:
                raise OSError(f"status {answer.status}")
            async for piece in answer.content.iter_chunked(_PIECE):
                content += piece
                if self._stopped():
                    return None
                if len(content) > PICTURE_LIMIT:
                    raise OSError(f"it is larger than {PICTURE_LIMIT} bytes")
                if time.monotonic() > end:
                    raise TimeoutError(f"it took longer than {_FETCH_SECONDS} s")
        return bytes(content)
