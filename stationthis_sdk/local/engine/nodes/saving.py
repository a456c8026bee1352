"""Core nodes that save pictures, with the graph inside, as ComfyUI writes them."""

import json
from typing import Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stationthis_sdk.local.engine.images import Picture, as_file, to_pillow
from stationthis_sdk.local.engine.node import IMAGE, Slot, Work, node_class
from stationthis_sdk.local.engine.output_files import as_words, kept, place, put_files

__all__ = ["PREFIX", "save_pictures"]

PREFIX: Final = Slot("STRING", default="ComfyUI")
_EXIF_MAKE: Final = 0x010F
_EXIF_MODEL: Final = 0x0110


@node_class("SaveImage", is_output=True, images=IMAGE, filename_prefix=PREFIX)
def _save(work: Work, images: Picture, filename_prefix: str) -> tuple[()]:
    save_pictures(work, images, filename_prefix)
    return ()


@node_class("PreviewImage", is_output=True, images=IMAGE)
def _preview(_work: Work, images: Picture) -> tuple[()]:  # noqa: ARG001  temporary pictures are never uploaded
    return ()


def save_pictures(
    work: Work, images: Picture, prefix: str, file_type: str = "png", quality: int = 100, output_id: str = ""
) -> None:
    """Put out each picture of a batch as a file of its own."""
    at = place(prefix, images.shape[2], images.shape[1])
    items = []
    for number, picture in enumerate(images):
        work.check()
        content = _encoded(to_pillow(picture), file_type, quality, work.metadata)
        items.append(kept(work, content, at, file_type, batch_number=number, output_id=output_id))
    put_files(work, items)


def _encoded(picture: Image.Image, file_type: str, quality: int, metadata: Any) -> bytes:
    match file_type:
        case "png":
            info = PngInfo()
            for name, value in as_words(metadata).items():
                info.add_text(name, value)
            return as_file(picture, "PNG", pnginfo=info, compress_level=4)
        case "jpg":
            comment = str(metadata.get("Comment", "")).encode()
            return as_file(picture.convert("RGB"), "JPEG", quality=quality, optimize=True, comment=comment)
        case _:
            exif = Image.Exif()
            for tag, name in ((_EXIF_MODEL, "prompt"), (_EXIF_MAKE, "workflow")):
                if name in metadata:
                    exif[tag] = f"{name}:{json.dumps(metadata[name])}"
            return as_file(picture, "WEBP", quality=quality, exif=exif)
