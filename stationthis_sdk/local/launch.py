"""Joining the gateway of a data folder, starting one when none answers. Standard library only, and quick."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from stationthis_sdk.local.folder import GatewayError, check_images, is_served, prepare, read_note

__all__ = ["Lease", "join"]

_START_SECONDS: Final = 30.0
_LEASE_SECONDS: Final = 5.0
_PAUSE: Final = 0.05
_EXIT_IN_USE: Final = 75


class Lease:
    """A share in a running gateway, which may end once its last lease is gone.

    One open connection and nothing else: independent of event loops, shared with forked children, and freed by the
    kernel when its holders die. Use it as a context manager, or close it.
    """

    def __init__(self, base_url: str, key: str, pid: int, connection: http.client.HTTPConnection) -> None:
        self.base_url = base_url
        self.key = key
        self.pid = pid
        self._connection: http.client.HTTPConnection | None = connection

    def __repr__(self) -> str:
        return (
            f"<Lease on {self.base_url}, pid {self.pid}, {'closed' if self._connection is None else 'held'}>"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the share back; a second time changes nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def join(data: Path | str) -> Lease:
    """Join the gateway of a data folder, or start one as a process of its own and join that.

    The process outlives its starter for as long as anyone holds a lease; its log is ``gateway.log`` in the folder.
    Several starters at once end up on one gateway. Raises GatewayError with the log's last line when none can be
    started.
    """
    folder = prepare(Path(data))
    deadline = time.monotonic() + _START_SECONDS
    starter = _Starter(folder)
    while True:
        lease = _lease(folder)
        if lease is not None:
            return lease
        if time.monotonic() > deadline:
            raise GatewayError(
                f"no gateway answered in {folder} within {_START_SECONDS:.0f} s; {_last_line(folder)}"
            )
        if not is_served(folder):
            starter.ensure()
        time.sleep(_PAUSE)


class _Starter:
    """Starts a gateway process, and another when that one lost the race or died with its own starter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def ensure(self) -> None:
        """Start a process unless ours is still at it; raises GatewayError when it could not start."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            if code not in {0, _EXIT_IN_USE}:
                raise GatewayError(f"the local gateway could not start; {_last_line(self._folder)}")
        check_images()
        package = Path(__file__).resolve().parents[2]
        search = os.pathsep.join(filter(None, [str(package), os.environ.get("PYTHONPATH")]))
        descriptor = os.open(self._folder / "gateway.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
                # -P: the folder it is started in must not choose what is imported
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "stationthis_sdk.local",
                    "--data",
                    str(self._folder),
                    "--until-unused",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self._folder,
                env={**os.environ, "PYTHONPATH": search},
                start_new_session=True,  # Ctrl-C in the user's terminal is not meant for it
            )
        # It may live longer than we need it, but must leave no zombie.
        threading.Thread(target=self._process.wait, name="stationthis-gateway-end", daemon=True).start()


def _lease(folder: Path) -> Lease | None:
    note = read_note(folder)
    if note is None or not is_served(folder):  # a note without a lock is a dead gateway's
        return None
    try:
        address = urlsplit(str(note["base_url"]))
        port, pid = address.port, int(note["pid"])
    except (KeyError, TypeError, ValueError):
        return None  # no gateway of ours wrote that
    if address.hostname is None or port is None:
        return None
    connection = http.client.HTTPConnection(address.hostname, port, timeout=_LEASE_SECONDS)
    with _closed_unless_kept(connection) as kept:
        try:
            connection.request("GET", "/lease", headers={"Authorization": f"Bearer {note['key']}"})
            answer = connection.getresponse()
            held = answer.status == 200 and json.loads(answer.readline()).get("lease")
        except (AttributeError, KeyError, OSError, ValueError, http.client.HTTPException):
            return None
        if not held:
            return None
        kept.append(connection)
    return Lease(str(note["base_url"]), str(note["key"]), pid, connection)


@contextlib.contextmanager
def _closed_unless_kept(connection: http.client.HTTPConnection) -> Iterator[list[Any]]:
    kept: list[Any] = []
    try:
        yield kept
    finally:
        if not kept:
            connection.close()


def _last_line(folder: Path) -> str:
    try:
        lines = (folder / "gateway.log").read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    return f"its log ends with: {lines[-1]}" if lines else f"its log {folder / 'gateway.log'} is empty"
