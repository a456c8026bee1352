"""What a run made, fetched into a folder of its own until all of it is sent, and looked at as far as rendering must know."""

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stationthis_sdk.bots.render.steps import Made
from stationthis_sdk.errors import DownloadFailed, SaveFailed, StationThisError
from stationthis_sdk.logs import logger

if TYPE_CHECKING:
    from stationthis_sdk.outputs.output import AsyncOutput
    from stationthis_sdk.runs import AsyncRun

__all__ = ["Spool"]

LARGEST: Final = 256 << 20
"""Bytes: no platform takes more, so nothing larger is fetched whole."""
_AT_ONCE: Final = 3
_TEXT: Final = 64 << 10
_PICTURES: Final = frozenset({"image", "animation"})


class Spool:
    """The files of one run, in ``folder``, which nobody else may read."""

    def __init__(self, folder: Path, run: "AsyncRun", hands: asyncio.Semaphore) -> None:
        self.hands = hands
        """Files that all jobs of a desk fetch or send at once."""
        self._folder = folder
        self._run = run
        self._few = asyncio.Semaphore(_AT_ONCE)
        self._refreshed = False

    async def made(self) -> list[Made]:
        """What there is to send. What could not be fetched is among it, of unknown size: it is tried again when it is sent."""
        return [*await asyncio.gather(*(self.made_of(place) for place in range(len(self._run.outputs))))]

    async def made_of(self, place: int) -> Made:
        """One output; of unknown size where it could not be fetched.

        Raises:
            SaveFailed: the disk does not take it.
        """
        output = self._run.outputs[place]
        try:
            path = await self.path_of(place)
        except SaveFailed:
            raise
        except StationThisError as error:
            logger("bots").warning(
                "Output %d of run %s was not fetched: %s", place, self._run.id, error.message
            )
            too_large = isinstance(error, DownloadFailed) and "larger than" in error.message
            return _made_of(output, place, LARGEST + 1 if too_large else None)
        text = await output.text() if output.kind == "text" else None
        return await asyncio.to_thread(_looked_at, output, place, path, text)

    async def path_of(self, place: int) -> Path:
        """The file of one output, fetched unless it is there.

        Raises:
            DownloadFailed: it can't be fetched, or is too large.
            SaveFailed: the disk does not take it.
        """
        folder = self._folder / str(place)
        async with self._few, self.hands:
            kept = await asyncio.to_thread(_kept_in, folder)
            if kept is not None:
                return kept
            try:
                return await self._run.outputs[place].save(f"{folder}/", max_bytes=LARGEST)
            except DownloadFailed:
                if self._refreshed:
                    raise
                self._refreshed = True
            await self._run.refresh()
            return await self._run.outputs[place].save(f"{folder}/", max_bytes=LARGEST)

    async def clear(self) -> None:
        """All of it is sent, or will not be."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _kept_in(folder: Path) -> Path | None:
    """The file that was fetched before, if any; it was put there whole.

    Raises:
        SaveFailed: there can be no folder for it.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = [one for one in folder.iterdir() if one.is_file() and not one.name.startswith(".")]
    except OSError as error:
        raise SaveFailed(f"Can't make {folder}: {error.strerror}.") from None
    return kept[0] if kept else None


def _made_of(output: "AsyncOutput", place: int, size: int | None) -> Made:
    return Made(place, output.kind, output.filename, output.mime, size, url=output.url)


def _looked_at(output: "AsyncOutput", place: int, path: Path, text: str | None) -> Made:
    size = path.stat().st_size
    if text is None and size <= _TEXT and path.suffix.lower() == ".txt":
        text = path.read_text("utf-8", "replace")
    picture = output.kind in _PICTURES
    width, height, transparent, moves = _picture(path) if picture else (None, None, False, False)
    return Made(
        place,
        "animation" if moves else output.kind,
        output.filename,
        output.mime,
        size,
        width,
        height,
        text,
        output.url,
        transparent,
    )


def _picture(path: Path) -> tuple[int | None, int | None, bool, bool]:
    """How wide and high a picture is, whether something shows through it, and whether it moves; as far as Pillow knows."""
    try:
        from PIL import Image  # noqa: PLC0415 - who has it is told more

        with Image.open(path) as picture:
            width, height = picture.size
            moves = bool(getattr(picture, "is_animated", False))
            through = picture.has_transparency_data
            if through and "A" in picture.getbands():
                lowest, _ = picture.getchannel("A").getextrema()
                through = bool(lowest < 255)  # type: ignore[operator]
    except Exception:  # noqa: BLE001 - Pillow raises whatever a damaged file leads to, and warns of huge ones
        return None, None, False, False
    return width, height, through, moves
