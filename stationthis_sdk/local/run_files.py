"""The engine's way to pictures and files: this gateway's own uploads first, then the web."""

import http.client
import ipaddress
import logging
import secrets
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from stationthis_sdk.local.caller import Caller
from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.file_store import FileStore
from stationthis_sdk.local.rows.files import Upload

__all__ = ["RunFiles"]

PICTURE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of a picture fetched from elsewhere."""

_FETCH_SECONDS: Final = 20
_SILENT_SECONDS: Final = 10
_PIECE: Final = 65536
_log = logging.getLogger(__name__)


class RunFiles:
    """What one owner's runs read and keep; called from worker threads, so it may wait."""

    def __init__(
        self, database: Database, file_store: FileStore, owner: Caller, stopped: Callable[[], bool]
    ) -> None:
        self._database = database
        self._file_store = file_store
        self._owner = owner
        self._stopped = stopped

    def read(self, name: str) -> bytes | None:
        """The bytes behind a URL, an upload's id, or the name its owner gave it."""
        if name.startswith(("http://", "https://")):
            path = self._file_store.find_url(name)
            return _fetched(name, self._stopped) if path is None else path.read_bytes()
        path = self._file_store.find("inputs", name) or self._upload(name)
        return None if path is None else path.read_bytes()

    def keep(self, content: bytes, suffix: str) -> str:
        """Keep an output under a random name; returns its path on the server."""
        return self._file_store.put(content, "outputs", f"{secrets.token_hex(16)}{suffix}")

    def keep_file(self, path: Path, suffix: str) -> str:
        """Keep a finished file of the same disk by moving it; returns its path on the server."""
        return self._file_store.keep(path, "outputs", f"{secrets.token_hex(16)}{suffix}")

    def _upload(self, name: str) -> Path | None:
        def newest(tables: Tables) -> list[Upload]:
            where = f"{self._owner.own} AND (name = ? OR id = ?) ORDER BY created_at DESC LIMIT 1"
            return tables.find(Upload, where, self._owner.owner, name, name)

        found = self._database.do_here(newest)
        return self._file_store.find("inputs", found[0].stored) if found else None


def _fetched(url: str, stopped: Callable[[], bool]) -> bytes | None:
    """Fetch a picture; None for whatever goes wrong, as the plugin's image inputs do."""
    end = time.monotonic() + _FETCH_SECONDS
    shown = url.partition("?")[0][:200]  # a query may hold somebody's signature
    handlers = [urllib.request.ProxyHandler({})] if _is_loopback(url) else []
    try:
        with urllib.request.build_opener(*handlers).open(url, timeout=_SILENT_SECONDS) as answer:
            content = bytearray()
            while len(content) <= PICTURE_LIMIT and (piece := answer.read1(_PIECE)):
                content += piece
                if stopped():
                    return None
                if time.monotonic() > end:
                    raise TimeoutError(f"it took longer than {_FETCH_SECONDS} s")
    except (OSError, ValueError, http.client.HTTPException) as problem:
        _log.warning("the picture at %s could not be fetched: %s", shown, problem)
        return None
    if len(content) > PICTURE_LIMIT:
        _log.warning("the picture at %s is larger than %d bytes", shown, PICTURE_LIMIT)
        return None
    return bytes(content)


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
