"""Zip files of pictures and captions, unpacked in memory within limits: each is refused with the reason before it can grow."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from stationthis_sdk.local.engines import NodeFailed

__all__ = ["members_within", "pictures_within"]

MEMBER_LIMIT: Final = 10_000
TOTAL_LIMIT: Final = 2**28
"""Bytes of all pictures of one archive, unpacked."""
RATIO_LIMIT: Final = 200
"""How many times its packed size a picture may be; pictures hardly shrink, bombs do a thousandfold."""

_SMALL: Final = 2**20  # what is no larger than this is no bomb, however well it was packed
_ENTRY: Final = b"PK\x01\x02"
_SUFFIXES: Final = (".png", ".jpg", ".jpeg")
_METHODS: Final = {
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
}  # the others may ask for gigabytes to unpack a little


def pictures_within(content: bytes, check: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the PNG and JPEG files of an archive, in its order."""
    return members_within(content, _SUFFIXES, check)


def members_within(
    content: bytes, suffixes: tuple[str, ...], check: Callable[[], None]
) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of an archive's files that end like this, in its order."""
    if content.count(_ENTRY) > MEMBER_LIMIT:  # before the list of them is read
        raise NodeFailed(f"the zip file has more than {MEMBER_LIMIT:,} members: give a smaller one")
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                check()
                if not member.filename.lower().endswith(suffixes):
                    continue
                _allow(member, total)
                with archive.open(member) as file:
                    picture = file.read(member.file_size + 1)
                total += len(picture)
                yield member.filename, picture
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as problem:
        raise NodeFailed(
            f"the zip file can't be read: {problem}; give a plain zip of {', '.join(suffixes)} files"
        ) from problem


def _allow(member: zipfile.ZipInfo, total: int) -> None:
    """Judge by what the archive says of itself: reading never gives more than that."""
    name = member.filename[:60]
    if member.compress_type not in _METHODS or member.flag_bits & 1:
        raise NodeFailed(f"{name!r} in the zip file is encrypted or packed in a rare way: use plain deflate")
    if total + member.file_size > TOTAL_LIMIT:
        raise NodeFailed(f"the zip file unpacks to more than {TOTAL_LIMIT // 2**20} MiB: give a smaller one")
    if member.file_size > _SMALL and member.file_size > RATIO_LIMIT * member.compress_size:
        raise NodeFailed(
            f"{name!r} in the zip file unpacks to more than {RATIO_LIMIT} times its size: that is no picture"
        )
