"""Whatever shape outputs come in, they are pictures, videos, texts or files; what nobody knows is told."""

from typing import Any

import attrs
import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.outputs.normalise import normalise

PNG = "https://h/outputs/x.png"
SHAPES: list[tuple[str, Any, list[str]]] = [
    ("a list of node outputs", [{"data": {"images": [{"url": PNG, "filename": "x.png"}]}}], ["image"]),
    (
        "an object by node ids",
        {"9": {"images": [{"url": PNG}]}, "12": {"text": ["a fox"]}},
        ["image", "text"],
    ),
    ("images by themselves", {"images": [{"url": PNG}]}, ["image"]),
    ("a picture delivered as a file", [{"data": {"files": [{"url": PNG, "filename": "x.png"}]}}], ["image"]),
    ("a picture as one file", {"file": {"url": PNG}}, ["image"]),
    ("a video without a format", {"gifs": [{"url": "https://h/v/a?id=1", "filename": "a.mp4"}]}, ["video"]),
    ("a video nobody named", {"gifs": [{"url": "https://h/v/a"}]}, ["video"]),
    ("a video by its format", {"gifs": [{"url": "https://h/v", "format": "video/h264-mp4"}]}, ["video"]),
    ("a gif among gifs", {"gifs": [{"url": "https://h/a.gif", "filename": "a.gif"}]}, ["animation"]),
    ("a file by its folder", {"files": [{"url": "https://h/v", "subfolder": "video"}]}, ["video"]),
    ("a bare address", PNG, ["image"]),
    ("bare addresses", [PNG, "https://h/a.mp4"], ["image", "video"]),
    ("a bare text", "a caption", ["text"]),
    ("a result", {"result": "a caption"}, ["text"]),
    ("a result that is an address", {"result": PNG}, ["image"]),
    ("several texts", {"text": ["one", "two"]}, ["text", "text"]),
    ("a key nobody has told us of", {"wonders": [{"url": "https://h/thing.xyz"}]}, ["file"]),
    ("a text file", {"files": [{"url": "https://h/a.txt"}]}, ["file"]),
    ("nothing", {}, []),
    ("what is no output", {"status": {"completed": True}}, []),
]


@pytest.mark.parametrize(
    ("raw", "kinds"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES]
)
def test_every_shape_is_normalised(raw: Any, kinds: list[str]) -> None:
    """T13: each shape that was seen, and what becomes of it."""
    assert [item.kind for item in normalise(raw)] == kinds


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {"wonders": [{"url": "https://h/thing.xyz", "filename": "thing.xyz"}]},
            "nobody knows what thing.xyz is: it is kept as a file",
        ),
        ({"wonders": 3}, "ended well and made nothing that anybody can read"),
    ],
)
async def test_what_nobody_knows_is_told(st: AsyncStationThis, raw: Any, said: str) -> None:
    """T13: an unknown shape is a file and a warning, or a warning that there is nothing; never silence."""
    made = await st.make_image("a fox", steps=1)
    assert made.warnings == []
    made.runs[0]._record = attrs.evolve(made.runs[0].record, outputs=normalise(raw))
    (warning,) = made.warnings
    assert said in warning
