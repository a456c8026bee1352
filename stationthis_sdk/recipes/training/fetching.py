"""Pictures behind web addresses, fetched into a folder: without the key, bounded, a few at a time."""

import asyncio
import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.entities import Media, WebFile
from stationthis_sdk.errors import DownloadFailed, InvalidInput
from stationthis_sdk.recipes.training.dataset import Dataset, Sample
from stationthis_sdk.recipes.training.pictures import MOST_BYTES, is_address
from stationthis_sdk.recipes.training.report import Finding
from stationthis_sdk.uploads.fetch import fetch

__all__ = ["fetched"]

_AT_ONCE: Final = 4
_MOST_OF_ALL: Final = 8 << 30
_SILENT: Final = 2
"""So often in a row a host may give nothing: then it is left alone."""


async def fetched(context: Context, dataset: Dataset, folder: Path) -> tuple[Dataset, list[Finding]]:
    """The dataset with its pictures here, without those that could not be fetched, and why not."""
    few = asyncio.Semaphore(_AT_ONCE)
    findings: list[Finding] = []
    names = _names(folder)
    room = _MOST_OF_ALL
    silent: dict[str, int] = {}  # how often in a row a host gave nothing

    async def here(sample: Sample) -> Sample | None:
        nonlocal room
        if not is_address(sample.picture):
            return sample
        async with few:
            if room <= 0:
                told = f"all pictures together are more than {_MOST_OF_ALL >> 30} GiB"
                findings.append(Finding("dataset_too_large", told, where=sample.where))
                return None
            host = _host(sample.picture)
            if silent.get(host, 0) >= _SILENT:
                told = f"not asked for: {host} gave no file {_SILENT} times"
                findings.append(Finding("picture_unreachable", told, where=sample.where))
                return None
            try:
                media = await fetch(
                    context.service.edge,
                    Media(WebFile(sample.picture, "image"), sample.name, ""),
                    most=MOST_BYTES,
                )
                silent[host] = 0
            except (InvalidInput, DownloadFailed) as error:
                silent[host] = silent.get(host, 0) + 1 if isinstance(error, DownloadFailed) else 0
                findings.append(Finding("picture_unreachable", error.message, where=sample.where))
                return None
            path = next(names)
            room -= await asyncio.to_thread(_keep, media, path)
            return attrs.evolve(sample, picture=path)

    samples = [one for one in await asyncio.gather(*map(here, dataset.samples)) if one is not None]
    control = dataset.control
    if control is not None:
        control, more = await fetched(context, control, folder)
        findings += more
    return attrs.evolve(dataset, samples=tuple(samples), control=control), findings


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _names(folder: Path) -> Iterator[Path]:
    number = sum(1 for _ in folder.iterdir())
    while True:
        yield folder / f"{number:06d}"
        number += 1


def _keep(media: Media, path: Path) -> int:
    """Put what came into the folder; its bytes."""
    if isinstance(media.content, Path):
        shutil.copyfile(media.content, path)
        if media.keeper is not None:
            with contextlib.suppress(OSError):
                media.keeper.remove()
    else:
        path.write_bytes(media.content)
    return path.stat().st_size
