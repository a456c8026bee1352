"""Pictures on their way to ComfyUI, whatever they are written as."""

import io

import pytest
from PIL import Image

from stationthis_sdk.local.comfyui.pictures import prepared


@pytest.mark.parametrize(
    ("written", "suffix"),
    [("PNG", ".png"), ("JPEG", ".jpg"), ("MPO", ".jpg"), ("WEBP", ".webp"), ("GIF", ".gif"), ("BMP", ".bmp"), ("TIFF", ".tiff")],
)  # fmt: skip
def test_each_format_is_taken(written: str, suffix: str) -> None:
    """Also what a reader has no name of its own for."""
    out = io.BytesIO()
    more = {"save_all": True, "append_images": [Image.new("RGB", (8, 4), 9)]} if written == "MPO" else {}
    Image.new("RGB", (8, 4), 5).save(out, written, **more)
    made = prepared(out.getvalue())
    assert (made.suffix, made.width, made.height) == (suffix, 8, 4)
    assert made.content == out.getvalue()
