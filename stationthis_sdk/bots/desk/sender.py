"""What the desk needs of a platform: say, edit, send, remove; and what may become of a message."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.render.outcomes import Closed, Impossible, NotSent, Unsure
from stationthis_sdk.bots.render.steps import Button, Step

__all__ = ["Closed", "Impossible", "NotSent", "Sender", "Unsure"]


class Sender(Protocol):
    """One platform. Every method raises ``NotSent``, ``Unsure`` or ``Impossible``, and nothing else.

    ``say``, ``edit`` and ``remove`` may wait for a short flood inside, once (a minute). ``send`` does not: it is
    ``NotSent`` with the time, while its turn with the platform keeps its place. The desk waits with nothing under way, so
    that a kill during the wait leaves nothing in doubt. Message ids are texts. Removing or editing what is gone, or is the
    same already, is no error.
    """

    limits: Limits

    async def say(
        self,
        place: Place,
        text: str,
        buttons: Sequence[Sequence[Button]] = (),
        *,
        private: bool = False,
    ) -> str:
        """Send a text as an answer, and return the message's id; private: where only who asked can read it."""

    async def edit(
        self, place: Place, message: str, text: str, buttons: Sequence[Sequence[Button]] = ()
    ) -> None:
        """Change a text of ours; it is the caller's to be polite about how often."""

    async def remove(self, place: Place, message: str) -> None:
        """Take a message of ours away."""

    async def send(self, place: Place, step: Step, files: Sequence[Path], *, key: str) -> tuple[str, ...]:
        """Send one step and return the ids of its messages; ``files`` are those of the step, in its order.

        What it is too early for is ``NotSent``, and not waited for. ``key`` names this part of this job: a platform that can tell two sends of the same thing apart uses it.
        """

    async def sent_before(self, place: Place, step: Step, *, key: str) -> tuple[str, ...] | None:
        """Whether a part whose answer was lost has arrived: its messages; () for surely not; None where nobody can tell."""
