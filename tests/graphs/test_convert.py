"""UI format made into API format: real workflows beside the editor's own exports, and each rule by itself."""

import contextlib
import functools
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from editor_exports import classes_in, digest, templates
from stationthis_sdk import InvalidInput
from stationthis_sdk.graphs.convert import to_api
from stationthis_sdk.graphs.describe import describe
from stationthis_sdk.graphs.formats import editor_graph, graphs_in
from stationthis_sdk.graphs.nodes import nodes_of

KEPT = json.loads((Path(__file__).parent / "editor_exports.json").read_text())
CLASSES = KEPT["classes"]
_NUMBER = ["INT", {"default": 1}]
INFO: dict[str, Any] = {
    "Picture": {"input": {"required": {"width": _NUMBER, "height": _NUMBER}}, "display_name": "A picture"},
    "Invert": {"input": {"required": {"image": ["IMAGE"]}}},
    "Blend": {"input": {"required": {"one": ["IMAGE"], "two": ["IMAGE"], "mask": ["MASK"], "by": _NUMBER}}},
    "Save": {"input": {"required": {"images": ["IMAGE"], "name": ["STRING", {"default": "out"}]}}},
    "Sampler": {
        "input": {
            "required": {
                "model": ["MODEL"],
                "seed": ["INT", {"control_after_generate": True}],
                "steps": ["INT", {"default": 20}],
                "sampler": [["euler", "heun"]],
            },
            "optional": {"strength": ["FLOAT", {"default": 1.0}]},
        },
        "input_order": {"required": ["model", "seed", "steps", "sampler"], "optional": ["strength"]},
    },
    "Load": {"input": {"required": {"image": [["a.png"], {"image_upload": True}], "after": _NUMBER}}},
    "Fit": {
        "input": {
            "required": {
                "how": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": "size", "inputs": {"required": {"width": _NUMBER, "height": _NUMBER}}},
                            {"key": "scale", "inputs": {"required": {"by": ["FLOAT", {"default": 2.0}]}}},
                        ]
                    },
                ],
                "crop": ["BOOLEAN", {"default": True}],
            }
        }
    },
}


@functools.cache
def corpus() -> dict[str, bytes]:
    """The workflows of the package, by name."""
    return dict(templates())


def node(node_id: int, kind: str, *values: Any, **more: Any) -> dict[str, Any]:
    """A node as the editor saves it; ``inputs`` are [name, type, link]."""
    inputs = [
        {"name": name, "type": type_, "link": link, **({"widget": {"name": name}} if widget else {})}
        for name, type_, link, *widget in more.pop("inputs", [])
    ]
    outputs = [{"name": type_, "type": type_} for type_ in more.pop("outputs", ["IMAGE"])]
    base = {"id": node_id, "type": kind, "mode": 0, "inputs": inputs, "outputs": outputs}
    return {**base, "widgets_values": list(values), **more}


def graph(nodes: list[dict[str, Any]], *links: list[Any], **more: Any) -> dict[str, Any]:
    """A graph as the editor saves it; links are [id, from, slot, to, slot, type]."""
    return {"nodes": nodes, "links": [*links], "version": 0.4, **more}


def saved(link: int = 9) -> dict[str, Any]:
    """A node that saves what the link brings."""
    return node(99, "Save", "fox", inputs=[["images", "IMAGE", link]])


# --- real workflows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT["exports"])
def test_real_workflows_become_what_the_editor_exports(name: str) -> None:
    """Every node, value and link is as the editor's own export of that workflow, by its digest."""
    of_file, of_export = KEPT["exports"][name]
    content = corpus()[name]
    assert hashlib.sha256(content).hexdigest()[:16] == of_file, (
        "another version of the package: see the script"
    )
    assert digest(to_api(json.loads(content), CLASSES)) == of_export


