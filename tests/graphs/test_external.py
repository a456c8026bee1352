"""Reading graphs: any JSON may come, and what the author filled in is what is found."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.graphs.external import EXTERNAL_CLASSES, external_inputs, is_link

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
ODD_NODES = some.fixed_dictionaries(
    {"class_type": some.sampled_from([*EXTERNAL_CLASSES, "KSampler"]) | JSON},
    optional={
        "inputs": JSON
        | some.dictionaries(
            some.sampled_from(
                ["input_id", "default_value", "options", "min_value", "max_value", "step", "images"]
            ),
            JSON,
        )
    },
)


def node(class_type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs}


@given(some.dictionaries(some.text(max_size=4), ODD_NODES | JSON, max_size=4))
def test_any_object_is_read_without_an_error(graph):
    """Whatever stands in a graph, reading it never raises, and each input has a name and comes from its node."""
    for field in external_inputs(graph):
        assert field.input_id
        assert graph[field.node_id]["inputs"]["input_id"] == field.input_id
        assert field.default is None or not is_link(field.default) or field.external.kind == "lora"


@pytest.mark.parametrize("class_type", EXTERNAL_CLASSES)
def test_each_class_is_found_in_the_order_of_its_nodes(class_type):
    """Every class of external input is found, once, between two others."""
    graph = {
        "9": node("ComfyUIDeployExternalText", input_id="first"),
        "10": node(class_type, input_id="middle"),
        "2": node("ComfyUIDeployExternalText", input_id="last"),
        "11": node("SaveImage", input_id="none"),
    }
    assert [field.input_id for field in external_inputs(graph)] == ["first", "middle", "last"]


def test_the_three_classes_that_are_not_listed():
    """Seed, FaceModel and Vid are usable though the service does not list them."""
    unlisted = {name for name, external in EXTERNAL_CLASSES.items() if not external.listed}
    assert unlisted == {f"ComfyUIDeployExternal{name}" for name in ("Seed", "FaceModel", "Vid")}


@given(some.lists(some.text(max_size=8), max_size=5))
def test_options_are_read_from_json_text_and_from_lists(options):
    """An enum's options are the same, written as JSON text or as a list."""
    written = external_inputs(
        {"1": node("ComfyUIDeployExternalEnum", input_id="e", options=json.dumps(options))}
    )
    listed = external_inputs({"1": node("ComfyUIDeployExternalEnum", input_id="e", options=options)})
    assert written[0].options == listed[0].options == tuple(options)


@pytest.mark.parametrize("text", ["anime, photo", "{}", "", "[1,", "null", "[" * 5000])
def test_options_that_are_no_json_list_are_none(text):
    """Unreadable options leave the field open, and what was written is kept."""
    (field,) = external_inputs({"1": node("ComfyUIDeployExternalEnum", input_id="e", options=text)})
    assert (field.options, field.options_text) == (None, text)


@pytest.mark.parametrize(
    ("class_type", "inputs", "default", "falls_back"),
    [
        ("Text", {"default_value": "a cat"}, "a cat", True),
        ("Text", {"default_value": ""}, "", False),
        ("Image", {"default_value": ["9", 0]}, None, True),
        ("Image", {"default_value_url": "https://h/a.png"}, None, True),
        ("Image", {}, None, False),
        ("Audio", {"audio_file": "https://h/a.mp3"}, None, True),
        ("Audio", {"audio_file": ""}, None, False),
        ("ImageBatch", {"images": "[]"}, None, False),
        ("ImageBatch", {"images": '["https://h/a.png"]'}, None, True),
        ("File", {"file_url": "https://h/a.zip"}, None, True),
        ("Lora", {"default_lora_name": "ink.safetensors"}, "ink.safetensors", True),
        ("Vid", {"default_value": None}, None, False),
    ],
)
def test_what_a_graph_falls_back_on(class_type, inputs, default, falls_back):
    """A literal, a link, a URL or a file the author filled in is something to fall back on; an empty text is not."""
    (field,) = external_inputs({"1": node(f"ComfyUIDeployExternal{class_type}", input_id="x", **inputs)})
    assert (field.default, field.has_default) == (default, falls_back)


@pytest.mark.parametrize(
    ("value", "link"),
    [
        (["4", 0], True),
        ([4, 0], True),
        (("4", 1), True),
        (["a", "b"], False),
        (["4", True], False),
        (["4", 0, 1], False),
        ([], False),
        ("40", False),
        (None, False),
        ({"4": 0}, False),
    ],
)
def test_what_a_link_is(value, link):
    """A link is a pair of a node and a number; nothing else is."""
    assert is_link(value) is link


@pytest.mark.parametrize("bound", [True, "seven", "nan", None, [1], {}])
def test_bounds_are_numbers(bound):
    """A bound that is no number is no bound."""
    (field,) = external_inputs(
        {
            "1": node(
                "ComfyUIDeployExternalNumberSlider",
                input_id="x",
                min_value=bound,
                max_value=bound,
                step=bound,
            )
        }
    )
    assert (field.minimum, field.maximum, field.step) == (None, None, None)


def test_bounds_written_as_text_are_read():
    """Some authors' nodes hold them as text."""
    fields = {"input_id": "x", "min_value": "1", "max_value": "20.5"}
    (field,) = external_inputs({"1": {"class_type": "ComfyUIDeployExternalNumberSlider", "inputs": fields}})
    assert (field.minimum, field.maximum) == (1, 20.5)
