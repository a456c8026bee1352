"""What a graph makes: which nodes' work is a result, of which kind, and what it is for above all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.graphs.results import KINDS, OutputNode


def made(class_type: str, *feeds: str, **inputs: Any) -> dict[str, Any]:
    """A node that reads from these."""
    links = {f"in{at}": [feed, 0] for at, feed in enumerate(feeds)}
    return {"class_type": class_type, "inputs": {**links, **inputs}}


def outputs(graph: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Node, kind and whether it is a preview, which is the same in both formats."""
    told = [
        [(one.node_id, one.kind, one.preview) for one in describe(form).outputs]
        for form in (graph, editor_graph(graph))
    ]
    assert told[0] == told[1]
    return told[0]


def kind(graph: dict[str, Any]) -> str | None:
    """What it makes above all, in both formats."""
    told = {describe(graph).kind, describe(editor_graph(graph)).kind}
    assert len(told) == 1, told
    return told.pop()


@pytest.mark.parametrize(
    ("class_type", "inputs", "expected"),
    [
        ("SaveImage", {}, "image"),
        ("SaveImageAdvanced", {}, "image"),
        ("SaveImageWebsocket", {}, "image"),
        ("Image Save", {}, "image"),
        ("SaveSVGNode", {}, "image"),
        ("SaveAnimatedWEBP", {}, "animation"),
        ("SaveAnimatedPNG", {}, "animation"),
        ("SaveVideo", {}, "video"),
        ("SaveWEBM", {}, "video"),
        ("VHS_VideoCombine", {"format": "video/h264-mp4"}, "video"),
        ("VHS_VideoCombine", {"format": "image/gif"}, "animation"),
        ("VHS_VideoCombine", {}, "video"),
        ("ADE_AnimateDiffCombine", {}, "animation"),
        ("SaveAudio", {}, "audio"),
        ("SaveAudioMP3", {}, "audio"),
        ("SaveGLB", {}, "mesh"),
        ("Save3DAdvanced", {}, "mesh"),
        ("SaveText", {}, "text"),
        ("SaveLatent", {}, "file"),
        ("ComfyDeployOutputImage", {}, "image"),
        ("ComfyDeployOutputText", {}, "text"),
        ("ComfyDeployOutputEXR", {}, "file"),
        ("ComfyDeployWebscoketImageOutput", {}, "image"),
        ("PreviewImage", {}, "image"),
        ("PreviewAny", {}, "text"),
        ("ShowText|pysssss", {}, "text"),
    ],
)
def test_an_output_node_says_what_it_makes(class_type: str, inputs: dict[str, Any], expected: str) -> None:
    """By its class, and a combination of frames by the format it writes."""
    graph = {"1": made("Something"), "2": made(class_type, "1", **inputs)}
    ((node_id, told, preview),) = outputs(graph)
    assert (node_id, told) == ("2", expected)
    assert preview == class_type.startswith(("Preview", "Show"))
    assert kind(graph) == expected


@pytest.mark.parametrize("order", ["123456", "654321", "612345", "351624"])
def test_the_order_of_nodes_decides_nothing(order: str) -> None:
    """A video's graph is a video's wherever its decoder, its preview and its still stand."""
    nodes = {
        "1": made("KSampler"),
        "2": made("VAEDecode", "1"),
        "3": made("VHS_VideoCombine", "2", format="video/h264-mp4"),
        "4": made("SaveImage", "2"),
        "5": made("PreviewImage", "2"),
        "6": made("VAEDecode", "1"),
    }
    graph = {name: nodes[name] for name in order}
    assert kind(graph) == "video"
    assert {one[0] for one in outputs(graph)} == {"3", "4", "5"}
    assert outputs(graph)[-1] == ("5", "image", True)


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (["SaveImage", "SaveVideo"], "video"),
        (["SaveText", "SaveImage"], "image"),
        (["SaveAudio", "SaveImage"], "audio"),
        (["SaveVideo", "SaveGLB"], "mesh"),
        (["SaveLatent", "SaveText"], "text"),
        (["SaveAnimatedWEBP", "SaveImage"], "animation"),
        (["PreviewImage", "SaveText"], "text"),
        (["VHS_VideoCombine", "PreviewImage", "PreviewAny"], "video"),
        (["PreviewImage", "PreviewAny"], "image"),
    ],
)
def test_of_several_results_one_is_what_it_is_for(classes: list[str], expected: str) -> None:
    """What is kept counts before what is only looked at; a turning view of a mesh is there for the mesh."""
    for order in (classes, classes[::-1]):
        graph = {"1": made("Something")} | {
            str(at): made(class_type, "1") for at, class_type in enumerate(order, 2)
        }
        assert kind(graph) == expected