def test_most_of_what_the_exports_are_for_is_in_them() -> None:
    """There are enough of them, with subgraphs, bypassed nodes, reroutes, primitives and seeds."""
    levels = []
    for name in KEPT["exports"]:
        one = json.loads(corpus()[name])
        levels += [one, *one.get("definitions", {}).get("subgraphs", [])]
    nodes = [each for level in levels for each in level["nodes"]]
    assert len(KEPT["exports"]) > 70
    assert sum("definitions" in level for level in levels) > 20
    assert sum(each["mode"] == 4 for each in nodes) > 20
    assert {"Reroute", "PrimitiveNode", "Note"} <= {each["type"] for each in nodes}
    assert any("randomize" in (each.get("widgets_values") or []) for each in nodes)


def converted_or_told(name: str, ui: dict[str, Any]) -> dict[str, Any] | None:
    """The graph in API format, or None where the refusal names classes that really are unknown."""
    try:
        return to_api(ui, CLASSES)
    except InvalidInput as error:
        told = error.message
    named = {kind for kind in classes_in(ui) if repr(kind) in told}
    assert named, (name, told)
    assert not named & set(CLASSES), (name, told)
    return None


def test_every_real_workflow_is_converted_or_refused_by_class() -> None:
    """Of all workflows, links lead to nodes that run, nothing of the editor's is left; or the unknown class is named."""
    converted = 0
    for name, content in corpus().items():
        ui = json.loads(content)
        api = converted_or_told(name, ui)
        if api is None:
            continue
        converted += 1
        assert graphs_in(api).api is api
        assert not {one["class_type"] for one in api.values()} & {
            "Note",
            "MarkdownNote",
            "Reroute",
            "PrimitiveNode",
        }
        for one in api.values():
            links = [value for value in one["inputs"].values() if isinstance(value, list)]
            assert all(link[0] in api and isinstance(link[1], int) for link in links), name
        assert nodes_of(ui).keys() == api.keys()
        assert describe(api).kind == describe(ui).kind, name
    assert converted > 70


# --- what passes on ---------------------------------------------------------------------------------------------------


def test_values_have_names_and_links_lead_to_nodes() -> None:
    """Values stand by name, links as [node, slot], titles are the node's own, else the class's."""
    api = to_api(graph([node(3, "Picture", 64, 48), saved()], [9, 3, 0, 99, 0, "IMAGE"]), INFO)
    assert api == {
        "3": {
            "inputs": {"width": 64, "height": 48},
            "class_type": "Picture",
            "_meta": {"title": "A picture"},
        },
        "99": {
            "inputs": {"name": "fox", "images": ["3", 0]},
            "class_type": "Save",
            "_meta": {"title": "Save"},
        },
    }


def test_reroutes_are_seen_through() -> None:
    """A chain of reroutes is as if it were one link."""
    nodes = [
        node(1, "Picture", 8, 8),
        *(node(at, "Reroute", inputs=[["", "*", at]]) for at in (2, 3, 4)),
        saved(5),
    ]
    links = [[at + 1, at, 0, at + 1, 0, "IMAGE"] for at in range(1, 5)]
    assert to_api(graph(nodes, *links), INFO)["99"]["inputs"]["images"] == ["1", 0]


def test_a_muted_node_feeds_nothing() -> None:
    """What a muted node would feed is left out; a widget that it fed keeps its value."""
    nodes = [
        node(1, "Picture", 8, 8, mode=2),
        node(2, "Number", 5, mode=2, outputs=["INT"]),
        node(3, "Picture", 16, 8, inputs=[["width", "INT", 2, True]]),
        saved(1),
    ]
    api = to_api(graph(nodes, [1, 1, 0, 99, 0, "IMAGE"], [2, 2, 0, 3, 0, "INT"]), INFO)
    assert api.keys() == {"3", "99"}
    assert "images" not in api["99"]["inputs"]
    assert api["3"]["inputs"]["width"] == 16


