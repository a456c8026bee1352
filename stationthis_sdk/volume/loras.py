"""The weights of a LoRA as a file: what they are called in the volume, and whether they are what their name says. Pure."""

import re
from pathlib import Path
from typing import Any, Final

import orjson

from stationthis_sdk.errors import InvalidInput

__all__ = ["LONGEST_NAME", "check_weights", "place_of", "slug_of"]

LONGEST_NAME: Final = 64
_FOLDER: Final = "loras"
_ENDING: Final = ".safetensors"
_LONGEST_HEADER: Final = 100_000_000
_PART: Final = 8 << 20
_EXPONENTS: Final = {
    "F16": ("<u2", 0x7C00), "BF16": ("<u2", 0x7F80), "F32": ("<u4", 0x7F800000), "F64": ("<u8", 0x7FF0000000000000),
}  # fmt: skip
"""How wide the numbers of a kind are, and the bits that are all set in one that is none."""


def slug_of(name: str) -> str:
    """A name as a file's: small letters, digits, dashes and underscores.

    >>> slug_of("My Cat (v2)"), slug_of("my_cat"), slug_of("…")
    ('my-cat-v2', 'my_cat', '')
    """
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")[:LONGEST_NAME].strip("-_")


def place_of(name: Any) -> tuple[str, str]:
    """The folder and the file's name that weights of this name have in the volume.

    Raises:
        InvalidInput: no letter or digit of it would be left.

    >>> place_of("My Cat.safetensors")
    ('loras', 'my-cat.safetensors')
    """
    slug = slug_of(name.removesuffix(_ENDING)) if isinstance(name, str) else ""
    if not slug:
        raise InvalidInput(f"Say what the LoRA is to be called, name='my-cat'; got {name!r}.")
    return _FOLDER, slug + _ENDING


def check_weights(path: Path) -> None:
    """Go on when a file is whole weights in the format of safetensors: its head tells how long it must be.

    Raises:
        InvalidInput: it is something else, or not all of it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        told = int.from_bytes(file.read(8), "little")
        if size < 10 or told > min(size - 8, _LONGEST_HEADER):
            raise InvalidInput(
                f"{path.name!r} holds no weights: it is no safetensors file, or only a part of one."
            )
        head = file.read(told)
    try:
        tensors = {name: one for name, one in orjson.loads(head).items() if name != "__metadata__"}
        ends = [int(one["data_offsets"][1]) for one in tensors.values()]
    except (ValueError, TypeError, AttributeError, KeyError, IndexError):
        raise InvalidInput(
            f"{path.name!r} holds no weights: its head is not that of a safetensors file."
        ) from None
    if not ends:
        raise InvalidInput(f"{path.name!r} holds no weights: there is no tensor in it.")
    whole = 8 + told + max(ends)
    if size != whole:
        raise InvalidInput(
            f"{path.name!r} is not whole: it has {size:,} bytes, and its head tells of {whole:,}."
        )
    for name, tensor in tensors.items():
        if not _is_finite(path, 8 + told, tensor):
            raise InvalidInput(
                f"{path.name!r} holds numbers that are none (NaN or infinite) in {name[:80]!r}: that training came to "
                "nothing; train again, with a smaller learning_rate."
            )


def _is_finite(path: Path, start: int, tensor: Any) -> bool:
    """Whether all numbers of a tensor are some; of kinds that are not known it is taken for granted."""
    if (kind := _EXPONENTS.get(str(tensor.get("dtype")))) is None:
        return True
    try:
        import numpy as np  # noqa: PLC0415 - not everybody has it, nor needs it
    except ImportError:
        return True
    words, mask = np.dtype(kind[0]), kind[1]
    begin, end = map(int, tensor["data_offsets"])
    with path.open("rb") as file:
        file.seek(start + begin)
        while begin < end:
            part = file.read(min(_PART, end - begin))
            begin += _PART
            numbers = np.frombuffer(part[: len(part) // words.itemsize * words.itemsize], words)
            if ((numbers & words.type(mask)) == mask).any():
                return False
    return True
