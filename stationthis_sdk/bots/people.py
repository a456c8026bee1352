"""Who asks a bot for something, where, with what; the same for every platform, as data."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["Asked", "Attachment", "Place", "Platform", "Pressed", "User"]

Platform = Literal["telegram", "discord"]


@attrs.frozen
class User(Shown):
    """Somebody on a platform; ``language`` is a language tag as the platform tells it.

    >>> User("telegram", "12345", "Ada").key
    'telegram:12345'
    """

    platform: Platform
    id: str
    name: str = ""
    language: str = "en"

    @property
    def key(self) -> str:
        """What preferences, jobs and money go by: no two people have the same."""
        return f"{self.platform}:{self.id}"


@attrs.frozen
class Place(Shown):
    """Where an answer goes: a chat or channel, and the message in it that is answered.

    ``thread`` is a topic of a Telegram forum. ``private``: nobody else reads it. ``more`` is plain JSON that an adapter
    keeps for itself; no token may be in it, for it is written to disk.
    """

    chat: str
    message: str | None = None
    thread: str | None = None
    private: bool = False
    more: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen
class Attachment(Shown):
    """A file that came along; ``read`` fetches its bytes, so that no link of the platform is ever passed on."""

    filename: str
    mime: str | None
    size: int | None
    read: Callable[[], Awaitable[bytes]] = attrs.field(repr=False, eq=False)

    @property
    def kind(self) -> str:
        """image, video, audio or file.

        >>> Attachment("a.png", "image/png", 10, None).kind, Attachment("a.zip", None, 10, None).kind
        ('image', 'file')
        """
        major = (self.mime or "").partition("/")[0]
        return major if major in {"image", "video", "audio"} else "file"


@attrs.frozen
class Asked(Shown):
    """One command as it came. ``key`` is of this update alone: a second with the same key starts nothing.

    ``text`` is what stands behind the command; ``options`` are typed (Discord). ``answers`` is the id of the message
    that was replied to; ``job`` of the job that a button or a form was about; ``form`` is what was written into
    the form, by the names of the inputs. ``offered`` are files of the message that was replied to: taken where something is
    missing, and else not meant.
    """

    command: str
    user: User
    place: Place
    key: str
    text: str = ""
    options: Mapping[str, Any] = attrs.field(factory=dict)
    attachments: tuple[Attachment, ...] = ()
    offered: tuple[Attachment, ...] = ()
    answers: str | None = None
    job: str | None = None
    form: Mapping[str, str] = attrs.field(factory=dict)
    at: datetime | None = None


@attrs.frozen
class Pressed(Shown):
    """One press of a button: ``data`` is what the button carried; ``message`` the message it stands under."""

    data: str
    user: User
    place: Place
    key: str
    message: str | None = None
