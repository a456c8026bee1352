"""The engine by itself: what nodes do, how graphs are refused, what becomes of inputs."""

import contextlib
import io
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stationthis_sdk.local.engine.graph import plan
from stationthis_sdk.local.engine.running import execute
from stationthis_sdk.local.engines import (
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodeStarted,
    NodeStepped,
    Stopped,
)
from stationthis_sdk.local.runs.inputs import with_inputs

EXTERNAL = "ComfyUIDeployExternal"


class MemoryFiles:
    """Files in memory."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.uploads = files or {}
        self.kept: list[tuple[bytes, str]] = []

    def read(self, name: str) -> bytes | None:
        return self.uploads.get(name)

    def keep(self, content: bytes, suffix: str) -> str:
        self.kept.append((content, suffix))
        return f"/files/outputs/{len(self.kept)}{suffix}"


def run(
    graph: Any,
    values: Any = None,
    *,
    files: MemoryFiles | None = None,
    editor: Any = None,
    stopped=lambda: False,
) -> list[Any]:
    """Run a graph and give all its reports."""
    reports: list[Any] = []
    execute(graph, values or {}, editor, files=files or MemoryFiles(), report=reports.append, stopped=stopped)
    return reports


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


def shown(source: dict[str, Any], values: Any = None) -> str:
    """What PreviewAny makes of a node's first output."""
    graph = {"1": source, "2": node("PreviewAny", source=["1", 0])}
    (put,) = [report for report in run(graph, values) if isinstance(report, NodeOutput)]
    return str(put.data["text"][0])


def pixels(graph: Any, files: MemoryFiles | None = None) -> np.ndarray:
    """The first picture that a graph with a SaveImage at "9" saves."""
    files = files or MemoryFiles()
    run(graph, files=files)
    return np.asarray(Image.open(io.BytesIO(files.kept[0][0])))


def saved(*nodes: dict[str, Any]) -> dict[str, Any]:
    """A graph of nodes 1, 2, … whose last one is saved."""
    graph = {str(number): each for number, each in enumerate(nodes, start=1)}
    return {**graph, "9": node("SaveImage", images=[str(len(nodes)), 0], filename_prefix="x")}


def empty(width=8, height=6, color=0x102030, batch_size=1) -> dict[str, Any]:
    return node("EmptyImage", width=width, height=height, batch_size=batch_size, color=color)


@pytest.mark.parametrize(
    ("class_type", "fields", "value", "text"),
    [
        ("Text", {"default_value": "d"}, "words", "words"),
        ("Text", {"default_value": "d"}, 5, "5"),
        ("TextAny", {"default_value": "d"}, [1, 2, 3], None),
        ("TextSingleLine", {"default_value": "d"}, True, "True"),
        ("Number", {"default_value": 1.5}, 2.25, "2.25"),
        ("Number", {"default_value": 1.5}, "abc", "1.5"),
        ("NumberInt", {"default_value": 9}, 12, "12"),
        ("NumberInt", {"default_value": 9}, -3, "9"),
        ("NumberInt", {"default_value": 9}, 2.5, "9"),
        ("NumberInt", {"default_value": 9}, True, "9"),
        ("NumberInt", {"default_value": 9}, "7" * 5000, "9"),
        ("NumberSlider", {"default_value": 0.5, "min_value": 0, "max_value": 1}, 0.75, "0.75"),
        ("NumberSlider", {"default_value": 0.5, "min_value": 0, "max_value": 1}, 7, "0.5"),
        ("NumberSliderInt", {"default_value": 3, "min_value": 0, "max_value": 10}, 4, "4"),
        ("NumberSliderInt", {"default_value": 3, "min_value": 0, "max_value": 10}, 11, "3"),
        ("Boolean", {"default_value": True}, False, "False"),
        ("Boolean", {"default_value": False}, "false", "True"),
        ("Enum", {"default_value": "a", "options": '["a", "b"]'}, "zzz", "zzz"),
        ("Seed", {"default_value": -1, "min_value": 1, "max_value": 100}, 42, "42"),
    ],
)
def test_external_inputs_convert_as_the_plugin_does(class_type, fields, value, text):
    """Silently, the defaults for what doesn't fit included; an absent value is the default."""
    source = node(EXTERNAL + class_type, input_id="x", **fields)
    if text is None:
        with pytest.raises(GraphRefused):  # a list in a text field is taken for a link, as in ComfyUI
            shown(source, {"x": value})
    else:
        assert shown(source, {"x": value}) == text
    default = fields["default_value"]
    assert default == -1 or shown(source) == str(default)


