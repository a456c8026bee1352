"""How a Discord interaction may still be answered, while a run takes as long as it takes. Pure; whoever sends is the host.

Discord wants a word within three seconds and forgets the interaction after fifteen minutes.

Source: Discord's documentation, "Receiving and Responding to Interactions" and "JSON error codes".
"""

from typing import Final, Literal

import attrs

__all__ = ["DEFER_WITHIN", "EDIT_UNTIL", "Answering", "Way", "is_hidden"]

DEFER_WITHIN: Final = 3.0
"""Seconds within which an interaction must be acknowledged."""
EDIT_UNTIL: Final = 14 * 60.0
"""Seconds for which its answer may be edited: the token dies after fifteen minutes, and sending takes a while."""

Way = Literal["defer", "edit", "post", "give up"]
"""defer: acknowledge it. edit: change the acknowledgement, or follow it up. post: a message of its own in the channel."""

_ALREADY_ACKNOWLEDGED: Final = frozenset({40060})
_GONE: Final = frozenset({10003, 10008, 10015, 10062, 50027})
"""Unknown channel, message, webhook or interaction; invalid webhook token: nothing is left that could be edited."""
_NOT_ALLOWED: Final = frozenset({50001, 50007, 50013})
"""Missing access, cannot message this user, missing permissions."""


@attrs.define
class Answering:
    """One interaction, ``received`` at a time in seconds; ask ``way`` before each answer, tell what happened to it.

    >>> answering = Answering(received=0.0)
    >>> answering.way(now=0.5)
    'defer'
    >>> answering.deferred()
    >>> answering.way(now=60.0), answering.way(now=900.0)
    ('edit', 'post')
    """

    received: float
    _acknowledged: bool = False
    _token_lost: bool = False
    _channel_closed: bool = False

    def way(self, *, now: float) -> Way:
        """How to answer now."""
        if self._channel_closed:
            return "give up"
        age = now - self.received
        if not self._acknowledged:
            return "defer" if age < DEFER_WITHIN and not self._token_lost else "post"
        return "edit" if age < EDIT_UNTIL and not self._token_lost else "post"

    def deferred(self) -> None:
        """It was acknowledged."""
        self._acknowledged = True

    def refused(self, code: int | None, way: Way) -> None:
        """Discord refused an answer that was sent that way, with this code of its own; ``way`` tells what is left."""
        if code in _ALREADY_ACKNOWLEDGED:
            self._acknowledged = True  # another handler, or our own before a restart
        elif way == "post":
            self._channel_closed = code in _NOT_ALLOWED or code in _GONE
        elif code in _GONE or code in _NOT_ALLOWED:
            self._token_lost = True


def is_hidden(content: str, *, attachments: int = 0, embeds: int = 0, others: int = 0) -> bool:
    """Whether Discord hides a message from the bot: without the message-content intent all of it comes empty.

    ``others`` are its stickers, polls and forwarded messages, which come all the same. Nobody can send a message that has
    none of the four: so this tells that the intent is missing, and not that nothing was said. Commands, buttons, mentions
    of the bot and message menus bring their content without it.
    """
    return not (content or attachments or embeds or others)
