"""The order in which nodes are worked, and graphs of hostile shapes."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stationthis_sdk.local.engine import nodes as _nodes
from stationthis_sdk.local.engine.graph import plan
from stationthis_sdk.local.engine.node import CLASSES
from stationthis_sdk.local.engines import GraphRefused
from tests.local.engine.graphs import dags, empty, needed, node, run, save, sources

_ = _nodes


@settings(deadline=None)
@given(dags())
def test_each_needed_node_comes_once_and_after_its_sources(graph):
    """And no other node at all; what is shown is what the texts say."""
    order = [planned.node_id for planned in plan(graph)]
    assert sorted(order) == sorted(needed(graph))
    for at, node_id in enumerate(order):
        assert sources(graph, node_id) <= set(order[:at])
    texts: dict[str, str] = {}
    for node_id in order:
        inputs = {name: texts[value[0]] if isinstance(value, list) else value
                  for name, value in graph[node_id]["inputs"].items()}  # fmt: skip
        texts[node_id] = (
            f"{inputs['string_a']}{inputs['delimiter']}{inputs['string_b']}"
            if "string_a" in inputs
            else inputs.get("value", inputs.get("source"))
        )
    told = run(graph)
    assert told.worked == order
    assert told.put == {each: {"text": [texts[each]]} for each in order if each.startswith("show")}


@pytest.mark.parametrize("length", [1, 2, 3, 1500])
def test_a_cycle_is_named_however_deep_it_lies(length):
    """The nodes of a short one all, of a long one some; a node that is linked to itself, too."""
    circle = {f"c{at}": node("ImageInvert", image=[f"c{(at + 1) % length}", 0]) for at in range(length)}
    chain = {str(at): node("ImageInvert", image=[str(at + 1) if at < 400 else "c0", 0]) for at in range(401)}
    with pytest.raises(
        GraphRefused, match=r"cycle through node c0 \(c0 ← .*c0\): remove one of its links"
    ) as told:
        plan({**chain, **circle, "end": save("0")})
    assert told.value.error == {
        "type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation",
        "details": "", "extra_info": {},
    }  # fmt: skip
    assert told.value.errors == {}
    assert len(str(told.value)) < 200


def test_a_node_may_be_named_by_a_number_in_a_link():
    """Some tools write links so; the service takes them."""
    assert [
        planned.node_id for planned in plan({"1": empty(), "2": node("PreviewImage", images=[1, 0])})
    ] == [
        "1",
        "2",
    ]


def test_a_wrapped_list_is_a_value_and_no_link():
    """As ComfyUI's editor writes lists of two."""
    shown = {"1": node("PreviewAny", source={"__value__": ["1", 0]})}
    assert run(shown).put == {"1": {"text": ['["1", 0]']}}
    assert (
        run({"1": node("PreviewAny", source={"__value__": 1, "more": 2})}).put["1"]["text"][0].startswith("{")
    )


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ({5: empty(), "2": save("5")}, "node ids must be texts"),
        ({"x" * 5000: empty()}, "node ids must be texts of up to 200"),
        ({"1": {"class_type": ["SaveImage"], "inputs": {}}}, "node 1 has no class_type"),
        ({"1": {"class_type": "SaveImage", "inputs": [1, 2]}}, "no inputs object"),
        ({"1": {"class_type": "N" * 9000, "inputs": {}}}, r"no N{200} \(node 1\)"),
        ({str(at): node("Nope") for at in range(1000)}, "and 980 more: it runs model-free nodes only"),
        ({str(at): node("SaveImage") for at in range(1000)}, "; and 980 more$"),
        ({"1": empty(), "2": node("PreviewImage", images=["1", 10**400])}, "links to output"),
        ({"1": empty(), "2": node("PreviewImage", images=["1", -1])}, "links to output -1"),
        ({"1": empty(), "2": node("PreviewImage", images=["1", True])}, "must be a link"),
        ({"1": empty(), "2": node("PreviewImage", images=[None, 0])}, "must be a link"),
        ({"1": empty(), "2": node("PreviewImage", images=[["1", 0], 0])}, "must be a link"),
        ({"1": empty(), "2": node("PreviewImage", images=["1", 0.0])}, "must be a link"),
    ],
)  # fmt: skip
def test_hostile_shapes_are_refused_in_few_words(graph, said):
    """Whatever their size."""
    with pytest.raises(GraphRefused, match=said) as told:
        plan(graph)
    assert len(str(told.value)) < 5000


def test_a_graph_of_too_many_nodes_says_how_many_may_be():
    """Before any of them is looked at."""
    with pytest.raises(GraphRefused, match="has 2001 nodes; this gateway runs up to 2000: split it"):
        plan(dict.fromkeys(map(str, range(2001)), 5))


_WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from("0123"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_any_inputs_of_any_class_are_planned_or_refused(data):
    """Every class the engine has; the refusal's words are of bounded length and JSON throughout."""
    classes = sorted(CLASSES)
    names = st.sampled_from("0123")
    graph = {}
    for node_id in data.draw(st.sets(names, min_size=1)):
        kind = data.draw(st.sampled_from(classes))
        slots = sorted(CLASSES[kind].slots) or ["none"]
        links = st.tuples(names, st.integers(-1, 3)).map(list)
        inputs = data.draw(st.dictionaries(st.sampled_from(slots), links | _WILD))
        graph[node_id] = {"class_type": kind, "inputs": inputs}
    with contextlib.suppress(GraphRefused):
        plan(graph)