@settings(deadline=None)
@given(st.integers(-(2**40), 2**40))
def test_seeds_out_of_range_are_random_within_it(value):
    """And those within are kept."""
    got = int(shown(node(EXTERNAL + "Seed", input_id="x", default_value=value, min_value=5, max_value=9)))
    assert 5 <= got <= 9
    assert got == value or not 5 <= value <= 9


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(), st.lists(st.integers()))))
def test_values_land_only_where_they_are_named(values):
    """Unknown names change nothing, the graph given is left alone, and both nodes of one name get the value."""
    graph = {
        "1": node(EXTERNAL + "Text", input_id="a", default_value="d"),
        "2": node(EXTERNAL + "NumberInt", input_id="a", default_value=1),
        "3": node("SaveImage", filename_prefix="a"),
        "4": {"class_type": 5, "inputs": None},
        "5": None,
    }
    before = json.dumps(graph)
    changed = with_inputs(graph, values)
    assert json.dumps(graph) == before
    if "a" in values:
        assert changed["1"]["inputs"] == {"input_id": values["a"], "default_value": values["a"]}
        assert changed["2"]["inputs"] == {"input_id": values["a"], "default_value": 1}
    else:
        assert changed == graph


def test_pictures_as_inputs():
    """URLs and PNG or JPEG data URLs are read, alpha is kept when asked for, the default is a link or a URL."""
    out = io.BytesIO()
    Image.new("RGBA", (5, 4), (1, 2, 3, 100)).save(out, "PNG")
    files = MemoryFiles({"http://here/a.png": out.getvalue()})
    for class_type, shape in (("Image", "(1, 4, 5, 3)"), ("ImageAlpha", "(1, 4, 5, 4)")):
        for fields in (
            {"input_id": "http://here/a.png"},
            {"input_id": "x", "default_value_url": "http://here/a.png"},
        ):
            graph = {"1": node(EXTERNAL + class_type, **fields), "2": node("PreviewAny", source=["1", 0])}
            (put,) = [report for report in run(graph, files=files) if isinstance(report, NodeOutput)]
            assert put.data["text"] == [f"float32 array of shape {shape}"]
    linked = saved(empty(3, 3), node(EXTERNAL + "Image", input_id="x", default_value=["1", 0]))
    assert pixels(linked).shape == (3, 3, 3)


def test_a_broken_picture_says_what_to_give():
    """The error names the node."""
    graph = saved(node("LoadImage", image="a"))
    with pytest.raises(
        NodeFailed, match=r"node 1 \(LoadImage\): the picture can't be read: the file is none; give a PNG"
    ):
        run(graph, files=MemoryFiles({"a": b"no picture"}))
    with pytest.raises(GraphRefused, match=r"invalid image file: nope\.png"):
        run(saved(node("LoadImage", image="nope.png")))


