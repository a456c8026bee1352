"""Pickers of models: what the account's volume holds is offered as one types, and anything may be written."""

from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets as w

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.models import AsyncModels
from stationthis_sdk.notebook.studio.fields import Text
from stationthis_sdk.notebook.texts import clean

__all__ = ["Picker", "offer_models"]


class Picker(Text):
    """A file of the volume, by its name within the folder of its kind; or what else the workflow understands."""

    def _written(self) -> Any:
        return w.Combobox(
            value=self._default,
            options=tuple(clean(one) for one in self.field.options or ()),
            ensure_option=False,
            placeholder="type to search your models" if not self.field.options else "type to search",
            layout={"width": "auto"},
        )

    def offer(self, models: Iterable[Any]) -> None:
        """Offer those of its kind; where the workflow lists what it takes, that list stays."""
        if self.field.options:
            return
        names = {
            clean(model.path.partition("/")[2] or model.path)
            for model in models
            if model.kind == self.field.kind
        }
        self.widget.options = tuple(sorted(names, key=str.lower))


async def offer_models(models: AsyncModels, pickers: list[Picker], told: Callable[[str], None]) -> None:
    """List the volumes once for all pickers: two requests, or none where a copy is at hand."""
    found: list[Any] = []
    for public in (False, True):
        try:
            found += await models.list(public=public)
        except StationThisError as error:
            told(f"Your models could not be listed, names can still be written: {error.message}")
            break
    for picker in pickers:
        picker.offer(found)