@pytest.mark.parametrize(
    ("slot", "wanted", "expected"),
    [(0, "IMAGE", "1"), (1, "IMAGE", "2"), (2, "MASK", "4"), (3, "IMAGE", "1")],
)
def test_a_bypassed_node_passes_on_what_fits(slot: int, wanted: str, expected: str) -> None:
    """The input beside the output counts first, else the first of the wanted type."""
    blend = node(
        5,
        "Blend",
        3,
        mode=4,
        inputs=[["one", "IMAGE", 1], ["two", "IMAGE", 2], ["mask", "MASK", 3]],
        outputs=["IMAGE", "IMAGE", "MASK", "IMAGE"],
    )
    nodes = [
        node(1, "Picture", 1, 1),
        node(2, "Picture", 2, 2),
        node(4, "Masking", 1, outputs=["MASK"], widgets_values_named={"of": 1}),
        blend,
        node(99, "Save", "fox", inputs=[["images", wanted, 9]]),
    ]
    links = [
        [1, 1, 0, 5, 0, "IMAGE"],
        [2, 2, 0, 5, 1, "IMAGE"],
        [3, 4, 0, 5, 2, "MASK"],
        [9, 5, slot, 99, 0, wanted],
    ]
    assert to_api(graph(nodes, *links), INFO)["99"]["inputs"]["images"][0] == expected


def test_a_bypassed_node_with_nothing_to_pass_on_ends_the_link() -> None:
    """Where no input fits, what it fed is without."""
    nodes = [node(1, "Picture", 8, 8, mode=4), saved()]
    assert "images" not in to_api(graph(nodes, [9, 1, 0, 99, 0, "IMAGE"]), INFO)["99"]["inputs"]


def test_a_primitive_gives_its_value() -> None:
    """A primitive's value stands in each widget that it feeds, also through a reroute; it is no node."""
    nodes = [
        node(1, "PrimitiveNode", 640, "fixed", outputs=["INT"]),
        node(2, "Reroute", inputs=[["", "*", 2]]),
        node(3, "Picture", 8, 9, inputs=[["width", "INT", 1, True], ["height", "INT", 3, True]]),
        saved(4),
    ]
    links = [
        [1, 1, 0, 3, 0, "INT"],
        [2, 1, 0, 2, 0, "INT"],
        [3, 2, 0, 3, 1, "INT"],
        [4, 3, 0, 99, 0, "IMAGE"],
    ]
    assert to_api(graph(nodes, *links), INFO)["3"]["inputs"] == {"width": 640, "height": 640}