def test_image_nodes():
    """Each does what ComfyUI's does, on sizes and on pixels."""
    assert pixels(saved(empty()))[0, 0].tolist() == [0x10, 0x20, 0x30]
    assert pixels(saved(empty(), node("ImageInvert", image=["1", 0])))[0, 0].tolist() == [239, 223, 207]
    scaled = node(
        "ImageScale", image=["1", 0], upscale_method="bilinear", width=20, height=0, crop="disabled"
    )
    assert pixels(saved(empty(), scaled)).shape == (15, 20, 3)
    centred = node("ImageScale", image=["1", 0], upscale_method="lanczos", width=4, height=4, crop="center")
    assert pixels(saved(empty(), centred)).shape == (4, 4, 3)
    by = node("ImageScaleBy", image=["1", 0], upscale_method="nearest-exact", scale_by=2.0)
    assert pixels(saved(empty(), by)).shape == (12, 16, 3)
    assert pixels(saved(empty(), node("ImageCrop", image=["1", 0], width=100, height=2, x=3, y=1))).shape == (
        2,
        5,
        3,
    )
    assert pixels(saved(empty(), node("ImageRotate", image=["1", 0], rotation="90 degrees"))).shape == (
        8,
        6,
        3,
    )
    assert pixels(saved(empty(), node("ImageBlur", image=["1", 0], blur_radius=31, sigma=10.0))).shape == (
        6,
        8,
        3,
    )
    batch = {**saved(empty(), empty(4, 4), node("ImageBatch", image1=["1", 0], image2=["2", 0]))}
    files = MemoryFiles()
    run(batch, files=files)
    assert len(files.kept) == 2


def test_turning_and_flipping_move_the_right_corner():
    """A picture with one white corner: clockwise turns, and flips along the axis they name."""
    corner = np.zeros((3, 4, 3), np.uint8)
    corner[0, 0] = 255
    out = io.BytesIO()
    Image.fromarray(corner).save(out, "PNG")
    files_of = lambda: MemoryFiles({"a": out.getvalue()})  # noqa: E731
    load = node("LoadImage", image="a")
    for each, place in (
        (node("ImageRotate", image=["1", 0], rotation="90 degrees"), (0, 2)),
        (node("ImageRotate", image=["1", 0], rotation="180 degrees"), (2, 3)),
        (node("ImageFlip", image=["1", 0], flip_method="x-axis: vertically"), (2, 0)),
        (node("ImageFlip", image=["1", 0], flip_method="y-axis: horizontally"), (0, 3)),
    ):
        got = pixels(saved(load, each), files_of())
        assert np.argwhere(got[..., 0] == 255).tolist() == [list(place)]


@pytest.mark.parametrize("mode", ["normal", "multiply", "screen", "overlay", "soft_light", "difference"])
@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0])
def test_blending(mode, factor):
    """At 0 the first picture stays; everything stays within 0..1; unlike sizes are fitted."""
    blend = node("ImageBlend", image1=["1", 0], image2=["2", 0], blend_factor=factor, blend_mode=mode)
    got = pixels(saved(empty(8, 6, 0x808080), empty(3, 9, 0x40C0FF), blend))
    assert got.shape == (6, 8, 3)
    if factor == 0:
        assert got[0, 0].tolist() == [128, 128, 128]
    if mode == "normal" and factor == 1:
        assert got[0, 0].tolist() == [0x40, 0xC0, 0xFF]


def test_words():
    """Strings and integers through their nodes."""
    assert shown(node("StringConcatenate", string_a="a", string_b="b", delimiter="-")) == "a-b"
    assert shown(node("PrimitiveInt", value="5")) == "5"
    assert shown(node("PrimitiveString", value=5)) == "5"


def test_previews_are_never_uploaded():
    """PreviewImage runs and puts nothing out."""
    files = MemoryFiles()
    reports = run({"1": empty(), "2": node("PreviewImage", images=["1", 0])}, files=files)
    assert files.kept == []
    assert not any(isinstance(report, NodeOutput) for report in reports)


