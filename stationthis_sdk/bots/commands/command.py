"""A command and its options, as data: what is registered on a platform, and what a deployment takes."""

from typing import Literal

import attrs

from stationthis_sdk.shown import Shown

__all__ = ["Command", "Option", "OptionKind"]

OptionKind = Literal["text", "integer", "number", "boolean", "attachment"]


@attrs.frozen
class Option(Shown):
    """One option. ``input`` is the deployment's input that it fills; ``name`` is what the platform calls it."""

    name: str
    kind: OptionKind
    description: str = ""
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    input: str = ""


@attrs.frozen
class Command(Shown):
    """One command. ``deployment`` is the name of what it runs; None for those every bot has.

    Where several workflows have one name, ``deployment`` is an id, and ``called`` the name.
    """

    name: str
    description: str
    options: tuple[Option, ...] = ()
    deployment: str | None = None
    menu: bool = False
    """A message's context menu (Discord): it acts on the message it is chosen for."""
    called: str = ""
    secret: bool = False
    """Its answers are for nobody else's eyes."""
    begins: bool = False
    """Of those every bot has: it begins runs."""

    @property
    def runs(self) -> bool:
        """Whether it begins runs, which cost something, and whose status all may see.

        >>> Command("portrait", "Run portrait", deployment="portrait").runs, Command("status", "Yours").runs
        (True, False)
        """
        return self.begins or self.deployment is not None

    @property
    def workflow(self) -> str:
        """What people call that which it runs.

        >>> Command("portrait", "Run portrait", deployment="portrait").workflow
        'portrait'
        """
        return self.called or self.deployment or ""
