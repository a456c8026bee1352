"""The folders of models on this machine: one for each account, one for all."""

import errno
import hashlib
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import attrs

from stationthis_sdk.local.requests.caller import Caller

__all__ = ["Entry", "NoFile", "NotThere", "OutsideVolume", "Taken", "VolumeFolder", "Volumes"]


class NotThere(LookupError):
    """Nothing has this path."""


class Taken(FileExistsError):
    """Something has this path already."""


class NoFile(IsADirectoryError):
    """A folder, where a file is wanted."""


class OutsideVolume(PermissionError):
    """The path leads out of the volume, by a link that somebody made in it."""


@attrs.frozen
class Entry:
    """A file or a folder; ``changed_at`` in seconds since 1970."""

    path: str
    is_folder: bool
    changed_at: int
    size: int


class VolumeFolder:
    """One volume on disk; every path is from its top, and was found clean. May wait: not for the event loop."""

    _changing: Final = threading.Lock()

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self) -> None:
        """Make the folder."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def entries(self) -> list[Entry]:
        """All files and folders, whole tree, each folder before what is in it."""
        return list(self._below(self.root, "")) if self.root.is_dir() else []

    def find(self, path: str) -> Path:
        """Where a path is on disk, whether or not anything is there; raises OutsideVolume."""
        found = self.root.joinpath(*path.split("/"))
        if not found.parent.resolve().is_relative_to(self.root.resolve()):
            raise OutsideVolume("the path leads out of the volume")
        return found

    def holds(self, path: str) -> bool:
        """Whether anything is there."""
        return os.path.lexists(self.find(path))

    def place(self, finished: Path, path: str) -> None:
        """Move a finished file to a path; raises Taken."""
        target = self.find(path)
        with self._changing:
            self._free(target, overwrite=False)
            _settle(finished, target)

    def move(self, source: str, target: str, *, overwrite: bool = False) -> None:
        """Move a file; raises NotThere, NoFile for a folder, Taken."""
        from_path, to_path = self.find(source), self.find(target)
        with self._changing:
            if not os.path.lexists(from_path):
                raise NotThere(source)
            if from_path.is_dir():
                raise NoFile(source)
            if from_path == to_path:
                if not overwrite:
                    raise Taken(target)
                return
            self._free(to_path, overwrite=overwrite)
            os.replace(from_path, to_path)  # noqa: PTH105  atomic, and says so

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it; raises NotThere."""
        found = self.find(path)
        with self._changing:
            if not os.path.lexists(found):
                raise NotThere(path)
            if found.is_dir() and not found.is_symlink():
                shutil.rmtree(found)
            else:
                found.unlink()

    def _free(self, target: Path, *, overwrite: bool) -> None:
        if target.is_dir():
            raise NoFile(str(target.relative_to(self.root)))
        if os.path.lexists(target) and not overwrite:
            raise Taken(str(target.relative_to(self.root)))
        try:
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Taken(str(target.parent.relative_to(self.root))) from None

    def _below(self, folder: Path, above: str) -> Iterator[Entry]:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            path = f"{above}{entry.name}"
            try:
                path.encode()
                stat = entry.stat()
            except (OSError, UnicodeError):
                continue  # gone meanwhile, a link to nothing, or a name that JSON can't say
            is_folder = entry.is_dir()
            yield Entry(path, is_folder, int(stat.st_mtime), stat.st_size)
            if is_folder and not entry.is_symlink():  # a link may lead anywhere, also in circles
                yield from self._below(folder / entry.name, f"{path}/")


def _settle(finished: Path, target: Path) -> None:
    try:
        os.replace(finished, target)  # noqa: PTH105  atomic, and says so
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        near = target.with_name(f".{secrets.token_hex(8)}")  # the models are on a disk of their own
        try:
            shutil.copyfile(finished, near)
            os.replace(near, target)  # noqa: PTH105
        finally:
            near.unlink(missing_ok=True)
        finished.unlink()


class Volumes:
    """The volumes of a data folder, and the place beside them where downloads grow."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.unfinished = folder / ".unfinished"
        self.public = VolumeFolder(folder / "public")

    def open(self) -> None:
        """Make the folders, and clear away downloads that were never finished."""
        self.unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.public.make()
        for leftover in self.unfinished.iterdir():
            leftover.unlink(missing_ok=True)

    def begin(self) -> tuple[BinaryIO, Path]:
        """Open a new file for a download to grow in."""
        path = self.unfinished / secrets.token_hex(16)
        return path.open("xb"), path

    def of(self, owner: Caller) -> VolumeFolder:
        """The account's own."""
        kind = "user" if owner.org_id is None else "org"
        name = owner.owner
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
            name = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()
        return VolumeFolder(self._folder / f"{kind}s" / name)

    @staticmethod
    def name_of(owner: Caller) -> str:
        """What the account's volume is called."""
        return f"models_{owner.owner}"
