"""A ZIP of pictures from a stranger, unpacked: nothing outside its folder, nothing but pictures and captions, not too much."""

import io
import itertools
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import Final

from stationthis_sdk.errors import InvalidInput

__all__ = ["MOST_BYTES", "MOST_FILES", "unpack"]

MOST_FILES: Final = 2000
MOST_BYTES: Final = 512 << 20
"""Of all files unpacked."""
_ONE: Final = 64 << 20
_PIECE: Final = 1 << 20
_TAKEN: Final = (".png", ".jpg", ".jpeg", ".webp", ".txt", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif")
"""What a dataset is made of, and what it tells of as of no use."""


def unpack(content: bytes, folder: Path) -> int:
    """Write the pictures and captions of a ZIP into a folder, all on one level, and say how many there were.

    Raises:
        InvalidInput: it is no ZIP, is damaged or locked, or holds too much; what was written by then is to be thrown away.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [one for one in archive.infolist() if _wanted(one)]
            if len(entries) > MOST_FILES:
                raise InvalidInput(f"The .zip has {len(entries)} files; {MOST_FILES} are taken at the most.")
            common = _common([PurePosixPath(one.filename) for one in entries])
            left, stems = MOST_BYTES, _Stems()
            for entry in entries:
                path = PurePosixPath(entry.filename)
                name = stems.of(path, common) + path.suffix.lower()
                left -= _write(archive, entry, folder / name, min(left, _ONE))
            return len(entries)
    except FileExistsError:
        raise InvalidInput("The .zip has a file in it twice: pack the pictures anew.") from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput("That is no .zip that can be read: pack the pictures anew.") from None
    except zlib.error:
        raise InvalidInput("That .zip is damaged: pack the pictures anew.") from None
    except (RuntimeError, NotImplementedError):  # locked by a password; packed in a way that Python knows not
        raise InvalidInput("That .zip is locked, or packed in an unusual way: pack it plainly.") from None


def _wanted(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__MACOSX")) and part not in {".", ".."} for part in path.parts)
    return not entry.is_dir() and not hidden and path.suffix.lower() in _TAKEN


def _common(paths: list[PurePosixPath]) -> tuple[str, ...]:
    """The folders that all are in."""
    folders = [path.parts[:-1] for path in paths]
    shared: tuple[str, ...] = folders[0] if folders else ()
    for one in folders[1:]:
        count = next(
            (place for place, (a, b) in enumerate(zip(shared, one, strict=False)) if a != b),
            min(len(shared), len(one)),
        )
        shared = shared[:count]
    return shared


class _Stems:
    """Names without folders and endings: a caption keeps that of its picture, and no two pictures have the same."""

    def __init__(self) -> None:
        self._given: dict[PurePosixPath, str] = {}
        self._taken: set[str] = set()

    def of(self, path: PurePosixPath, common: tuple[str, ...]) -> str:
        """What a file is called."""
        key = path.with_suffix("")
        if key not in self._given:
            parts = [part for part in key.parts[len(common) :] if part not in {"/", "..", "."}]
            plain = re.sub(r"[^\w ()-]", "_", "-".join(parts)).strip()[:60] or "picture"
            free = plain
            for number in itertools.count(2):
                if free.casefold() not in self._taken:
                    break
                free = f"{plain}-{number}"
            self._taken.add(free.casefold())
            self._given[key] = free
        return self._given[key]


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, room: int) -> int:
    """What it says of its size is not believed: it is counted."""
    size = 0
    with archive.open(entry) as source, target.open("xb") as file:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > room:
                raise InvalidInput(
                    f"The .zip holds too much: {_ONE >> 20} MiB a file and {MOST_BYTES >> 20} MiB in all are taken."
                )
            file.write(piece)
    return size
