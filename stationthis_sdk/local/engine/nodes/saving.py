"""Output nodes: pictures as files with the graph inside, as ComfyUI writes them, and texts."""

import io
import json
import re
import time
from pathlib import PurePosixPath
from typing import Any, Final

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from stationthis_sdk.local.engine.images import Picture, to_pillow
from stationthis_sdk.local.engine.node import ANY, IMAGE, TEXT, Slot, Work, node_class, one_of, whole
from stationthis_sdk.local.engine.nodes.text import as_text
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_PREFIX: Final = Slot("STRING", required=False, default="ComfyUI")
_OUTPUT_ID: Final = Slot("STRING", required=False, default="")
_EXIF_MAKE: Final = 0x010F
_EXIF_MODEL: Final = 0x0110


@node_class("SaveImage", is_output=True, images=IMAGE, filename_prefix=TEXT)
def _save(work: Work, images: Picture, filename_prefix: str) -> tuple[()]:
    work.put({"images": _files(work, images, filename_prefix, "png", 100)}, uploaded=True)
    return ()


@node_class("PreviewImage", is_output=True, images=IMAGE)
def _preview(_work: Work, images: Picture) -> tuple[()]:  # noqa: ARG001  temporary pictures are never uploaded
    return ()


@node_class(
    "ComfyDeployOutputImage",
    is_output=True,
    images=IMAGE,
    filename_prefix=_PREFIX,
    file_type=one_of("png", "jpg", "webp", default="webp"),
    quality=whole(1, 100, 80),
    output_id=_OUTPUT_ID,
)
def _output_image(
    work: Work, images: Picture, filename_prefix: str, file_type: str, quality: int, output_id: str
) -> tuple[()]:
    files = _files(work, images, filename_prefix, file_type, quality)
    named = {"output_id": output_id} if output_id else {}
    work.put({"images": [{**file, **named} for file in files]}, uploaded=True)
    return ()


@node_class(
    "ComfyDeployOutputText",
    is_output=True,
    text=ANY,
    filename_prefix=_PREFIX,
    file_type=one_of("txt", "json", "md", default="txt"),
    output_id=_OUTPUT_ID,
)
def _output_text(work: Work, text: Any, output_id: str, **_rest: Any) -> tuple[()]:
    named = {"output_id": [output_id]} if output_id else {}
    work.put({"text": [as_text(text)], **named}, uploaded=False)
    return ()


def _files(work: Work, images: Picture, prefix: str, file_type: str, quality: int) -> list[dict[str, Any]]:
    subfolder, name = _place(prefix, width=images.shape[2], height=images.shape[1])
    files = []
    for picture in images:
        work.check()
        content = _encoded(to_pillow(picture), file_type, quality, work)
        number = work.number(f"{subfolder}/{name}.{file_type}")
        begun = time.perf_counter()
        url = work.files.keep(content, f".{file_type}")
        files.append(
            {
                "url": url,
                "type": "output",
                "filename": f"{name}_{number:05d}_.{file_type}",
                "is_public": True,
                "subfolder": subfolder,
                "upload_duration": time.perf_counter() - begun,
            }
        )
    return files


def _place(prefix: str, *, width: int, height: int) -> tuple[str, str]:
    """Subfolder and file name as the answer tells them; on disk the file has a name of ours."""
    path = PurePosixPath(
        prefix.replace("%width%", str(width)).replace("%height%", str(height)).replace("\\", "/")
    )
    if path.is_absolute() or ".." in path.parts or re.search(r"[\x00-\x1f:]", str(path)):
        raise NodeFailed(
            f"filename_prefix {prefix!r} leaves the output folder: use a plain name or a/folder/name"
        )
    return "" if path.parent == PurePosixPath() else str(path.parent), path.name or "ComfyUI"


def _encoded(picture: Image.Image, file_type: str, quality: int, work: Work) -> bytes:
    out = io.BytesIO()
    match file_type:
        case "png":
            info = PngInfo()
            for name, value in work.metadata.items():
                info.add_text(name, value if isinstance(value, str) else json.dumps(value))
            picture.save(out, "PNG", pnginfo=info, compress_level=4)
        case "jpg":
            comment = work.metadata.get("Comment", "")
            picture.convert("RGB").save(
                out, "JPEG", quality=quality, optimize=True, comment=str(comment).encode()
            )
        case _:
            exif = Image.Exif()
            for tag, name in ((_EXIF_MODEL, "prompt"), (_EXIF_MAKE, "workflow")):
                if name in work.metadata:
                    exif[tag] = f"{name}:{json.dumps(work.metadata[name])}"
            picture.save(out, "WEBP", quality=quality, exif=exif)
    return out.getvalue()
