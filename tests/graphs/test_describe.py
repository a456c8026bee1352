"""What a graph is, told alike of both formats, of small graphs and of real ones."""

import functools
import importlib.resources
import json
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from editor_exports import templates
from stationthis_sdk import InvalidInput
from stationthis_sdk.graphs.convert import to_api
from stationthis_sdk.graphs.describe import GraphDescription, describe, graph_inputs
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, external_inputs
from stationthis_sdk.graphs.formats import editor_graph
from stationthis_sdk.inputs.fields import inputs_in

_P = "ComfyUIDeployExternal"
CLASSES = json.loads((Path(__file__).parent / "editor_exports.json").read_text())["classes"]


def made(class_type: str, *feeds: str, **inputs: Any) -> dict[str, Any]:
    """A node that reads from these."""
    links = {f"in{at}": [feed, 0] for at, feed in enumerate(feeds)}
    return {"class_type": class_type, "inputs": {**links, **inputs}}


def told(graph: dict[str, Any]) -> GraphDescription:
    """What is told of a graph, which is the same in both formats."""
    about = describe(graph)
    assert describe(editor_graph(graph)) == about
    return about


def graph_of(*chain: str) -> dict[str, Any]:
    """Nodes that each read from the one before."""
    return {str(at): made(class_type, *([str(at - 1)] if at else [])) for at, class_type in enumerate(chain)}


# --- categories -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chain", "kind", "category"),
    [
        (["KSampler", "VAEDecode", "SaveImage"], "image", "text-to-image"),
        ([f"{_P}Text", "CLIPTextEncode", "KSampler", "VAEDecode", "SaveImage"], "image", "text-to-image"),
        (["LoadImage", "KSampler", "SaveImage"], "image", "image-to-image"),
        ([f"{_P}Image", "KSampler", "SaveImage"], "image", "image-to-image"),
        ([f"{_P}ImageAlpha", "KSampler", "SaveImage"], "image", "image-to-image"),
        ([f"{_P}ImageBatch", "KSampler", "SaveImage"], "image", "image-to-image"),
        ([f"{_P}EXR", "KSampler", "SaveImage"], "image", "image-to-image"),
        ([f"{_P}Video", "GetFrame", "SaveImage"], "image", "image-to-image"),
        (["Image Load", "KSampler", "SaveImage"], "image", "image-to-image"),
        (["easy loadImageBase64", "KSampler", "SaveImage"], "image", "image-to-image"),
        (["LoadImageModel", "KSampler", "SaveImage"], "image", "text-to-image"),
        (["ImageOnlyCheckpointLoader", "KSampler", "SaveImage"], "image", "text-to-image"),
        ([f"{_P}Audio", "KSampler", "SaveImage"], "image", "text-to-image"),
        ([f"{_P}Lora", "KSampler", "SaveImage"], "image", "text-to-image"),
        (["KSampler", "VAEDecode", "CreateVideo", "SaveVideo"], "video", "video"),
        (["LoadImage", "KSampler", "VHS_VideoCombine"], "video", "video"),
        (["KSampler", "SaveAnimatedWEBP"], "animation", "video"),
        (["TextToSpeech", "SaveAudio"], "audio", "audio"),
        (["LoadImage", "VoxelToMesh", "SaveGLB"], "mesh", "3d"),
        (["LoadImage", "Florence2Run", "PreviewAny"], "text", "interrogate"),
        ([f"{_P}Video", "Caption", "ComfyDeployOutputText"], "text", "interrogate"),
        ([f"{_P}Text", "TextGenerate", "ComfyDeployOutputText"], "text", "text"),
        (["KSampler", "SaveLatent"], "file", "other"),
        (["Nothing"], None, "other"),
    ],
)
def test_what_goes_in_and_what_comes_out_is_the_category(
    chain: list[str], kind: str | None, category: str
) -> None:
    """By the graph, in either format; what any node is called beside is not asked."""
    about = told(graph_of(*chain))
    assert (about.kind, about.category) == (kind, category)


def test_only_what_leads_to_the_result_counts() -> None:
    """A picture that is loaded beside, and feeds nothing of the result, makes no picture of a picture."""
    graph = {
        **graph_of("KSampler", "VAEDecode", "SaveImage"),
        "8": made("LoadImage"),
        "9": made("PreviewAny", "8"),
    }
    assert told(graph).category == "text-to-image"


