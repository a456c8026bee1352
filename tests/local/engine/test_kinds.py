"""What comes through an output of any kind must be what the input takes."""

import subprocess
import sys

import pytest

from stationthis_sdk.local.engines import NodeFailed
from tests.local.engine import made
from tests.local.engine.graphs import EXTERNAL, MemoryFiles, empty, node, run, save

TEXT = node(f"{EXTERNAL}TextAny", input_id="x", default_value="a fox")
FILE = node(f"{EXTERNAL}File", input_id="x", file_url="a.wav")


@pytest.mark.parametrize(
    ("source", "taking", "said"),
    [
        (TEXT, node("ImageInvert", image=["1", 0]), "'image' takes pictures, not a text: .* gives IMAGE"),
        (TEXT, node("InvertMask", mask=["1", 0]), "'mask' takes masks, not a text: .* gives MASK"),
        (FILE, node("SaveAudio", audio=["1", 0], filename_prefix="x"), "'audio' takes sound, not a file: .* AUDIO"),
        (FILE, node("GetVideoComponents", video=["1", 0]), "'video' takes a video, not a file: .* VIDEO"),
        (TEXT, node(f"{EXTERNAL}Image", input_id="x", default_value=["1", 0]), "takes pictures, not a text"),
    ],
)  # fmt: skip
def test_another_kind_is_told_in_words(source, taking, said):
    """Before the node works on it."""
    graph = {"1": source, "2": taking}
    if taking["class_type"] != "SaveAudio":
        graph["3"] = node("PreviewAny", source=["2", 0])
    with pytest.raises(NodeFailed, match=rf"^node 2 \({taking['class_type']}\): input .*{said}"):
        run(graph, files=MemoryFiles({"a.wav": made.wav()}))


def test_the_right_kind_comes_through():
    """Wherever it comes from."""
    assert run({"1": empty(), "2": node("ImageInvert", image=["1", 0]), "3": save("2")}).put["3"]["images"]


def test_the_gateway_knows_the_palettes_without_numpy():
    """Numbers are the worker processes' business; the gateway's own process stays small."""
    program = "import sys, stationthis_sdk.local.server; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
