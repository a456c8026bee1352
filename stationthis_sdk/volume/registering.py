"""What is to be registered as a LoRA, as a file on this machine: hashed, and seen to be weights."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.errors import DownloadFailed, InvalidInput, StationThisError
from stationthis_sdk.inputs.media import name_in
from stationthis_sdk.inputs.spool import TemporaryPath
from stationthis_sdk.outputs.download import Download, Hashed
from stationthis_sdk.outputs.output import AsyncOutput
from stationthis_sdk.volume.loras import check_weights

__all__ = ["Weights", "weights_of"]

MAX_BYTES: Final = 4 << 30


@attrs.frozen
class Weights:
    """Weights on this machine; ``run_id`` is the run that made them, ``name`` what they are called of themselves."""

    path: Path
    size: int
    sha256: str
    name: str
    run_id: str | None = None


@contextlib.asynccontextmanager
async def weights_of(context: Context, what: Any) -> AsyncIterator[Weights]:
    """The weights of a training, an output, a file or a link; what was fetched for it is gone after the block.

    Raises:
        InvalidInput: it is none of these, or no safetensors file, or not all of one.
        NotFound: the training has made none.
        DownloadFailed: they can't be fetched.
    """
    name, run_id = getattr(what, "name", None), None
    output = getattr(what, "weights", None) if hasattr(what, "weights") else what
    if isinstance(output, AsyncOutput):
        run_id = output._origin.run_id  # noqa: SLF001 - the two know each other
        named = name if output is not what else None
        file = await asyncio.to_thread(TemporaryPath)
        try:
            hashed = Hashed(file.file)
            await output._into(hashed, MAX_BYTES)  # noqa: SLF001 - likewise
            yield await _seen(file, hashed, named or output.filename, run_id)
        finally:
            await asyncio.to_thread(file.remove)
    elif isinstance(what, str) and what.startswith(("https://", "http://")):
        file = await asyncio.to_thread(TemporaryPath)
        try:
            hashed = Hashed(file.file)
            await _fetch(context, what, hashed)
            yield await _seen(file, hashed, name_in(what), None)
        finally:
            await asyncio.to_thread(file.remove)
    elif isinstance(what, str | os.PathLike) and os.fspath(what):
        yield await asyncio.to_thread(_local, os.fsdecode(what))
    else:
        raise InvalidInput(
            "A LoRA is registered from a training, an output, the path of a .safetensors file, or a link to one; "
            f"got {type(what).__name__}."
        )


async def _fetch(context: Context, url: str, target: Hashed) -> None:
    async def same() -> None:
        return None

    what = f"The file at {urlsplit(url).hostname}"
    try:
        await Download(context.service.edge, url, what, same, MAX_BYTES).into(target)
    except DownloadFailed:
        raise
    except StationThisError as error:
        raise DownloadFailed(f"{what} can't be fetched: {error.message}", request=error.request) from None


async def _seen(file: TemporaryPath, hashed: Hashed, name: str, run_id: str | None) -> Weights:
    def seen() -> Weights:
        file.file.flush()
        try:
            check_weights(file.path)
        except InvalidInput as error:
            told = error.message.replace(repr(file.path.name), f"{name!r}", 1)
            raise InvalidInput(told) from None
        return Weights(file.path, hashed.size, hashed.digest.hexdigest(), name, run_id)

    return await asyncio.to_thread(seen)


def _local(written: str) -> Weights:
    path = Path(written).expanduser()
    try:
        with path.open("rb") as file:
            digest, size = hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {str(path)!r}.") from None
    except OSError as error:
        raise InvalidInput(f"{str(path)!r} can't be read: {error.strerror}.") from None
    check_weights(path)
    return Weights(path, size, digest, path.name)