def test_what_is_set_is_got() -> None:
    """A get node gives what the set node of that name takes, inside of a subgraph too."""
    inner = {
        "id": "sub",
        "inputs": [],
        "outputs": [{"name": "out", "type": "IMAGE"}],
        "nodes": [node(7, "GetNode", "sky"), node(8, "Invert", inputs=[["image", "IMAGE", 1]])],
        "links": [
            {"id": 1, "origin_id": 7, "origin_slot": 0, "target_id": 8, "target_slot": 0, "type": "IMAGE"},
            {"id": 2, "origin_id": 8, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"},
        ],
    }
    nodes = [
        node(1, "Picture", 8, 8),
        node(2, "SetNode", "sky", inputs=[["", "IMAGE", 1]]),
        node(5, "sub"),
        saved(),
    ]
    api = to_api(
        graph(nodes, [1, 1, 0, 2, 0, "IMAGE"], [9, 5, 0, 99, 0, "IMAGE"], definitions={"subgraphs": [inner]}),
        INFO,
    )
    assert api["5:8"]["inputs"]["image"] == ["1", 0]
    assert api["99"]["inputs"]["images"] == ["5:8", 0]


# --- subgraphs --------------------------------------------------------------------------------------------------------


def drawing() -> dict[str, Any]:
    """A subgraph: a picture of a width that is given, inverted."""
    return {
        "id": "drawing",
        "inputs": [{"name": "wide", "type": "INT"}, {"name": "ground", "type": "IMAGE"}],
        "outputs": [{"name": "out", "type": "IMAGE"}, {"name": "same", "type": "IMAGE"}],
        "nodes": [
            node(1, "Picture", 5, 6, inputs=[["width", "INT", 1, True]]),
            node(2, "Blend", 3, inputs=[["one", "IMAGE", 2], ["two", "IMAGE", 3]]),
        ],
        "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0, "type": "INT"},
            {"id": 2, "origin_id": 1, "origin_slot": 0, "target_id": 2, "target_slot": 0, "type": "IMAGE"},
            {"id": 3, "origin_id": -10, "origin_slot": 1, "target_id": 2, "target_slot": 1, "type": "IMAGE"},
            {"id": 4, "origin_id": 2, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE"},
            {
                "id": 5,
                "origin_id": -10,
                "origin_slot": 1,
                "target_id": -20,
                "target_slot": 1,
                "type": "IMAGE",
            },
        ],
    }


@pytest.mark.parametrize(
    ("use", "width"),
    [
        ({"widgets_values": [64]}, 64),
        ({"widgets_values": [], "properties": {"proxyWidgets": [["1", "width"]]}}, 5),
        ({"widgets_values": [64], "widgets_values_named": {"wide": 64}}, 64),
        ({"widgets_values_named": {"wide": 32}, "widgets_values": None}, 32),
    ],
)
def test_a_subgraphs_own_widgets_count(use: dict[str, Any], width: int) -> None:
    """What stands on its outside is what its inside gets; where nothing does, the inside keeps its own."""
    nodes = [
        node(7, "Picture", 1, 1),
        {**node(4, "drawing", inputs=[["ground", "IMAGE", 1]]), **use},
        saved(),
    ]
    links = [[1, 7, 0, 4, 0, "IMAGE"], [9, 4, 0, 99, 0, "IMAGE"]]
    api = to_api(graph(nodes, *links, definitions={"subgraphs": [drawing()]}), INFO)
    assert api["4:1"]["inputs"] == {"width": width, "height": 6}
    assert api["4:2"]["inputs"] == {"by": 3, "one": ["4:1", 0], "two": ["7", 0]}
    assert api["99"]["inputs"]["images"] == ["4:2", 0]


def test_a_link_to_a_subgraphs_widget_comes_before_its_value() -> None:
    """A widget on the outside that is linked takes what the link brings."""
    nodes = [
        node(1, "PrimitiveNode", 128, "fixed", outputs=["INT"]),
        node(4, "drawing", 64, inputs=[["wide", "INT", 1, True]]),
        saved(),
    ]
    links = [[1, 1, 0, 4, 0, "INT"], [9, 4, 0, 99, 0, "IMAGE"]]
    api = to_api(graph(nodes, *links, definitions={"subgraphs": [drawing()]}), INFO)
    assert api["4:1"]["inputs"]["width"] == 128


def test_a_subgraph_is_used_twice_and_inside_of_another() -> None:
    """Each use has nodes and values of its own, called by the way to them."""
    outer = {
        "id": "outer",
        "inputs": [],
        "outputs": [{"name": "out", "type": "IMAGE"}],
        "nodes": [
            node(10, "Picture", 1, 1),
            node(11, "drawing", 21, inputs=[["ground", "IMAGE", 1]]),
            node(12, "drawing", 22, inputs=[["ground", "IMAGE", 2]]),
        ],
        "links": [
            {"id": 1, "origin_id": 10, "origin_slot": 0, "target_id": 11, "target_slot": 0, "type": "IMAGE"},
            {"id": 2, "origin_id": 11, "origin_slot": 0, "target_id": 12, "target_slot": 0, "type": "IMAGE"},
            {"id": 3, "origin_id": 12, "origin_slot": 1, "target_id": -20, "target_slot": 0, "type": "IMAGE"},
        ],
    }
    made = graph(
        [node(3, "outer"), saved()], [9, 3, 0, 99, 0, "IMAGE"], definitions={"subgraphs": [drawing(), outer]}
    )
    api = to_api(made, INFO)
    assert (api["3:11:1"]["inputs"]["width"], api["3:12:1"]["inputs"]["width"]) == (21, 22)
    assert api["3:12:2"]["inputs"]["two"] == ["3:11:2", 0]
    assert api["99"]["inputs"]["images"] == ["3:11:2", 0], "what only passes through is seen through"


def test_a_bypassed_subgraph_passes_on() -> None:
    """Nothing inside runs, and what comes in goes on by its own inputs."""
    nodes = [
        node(7, "Picture", 1, 1),
        node(4, "drawing", 64, mode=4, inputs=[["ground", "IMAGE", 1]]),
        saved(),
    ]
    links = [[1, 7, 0, 4, 0, "IMAGE"], [9, 4, 0, 99, 0, "IMAGE"]]
    api = to_api(graph(nodes, *links, definitions={"subgraphs": [drawing()]}), INFO)
    assert api.keys() == {"7", "99"}
    assert api["99"]["inputs"]["images"] == ["7", 0]


# --- widgets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7, "randomize", 30, "heun", 0.5], {"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5}),
        ([7, 30, "heun", 0.5], {"seed": 7, "steps": 30, "sampler": "heun", "strength": 0.5}),
        ([7, "fixed", 30], {"seed": 7, "steps": 30, "sampler": "euler", "strength": 1.0}),
        ([], {"seed": 0, "steps": 20, "sampler": "euler", "strength": 1.0}),
        (None, {"seed": 0, "steps": 20, "sampler": "euler", "strength": 1.0}),
    ],
)
def test_what_stands_after_a_seed_is_no_value(values: Any, expected: dict[str, Any]) -> None:
    """The word that says what becomes of a seed is passed over; what is not saved is the class's default."""
    assert to_api(graph([node(1, "Sampler", widgets_values=values)]), INFO)["1"]["inputs"] == expected


