"""The comfyui-deploy plugin's output nodes: pictures, texts, files, each with the output id it was given."""

import json
from contextlib import suppress
from typing import Any, Final

from stationthis_sdk.local.engine.files import FetchedFile
from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import ANY, IMAGE, TEXT, Slot, Work, node_class, one_of
from stationthis_sdk.local.engine.nodes.saving import PREFIX, save_pictures
from stationthis_sdk.local.engine.nodes.text import as_text
from stationthis_sdk.local.engine.output_files import kept, place, put_files, told
from stationthis_sdk.local.engines import NodeFailed

__all__: list[str] = []

_OPTIONAL: Final = Slot("*", required=False)
_FILE_TYPE: Final = Slot("COMBO", default="webp", options=("png", "jpg", "webp"))
_QUALITY: Final = Slot("INT", default=80, minimum=1, maximum=100)


def _output_id(default: str) -> Slot:
    return Slot("STRING", required=False, default=default)


@node_class(
    "ComfyDeployStdOutputImage",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    file_type=_FILE_TYPE,
    quality=_QUALITY,
    output_id=_output_id(""),  # older graphs carry one
)
@node_class(
    "ComfyDeployOutputImage",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    file_type=_FILE_TYPE,
    quality=_QUALITY,
    output_id=_output_id("output_images"),
)
def _pictures(
    work: Work, images: Picture, filename_prefix: str, file_type: str, quality: int, output_id: str
) -> tuple[()]:
    save_pictures(work, images, filename_prefix, file_type, quality, output_id)
    return ()


@node_class(
    "ComfyDeployOutputText",
    is_output=True,
    text=TEXT,
    filename_prefix=PREFIX,
    file_type=Slot("COMBO", default="txt", options=("txt", "json", "md")),
    output_id=_output_id("output_text"),
)
def _text(work: Work, text: str, filename_prefix: str, file_type: str, output_id: str) -> tuple[()]:
    if file_type == "json":
        with suppress(ValueError, RecursionError):  # what is no JSON is kept as it is
            text = json.dumps(json.loads(text), indent=2)
    content = text.encode("utf-8", "replace")
    put_files(work, [kept(work, content, place(filename_prefix), file_type, output_id=output_id)])
    return ()


@node_class("ComfyDeployOutputFile", is_output=True, file_path=ANY, output_id=_output_id("output_file"))
def _file(work: Work, file_path: Any, output_id: str) -> tuple[()]:
    if not isinstance(file_path, FetchedFile):
        raise NodeFailed(
            f"file_path {str(file_path)[:100]!r} is no file of this run: link it to a node that fetches one, "
            "such as ComfyUIDeployExternalFile with a URL or an upload; no other path is ever read"
        )
    put_files(work, [told(work, file_path.content, file_path.name, file_path.folder, output_id)])
    return ()


@node_class(
    "ComfyDeployStdOutputAny",
    is_output=True,
    name=Slot("STRING", required=False, default="text"),
    source=_OPTIONAL,
    data=_OPTIONAL,  # older graphs have it in the place of source
    output_id=_output_id(""),
)
def _any(work: Work, name: str, source: Any, data: Any, output_id: str) -> tuple[()]:
    value = data if source is None else source
    try:
        text = "None" if value is None else json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        text = as_text(value)
    work.put({name: [text], **({"output_id": [output_id]} if output_id else {})}, uploaded=False)
    return ()


@node_class(
    "ComfyDeployWebscoketImageOutput",
    is_output=True,
    output_id=Slot("STRING", default="output_id"),
    images=IMAGE,
    file_type=one_of("WEBP", "PNG", "JPEG"),
    quality=_QUALITY,
    client_id=Slot("STRING", required=False, default=""),
)
def _socket(_work: Work, **_given: Any) -> tuple[()]:
    return ()  # realtime runs are not served here, and nothing else would receive it
