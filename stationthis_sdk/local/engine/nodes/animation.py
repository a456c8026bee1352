"""Core nodes that save a batch as one moving picture, with the graph inside, as ComfyUI writes them."""

import json
from typing import Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stationthis_sdk.local.engine.images import Picture, as_file, to_pillow
from stationthis_sdk.local.engine.node import IMAGE, Work, needed, node_class, one_of, real, switch, whole
from stationthis_sdk.local.engine.nodes.saving import PREFIX
from stationthis_sdk.local.engine.output_files import kept, place, put_files

__all__: list[str] = []

_METHODS: Final = {"default": 4, "fastest": 0, "slowest": 6}
_EXIF_PROMPT: Final = 0x0110
_EXIF_WORKFLOW: Final = 0x010F
_FPS: Final = needed(real(0.01, 1000, 6.0))


@node_class(
    "SaveAnimatedWEBP",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    fps=_FPS,
    lossless=switch(default=True),
    quality=needed(whole(0, 100, 80)),
    method=one_of(*_METHODS),
)
def _save_webp(
    work: Work, images: Picture, filename_prefix: str, fps: float, lossless: bool, quality: int, method: str
) -> tuple[()]:
    exif = Image.Exif()
    for tag, name in ((_EXIF_PROMPT, "prompt"), (_EXIF_WORKFLOW, "workflow")):
        if name in work.metadata:
            exif[tag] = f"{name}:{json.dumps(work.metadata[name])}"
    options = {"exif": exif, "lossless": lossless, "quality": quality, "method": _METHODS[method]}
    _save(work, images, filename_prefix, "webp", {"duration": int(1000 / fps), **options})
    return ()


@node_class(
    "SaveAnimatedPNG",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    fps=_FPS,
    compress_level=needed(whole(0, 9, 4)),
)
def _save_png(
    work: Work, images: Picture, filename_prefix: str, fps: float, compress_level: int
) -> tuple[()]:
    info = PngInfo()
    for name in ("prompt", "workflow"):
        if name in work.metadata:
            words = json.dumps(work.metadata[name])
            info.add(b"comf", name.encode() + b"\0" + words.encode("latin-1"), after_idat=True)
    options = {"pnginfo": info, "compress_level": compress_level}
    _save(work, images, filename_prefix, "png", {"duration": int(1000 / fps), **options})
    return ()


def _save(work: Work, images: Picture, prefix: str, file_type: str, options: dict[str, Any]) -> None:
    at = place(prefix, images.shape[2], images.shape[1])
    work.check()
    first, *others = [to_pillow(picture) for picture in images]
    content = as_file(first, file_type.upper(), save_all=True, append_images=others, **options)
    put_files(work, [kept(work, content, at, file_type)], animated=[True])