def test_classes_are_those_that_run_each_once() -> None:
    """By name; notes, muted nodes and reroutes of the editor are none of them."""
    graph = editor_graph(
        graph_of("VAEDecode", "SaveImage") | {"7": made("VAEDecode"), "8": made("LoadImage")}
    )
    graph["nodes"].append({"id": 20, "type": "Note", "mode": 0, "widgets_values": ["flux"]})
    graph["nodes"][3]["mode"] = 2
    assert describe(graph).node_classes == ("SaveImage", "VAEDecode")


# --- inputs -----------------------------------------------------------------------------------------------------------

WORDS = {"display_name": "Shown", "description": "What it is for."}
FILLED: dict[str, dict[str, Any]] = {
    "NumberSlider": {"default_value": 0.5, "min_value": 0.0, "max_value": 1.0, **WORDS},
    "NumberSliderInt": {"default_value": 20, "min_value": 1, "max_value": 60, **WORDS},
    "Seed": {"default_value": -1, "min_value": 0, "max_value": 9, **WORDS},
    "Enum": {"default_value": "ink", "options": '["ink", "oil"]', **WORDS},
    "Text": {"default_value": "a fox", **WORDS},
    "Number": {"default_value": 1.5, **WORDS},
    "NumberInt": {"default_value": 3, **WORDS},
    "Boolean": {"default_value": True, **WORDS},
    "Image": {**WORDS, "default_value_url": "https://example.com/a.png"},
    "Lora": {"default_lora_name": "ink.safetensors", "lora_save_name": "", **WORDS, "lora_url": ""},
    "Checkpoint": {"default_value": "flux1-dev.safetensors", **WORDS},
    "Video": {"default_value": "", **WORDS},
}


def forms(name: str) -> list[dict[str, Any]]:
    """One input in API format, as the editor saves it by name, and as older editors did, by place."""
    api = {"4": {"class_type": f"{_P}{name}", "inputs": {"input_id": "mine", **FILLED[name]}}}
    named = editor_graph(api)
    placed = editor_graph(api)
    (node,) = placed["nodes"]
    node["widgets_values"] = ["mine", *FILLED[name].values()]
    del node["widgets_values_named"]
    return [api, named, placed]


@pytest.mark.parametrize("name", FILLED)
def test_ranges_options_and_help_are_kept(name: str) -> None:
    """All that its author filled in is told, in each format alike, and reaches whoever is asked for a value."""
    (first, *others) = [graph_inputs(form) for form in forms(name)]
    assert all(one == first for one in others)
    (found,) = first
    filled = FILLED[name]
    assert (found.input_id, found.display_name, found.description) == ("mine", "Shown", "What it is for.")
    assert (found.minimum, found.maximum) == (filled.get("min_value"), filled.get("max_value"))
    assert found.options == (("ink", "oil") if name == "Enum" else None)
    assert found.default == filled.get("default_value", filled.get("default_lora_name"))
    for form in forms(name):
        field = inputs_in(form)["mine"]
        assert (field.label, field.description) == ("Shown", "What it is for.")
        assert (field.minimum, field.maximum, field.options) == (found.minimum, found.maximum, found.options)
        assert field.default == found.default


def test_inputs_come_in_the_order_of_their_nodes() -> None:
    """In both formats, of every class; a link that fills one in is no default."""
    graph = {
        str(at): {"class_type": name, "inputs": {"input_id": f"in_{at}", "default_value": "x"}}
        for at, name in enumerate(EXTERNAL_CLASSES, 1)
    }
    graph["99"] = {"class_type": f"{_P}Text", "inputs": {"input_id": "linked", "default_value": ["1", 0]}}
    told_of = [graph_inputs(form) for form in (graph, editor_graph(graph))]
    assert told_of[0] == told_of[1] == external_inputs(graph)
    assert [one.input_id for one in told_of[0]][-1] == "linked"
    assert told_of[0][-1].default is None
    assert len(told_of[0]) == len(graph)


