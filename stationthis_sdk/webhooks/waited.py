"""One run whose end is to be told: what is known of it, and when it is looked at next."""

import random
from typing import Final

import attrs

from stationthis_sdk.entities import RunRecord
from stationthis_sdk.tracker import merge

__all__ = ["News", "Waited"]

_LONGEST_AGAIN: Final = 300.0


@attrs.define(eq=False)
class Waited:
    """A run whose end is to be told; times are the loop's clock, ``pause`` and ``again`` in seconds.

    ``pause`` is how long it is left alone after a look, ``again`` after one that was in vain. ``ended``: somebody says so.
    """

    record: RunRecord
    next_look: float
    pause: float
    again: float
    submit_id: str | None = None
    loaded: bool = False
    ended: bool = False
    last_look: float = float("-inf")
    tries: int = 0
    found: bool = False

    def said_to_have_ended(self) -> None:
        """A look decides, and false word of it makes us look seldom."""
        self.ended = True
        self.next_look = min(self.next_look, self.last_look + self.again)

    def heard(self, told: RunRecord, now: float) -> None:
        """Something was heard of it, and it lives."""
        self.record = merge(self.record, told)
        if not self.ended:
            self.next_look = max(self.next_look, now + self.pause)

    def look_later(self, now: float, longest: float) -> None:
        """It lives: it is looked at again, after longer each time."""
        self.next_look = now + self.pause
        self.pause = min(self.pause * 1.5, longest)

    def put_off(self, now: float) -> None:
        """What was to be done failed: it is tried again, after longer each time."""
        self.next_look = now + self.again * random.uniform(0.85, 1.0)  # noqa: S311 - no secret
        self.again = min(self.again * 2, _LONGEST_AGAIN)


@attrs.frozen
class News:
    """What webhooks have said since the run was attended to."""

    record: RunRecord
    submit_id: str | None

    def joined(self, later: "News") -> "News":
        """This, and what was said after it."""
        return News(merge(self.record, later.record), self.submit_id or later.submit_id)
