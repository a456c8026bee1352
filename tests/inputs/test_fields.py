"""The inputs of a deployment: what the service lists, together with what only the graph tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import SUBMIT_INPUT, DeploymentRecord
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.graphs.external import EXTERNAL_CLASSES
from stationthis_sdk.inputs.check import check_inputs
from stationthis_sdk.inputs.fields import Inputs, inputs_in, inputs_of

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=6),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
LISTED_KEYS = [
    "input_id",
    "type",
    "class_type",
    "default_value",
    "min_value",
    "max_value",
    "step",
    "enum_options",
    "display_name",
]


def record(graph=None, *listed):
    return DeploymentRecord("d", "portrait", "production", graph=graph, input_types=listed)


def node(class_type, **inputs):
    return {"class_type": f"ComfyUIDeployExternal{class_type}", "inputs": inputs}


def listed(name, type_="string", class_type="", **more):
    return {"input_id": name, "type": type_, "class_type": class_type, "default_value": None} | more


def test_the_union_of_both():
    """The graph's inputs come first and in its order, with what is listed besides after them; a seed is never missing."""
    graph = {
        "1": node("Text", input_id="prompt", default_value="a cat"),
        "2": node("Seed", input_id="noise", default_value=-1, min_value=0, max_value=99),
        "3": node("NumberSlider", input_id="cfg", default_value=7, min_value=1, max_value=20),
    }
    fields = inputs_of(
        record(graph, listed("prompt", default_value="old"), listed("extra", "boolean", default_value=True))
    )
    assert repr(fields) == "prompt text · noise seed · cfg 1–20 = 7 · extra boolean = True"
    assert (fields["noise"].minimum, fields["noise"].maximum) == (0, 99)
    assert fields["prompt"].default == "a cat"


def test_without_a_graph():
    """What the service lists is enough, links are no defaults, and no picture is asked for that may have one."""
    fields = inputs_of(
        record(
            None,
            listed("image", class_type="ComfyUIDeployExternalImage", default_value=["9", 0]),
            listed("other", class_type="ComfyUIDeployExternalImage"),
            listed("style", class_type="ComfyUIDeployExternalEnum", enum_options=["anime", "photo"]),
            listed("steps", "integer"),
            listed("new", "something new", "NodeOfTomorrow"),
        )
    )
    assert [(field.kind, field.required) for field in fields.values()] == [
        ("image", False), ("image", False), ("enum", False), ("integer", False), ("text", False),
    ]  # fmt: skip
    assert fields["image"].default is None
    assert fields["style"].options == ("anime", "photo")


@pytest.mark.parametrize(
    ("class_type", "inputs", "required"),
    [
        ("Image", {}, True),
        ("Image", {"default_value": ["9", 0]}, False),
        ("Image", {"default_value_url": "https://h/a.png"}, False),
        ("ImageBatch", {"images": "[]"}, True),
        ("Audio", {"audio_file": ""}, True),
        ("Audio", {"audio_file": "https://h/a.wav"}, False),
        ("Video", {}, True),
        ("File", {}, True),
        ("Text", {}, False),
        ("Lora", {}, False),
    ],
)
def test_what_is_required(class_type, inputs, required):
    """A file is required where the graph has nothing to fall back on; other words and numbers are not."""
    fields = inputs_of(record({"1": node(class_type, input_id="x", **inputs)}))
    assert fields["x"].required is required


@pytest.mark.parametrize(
    ("name", "inputs", "required"),
    [
        ("prompt", {}, True),
        ("input_prompt", {"default_value": " , "}, True),
        ("Positive Prompt", {"default_value": ""}, True),
        ("prompt", {"default_value": "a fox"}, False),
        ("prompt", {"default_value": ["9", 0]}, False),
        ("negative_prompt", {}, False),
        ("prompts", {}, False),
        ("words", {}, False),
    ],
)
def test_the_prompt_is_required(name, inputs, required):
    """T16: without a picture to go by, a workflow whose author wrote no prompt needs one; other texts may be blank."""
    graph = {"1": node("Text", input_id=name, **inputs), "2": node("Text", input_id="negative")}
    assert [field.required for field in inputs_of(record(graph)).values()] == [required, False]
    assert [field.required for field in inputs_in(graph).values()] == [required, False]
    alone = listed(name, class_type="ComfyUIDeployExternalText", **inputs)
    assert inputs_of(record(None, alone))[name].required is required
    with_picture = {**graph, "3": node("Image", input_id="photo")}
    assert not inputs_of(record(with_picture))[name].required


def test_a_prompt_nobody_tells_of_is_not_required():
    """A list without the default's field says nothing of it."""
    alone = {"input_id": "prompt", "type": "string", "class_type": "ComfyUIDeployExternalText"}
    assert not inputs_of(record(None, alone))["prompt"].required


@pytest.mark.parametrize(
    ("name", "class_type", "kind"),
    [
        ("seed", "NumberInt", "seed"),
        ("input_seed", "NumberInt", "seed"),
        ("Noise_Seed", "NumberSliderInt", "seed"),
        ("seeds", "NumberInt", "integer"),
        ("linseed", "NumberInt", "integer"),
        ("seed", "Text", "text"),
        ("seed", "Number", "number"),
        ("anything", "Seed", "seed"),
    ],
)
def test_seeds_told_by_their_name(name, class_type, kind):
    """A whole number called seed is a seed; other words and kinds are what they are."""
    assert inputs_of(record({"1": node(class_type, input_id=name)}))[name].kind == kind
    external = EXTERNAL_CLASSES[f"ComfyUIDeployExternal{class_type}"]
    alone = inputs_of(record(None, listed(name, external.type, f"ComfyUIDeployExternal{class_type}")))
    assert alone[name].kind == kind


def test_two_nodes_with_one_name():
    """Two nodes of one name are one input: the first tells what it is."""
    graph = {"1": node("Text", input_id="x", default_value="first"), "2": node("NumberInt", input_id="x")}
    fields = inputs_of(record(graph))
    assert (len(fields), fields["x"].kind, fields["x"].default) == (1, "text", "first")


@pytest.mark.parametrize("graph", [{"1": node("Text", input_id=SUBMIT_INPUT)}, None])
def test_the_reserved_name(graph):
    """A workflow that declares the input that is ours can be looked at; running it is refused, with what to do."""
    fields = inputs_of(record(graph, listed(SUBMIT_INPUT)))
    assert SUBMIT_INPUT in fields
    with pytest.raises(InvalidInput, match=r"portrait.*reserved: rename it"):
        check_inputs({}, fields, name="portrait")


@given(
    some.dictionaries(some.text(max_size=3), JSON, max_size=3),
    some.lists(
        some.dictionaries(some.sampled_from(LISTED_KEYS), JSON | some.sampled_from(list(EXTERNAL_CLASSES))),
        max_size=4,
    ),
)
def test_any_json_is_read(graph, listed_fields):
    """Whatever the service says of its inputs, reading it never raises and each has its name."""
    fields = inputs_of(record(graph, *listed_fields))
    assert all(name == field.name and name for name, field in fields.items())
    assert {
        one["input_id"] for one in listed_fields if isinstance(one.get("input_id"), str) and one["input_id"]
    } <= set(fields)
    assert repr(fields)


def test_inputs_as_a_mapping():
    """The inputs are a mapping by name, and complete themselves in a notebook."""
    fields = inputs_of(record({"1": node("Text", input_id="prompt")}))
    assert list(fields) == fields._ipython_key_completions_() == ["prompt"]
    assert "prompt" in fields
    assert "other" not in fields
    assert Inputs(fields) == fields
    assert repr(inputs_of(record())) == "(no inputs)"
