"""The pictures of an export that are fetched already: in a folder beside its target, for one export at a time. Blocking.

A picture's name there ends in the hash of its bytes: what a crash has left damaged is seen, and fetched again.
"""

import os
import shutil
from pathlib import Path
from typing import Final

import attrs

from stationthis_sdk.errors import DownloadFailed, SaveFailed
from stationthis_sdk.outputs.sidecar import ready_folder
from stationthis_sdk.store.hashes import sha256_of_file

try:
    import fcntl
except ImportError:  # Windows, where two exports to one file are not told apart
    fcntl = None  # type: ignore[assignment]

__all__ = ["Fetched"]

_ENDING: Final = ".bytes"


@attrs.frozen
class Fetched:
    """Such a folder, and what is in it, by its mark."""

    folder: Path
    there: dict[str, Path]
    _lock: int | None = None

    @classmethod
    def beside(cls, target: Path) -> "Fetched":
        """The folder beside the target, made when missing, which nobody else has until it is closed.

        Raises:
            SaveFailed: another export writes there, or it can't be made.
        """
        folder = ready_folder(target.with_name(f".{target.name}.export"))
        lock = None
        if fcntl is not None:
            lock = _locked(folder, target)
        pictures = [path for path in folder.iterdir() if path.suffix == _ENDING]
        return cls(folder, {path.name.partition(".")[0]: path for path in pictures}, lock)

    def remove(self) -> None:
        """Nobody needs it any more."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Leave it to others, with all that is in it."""
        if self._lock is not None:
            os.close(self._lock)

    def new(self, mark: str) -> Path:
        """Where a picture is fetched to."""
        return self.folder / f"{mark}.new"

    def find(self, mark: str) -> Path | None:
        """The picture of this mark, when it is there as it came."""
        path = self.there.get(mark)
        if path is None or not path.exists():
            return None
        if sha256_of_file(path) == path.name.split(".")[1]:
            return path
        path.unlink()
        return None

    def keep(self, mark: str) -> Path:
        """Keep what was fetched.

        Raises:
            DownloadFailed: there is nothing in it.
        """
        new = self.new(mark)
        if not new.stat().st_size:
            new.unlink()
            raise DownloadFailed("its picture is an empty file")
        return new.replace(self.folder / f"{mark}.{sha256_of_file(new)}{_ENDING}")


def _locked(folder: Path, target: Path) -> int:
    """The folder, locked until what this gives is closed."""
    while True:
        lock = os.open(ready_folder(folder), os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise SaveFailed(
                f"Another export writes {target} just now: wait for it, or choose another name."
            ) from None
        except OSError:
            return lock  # a file system without locks
        if _is_still(folder, lock):
            return lock
        os.close(lock)  # whoever had it has removed it


def _is_still(folder: Path, lock: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(lock))
    except FileNotFoundError:
        return False
