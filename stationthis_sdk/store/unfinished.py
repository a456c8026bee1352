"""What is known of an upload in parts, kept on disk, so that one that was broken off goes on where it stopped."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Self

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically

try:
    import fcntl
except ImportError:  # Windows: two uploads of the same file at once are not noticed there
    fcntl = None  # type: ignore[assignment]

__all__ = ["FileIdentity", "Unfinished", "UnfinishedUploads"]

_EDGE: Final = 1 << 20
_FORM: Final = 1


@attrs.frozen
class FileIdentity:
    """Which file it is, and that it has not changed: ``digest`` is the SHA-256 of its first and last MiB."""

    path: str
    size: int
    modified_ns: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Look at a file; reads two MiB of it at most.

        Raises:
            InvalidInput: there is no such file, or it can't be read.
        """
        try:
            path = path.expanduser()
            regular = path.is_file()
            is_folder = path.is_dir()
        except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name, nobody's home
            raise InvalidInput(f"{str(path)!r} can't be looked at: {error}.") from None
        if not regular:
            what = "is a folder" if is_folder else "is not there"
            raise InvalidInput(f"{str(path)!r} {what}: give the path of a file.")
        try:
            with path.open("rb") as file:
                about = os.fstat(file.fileno())
                hashed = hashlib.sha256(file.read(_EDGE))
                if about.st_size > _EDGE:
                    file.seek(max(_EDGE, about.st_size - _EDGE))
                    hashed.update(file.read(_EDGE))
        except OSError as error:
            raise InvalidInput(f"{str(path)!r} can't be read: {error.strerror}.") from None
        return cls(str(path.resolve()), about.st_size, about.st_mtime_ns, hashed.hexdigest())


@attrs.define
class Unfinished:
    """An upload under way. ``etags`` are those of the finished parts, ``link`` where it lands, without a signature."""

    upload_id: str = attrs.field(repr=False)
    key: str
    part_size: int
    link: str = ""
    complete: bool = False
    etags: dict[int, str] = attrs.field(factory=dict)


class UnfinishedUploads:
    """The uploads of one account that were not finished, a file each. May wait for the disk: not for the event loop.

    A folder that can't be written loses nothing but the resuming.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self._folder = folder
        self._account = account

    def path_of(self, file: FileIdentity, target: str) -> Path:
        """The note on one file's way to one place in the volume."""
        named = f"{self._account}\n{file.path}\n{target}"
        digest = hashlib.sha256(named.encode(errors="surrogateescape")).hexdigest()
        return self._folder / f"{digest[:32]}.json"

    @contextlib.contextmanager
    def held(self, file: FileIdentity, target: str) -> Iterator[None]:
        """Keep others from uploading the same at the same time, until the block ends or the process does.

        Raises:
            InvalidInput: somebody is at it.
        """
        lock: int | None = None
        held = False
        path = self.path_of(file, target).with_suffix(".lock")
        if fcntl is not None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if lock is not None:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    held = True
                except BlockingIOError:
                    raise InvalidInput(f"{file.path!r} is being uploaded to {target!r} already.") from None
                except OSError:
                    pass  # a file system without locks
            yield
        finally:
            if lock is not None:
                if held:
                    path.unlink(missing_ok=True)
                os.close(lock)

    def read(self, file: FileIdentity, target: str) -> tuple[Unfinished | None, bool]:
        """What is known, and whether the file is still the one it was."""
        try:
            note = orjson.loads(self.path_of(file, target).read_bytes())
            if note["form"] != _FORM:
                return None, False
            found = Unfinished(
                upload_id=_text(note["upload_id"]),
                key=_text(note["key"]),
                part_size=int(note["part_size"]),
                link=_text(note["link"]),
                complete=note["complete"] is True,
                etags={int(number): _text(etag) for number, etag in note["etags"].items()},
            )
            count = -(-file.size // found.part_size)
            same = note["file"] == attrs.asdict(file) and all(1 <= number <= count for number in found.etags)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
            return None, False  # none, or none that can be read: the upload begins anew
        return found, same

    def write(self, file: FileIdentity, target: str, upload: Unfinished) -> None:
        """Remember; the note is swapped whole."""
        about = attrs.asdict(upload) | {"etags": {str(number): etag for number, etag in upload.etags.items()}}
        note = {"form": _FORM, "file": attrs.asdict(file), "target": target, **about}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(self.path_of(file, target), orjson.dumps(note), mode=0o600)
        except (OSError, TypeError, StationThisError) as error:  # TypeError: a path that JSON can't say
            logger("uploads").warning("Broken off, this upload would begin anew: %s", error)

    def forget(self, file: FileIdentity, target: str) -> None:
        """It is done, or given up."""
        with contextlib.suppress(OSError):
            self.path_of(file, target).unlink(missing_ok=True)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
