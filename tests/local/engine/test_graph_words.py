"""A graph that can't run is refused in ComfyUI's own words, node by node."""

import json

import pytest

from stationthis_sdk.local.engine import nodes as _nodes
from stationthis_sdk.local.engine.graph import plan
from stationthis_sdk.local.engines import GraphRefused, NodeFailed
from tests.local.engine.graphs import MemoryFiles, empty, node, run, save

_ = _nodes

_WIDTH = ["INT", {"default": 512, "min": 1, "max": 16384}]
_TURN = [["none", "90 degrees", "180 degrees", "270 degrees"], {}]
_BAD_LINK = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
_TURNS = "['none', '90 degrees', '180 degrees', '270 degrees']"
_EXCEPTION = "Exception when validating node"


def refused(graph: object) -> GraphRefused:
    """The refusal of a graph."""
    with pytest.raises(GraphRefused) as told:
        plan(graph)
    json.dumps(told.value.errors, allow_nan=True)
    return told.value


@pytest.mark.parametrize(
    ("graph", "kind", "message", "details"),
    [
        ({}, "prompt_no_outputs", "Prompt has no outputs", ""),
        ([], "prompt_no_outputs", "Prompt has no outputs", ""),
        ({"1": empty()}, "prompt_no_outputs", "Prompt has no outputs", ""),
        ({"7": node("KSampler")}, "invalid_prompt", "Cannot execute because node KSampler does not exist.",
         "Node ID '#7'"),
        ({"7": {"inputs": {}}}, "invalid_prompt",
         "Cannot execute because a node is missing the class_type property.", "Node ID '#7'"),
        ({"1": empty(width=0), "2": save("1")}, "prompt_outputs_failed_validation",
         "Prompt outputs failed validation", ""),
        ({"2": node("SaveImage", filename_prefix="x")}, "prompt_outputs_failed_validation",
         "Prompt outputs failed validation", "Required input is missing: images"),
    ],
)  # fmt: skip
def test_the_whole_graph_has_one_error(graph, kind, message, details):
    """Its type, message and details; the message for people is another."""
    told = refused(graph)
    assert told.error == {"type": kind, "message": message, "details": details, "extra_info": {}}
    assert (told.errors == {}) == (kind != "prompt_outputs_failed_validation")


@pytest.mark.parametrize(
    ("wrong", "kind", "message", "details", "extra"),
    [
        (node("ImageRotate", image=["1", 0]), "required_input_missing", "Required input is missing", "rotation",
         {"input_name": "rotation"}),
        (node("ImageInvert", image=["1"]), "bad_linked_input", _BAD_LINK, "image",
         {"input_name": "image", "input_config": ["IMAGE", {}], "received_value": ["1"]}),
        (node("ImageInvert", image=5), "bad_linked_input", _BAD_LINK, "image",
         {"input_name": "image", "input_config": ["IMAGE", {}], "received_value": 5}),
        (node("ImageInvert", image=["3", 0]), "return_type_mismatch", "Return type mismatch between linked nodes",
         "image, received_type(INT) mismatch input_type(IMAGE)",
         {"input_name": "image", "input_config": ["IMAGE", {}], "received_type": "INT", "linked_node": ["3", 0]}),
        (empty(width="x"), "invalid_input_type", "Failed to convert an input value to a INT value",
         "width, x, invalid literal for int() with base 10: 'x'",
         {"input_name": "width", "input_config": _WIDTH, "received_value": "x",
          "exception_message": "invalid literal for int() with base 10: 'x'"}),
        (empty(width=0), "value_smaller_than_min", "Value 0 smaller than min of 1", "width",
         {"input_name": "width", "input_config": _WIDTH, "received_value": 0}),
        (empty(width="99999"), "value_bigger_than_max", "Value 99999 bigger than max of 16384", "width",
         {"input_name": "width", "input_config": _WIDTH, "received_value": 99999}),
        (node("ImageRotate", image=["1", 0], rotation="left"), "value_not_in_list", "Value not in list",
         f"rotation: 'left' not in {_TURNS}",
         {"input_name": "rotation", "input_config": _TURN, "received_value": "left"}),
        (node("ImageInvert", image=["99", 0]), "exception_during_validation", _EXCEPTION, "'99'",
         {"input_name": "image", "input_config": ["IMAGE", {}], "linked_node": ["99", 0],
          "exception_type": "KeyError", "traceback": []}),
        (node("ImageInvert", image=["1", 4]), "exception_during_validation", _EXCEPTION, "tuple index out of range",
         {"input_name": "image", "input_config": ["IMAGE", {}], "linked_node": ["1", 4],
          "exception_type": "IndexError", "traceback": []}),
    ],
)  # fmt: skip
def test_each_fault_is_told_of_its_node(wrong, kind, message, details, extra):
    """Type, message, details and what was received, with the outputs that fail by it."""
    graph = {"1": empty(), "3": node("PrimitiveInt", value=1), "2": wrong, "8": save("2"), "9": save("1"),
             "10": save("2")}  # fmt: skip
    told = refused(graph)
    error = {"type": kind, "message": message, "details": details, "extra_info": extra}
    node_error = {"errors": [error], "dependent_outputs": ["8", "10"], "class_type": wrong["class_type"]}
    assert told.errors == {"2": node_error}
    assert str(told).startswith(f"node 2 ({wrong['class_type']}): ")


