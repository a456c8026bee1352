"""Which bytes have been uploaded, and where they are: so that nobody uploads them twice.

One small file a hash, readable by its owner only, because a signed link opens what is private. Deleting the folder
loses nothing but the memory.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import attrs
import cattrs
import orjson

from stationthis_sdk.entities import Source, UploadedFile
from stationthis_sdk.errors import ConfigError
from stationthis_sdk.logs import logger
from stationthis_sdk.places import data_folder
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["Remembered", "UploadMemory", "is_signed", "seconds_of"]

PUBLIC_SECONDS: Final = 30 * 86400.0
PRIVATE_SECONDS: Final = 3000.0
"""Links of private accounts live an hour; whoever gets one must have some time to use it."""
TRUSTED_SECONDS: Final = 600.0
"""A public link that was seen to work is not asked again for so long."""
_SIGNATURES: Final = frozenset({"x-amz-signature", "x-goog-signature", "signature", "sig"})
_MOST: Final = 65536
_AHEAD: Final = 60.0


@attrs.frozen
class Remembered:
    """An upload of before. Times are seconds since 1970; ``checked`` is when its link was last known to work."""

    id: str
    name: str
    url: str = attrs.field(repr=False)
    size: int
    mime: str
    made: float
    until: float
    checked: float

    def file(self) -> UploadedFile:
        """As an upload that needed none."""
        source = Source("cache", datetime.fromtimestamp(self.made, UTC))
        return UploadedFile(self.id, self.name, self.url, self.size, self.mime, reused=True, source=source)


class UploadMemory:
    """Uploads by what they were made of, in the data folder, shared by all processes of this machine."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    @staticmethod
    def key(base_url: str, account: str, digest: str, ending: str) -> str:
        """The name of one memory: the same bytes of the same ending, for the same account of the same service."""
        return hashlib.sha256(orjson.dumps([base_url, account, digest, ending])).hexdigest()

    def recall(self, key: str) -> Remembered | None:
        """The upload of before, if its link is still good as far as one can know without asking."""
        try:
            with self._path(key).open("rb") as file:
                found = cattrs.structure(orjson.loads(file.read(_MOST)), Remembered)
        except (OSError, ValueError, TypeError, cattrs.BaseValidationError, ConfigError):
            return None  # none, or damaged
        now = self._clock()
        good = (
            0 <= found.made <= now + _AHEAD
            and now < found.until
            and found.url.startswith(("http://", "https://"))
        )
        return found if good and found.id else None

    def needs_check(self, found: Remembered) -> bool:
        """Whether its link is to be tried first: a public one, not seen to work of late or since something went."""
        if is_signed(found.url):
            return False  # it says itself how long it lives, and is good for one kind of request only
        try:
            gone = (self._root() / "gone").stat().st_mtime
        except (OSError, ConfigError):
            gone = 0.0
        return found.checked <= gone or not 0 <= self._clock() - found.checked < TRUSTED_SECONDS

    def remember(self, key: str, file: UploadedFile, *, is_public: bool = True) -> None:
        """Remember an upload that has just been made; links that expire soon are not."""
        now = self._clock()
        seconds = seconds_of(file.url, now=now, is_public=is_public)
        if seconds > 0:
            made = Remembered(
                file.id, file.name, file.url, file.size or 0, file.mime or "", now, now + seconds, now
            )
            self._write(key, made)

    def checked(self, key: str, found: Remembered) -> None:
        """Its link was seen to work."""
        self._write(key, attrs.evolve(found, checked=self._clock()))

    def forget(self, key: str) -> None:
        """Its link is dead."""
        with contextlib.suppress(OSError, ConfigError):
            self._path(key).unlink(missing_ok=True)

    def doubt(self) -> None:
        """Something was deleted on the service: every public link is tried before it is used again."""
        with contextlib.suppress(OSError, ConfigError):
            if self._root().is_dir():
                (self._root() / "gone").touch(mode=0o600)

    def _write(self, key: str, remembered: Remembered) -> None:
        try:
            path = self._path(key)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, orjson.dumps(attrs.asdict(remembered)), mode=0o600)
            self._sweep(path)
        except (OSError, ConfigError) as error:  # SaveFailed is one; the file is uploaded all the same
            logger("store").warning("The upload of %s is not remembered: %s", remembered.name, error)

    def _sweep(self, beside: Path) -> None:
        """Take away what is too old among the neighbours: in time that reaches everything."""
        for path in beside.parent.iterdir():
            with contextlib.suppress(OSError):
                if path != beside and self._clock() - path.stat().st_mtime > PUBLIC_SECONDS:
                    path.unlink()

    def _root(self) -> Path:
        return self._folder or data_folder() / "uploads"

    def _path(self, key: str) -> Path:
        return self._root() / key[:2] / key


def is_signed(url: str) -> bool:
    """Whether a link has a signature in it, and so an end.

    >>> is_signed("https://h/a.png?X-Amz-Signature=0"), is_signed("https://h/a.png")
    (True, False)
    """
    return any(name.lower() in _SIGNATURES for name, _ in parse_qsl(urlsplit(url).query))


def seconds_of(url: str, *, now: float, is_public: bool = True) -> float:
    """For how long a link that was made a moment ago is remembered; what is signed tells when it was made.

    >>> seconds_of("https://h/a.png?X-Amz-Expires=600&X-Amz-Signature=0", now=0)
    500.0
    """
    signed = is_signed(url)
    if is_public and not signed:
        return PUBLIC_SECONDS
    fields = {name.lower(): value for name, value in parse_qsl(urlsplit(url).query)}
    lives = fields.get("x-amz-expires", "")
    seconds = (
        min(PRIVATE_SECONDS, int(lives) / 1.2) if lives.isdecimal() and len(lives) < 10 else PRIVATE_SECONDS
    )
    try:
        made = datetime.strptime(fields.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return seconds
    return seconds - min(max(0.0, now - made.timestamp()), seconds)
