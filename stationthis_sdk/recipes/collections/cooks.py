"""The collections that are cooked on this machine."""

from stationthis_sdk.context import Context
from stationthis_sdk.recipes.collections.cook import AsyncCook
from stationthis_sdk.shown import Shown

__all__ = ["AsyncCollections"]


class AsyncCollections(Shown):
    """Collections: validated against the live deployment, cooked, taken up again."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<collections: validate(collection), cook(collection, seed=…), get(name), list()>"

    async def get(self, name: str) -> AsyncCook:
        """The cook of this name."""
        raise NotImplementedError
