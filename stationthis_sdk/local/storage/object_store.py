"""What is uploaded by a signed link for a volume: whole files under keys, and uploads in parts, as in a bucket."""

import hashlib
import os
import re
import secrets
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from stationthis_sdk.local.requests.caller import Caller

__all__ = ["MIB", "ObjectStore", "PartWrong", "UploadUnknown", "part_size"]

MIB: Final = 1024 * 1024
_MOST_PARTS: Final = 10_000
_UPLOAD_ID: Final = re.compile(r"[A-Za-z0-9_-]{20,100}")


class UploadUnknown(LookupError):
    """No upload in parts is under way with this id and key."""


class PartWrong(ValueError):
    """A part that should be there is not, or is another one."""


def part_size(size: int) -> int:
    """How big the parts of a file should be: 5 MiB, more when it would take too many.

    >>> part_size(10), part_size(100 * 1024**3)
    (5242880, 11534336)
    """
    return max(5 * MIB, -(-size // _MOST_PARTS // MIB) * MIB)


class ObjectStore:
    """Objects on disk under the hash of their key: no name that people give ever reaches the disk.

    A key holds its owner, so nobody's key is another's.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_key(self, owner: Caller, filename: str) -> str:
        """A key for a new object."""
        name = filename.replace("/", "_")[-255:]
        return f"{_prefix(owner)}{uuid.uuid4()}/{'_' if name in {'', '.', '..'} else name}"

    def owns(self, owner: Caller, key: str) -> bool:
        """Whether a key is one of this owner's."""
        return key.startswith(_prefix(owner))

    def find(self, key: str) -> Path | None:
        """The object of this key."""
        path = self._object(key)
        return path if path.is_file() else None

    def put(self, unfinished: Path, key: str) -> None:
        """Give a finished file its place."""
        path = self._object(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.replace(unfinished, path)  # noqa: PTH105  atomic, and says so

    def begin(self, key: str) -> str:
        """Begin an upload in parts; returns its id."""
        upload_id = secrets.token_urlsafe(42)
        self._parts(key, upload_id).mkdir(mode=0o700, parents=True)
        return upload_id

    def put_part(self, unfinished: Path, key: str, upload_id: str, number: int, md5: str) -> None:
        """Give a finished part its place, in place of one of the same number; raises UploadUnknown."""
        folder = self._known(key, upload_id)
        if not 1 <= number <= _MOST_PARTS:
            raise PartWrong(f"part numbers are from 1 to {_MOST_PARTS}, not {number}")
        for older in folder.glob(f"{number:05d}-*"):
            older.unlink()
        os.replace(unfinished, folder / f"{number:05d}-{md5}")  # noqa: PTH105  atomic, and says so

    def complete(self, key: str, upload_id: str, parts: Iterable[tuple[int, str]]) -> None:
        """Make one object of the parts, given as numbers and ETags; raises UploadUnknown or PartWrong."""
        folder = self._known(key, upload_id)
        paths: list[Path] = []
        for number, etag in sorted(parts):
            digest = etag.strip('"')
            path = folder / f"{number:05d}-{digest}"
            if not re.fullmatch(r"[0-9a-f]{32}", digest) or path in paths or not path.is_file():
                raise PartWrong(f"part {number} was not uploaded, or its ETag is another: upload it again")
            paths.append(path)
        if not paths:
            raise PartWrong("an upload has at least one part")
        whole = folder / "whole"
        with whole.open("wb") as file:
            for path in paths:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, file, MIB)
        self.put(whole, key)
        shutil.rmtree(folder)

    def abort(self, key: str, upload_id: str) -> None:
        """Give an upload up; raises UploadUnknown."""
        shutil.rmtree(self._known(key, upload_id))

    def _known(self, key: str, upload_id: str) -> Path:
        folder = self._parts(key, upload_id)
        if not _UPLOAD_ID.fullmatch(upload_id) or not folder.is_dir():
            raise UploadUnknown("the upload is not known: it was completed or given up, or never begun")
        return folder

    def _object(self, key: str) -> Path:
        return self._folder / "objects" / _hash(key)

    def _parts(self, key: str, upload_id: str) -> Path:
        return self._folder / "parts" / _hash(f"{key}\n{upload_id}")


def _prefix(owner: Caller) -> str:
    kind = "org" if owner.org_id is not None else "user"
    name = quote(owner.owner, safe="")
    return f"temp-uploads/{name if name.startswith(f'{kind}_') else f'{kind}_{name}'}/"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
