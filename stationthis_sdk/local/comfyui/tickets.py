"""Places for the files that machines bring: addresses that are good for one file and one hour; pure."""

import secrets
from pathlib import PurePosixPath
from typing import Any, Final

import attrs

from stationthis_sdk.local.storage.file_store import suffix_of

__all__ = ["Ticket", "Tickets"]

SECONDS: Final = 3600.0
_MOST: Final = 10_000


@attrs.frozen
class Ticket:
    """Leave to put one file of a run; ``kind`` and ``stored`` are its place among the gateway's files."""

    secret: str
    run_id: str
    kind: str
    stored: str
    until: float

    @property
    def path(self) -> str:
        """Where the file will be on the server."""
        return f"/files/{self.kind}/{self.stored}"

    def answer(self, base: str) -> dict[str, Any]:
        """What ``GET /file-upload`` answers; ``base`` is the gateway's address without ``/api``."""
        return {
            "url": f"{base}/api/file-upload/{self.secret}",
            "download_url": f"{base}{self.path}",
            "include_acl": False,
            "is_public": self.kind != "private",
        }


class Tickets:
    """The tickets that hold now."""

    def __init__(self) -> None:
        self._held: dict[str, Ticket] = {}

    def give(self, run_id: str, file_name: str, kind: str, now: float) -> Ticket:
        """A ticket for a file of a run, to be kept among the files of ``kind``; the oldest goes when there are many."""
        stored = f"{secrets.token_hex(16)}{suffix_of(PurePosixPath(file_name).name)}"
        ticket = Ticket(secrets.token_urlsafe(32), run_id, kind, stored, now + SECONDS)
        while self._held and (len(self._held) >= _MOST or next(iter(self._held.values())).until < now):
            del self._held[next(iter(self._held))]
        self._held[ticket.secret] = ticket
        return ticket

    def find(self, secret: str, now: float) -> Ticket | None:
        """The ticket of an address; it may be used again, as an upload that failed is tried again."""
        ticket = self._held.get(secret)
        return ticket if ticket is not None and ticket.until >= now else None
