"""A dataset as one ZIP: pictures of one size and same-named texts; the same dataset gives the same bytes."""

import hashlib
import itertools
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, too_large
from stationthis_sdk.recipes.training.dataset import Dataset, Sample
from stationthis_sdk.recipes.training.folders import Check
from stationthis_sdk.recipes.training.pictures import Resize, prepared

__all__ = ["Packed", "pack", "paired", "picture_files"]

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CONTROL: Final = "control/"


@attrs.frozen
class Packed:
    """A dataset on the disk, ready to be sent: a ZIP, or several files. ``sha256`` is of all they hold."""

    paths: tuple[Path, ...]
    sha256: str
    size: int


def paired(dataset: Dataset) -> Dataset:
    """The same with its control pictures in the order of the pictures whose names they have; it is checked, each has one."""
    if dataset.control is None:
        return dataset
    by_name = {one.name: one for one in dataset.control.samples}
    samples = tuple(by_name[one.name] for one in dataset.samples)
    return dataset.with_control(attrs.evolve(dataset.control, samples=samples))


def pack(
    dataset: Dataset,
    path: Path,
    *,
    resolution: int,
    resize: Resize,
    trigger: str,
    check: Check = lambda: None,
) -> Packed:
    """Write the ZIP, one picture after the other; control pictures go into the folder ``control``.

    Raises:
        InvalidInput: a picture can't be opened, or all are more than may be sent.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, sample in _named(dataset):
            check()
            _write(archive, f"{name}.jpg", prepared(sample.picture, resolution, resize))
            _write(archive, f"{name}.txt", f"{sample.caption or trigger}\n".encode())
        for name, sample in _named(dataset.control) if dataset.control is not None else ():
            check()
            _write(archive, f"{_CONTROL}{name}.jpg", prepared(sample.picture, resolution, resize))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    if size > MAX_UPLOAD_BYTES:
        raise InvalidInput(
            f"The dataset is too large: {too_large('its ZIP', size)}; ask for a smaller resolution."
        )
    return Packed((path,), digest, size)


def picture_files(
    dataset: Dataset,
    folder: Path,
    *,
    resolution: int,
    resize: Resize,
    trigger: str,
    check: Check = lambda: None,
) -> Packed:
    """The same pictures, each a file of its own, for what takes a list of them."""
    paths, size, digest = [], 0, hashlib.sha256()
    for name, sample in _named(dataset):
        check()
        content = prepared(sample.picture, resolution, resize)
        paths.append(folder / f"{name}.jpg")
        paths[-1].write_bytes(content)
        digest.update(hashlib.sha256(content).digest())
        digest.update(hashlib.sha256(f"{name}\n{sample.caption or trigger}".encode()).digest())
        size += len(content)
    return Packed(tuple(paths), digest.hexdigest(), size)


def _named(dataset: Dataset) -> Iterator[tuple[str, Sample]]:
    """Each sample under a name of its own, that any system can unpack."""
    taken: set[str] = set()
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(2))
    for sample in dataset.samples:
        own = re.sub(r"[^\w.-]+", "_", sample.name, flags=re.ASCII).strip("._")[:80] or "picture"
        name = own
        while name.casefold() in taken:
            name = f"{own}-{next(numbers[own.casefold()])}"
        taken.add(name.casefold())
        yield name, sample


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.external_attr = 0o644 << 16
    member.create_system = 3  # whatever system it is made on
    archive.writestr(member, content)
