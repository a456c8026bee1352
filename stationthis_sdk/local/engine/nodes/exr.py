"""The plugin's EXR nodes: light from a file, and pictures as light."""

from typing import Any, Final

import numpy as np

from stationthis_sdk.local.engine.exr import TONEMAPS, read_exr, to_light, to_screen, write_exr
from stationthis_sdk.local.engine.files import WORDS, or_default
from stationthis_sdk.local.engine.images import Mask, Picture
from stationthis_sdk.local.engine.node import IMAGE, TEXT, Slot, Work, node_class
from stationthis_sdk.local.engine.nodes.saving import PREFIX
from stationthis_sdk.local.engine.output_files import kept, place, put_files

__all__: list[str] = []

_TONEMAP: Final = Slot("COMBO", default="sRGB", options=TONEMAPS)


@node_class(
    "ComfyUIDeployExternalEXR",
    outputs=("IMAGE", "MASK"),
    input_id=TEXT,
    exr_file=Slot("STRING", default=""),
    tonemap=_TONEMAP,
    default_image=Slot("IMAGE", required=False),
    default_mask=Slot("MASK", required=False),
    also=WORDS,
)
def _external(
    work: Work,
    exr_file: str,
    tonemap: str,
    default_image: Picture | None,
    default_mask: Mask | None,
    **_rest: Any,
) -> tuple[Picture | None, Mask | None]:
    def given() -> tuple[Picture | None, Mask | None] | None:
        content = work.files.read(exr_file) if exr_file else None
        if content is None:
            return None
        light = read_exr(content)
        height, width, channels = light.shape
        alpha = np.clip(light[..., 3], 0, 1) if channels == 4 else np.zeros((height, width), np.float32)
        return to_screen(light[..., :3], tonemap)[None], alpha[None]

    default = (default_image, default_mask)
    return or_default(work, given, None if default_image is None else default) or default


@node_class(
    "ComfyDeployOutputEXR",
    is_output=True,
    images=IMAGE,
    filename_prefix=PREFIX,
    tonemap=_TONEMAP,
    output_id=Slot("STRING", required=False, default="output_exr"),
)
def _output(work: Work, images: Picture, filename_prefix: str, tonemap: str, output_id: str) -> tuple[()]:
    at = place(filename_prefix, images.shape[2], images.shape[1])
    items = []
    for number, picture in enumerate(images):
        work.check()
        coloured = picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
        light = to_light(coloured, tonemap)
        if picture.shape[-1] == 4:
            light = np.concatenate(
                [light, np.clip(1 - picture[..., 3:], 0, 1)], axis=-1
            )  # as the plugin does
        items.append(kept(work, write_exr(light), at, "exr", batch_number=number, output_id=output_id))
    put_files(work, items)
    return ()
