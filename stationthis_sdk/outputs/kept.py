"""What a run made, kept on this machine for ``options(cache=True)``, and taken from there."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import DownloadFailed, StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.outputs.download import Hashed
from stationthis_sdk.outputs.output import AsyncOutput, whole_file
from stationthis_sdk.outputs.sidecar import unsigned
from stationthis_sdk.store.results import Results

__all__ = ["MOST_BYTES", "Keeping"]

MOST_BYTES: Final = 256 << 20
"""Of all outputs of a run: one that made more is not kept."""


@attrs.frozen
class Keeping:
    """Where and under which fingerprint a run is kept, once it has ended well as the version it was checked against."""

    results: Results
    key: str
    name: str
    version_id: str | None

    async def keep(self, record: RunRecord, outputs: Sequence[AsyncOutput]) -> Mapping[Any, Path]:
        """Fetch what it made, and keep both; where the bytes of each output are. Whatever fails, the run is as it was."""
        other = self.version_id is not None and record.workflow_version_id != self.version_id
        if record.state != "success" or not outputs or other:
            return {}
        try:
            await asyncio.to_thread(self.results.ready)
            left, files = MOST_BYTES, []
            for output in outputs:
                files.append(await self._take_in(output, left))
                left -= files[-1][1] if files[-1] else 0
        except (StationThisError, OSError) as error:
            level = logging.INFO if isinstance(error, DownloadFailed) else logging.WARNING
            logger("store").log(level, "Run %s is not kept for cache=True: %s", record.id, error)
            return {}
        record = attrs.evolve(
            record,
            inputs={name: _unsigned(value) for name, value in record.inputs.items()},
            outputs=tuple(attrs.evolve(one, url=unsigned(one.url)) for one in record.outputs),
        )
        await asyncio.to_thread(self.results.remember, self.key, self.name, record, files)
        return {
            output._item.identity: self.results.path_of(file[0])  # noqa: SLF001 - the two know each other
            for output, file in zip(outputs, files, strict=True)
            if file is not None
        }

    async def _take_in(self, output: AsyncOutput, most: int) -> tuple[str, int] | None:
        """Hash and size of a file that is kept now; None of a text, which the record has."""
        if output._item.text is not None:  # noqa: SLF001 - likewise
            return None

        def place(file: Path) -> None:
            self.results.take_in(file, hashed.digest.hexdigest())

        async with whole_file(self.results.bytes_folder / "output", place, mode=0o600) as file:
            hashed = Hashed(file)
            await output._into(hashed, most)  # noqa: SLF001 - likewise
        return hashed.digest.hexdigest(), hashed.size


def _unsigned(value: Any) -> Any:
    """A link without its signature; several of them are a list as JSON."""
    if isinstance(value, str) and value.startswith('["http'):
        try:
            return orjson.dumps([unsigned(one) for one in orjson.loads(value)]).decode()
        except orjson.JSONDecodeError:
            return value
    return unsigned(value)
