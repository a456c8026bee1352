"""Models: search those of the hubs, list the service's ready-made ones."""

from typing import Any

from comfydeploy_client.api.models import models_list, models_search

from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.calls.reading import integer, number, objects, text
from stationthis_sdk.entities import CatalogModel, FoundModel

__all__ = ["ModelCalls"]


class ModelCalls(Family):
    """Models for everybody."""

    async def search(self, query: str, provider: str) -> tuple[FoundModel, ...]:
        """What the hubs find."""
        return await self.edge.call(
            models_search,
            query=query,
            provider=provider,
            into=lambda answer: tuple(map(_found, objects(answer.models))),
        )

    async def catalog(self) -> tuple[CatalogModel, ...]:
        """The ready-made models."""
        return await self.edge.call(models_list, into=lambda answer: tuple(map(_ready_made, objects(answer))))


def _found(fields: dict[str, Any]) -> FoundModel:
    filename = text(fields.get("filename"))
    return FoundModel(
        name=text(fields.get("name")) or filename or "",
        provider=text(fields.get("provider")) or "",
        kind=text(fields.get("type")),
        filename=filename,
        folder=text(fields.get("save_path")),
        size=integer(fields.get("size")),
        download_url=text(fields.get("download_url")),
        page_url=text(fields.get("reference_url")),
    )


def _ready_made(fields: dict[str, Any]) -> CatalogModel:
    tags = fields.get("tags")
    known = str(fields.get("id") or "")
    return CatalogModel(
        id=known,
        name=text(fields.get("name")) or known,
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        preview_url=text(fields.get("preview_image")),
        cost_per_megapixel=number(fields.get("cost_per_megapixel")),
        inputs=tuple(objects(fields.get("inputs"))),
        outputs=tuple(objects(fields.get("outputs"))),
    )