def test_an_upload_button_is_no_value() -> None:
    """What stands after the choice of a file is passed over."""
    api = to_api(graph([node(1, "Load", "b.png", "image", 4)]), INFO)
    assert api["1"]["inputs"] == {"image": "b.png", "after": 4}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["size", 8, 9, False], {"how": "size", "how.width": 8, "how.height": 9, "crop": False}),
        (["scale", 3.0], {"how": "scale", "how.by": 3.0, "crop": True}),
    ],
)
def test_a_choice_brings_widgets_of_its_own(values: list[Any], expected: dict[str, Any]) -> None:
    """The values after a choice are of the widgets that it brings."""
    assert to_api(graph([node(1, "Fit", *values)]), INFO)["1"]["inputs"] == expected


def test_values_may_be_named() -> None:
    """Names beside the values count, in whatever order; what the editor keeps for itself is left out."""
    named = {"strength": 2, "seed": 5, "control_after_generate": "fixed", "steps": 3, "sampler": "heun"}
    sampler = node(1, "Sampler", 2, 5, "fixed", 3, "heun", widgets_values_named=named)
    combined = node(
        2, "Combine", widgets_values={"rate": 8, "videopreview": {"hidden": False}, "pix_fmt": "yuv420p"}
    )
    api = to_api(graph([sampler, combined]), INFO)
    assert api["1"]["inputs"] == {"seed": 5, "steps": 3, "sampler": "heun", "strength": 2}
    assert api["2"]["inputs"] == {"rate": 8, "pix_fmt": "yuv420p"}


def test_a_list_is_told_from_a_link() -> None:
    """A value that is a list is wrapped as ComfyUI unwraps it."""
    info = {"Save": {"input": {"required": {"name": ["STRING", {}]}}}}
    assert to_api(graph([node(1, "Save", ["a", 0])]), info)["1"]["inputs"] == {
        "name": {"__value__": ["a", 0]}
    }


