"""What somebody likes inputs to be, where a call does not say; kept on this machine."""

from typing import Any

from stationthis_sdk.context import Context
from stationthis_sdk.shown import Shown

__all__ = ["AsyncPreferences"]


class AsyncPreferences(Shown):
    """Preferences for ``make_image`` and for bots: of whoever has the key, or of a user the host names."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<preferences: get(), set(**words), forget()>"

    async def get(self, workflow: str | None = None, *, user: str | None = None) -> dict[str, Any]:
        """What holds for this workflow: what is said for all, and over it what is said for this one."""
        raise NotImplementedError