def test_muted_inputs_are_none() -> None:
    """An input that does not run in the editor takes nothing."""
    graph = editor_graph({"1": {"class_type": f"{_P}Text", "inputs": {"input_id": "prompt"}}})
    assert len(graph_inputs(graph)) == 1
    for mode in (2, 4):
        graph["nodes"][0]["mode"] = mode
        assert graph_inputs(graph) == ()


# --- anything ---------------------------------------------------------------------------------------------------------

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=6),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
NAMES = some.sampled_from(
    ["SaveImage", "VHS_VideoCombine", "LoraLoader", "UNETLoader", "CLIPLoader", "KSampler", "ComfyDeployOutputFile",
     f"{_P}Text", f"{_P}Enum", f"{_P}Lora", "Note", "Reroute", "SetNode", "GetNode", "PrimitiveNode", "sub"]
)  # fmt: skip
API_NODE = some.fixed_dictionaries(
    {"class_type": NAMES},
    optional={"inputs": JSON | some.dictionaries(some.sampled_from(["lora_name", "images", "model", "format"]), JSON | some.tuples(some.sampled_from("123"), some.integers(0, 2)).map(list)), "_meta": JSON},
)  # fmt: skip
UI_NODE = some.fixed_dictionaries(
    {"id": some.integers(1, 5) | JSON, "type": NAMES | JSON},
    optional={
        "mode": some.sampled_from([0, 2, 4]) | JSON,
        "inputs": JSON | some.lists(some.fixed_dictionaries({"name": some.text(max_size=4) | JSON, "link": some.integers(1, 4) | JSON}), max_size=2),
        "outputs": JSON,
        "widgets_values": JSON,
        "widgets_values_named": JSON,
    },
)  # fmt: skip
UI_LINK = some.tuples(*[some.integers(1, 5)] * 5, some.sampled_from(["IMAGE", "MODEL", "*"])).map(list)


@given(
    some.dictionaries(some.text(max_size=3), API_NODE | JSON, max_size=5)
    | some.dictionaries(some.text(max_size=3), JSON)
)
def test_any_object_is_described_without_an_error(graph: dict[str, Any]) -> None:
    """Whatever stands in a graph in API format, it is described: all of it is told, and can be shown."""
    about = describe(graph)
    assert attrs.asdict(about)
    assert repr(about)
    graph_inputs(graph)


@given(
    some.lists(UI_NODE | JSON, max_size=5),
    some.lists(UI_LINK | JSON, max_size=5) | JSON,
    JSON | some.fixed_dictionaries({"subgraphs": some.lists(some.fixed_dictionaries({"id": some.just("sub"), "nodes": some.lists(UI_NODE, max_size=3), "links": JSON}), max_size=2)}),
)  # fmt: skip
def test_anything_an_editor_might_have_saved_is_described(
    nodes: list[Any], links: Any, definitions: Any
) -> None:
    """Neither odd nodes, nor links to nowhere or in circles, nor subgraphs of themselves end in an error."""
    graph = {"nodes": nodes, "links": links, "definitions": definitions}
    assert repr(describe(graph))
    graph_inputs(graph)


@given(some.dictionaries(some.sampled_from("123456789"), API_NODE, max_size=6))
def test_both_formats_of_any_graph_are_described_alike(graph: dict[str, Any]) -> None:
    """What the editor needs of a graph that runs holds all that is told of it."""
    present = {
        name: {**node, "inputs": {key: value for key, value in node["inputs"].items() if lands(value, graph)}}
        for name, node in graph.items()
        if isinstance(node.get("inputs"), dict) and node["class_type"] not in EDITORS
    }
    about = describe(present)
    assert describe(editor_graph(present)) == about
    assert sorted(graph_inputs(editor_graph(present)), key=repr) == sorted(graph_inputs(present), key=repr)


EDITORS = {"Note", "Reroute", "SetNode", "GetNode", "PrimitiveNode"}


def lands(value: Any, graph: dict[str, Any]) -> bool:
    """Whether this is a value, or a link to a node that is there."""
    if not isinstance(value, list):
        return True
    node = graph.get(str(value[0])) if value else None
    return (
        len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
        and node is not None
        and isinstance(node.get("inputs"), dict)
        and node["class_type"] not in EDITORS
    )


# --- real workflows ---------------------------------------------------------------------------------------------------


