"""The ZIP of a collection: the same pictures and metadata give the same file, byte for byte. Blocking.

Names stand in a fixed order, times are those at which ZIP begins, and nothing is compressed: pictures are already, and what
a compressor makes of a text changes with its version.
"""

import hashlib
import zipfile
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.recipes.collections.choosing import collection_told, piece_told
from stationthis_sdk.recipes.collections.collection import Collection
from stationthis_sdk.recipes.collections.piece import Piece
from stationthis_sdk.store.atomic import atomic_file

__all__ = ["Picture", "write_archive"]

_FORMAT: Final = 1
_LEAST_DIGITS: Final = 3
_FILE: Final = 0o100644 << 16
_UNIX: Final = 3
_AT_ONCE: Final = 1 << 20


@attrs.frozen
class Picture:
    """A piece's picture, on this disk: where it is, what it ends in, and what it holds."""

    piece: Piece
    path: Path
    ending: str
    sha256: str
    bytes: int


def write_archive(
    path: Path,
    collection: Collection,
    seed: int,
    pictures: Sequence[Picture],
    *,
    files: Container[str] | None = None,
) -> None:
    """Write it whole, one picture after the other; ``files`` see ``piece_told``.

    Raises:
        SaveFailed: it can't be written, or a picture is not what it was; nothing is left of it.
    """
    digits = max(_LEAST_DIGITS, len(str(len(pictures))))
    written: dict[str, dict[str, Any]] = {}
    with atomic_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:

        def write_text(name: str, data: Any) -> None:
            content = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
            archive.writestr(_entry(name, len(content)), content)
            written[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

        write_text("collection.json", collection_told(collection, seed, len(pictures)))
        for number, picture in enumerate(pictures, 1):
            image = f"images/{number:0{digits}}.{picture.ending}"
            with picture.path.open("rb") as source, archive.open(_entry(image, picture.bytes), "w") as target:
                digest = hashlib.sha256()
                while content := source.read(_AT_ONCE):
                    digest.update(content)
                    target.write(content)
            if digest.hexdigest() != picture.sha256:
                raise SaveFailed(
                    f"{path} was not written: the picture of piece {picture.piece.key} has changed meanwhile. The same "
                    "call fetches it again."
                )
            written[image] = {"sha256": picture.sha256, "bytes": picture.bytes}
            write_text(
                f"metadata/{number:0{digits}}.json",
                piece_told(collection, picture.piece, number, image, files=files),
            )
        write_text(
            "manifest.json",
            {
                "format": _FORMAT,
                "collection": collection.name,
                "configHash": collection.config_hash,
                "seed": seed,
                "pieces": len(pictures),
                "files": written,
            },
        )


def _entry(name: str, size: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system, entry.external_attr = _UNIX, _FILE
    entry.file_size = size
    return entry