def test_external_inputs_need_no_object_info() -> None:
    """The plugin's nodes are known: a ComfyUI without the plugin has no word for them."""
    text = node(
        1, "ComfyUIDeployExternalText", "prompt", "a fox", "Prompt", "What to draw", outputs=["STRING"]
    )
    api = to_api(graph([text, saved()], [9, 1, 0, 99, 0, "STRING"]), INFO)
    assert api["1"]["inputs"] == {
        "input_id": "prompt",
        "default_value": "a fox",
        "display_name": "Prompt",
        "description": "What to draw",
    }


# --- what can't be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (graph([node(4, "Nobody's", 1)]), r"'Nobody's' \(node 4\)|\"Nobody's\" \(node 4\)"),
        (graph([node(4, "workflow>Mine", 1)]), "ungrouped"),
        (graph([node(4, "Picture", 1, 1, mode=2), node(5, "Note", "hello")]), "no node that runs"),
        (graph([]), "no node that runs"),
    ],
)
def test_what_can_not_be_converted_is_explained(bad: dict[str, Any], told: str) -> None:
    """Unknown classes are named with their nodes, and an empty graph is no graph."""
    with pytest.raises(InvalidInput, match=told):
        to_api(bad, INFO)


def test_rings_and_endless_nests_end() -> None:
    """Reroutes in a ring feed nothing; a subgraph within itself is opened so deep and no deeper."""
    ring = [node(1, "Reroute", inputs=[["", "*", 2]]), node(2, "Reroute", inputs=[["", "*", 1]]), saved()]
    api = to_api(graph(ring, [1, 1, 0, 2, 0, "*"], [2, 2, 0, 1, 0, "*"], [9, 1, 0, 99, 0, "*"]), INFO)
    assert api.keys() == {"99"}
    nest = {"id": "nest", "nodes": [node(1, "nest"), node(2, "Picture", 1, 1)], "links": []}
    deep = to_api(graph([node(3, "nest")], definitions={"subgraphs": [nest]}), {**INFO, "nest": INFO["Save"]})
    assert 1 < len(deep) < 100


API_VALUES = st.one_of(st.integers(-5, 5), st.text(max_size=4), st.booleans(), st.floats(-2, 2))


@st.composite
def api_graphs(draw: Callable[..., Any]) -> dict[str, Any]:
    """Graphs of pictures, blends and saves, each linked to earlier nodes."""
    made: dict[str, Any] = {}
    for at in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["Picture", "Blend", "Save"] if made else ["Picture"]))
        inputs: dict[str, Any] = {}
        for name, declared in INFO[kind]["input"]["required"].items():
            if declared[0] in {"IMAGE", "MASK"}:
                inputs[name] = [draw(st.sampled_from(sorted(made))), draw(st.integers(0, 2))]
            else:
                inputs[name] = draw(API_VALUES)
        made[str(at + 1)] = {"class_type": kind, "inputs": inputs}
    return made


@given(api_graphs())
def test_there_and_back_is_the_same(api: dict[str, Any]) -> None:
    """What the editor would show of a graph in API format becomes that graph again."""
    back = to_api(json.loads(json.dumps(editor_graph(api))), INFO)
    assert {
        name: {"class_type": one["class_type"], "inputs": one["inputs"]} for name, one in back.items()
    } == api


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 20) | st.text(max_size=3) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_a_spoiled_file_is_converted_or_refused(data: st.DataObject) -> None:
    """Whatever stands in a file, the answer is a graph or InvalidInput."""
    spoiled: Any = graph(
        [node(7, "Picture", 1, 1), node(4, "drawing", 64, inputs=[["ground", "IMAGE", 1]]), saved()],
        [1, 7, 0, 4, 0, "IMAGE"],
        [9, 4, 0, 99, 0, "IMAGE"],
        definitions={"subgraphs": [drawing()]},
    )
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = spoiled
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(JUNK)
            break
        if not isinstance(spoiled["nodes"], list):
            return
    with contextlib.suppress(InvalidInput):
        orjson.dumps(to_api(spoiled, INFO))