@pytest.mark.parametrize("class_type", ["SaveImage", "SaveImageAdvanced", "VHS_VideoCombine", "PreviewImage"])
def test_a_result_that_is_passed_on_is_one(class_type: str) -> None:
    """What a node saves is a result although something compares or prunes it afterwards."""
    graph = {"1": made("VAEDecode"), "2": made(class_type, "1"), "3": made("ImageCompare", "2")}
    assert [one[0] for one in outputs(graph)] == ["2"]


@pytest.mark.parametrize(
    "class_type",
    ["ConditioningCombine", "MaskCombine", "StringCombine", "ComfyUIDeployStringCombine", "VAEDecode", "LoadImage"],
)  # fmt: skip
def test_what_is_left_over_is_no_result(class_type: str) -> None:
    """A node that nothing reads from is a result only if its class says so."""
    graph = {"1": made("VAEDecode"), "2": made("PreviewImage", "1"), "3": made(class_type, "1")}
    assert [one[0] for one in outputs(graph)] == ["2"]


@pytest.mark.parametrize(
    ("maker", "expected"),
    [
        ("VAEDecode", "image"),
        ("CreateVideo", "video"),
        ("TextToSpeech", "audio"),
        ("VoxelToMesh", "mesh"),
        ("Florence2Run", "text"),
        ("Zip", "file"),
    ],
)
def test_a_node_for_anything_is_of_what_feeds_it(maker: str, expected: str) -> None:
    """The plugin's own output of files: by who made what it is given."""
    graph = {"1": made(maker), "2": made("ComfyDeployOutputFile", "1", output_id="mine")}
    assert kind(graph) == expected
    assert [one.output_id for one in describe(graph).outputs] == ["mine"]


@pytest.mark.parametrize(
    ("type_", "expected"), [("IMAGE", "image"), ("MASK", "image"), ("VIDEO", "video"), ("AUDIO", "audio"), ("STRING", "text")]
)  # fmt: skip
def test_the_editor_tells_what_a_link_carries(type_: str, expected: str) -> None:
    """Where the file says what runs over the link, that counts."""
    graph = editor_graph({"1": made("Something"), "2": made("ComfyDeployStdOutputAny", "1")})
    graph["links"][0][5] = type_
    assert describe(graph).kind == expected


def test_muted_and_bypassed_outputs_make_nothing() -> None:
    """What does not run in the editor's graph is no result."""
    graph = editor_graph({"1": made("VAEDecode"), "2": made("SaveVideo", "1"), "3": made("SaveImage", "1")})
    for mode in (2, 4):
        graph["nodes"][1]["mode"] = mode
        assert [one.node_id for one in describe(graph).outputs] == ["3"]
        assert describe(graph).kind == "image"


def test_a_graph_without_outputs() -> None:
    """Then it is what its ends are; of nothing it is nothing."""
    chain = {"0": made("CLIPTextEncode"), "1": made("KSampler", "0"), "2": made("VAEDecode", "1")}
    assert outputs(chain) == [("2", "image", False)]
    assert outputs({**chain, "3": made("ComfyDeployOutputFile", "1")}) == [("3", "file", False)]
    assert describe({}).kind is None
    assert describe({"1": made("LoadImage")}).outputs == ()


@given(
    some.dictionaries(
        some.sampled_from("1234567"),
        some.builds(
            made,
            some.sampled_from(
                ["SaveImage", "SaveVideo", "PreviewImage", "PreviewAny", "VAEDecode", "SaveLatent"]
            ),
            some.sampled_from("1234567"),
        ),
        min_size=1,
    ),
    some.randoms(),
)
def test_any_order_of_any_nodes_is_told_alike(graph: dict[str, Any], random: Any) -> None:
    """The results are the same set, in any order of nodes, with circles too; each kind is a known one."""
    names = list(graph)
    random.shuffle(names)
    mixed = describe({name: graph[name] for name in names})
    first = describe(graph)
    assert set(mixed.outputs) == set(first.outputs)
    assert (mixed.kind, mixed.category) == (first.kind, first.category)
    assert {one.kind for one in first.outputs} <= set(KINDS)


def test_an_output_shows_itself() -> None:
    """By its author's name, else by its class."""
    assert repr(OutputNode("1", "SaveImage", "image")) == "<SaveImage image>"
    assert str(OutputNode("1", "PreviewImage", "image", "final", preview=True)) == "final image (preview)"
