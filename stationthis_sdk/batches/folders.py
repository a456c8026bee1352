"""Where a batch's files are put: a folder on this disk, or one behind any URL that fsspec knows. Everything here blocks."""

import contextlib
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.errors import InvalidInput, MissingExtra, SaveFailed
from stationthis_sdk.outputs.sidecar import ready_folder
from stationthis_sdk.store.atomic import atomic_file

__all__ = ["Folder", "LocalFolder", "RemoteFolder"]

_WHOLE: Final = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "hf"})
"""Stores that show a file when all of it is there; elsewhere it gets its name then."""


class Folder(Protocol):
    """What ``Out`` needs of a place. Names are relative, with ``/``, and safe."""

    @property
    def address(self) -> str:
        """What people call it; no password is in it."""

    @property
    def is_near(self) -> bool:
        """Whether looking at a file takes no time."""

    @property
    def staging(self) -> Path:
        """The folder on this disk in which files grow."""

    def ready(self) -> None:
        """Make it, and see that it can be written."""

    def path_of(self, name: str) -> str:
        """What people call a file in it."""

    def name_of(self, path: str) -> str | None:
        """The name of what ``path_of`` says; None of what is elsewhere."""

    def exists(self, name: str) -> bool:
        """Whether there is anything of this name."""

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether the file of this name has just this content."""

    def put(self, file: Path, name: str) -> None:
        """Move a finished file of this disk to its name, whole, in place of what is there."""

    def read(self, name: str) -> contextlib.AbstractContextManager[BinaryIO | None]:
        """A file's content; None when there is none."""


@attrs.frozen
class LocalFolder:
    """A folder on this disk."""

    root: Path

    @property
    def address(self) -> str:
        """Its path."""
        return str(self.root)

    @property
    def is_near(self) -> bool:
        """Looking at a file takes no time."""
        return True

    @property
    def staging(self) -> Path:
        """Files grow where they are to be."""
        return self.root

    def ready(self) -> None:
        """Make it, and see that it can be written.

        Raises:
            SaveFailed: it can't be made, or not be written.
        """
        ready_folder(self.root)
        with atomic_file(self.root / "a file", mode=0o600, place=Path.unlink) as file:
            file.write(b"\0")

    def path_of(self, name: str) -> str:
        """The file's path."""
        return str(self.root / name)

    def name_of(self, path: str) -> str | None:
        """The file's name in this folder."""
        start = str(self.root / "x")[:-1]
        return path.removeprefix(start).replace(os.sep, "/") if path.startswith(start) else None

    def exists(self, name: str) -> bool:
        """Whether there is anything of this name."""
        return os.path.lexists(f"{self.root}{os.sep}{name}")

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether the file of this name has just this content."""
        path = self.root / name
        try:
            if path.is_symlink() or path.stat().st_size != size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def put(self, file: Path, name: str) -> None:
        """Move a finished file to its name.

        Raises:
            SaveFailed: a link leads out of the folder there, or a folder stands in the way.
        """
        path = self.root / name
        if not path.parent.resolve().is_relative_to(self.root.resolve()):
            raise SaveFailed(f"Can't save {path}: a link there leads out of {self.root}; take it away.")
        ready_folder(path.parent)
        if path.is_dir() and not path.is_symlink():
            raise SaveFailed(f"Can't save {path}: there is a folder of that name.")
        file.replace(path)

    @contextlib.contextmanager
    def read(self, name: str) -> Iterator[BinaryIO | None]:
        """A file's content; None when there is none."""
        try:
            file = (self.root / name).open("rb")
        except OSError:
            yield None
            return
        with file:
            yield file