def test_every_fault_of_every_needed_node_is_told_and_of_no_other():
    """Several of one node, and none of nodes that no output needs."""
    graph = {
        "1": empty(width=0, height="x"),
        "2": node("ImageInvert", image=["1", 0]),
        "3": node("ImageInvert", image=["9", 9]),
        "4": node("PreviewImage", images=["2", 0]),
        "5": node("SaveImage"),
    }
    told = refused(graph)
    assert {
        node_id: [fault["type"] for fault in found["errors"]] for node_id, found in told.errors.items()
    } == {
        "1": ["value_smaller_than_min", "invalid_input_type"],
        "5": ["required_input_missing", "required_input_missing"],
    }
    assert told.errors["1"]["dependent_outputs"] == ["4"]
    assert told.details == "Required input is missing: images\nRequired input is missing: filename_prefix"


@pytest.mark.parametrize(
    "given", ["x" * 10**6, ["x" * 10**6] * 3, {"a": "x" * 10**6}, [[1] * 10**6], 10**300, float("nan")]
)
def test_a_huge_value_does_not_come_back(given):
    """The answer keeps its length whatever was sent."""
    told = refused({"1": empty(width=given), "2": save("1")})
    assert len(json.dumps([told.errors, str(told)])) < 3000


def test_one_bad_output_refuses_the_good_ones_too():
    """Nothing of such a graph is run."""
    told = refused({"1": empty(), "2": save("1"), "3": node("SaveImage", images=["1", 0])})
    assert list(told.errors) == ["3"]


@pytest.mark.parametrize(("class_type", "field", "what", "more"), [
    ("LoadImage", "image", "image", {}),
    ("LoadImageMask", "image", "image", {"channel": "red"}),
    ("LoadAudio", "audio", "audio", {}),
    ("LoadVideo", "file", "video", {}),
])  # fmt: skip
def test_a_file_that_is_not_there_is_told_before_anything_runs(class_type, field, what, more):
    """As ComfyUI's own check of these nodes tells it; in words for people with what to do."""
    graph = {"1": empty(), "2": node(class_type, **{field: "no.file"}, **more), "3": save("1"),
             "4": node("PreviewAny", source=["2", 0])}  # fmt: skip
    files = MemoryFiles()
    with pytest.raises(
        GraphRefused, match=rf"^node 2 \({class_type}\): invalid {what} file: no.file; upload it"
    ) as told:
        run(graph, files=files)
    assert files.kept == []
    assert told.value.errors["2"]["errors"] == [{
        "type": "custom_validation_failed", "message": "Custom validation failed for node",
        "details": f"{field} - Invalid {what} file: no.file",
        "extra_info": {"input_name": field, "input_config": [[], {}], "received_value": "no.file"},
    }]  # fmt: skip
    assert told.value.errors["2"]["dependent_outputs"] == ["4"]


def test_files_are_looked_for_once_and_only_when_all_else_is_right():
    """What the check has read, the node need not read again."""
    graph = {"1": node("LoadImage", image="a"), "2": save("1"), "3": empty(width=0), "4": save("3")}
    files = MemoryFiles({"a": b"no picture"})
    with pytest.raises(GraphRefused):
        run(graph, files=files)
    assert files.asked == []
    with pytest.raises(NodeFailed, match="can't be read"):
        run({**graph, "3": empty()}, files=files)
    assert files.asked == ["a"]


def test_a_refusal_stays_small_however_large_the_graph():
    """Hundreds of faults that hundreds of outputs depend on would be a hundred megabytes of names."""
    ids = ["n" * 190 + str(number) for number in range(400)]
    sources = [5, *([before, 0] for before in ids)]
    graph = {at: node("ImageBlend", image1=source) for at, source in zip(ids, sources, strict=False)}
    graph |= {"s" * 190 + str(number): save(ids[-1]) for number in range(400)}
    told = refused(graph)
    assert len(told.errors) == 400
    assert len(json.dumps(told.errors)) < 2**22
