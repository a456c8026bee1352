"""Models: what the account's volume holds, and what can be fetched into it."""

from stationthis_sdk.context import Context

__all__ = ["AsyncModels"]


class AsyncModels:
    """The models of the account."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<models>"