@attrs.frozen
class RemoteFolder:
    """A folder that fsspec reaches. ``options`` are for its file system, and may be secret."""

    url: str = attrs.field(repr=False)
    _fs: Any = attrs.field(repr=False)
    _root: str = attrs.field(repr=False)

    @classmethod
    def of(cls, url: str, options: Mapping[str, Any]) -> "RemoteFolder":
        """Find who reaches it.

        Raises:
            MissingExtra: fsspec, or what it needs for this kind of URL, is not installed.
            InvalidInput: nobody knows such a URL, or its options are wrong.
        """
        try:
            import fsspec  # noqa: PLC0415 - only who saves elsewhere needs it
        except ImportError:
            raise MissingExtra(
                "Saving to a URL needs fsspec: pip install 'stationthis-sdk[storage]'"
            ) from None
        shown = _shown(url)
        try:
            fs, root = fsspec.core.url_to_fs(url, **options)
        except ImportError as error:
            raise MissingExtra(f"Saving to {shown} needs one more package: {error}") from None
        except Exception as error:  # noqa: BLE001 - file systems of others raise what they like
            reason = f"{type(error).__name__}: {error}".replace(url, shown)
            raise InvalidInput(f"{shown} can't be used: {reason}") from None
        return cls(url.rstrip("/"), fs, str(root).rstrip("/"))

    @property
    def address(self) -> str:
        """Its URL, without name and password."""
        return _shown(self.url)

    @property
    def is_near(self) -> bool:
        """Looking at a file is a request."""
        return False

    @property
    def staging(self) -> Path:
        """Files grow among the temporary ones of this machine."""
        return Path(tempfile.gettempdir())

    def ready(self) -> None:
        """See that it can be written.

        Raises:
            SaveFailed: it can't.
        """
        name = f".stationthis-{secrets.token_hex(8)}.part"
        with _told(f"{self.address} can't be written"):
            if not self._whole:
                self._fs.makedirs(self._root, exist_ok=True)
            self._fs.pipe_file(self._at(name), b"\0")
            self._fs.rm_file(self._at(name))

    def path_of(self, name: str) -> str:
        """The file's URL."""
        return f"{self.address}/{name}"

    def name_of(self, path: str) -> str | None:
        """The file's name in this folder."""
        start = f"{self.address}/"
        return path.removeprefix(start) if path.startswith(start) else None

    def exists(self, name: str) -> bool:
        """Whether there is anything of this name."""
        return self._size(name) is not None

    def holds(self, name: str, size: int, sha256: str) -> bool:
        """Whether the file of this name has just this content."""
        if self._size(name) != size:
            return False
        with self.read(name) as file:
            return file is not None and _sha256(file) == sha256

    def put(self, file: Path, name: str) -> None:
        """Send a finished file, and look whether all of it came.

        Raises:
            SaveFailed: it could not be sent, or not all of it came.
        """
        path = self._at(name)
        folder, _, last = path.rpartition("/")
        there = path if self._whole else f"{folder}/.stationthis-{secrets.token_hex(8)}.part"
        with _told(f"Can't save {self.path_of(name)}"):
            if not self._whole:
                self._fs.makedirs(folder, exist_ok=True)
            try:
                self._fs.put_file(str(file), there)
                if there != path:
                    self._fs.mv(there, path)
            except BaseException:
                with contextlib.suppress(Exception):
                    if there != path:
                        self._fs.rm_file(there)
                raise
        came = self._size(name)
        if came != file.stat().st_size:
            raise SaveFailed(
                f"Can't save {self.path_of(name)}: {came or 0:,} of {file.stat().st_size:,} bytes of {last} came."
            )
        file.unlink()

    @contextlib.contextmanager
    def read(self, name: str) -> Iterator[BinaryIO | None]:
        """A file's content; None when there is none."""
        if self._size(name) is None:
            yield None
            return
        with _told(f"Can't read {self.path_of(name)}"), self._fs.open(self._at(name), "rb") as file:
            yield file

    @property
    def _whole(self) -> bool:
        """Whether a file shows only when all of it is there; such stores have no folders to be made, either."""
        protocol = self._fs.protocol
        return bool({protocol} & _WHOLE if isinstance(protocol, str) else _WHOLE.intersection(protocol))

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _size(self, name: str) -> int | None:
        with _told(f"Can't look at {self.path_of(name)}"):
            self._fs.invalidate_cache()
            try:
                size = self._fs.info(self._at(name)).get("size")
            except FileNotFoundError:
                return None
            return int(size or 0)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


@contextlib.contextmanager
def _told(what: str) -> Iterator[None]:
    """Whatever a file system of somebody else's raises, in our words."""
    try:
        yield
    except SaveFailed:
        raise
    except Exception as error:  # noqa: BLE001 - likewise
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SaveFailed(f"{what}: {reason}.") from None


def _shown(url: str) -> str:
    """A URL without name and password.

    >>> _shown("sftp://me:secret@host/out")
    'sftp://host/out'
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url