@pytest.mark.parametrize(("file_type", "form"), [("png", "PNG"), ("jpg", "JPEG"), ("webp", "WEBP")])
def test_picture_files_carry_their_graph(file_type, form):
    """PNG in text chunks, WebP in EXIF, as ComfyUI does; JPEG has no room for it."""
    output = node(
        "ComfyDeployOutputImage", images=["1", 0], file_type=file_type, filename_prefix="x", quality=80
    )
    graph = {"1": empty(), "2": output}
    files = MemoryFiles()
    run(graph, files=files, editor={"nodes": []})
    picture = Image.open(io.BytesIO(files.kept[0][0]))
    assert picture.format == form
    if form == "PNG":
        assert json.loads(picture.text["prompt"]) == graph
        assert json.loads(picture.text["workflow"]) == {"nodes": []}
    if form == "WEBP":
        exif = picture.getexif()
        assert json.loads(exif[0x0110].removeprefix("prompt:")) == graph
        assert json.loads(exif[0x010F].removeprefix("workflow:")) == {"nodes": []}


def test_file_names_count_up_within_a_run():
    """By prefix; the size may be in it."""
    graph = {
        "1": empty(8, 6, batch_size=2),
        "2": node("SaveImage", images=["1", 0], filename_prefix="%width%x%height%"),
        "3": node("SaveImage", images=["1", 0], filename_prefix="a/8x6"),
        "4": node("SaveImage", images=["1", 0], filename_prefix="8x6"),
    }
    items = [
        item for report in run(graph) if isinstance(report, NodeOutput) for item in report.data["images"]
    ]
    names = [(item["subfolder"], item["filename"]) for item in items]
    assert names == [
        ("", "8x6_00001_.png"), ("", "8x6_00002_.png"), ("a", "8x6_00001_.png"),
        ("a", "8x6_00002_.png"), ("", "8x6_00003_.png"), ("", "8x6_00004_.png"),
    ]  # fmt: skip


@pytest.mark.parametrize("prefix", ["../../x", "/etc/x", "a/../../b", "a\\..\\..\\b", "c:x", "x\0"])
def test_a_prefix_that_leaves_the_folder_fails_the_node(prefix):
    """While running, as in ComfyUI."""
    graph = {"1": empty(), "2": node("SaveImage", images=["1", 0], filename_prefix=prefix)}
    with pytest.raises(NodeFailed, match="leaves the output folder"):
        run(graph)


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ({}, "empty"),
        ([], "empty"),
        (None, "empty"),
        ({"1": 5}, "node 1 has no class_type"),
        ({"1": {"inputs": {}}}, "node 1 has no class_type"),
        ({"1": empty()}, "no output node"),
        (saved(node("KSampler")), r"no KSampler \(node 1\)"),
        ({"2": node("SaveImage", images=["9", 0], filename_prefix="x")}, "node 2.*links to node 9"),
        ({"1": empty(), "2": node("SaveImage", images=["1", 3], filename_prefix="x")}, "links to output 3"),
        (
            {"1": empty(), "2": node("SaveImage", images=["1", 0])},
            "required input is missing: filename_prefix",
        ),
        ({"1": empty(), "2": node("SaveImage", images=["1"], filename_prefix="x")}, "images must be a link"),
        ({"1": empty(), "2": node("SaveImage", images=5, filename_prefix="x")}, "images takes a link"),
        (saved(node("PrimitiveInt", value=1)), r"received_type\(INT\) mismatch input_type\(IMAGE\)"),
        (saved(empty(width=0)), "Value 0 smaller than min of 1"),
        (saved(empty(height=99999)), "Value 99999 bigger than max of 16384"),
        (saved(empty(batch_size="x")), "batch_size, x, invalid literal"),
        (saved(empty(width=float("inf"))), "width, inf"),
        (saved(node("StationThisPicture", prompt="x", seed=float("nan"))), "seed, nan"),
        (saved(empty(), node("ImageRotate", image=["1", 0], rotation="left")), "'left' not in"),
        (
            saved(node("ImageInvert", image=["2", 0]), node("ImageInvert", image=["1", 0])),
            "cycle through node",
        ),
    ],
)
def test_graphs_that_cannot_run_say_why(graph, said):
    """Before anything runs, naming the node."""
    with pytest.raises(GraphRefused, match=said):
        run(graph)


