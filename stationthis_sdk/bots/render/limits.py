"""What the platforms take. Sources: core.telegram.org/bots/api (sending files, limits of text), discord.com/developers/docs."""

from typing import Final

import attrs

from stationthis_sdk.bots.people import Platform
from stationthis_sdk.shown import Shown

__all__ = ["DISCORD", "LIMITS", "TELEGRAM", "Limits"]

_MIB: Final = 1 << 20


@attrs.frozen
class Limits(Shown):
    """Sizes are bytes, lengths are counted as the platform counts them: Telegram in UTF-16 units, Discord in characters.

    ``message`` is what the files of one message may have together, unless one alone may have more (a boosted server).
    ``photo_side`` is the most that width and height may be together, ``photo_ratio`` how often one may go into the other.
    ``a_chat``, ``a_group`` and ``overall`` are seconds between two messages on the average.
    """

    platform: Platform
    upload: int
    album: int
    text: int
    caption: int
    message: int
    photo: int | None = None
    photo_side: int | None = None
    photo_ratio: float | None = None
    album_buttons: bool = True
    rows: int = 5
    buttons_a_row: int = 5
    data: int = 64
    command: int = 32
    description: int = 256
    commands: int = 100
    options: int = 25
    choices: int = 25
    a_chat: float = 1.0
    a_group: float = 3.0
    overall: float = 1 / 30


TELEGRAM: Final = Limits(
    "telegram",
    upload=50 * _MIB,
    album=10,
    text=4096,
    caption=1024,
    message=50 * _MIB,
    photo=10 * _MIB,
    photo_side=10_000,
    photo_ratio=20,
    album_buttons=False,
    buttons_a_row=8,
    rows=12,
)
DISCORD: Final = Limits(
    "discord",
    upload=10 * _MIB,
    album=10,
    text=2000,
    caption=2000,
    message=25 * _MIB,
    data=100,
    description=100,
    a_group=1.0,
    overall=1 / 50,
)
LIMITS: Final = {limits.platform: limits for limits in (TELEGRAM, DISCORD)}
