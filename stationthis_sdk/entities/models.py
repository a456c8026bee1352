"""Models as data: files of a volume, downloads into it, what a search finds, and the service's ready-made ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from stationthis_sdk.entities.source import Source
from stationthis_sdk.shown import Shown

__all__ = [
    "CatalogModel",
    "DownloadRecord",
    "FoundModel",
    "ModelProgress",
    "ModelRecord",
    "kind_of_folder",
]

_KINDS: Final = {
    "checkpoints": "checkpoint",
    "clip": "text_encoder",
    "clip_vision": "clip_vision",
    "configs": "config",
    "controlnet": "controlnet",
    "diffusion_models": "diffusion_model",
    "embeddings": "embedding",
    "gligen": "gligen",
    "hypernetworks": "hypernetwork",
    "ipadapter": "ipadapter",
    "loras": "lora",
    "photomaker": "photomaker",
    "style_models": "style_model",
    "text_encoders": "text_encoder",
    "unet": "diffusion_model",
    "upscale_models": "upscale",
    "vae": "vae",
    "vae_approx": "vae_approx",
}


def kind_of_folder(folder: str) -> str:
    """What ComfyUI loads from a folder of its models; what it has no word for is "other".

    >>> kind_of_folder("loras/flux"), kind_of_folder("upscale_models"), kind_of_folder("mine")
    ('lora', 'upscale', 'other')
    """
    return _KINDS.get(folder.partition("/")[0], "other")


@attrs.frozen
class ModelRecord:
    """A file of a volume. ``path`` is from the top of the volume; ``size`` in bytes, None when not told."""

    path: str
    size: int | None = None
    modified: datetime | None = None

    @property
    def id(self) -> str:
        """The path: files of a volume have no other id."""
        return self.path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The folder it is in, such as loras; empty at the top."""
        return self.path.rpartition("/")[0]

    @property
    def kind(self) -> str:
        """checkpoint, lora, vae, upscale, embedding and so on, by its folder."""
        return kind_of_folder(self.folder)


@attrs.frozen
class DownloadRecord:
    """A download into the volume. ``state`` is started, success, failed, cancelled; ``fraction`` from 0 to 1.

    ``error`` is the service's word for a failure, ``id`` is empty where the service told none.
    """

    id: str
    path: str
    state: str
    fraction: float = 0.0
    error: str | None = None
    size: int | None = None
    created_at: datetime | None = None


@attrs.frozen
class ModelProgress(Shown):
    """How far a model is on its way: ``state`` is uploading, downloading or done, ``fraction`` from 0 to 1.

    ``bytes`` and ``size`` are known of uploads only.

    >>> print(ModelProgress("uploading", 0.25, 256, 1024))
    uploading, 25 %
    """

    state: str
    fraction: float
    bytes: int | None = None
    size: int | None = None

    def __str__(self) -> str:
        return self.state if self.state == "done" else f"{self.state}, {int(self.fraction * 100)} %"


@attrs.frozen
class FoundModel(Shown):
    """A model that a search found; ``models.add`` takes it as it is. Providers leave out what they like.

    ``kind`` is the provider's own word, ``folder`` where it belongs in a volume, ``size`` in bytes.
    """

    name: str
    provider: str
    kind: str | None = None
    filename: str | None = None
    folder: str | None = None
    size: int | None = None
    download_url: str | None = None
    page_url: str | None = None
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)


@attrs.frozen
class CatalogModel(Shown):
    """One of the service's ready-made models. ``inputs`` and ``outputs`` are as the service describes them."""

    id: str
    name: str
    tags: tuple[str, ...] = ()
    preview_url: str | None = None
    cost_per_megapixel: float | None = None
    inputs: tuple[Mapping[str, Any], ...] = ()
    outputs: tuple[Mapping[str, Any], ...] = ()
    source: Source = attrs.field(factory=Source.now, eq=False, repr=False)
