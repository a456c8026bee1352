"""What is sent to Discord, and what a part of a result is known by there."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import discord

from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.bots.render.steps import Button, Step
from stationthis_sdk.bots.render.text import cut

__all__ = ["carried_by", "files_of", "is_part", "mark_of", "nonce_of", "view_of"]

_MARK: Final = "part "


def carried_by(step: Step) -> set[str]:
    """What its buttons carry: of which job it is."""
    return {button.data for row in step.buttons for button in row if button.data}


def view_of(buttons: Sequence[Sequence[Button]]) -> discord.ui.View | None:
    """Buttons as Discord shows them; they belong to no object of this process, so they work after a restart."""
    if not any(buttons):
        return None
    view = discord.ui.View(timeout=None)
    for at, row in enumerate(buttons):
        for one in row:
            made: discord.ui.Button[Any] = discord.ui.Button(
                label=cut(one.label, 80), url=one.url or None, custom_id=None if one.url else one.data, row=at
            )
            view.add_item(made)
    view.stop()
    return view


def nonce_of(key: str) -> str:
    """What Discord knows a part by for some minutes; twenty-five characters at the most.

    >>> nonce_of("k3J9x0aQz7Lm:0")
    'b42ba45d24371fa809ba3d78'
    """
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def mark_of(key: str) -> str:
    """What a part is known by in the descriptions of its files, for ever.

    >>> mark_of("k3J9x0aQz7Lm:0")
    'part b42ba45d24'
    """
    return _MARK + nonce_of(key)[:10]


def files_of(step: Step, files: Sequence[Path], key: str) -> list[discord.File]:
    """The files of a part, opened: for a thread."""
    return [
        discord.File(path, filename=file.filename, description=f"{cut(file.filename, 200)} · {mark_of(key)}")
        for path, file in zip(files, step.files, strict=True)
    ]


def is_part(message: discord.Message, step: Step, key: str, me: discord.abc.User | None) -> bool:
    """Whether a message is this part: by the mark of its files, or by its words and the job of its buttons."""
    if me is None or message.author.id != me.id:
        return False
    if step.files:
        return any(mark_of(key) in (one.description or "") for one in message.attachments)
    carried = {
        custom
        for row in message.components
        for one in getattr(row, "children", ())
        if (custom := getattr(one, "custom_id", None))
    }
    said = cut(step.text, DISCORD.text).strip()
    return not message.attachments and message.content.strip() == said and carried_by(step) <= carried
