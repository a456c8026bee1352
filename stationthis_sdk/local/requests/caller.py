"""Who asks: a person alone, or a person for an organisation, and the wall between what each sees."""

from typing import Final, Protocol

import attrs
from aiohttp import web

__all__ = ["CALLER", "NOBODY", "Caller", "Owned"]


class Owned(Protocol):
    """A row that belongs to somebody."""

    @property
    def user_id(self) -> str:
        """Who made it."""

    @property
    def org_id(self) -> str | None:
        """For which organisation; None for oneself."""


@attrs.frozen
class Caller:
    """An organisation's key sees that organisation's rows only; a personal one those of no organisation.

    >>> alone, member, colleague = Caller("ann"), Caller("ann", "acme"), Caller("bob", "acme")
    >>> colleague.owns(member), member.owns(alone), alone.owns(member)
    (True, False, False)
    """

    user_id: str
    org_id: str | None = None

    def owns(self, row: Owned | None) -> bool:
        """Whether a row is the caller's; False for None."""
        if row is None or row.org_id != self.org_id:
            return False
        return self.org_id is not None or row.user_id == self.user_id

    @property
    def own(self) -> str:
        """The same as a piece of SQL for ``Tables.find``; its one value is :attr:`owner`."""
        return "org_id = ?" if self.org_id is not None else "(user_id = ? AND org_id IS NULL)"

    @property
    def owner(self) -> str:
        """The organisation, else the person."""
        return self.org_id or self.user_id


NOBODY: Final = Caller("")
"""Who asks without a key, where none is needed; nothing is theirs."""

CALLER: Final = web.RequestKey("caller", Caller)
"""Who asks, as the middleware found out."""