@functools.cache
def index() -> list[dict[str, Any]]:
    """What the package tells of its workflows, by category."""
    root = importlib.resources.files("comfyui_workflow_templates_json") / "templates"
    listed: list[dict[str, Any]] = json.loads((root / "index.json").read_text("utf-8"))
    return listed


def test_real_workflows_are_told_alike_in_both_formats() -> None:
    """All that is told of each is the same of the editor's file, of what runs, and of what the editor needs of that."""
    compared = 0
    for name, content in templates():
        ui = json.loads(content)
        try:
            api = to_api(ui, CLASSES)
        except InvalidInput:
            continue
        compared += 1
        about = describe(api)
        assert describe(ui) == about, name
        again = describe(editor_graph(api))
        assert attrs.evolve(again, outputs=()) == attrs.evolve(about, outputs=()), name
        # Nodes of subgraphs get numbers of their own there.
        assert [str(one) for one in again.outputs] == [str(one) for one in about.outputs], name
    assert compared > 250


MEDIA = {
    "image": {"image", "animation"},
    "video": {"video"},
    "audio": {"audio"},
    "3d": {"mesh"},
    "text": {"text"},
}


def test_real_workflows_make_what_the_index_says_they_make() -> None:
    """The files that the index lists as results of a workflow are of the kind that is told of it."""
    contents = dict(templates())
    compared = 0
    for one in (one for category in index() for one in category["templates"]):
        listed = {output["mediaType"] for output in one.get("io", {}).get("outputs", [])}
        if not listed or one["name"] not in contents:
            continue
        compared += 1
        kind = describe(json.loads(contents[one["name"]])).kind
        assert kind in set().union(*(MEDIA[media] for media in listed)), one["name"]
    assert compared > 250


# Workflow, the index's category, ours.
REAL = [
    ("image_z_image_turbo", "Image", "text-to-image"),
    ("flux_dev_full_text_to_image", "Image", "text-to-image"),
    ("sdxl_simple_example", "Image", "text-to-image"),
    ("image_qwen_image_edit_2509", "Image", "image-to-image"),
    ("image_qwen_image_2_1_image_edit", "Image", "image-to-image"),
    ("flux_kontext_dev_basic", "Image", "image-to-image"),
    ("api_bfl_flux3_image_bboxes", "Image", "image-to-image"),
    ("api_ideogram_v4_5_image_edit", "Image", "image-to-image"),
    ("sd3.5_large_canny_controlnet_example", "Image", "image-to-image"),
    ("utility_birefnet_remove_background", "Image Tools", "image-to-image"),
    ("video_wan2_2_14B_i2v", "Video", "video"),
    ("video_ltx2_5_i2v", "Video", "video"),
    ("txt_to_image_to_video", "Video", "video"),
    ("utility_video_frame_interpolation", "Video Tools", "video"),
    ("audio_stable_audio_3_medium", "Audio", "audio"),
    ("audio_ace_step1_5_xl_base", "Audio", "audio"),
    ("3d_hunyuan3d-v2.1", "3D Model", "3d"),
    ("3d_triposplat_image_to_gaussian_splat", "3D Model", "3d"),
    ("utility_sam3d_body", "3D Model", "3d"),
    ("llm_gemma4_text_gen", "LLM", "interrogate"),
    ("llm_qwen3_text_gen", "LLM", "text"),
]


@pytest.mark.parametrize(("name", "title", "category"), REAL)
def test_real_workflows_are_of_their_category(name: str, title: str, category: str) -> None:
    """What is told of a workflow agrees with where the package's index has it."""
    assert title in {one["title"] for one in index() for each in one["templates"] if each["name"] == name}
    assert describe(json.loads(dict(templates())[name])).category == category


def test_all_of_a_category_of_the_index_are_of_ours() -> None:
    """Where the index's word leaves no choice: all videos are videos, all 3D models meshes, all of LLM texts."""
    contents = dict(templates())
    ours = {"Video": {"video"}, "3D Model": {"3d"}, "LLM": {"text", "interrogate"}, "Image": {"text-to-image", "image-to-image"}}  # fmt: skip
    compared = 0
    for one in index():
        for each in one["templates"] if one["title"] in ours else ():
            if each["name"] in contents:
                compared += 1
                assert describe(json.loads(contents[each["name"]])).category in ours[one["title"]], each[
                    "name"
                ]
    assert compared > 400