def test_a_deep_graph_needs_no_deep_stack():
    """Two thousand nodes in a row are planned; more are refused."""
    chain = {str(number): node("ImageInvert", image=[str(number - 1), 0]) for number in range(1, 1998)}
    graph = {"0": empty(1, 1), **chain, "end": node("PreviewImage", images=["1997", 0])}
    order = [planned.node_id for planned in plan(graph)]
    assert order[0] == "0"
    assert order[-1] == "end"
    with pytest.raises(GraphRefused, match="2001 nodes"):
        plan({**graph, "more": empty(), "most": empty()})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("123"), st.fixed_dictionaries({"class_type": st.sampled_from(
    ["SaveImage", "EmptyImage", "PreviewAny", "ComfyUIDeployExternalSeed", "StationThisPicture", "ImageBatch"]),
    "inputs": st.dictionaries(st.sampled_from(["images", "width", "source", "image1", "seed", "input_id"]), JSON)})))  # fmt: skip
def test_no_graph_breaks_the_planner(graph):
    """Whatever is in a graph, it is planned or refused."""
    with contextlib.suppress(GraphRefused):
        plan(graph)


def test_sizes_beyond_the_limit_are_refused_while_running():
    """One value's pixels, a batch's too, and a text that doubles itself."""
    with pytest.raises(NodeFailed, match="smaller width, height or batch"):
        run(saved(empty(16384, 16384)))
    with pytest.raises(NodeFailed, match="smaller width"):
        run(saved(empty(512, 512, batch_size=4096)))
    scaled = node(
        "ImageScale", image=["1", 0], upscale_method="area", width=16384, height=16384, crop="disabled"
    )
    with pytest.raises(NodeFailed, match="smaller width"):
        run(saved(empty(), scaled))
    doubling = {str(n): node("StringConcatenate", string_a=[str(n - 1), 0], string_b=[str(n - 1), 0], delimiter="")
                for n in range(1, 60)}  # fmt: skip
    graph = {
        "0": node("PrimitiveString", value="ab"),
        **doubling,
        "end": node("PreviewAny", source=["59", 0]),
    }
    with pytest.raises(NodeFailed, match="shorten it"):
        run(graph)


def test_progress_rises_and_counts_the_steps():
    """From 0 toward 1 in the order of the work; the picture node has the largest share."""
    graph = saved(node("StationThisPicture", prompt="x", seed=1, steps=7, width=32, height=32))
    reports = [report for report in run(graph) if isinstance(report, NodeStarted | NodeStepped)]
    progress = [report.progress for report in reports]
    assert progress == sorted(progress)
    assert progress[0] == 0
    assert progress[-1] < 1
    assert [report.value for report in reports if isinstance(report, NodeStepped)] == list(range(1, 8))


def test_a_stop_is_heard_between_steps():
    """No further step is taken."""
    steps: list[int] = []

    def report(what: Any) -> None:
        if isinstance(what, NodeStepped):
            steps.append(what.value)

    graph = saved(node("StationThisPicture", prompt="x", seed=1, steps=50, width=32, height=32))
    with pytest.raises(Stopped):
        execute(graph, {}, None, files=MemoryFiles(), report=report, stopped=lambda: len(steps) >= 3)
    assert steps == [1, 2, 3]


def test_results_are_dropped_once_nobody_needs_them():
    """A long chain of large pictures holds one of them at a time."""
    large = empty(2048, 2048)
    chain = [node("ImageInvert", image=[str(number), 0]) for number in range(1, 8)]
    graph = {str(number): each for number, each in enumerate([large, *chain], start=1)}
    run({**graph, "9": node("PreviewImage", images=["8", 0])})
