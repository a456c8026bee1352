"""One run that somebody asked a bot for, as data: from the moment it is written down until its last part is sent."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.bot_jobs import ENDED, JobRow

__all__ = ["Job", "job_of", "place_as_json", "user_as_json", "user_of"]

T = TypeVar("T", User, Place)

_KEPT: Final = (
    "id", "kind", "deployment", "deployment_id", "inputs", "state", "run_id", "parent", "status_message", "problem", "code",
    "made_at", "hints",
)  # fmt: skip


@attrs.frozen
class Job(Shown):
    """One job.

    ``kind`` is run, or adopted: begun elsewhere, so that nobody can ask for it again here. ``deployment`` is the name of
    what is run, ``deployment_id`` which of that name. ``state`` is waiting (for its turn), sending, live, delivering, done, failed or cancelled. ``inputs`` are as they are
    sent, files as links. ``problem`` is what went wrong, as it was told, ``code`` the product's word for it. ``made_at`` is
    seconds since 1970.
    """

    id: str
    user: User
    place: Place
    deployment: str
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = "waiting"
    run_id: str | None = None
    parent: str | None = None
    status_message: str | None = None
    problem: str | None = None
    code: str | None = None
    made_at: float = 0.0
    hints: Mapping[str, str] = attrs.field(factory=dict)
    kind: str = "run"
    deployment_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is done for it.

        >>> Job("a1", User("telegram", "7"), Place("7"), "portrait", state="done").ended
        True
        """
        return self.state in ENDED


def job_of(row: JobRow) -> Job:
    """A job, from what the ledger has of it."""
    kept = {name: getattr(row, name) for name in _KEPT}
    return Job(user=user_of(row), place=_known(Place, row.place), **kept)


def user_of(row: JobRow) -> User:
    """Whose job it is."""
    return _known(User, row.user)


def _known(kind: type[T], kept: Mapping[str, Any]) -> T:
    """What a later version has added is left out."""
    names = {field.name for field in attrs.fields(kind)}
    return kind(**{name: value for name, value in kept.items() if name in names})


def user_as_json(user: User) -> dict[str, Any]:
    r"""A user, as the ledger keeps one; a name may be half a character, which JSON can't say.

    >>> user_as_json(User("telegram", "7", "Ada\ud83d"))["name"]
    'Ada?'
    """
    return attrs.asdict(user) | {"name": user.name.encode("utf-8", "replace").decode()}


def place_as_json(place: Place) -> dict[str, Any]:
    """A place, as the ledger keeps one."""
    return attrs.asdict(place) | {"more": dict(place.more)}
