"""Graphs that are uploaded: in every form, converted where that is needed, and refused by the place of what is wrong."""

import json
import math

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound, ServerError
from stationthis_sdk.testing import LocalGateway
from tests.small_graphs import GRAPH, ID, OBJECT_INFO, UI, asked, row, version_row
from tests.wire import CRASH, Wire, answer


@pytest.fixture
def own():
    """A gateway of the test's own, and a client of it."""
    with LocalGateway() as gateway:
        yield gateway, gateway.client()


def test_graphs_are_uploaded_in_every_form(own, tmp_path):
    """A mapping, text, bytes, a path or its text; what a file holds is called by the file's name."""
    _, st = own
    file = tmp_path / "harbour.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(GRAPH).encode())
    text = json.dumps(GRAPH, indent=2)
    for given in (GRAPH, text, "\ufeff\n" + text, text.encode(), bytearray(text.encode()), file, str(file)):
        workflow = st.workflows.upload(given, name="given")
        assert workflow.newest.graph == GRAPH
        assert workflow.newest.number == 1
        assert {one["type"] for one in workflow.newest.ui_graph["nodes"]} == {
            one["class_type"] for one in GRAPH.values()
        }
    assert st.workflows.upload(file).name == "harbour"
    for both in (
        {"prompt": GRAPH, "workflow": UI},
        {"output": GRAPH, "workflow": UI},
        {**UI, "workflow_api": GRAPH},
    ):
        newest = st.workflows.upload(both, name="both").newest
        assert (newest.graph, newest.ui_graph) == (GRAPH, UI)


def test_the_editors_graph_is_converted(own, tmp_path):
    """With object_info from a mapping, a file or its JSON; both graphs are kept."""
    _, st = own
    file = tmp_path / "object_info.json"
    file.write_text(json.dumps(OBJECT_INFO))
    for info in (OBJECT_INFO, file, str(file), file.read_text(), file.read_bytes()):
        newest = st.workflows.upload(UI, name="converted", object_info=info).newest
        assert newest.ui_graph == UI
        assert newest.graph["2"]["inputs"] == {"width": 16, "height": 24, "batch_size": 1, "color": 255}
        assert newest.graph["3"]["inputs"] == {"filename_prefix": "x", "images": ["2", 0]}
        assert newest.kind == "image"


def test_a_machine_is_asked_what_its_nodes_take(own):
    """Named, given itself, or as the one it is for; the key stays away from it."""
    _, st = own
    with Wire(answer(200, OBJECT_INFO)) as comfyui:
        machine = st.machines.create_custom("mine", f"http://127.0.0.1:{comfyui.port}/")
        assert machine.object_info() == OBJECT_INFO
        for more in (
            {"object_info": "mine"},
            {"object_info": machine},
            {"machine": "mine"},
            {"machine": machine},
        ):
            assert st.workflows.upload(UI, name="converted", **more).kind == "image"
    assert {one.path for one in comfyui.asked} == {"/object_info"}
    assert not any("authorization" in one.headers for one in comfyui.asked)
    with pytest.raises(NotFound, match=r"No machine 'mien'.*'mine'"):
        st.workflows.upload(UI, name="converted", object_info="mien")


def test_an_editors_graph_that_nobody_can_convert_is_refused(own):
    """The error says who does not tell and what to do; nothing was sent."""
    _, st = own
    unknown = {"EmptyImage": OBJECT_INFO["EmptyImage"]}
    cases = (
        ({}, r"nobody says what its nodes take: pass object_info="),
        ({"object_info": "this-machine"}, r"machine 'this-machine' does not tell.*pass object_info="),
        ({"machine": "this-machine"}, r"machine 'this-machine' does not tell.*pass object_info="),
        ({"object_info": unknown}, r"SaveImage.*object_info has no such class"),
        ({"object_info": {}}, r"no object_info"),
        ({"object_info": {"EmptyImage": 7}}, r"no object_info"),
        ({"object_info": 7}, r"object_info is given as a mapping, a path or a machine, not as int"),
        ({"object_info": "missing.json"}, r"Can't read 'missing\.json'"),
        ({"object_info": st.workflows["text-to-picture"]}, r"object_info is given as"),
    )
    for more, said in cases:
        with pytest.raises(InvalidInput, match=said):
            st.workflows.upload(UI, name="never", **more)
    assert asked(st, "POST") == []


def test_an_editors_graph_that_names_its_values_needs_nobody(own):
    """As ours do, which are made for graphs in API format: there and back it is the same graph."""
    _, st = own
    shown = st.workflows.upload(GRAPH, name="shown").newest.ui_graph
    again = st.workflows.upload(shown, name="again").newest.graph
    assert {key: node["inputs"] for key, node in again.items()} == {
        key: node["inputs"] for key, node in GRAPH.items()
    }


async def test_what_goes_over_the_wire():
    """``POST /workflow`` has the graphs as texts, ``POST …/version`` as objects."""

    def reply(asked):
        if asked.method == "POST" and asked.path == "/api/workflow":
            return answer(200, {"workflow_id": ID, "machine_id": None})
        if asked.method == "POST":
            return answer(200, version_row(2))
        return answer(200, row(versions=[version_row()]))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.upload({"prompt": GRAPH, "workflow": UI}, name="portrait")
            await workflow.add_version({"prompt": GRAPH, "workflow": UI}, comment="darker")
    first, second = (one for one in wire.asked if one.method == "POST")
    assert isinstance(first.json["workflow_api"], str)
    assert isinstance(first.json["workflow_json"], str)
    assert json.loads(first.json["workflow_api"]) == GRAPH
    assert json.loads(first.json["workflow_json"]) == UI
    assert first.json.keys() == {"name", "workflow_json", "workflow_api"}
    assert second.path == f"/api/workflow/{ID}/version"
    assert (second.json["workflow_api"], second.json["workflow"]) == (GRAPH, UI)
    assert second.json.keys() == {"workflow", "workflow_api", "comment"}


def test_an_upload_for_a_machine_is_deployed_there_for_a_look(own):
    """The service makes a preview deployment; a machine is named, given itself, or refused."""
    _, st = own
    machine = st.machines["this-machine"]
    workflow = st.workflows.upload(GRAPH, name="looked-at", machine=machine)
    assert workflow.record.selected_machine_id == machine.id
    assert [one.environment for one in st.deployments.list(refresh=True) if one.name == "looked-at"] == [
        "preview"
    ]
    before = len(asked(st, "POST"))
    for wrong, error in (
        ("none-such", NotFound),
        (workflow, InvalidInput),
        (7, InvalidInput),
        ("", InvalidInput),
    ):
        with pytest.raises(error):
            st.workflows.upload(GRAPH, name="never", machine=wrong)
    assert len(asked(st, "POST")) == before


def odd(value):
    """A graph with this among its values."""
    return {"1": {"class_type": "A", "inputs": {"x": [0, {"deep": value}]}}}


ODD = [
    math.nan,
    math.inf,
    2**64,
    -(2**63) - 1,
    2**80,
    "\ud800",
    {1},
    {7: 1},
    {"\ud800": 1},
    b"x",
    object(),
    len,
]


@pytest.mark.parametrize("value", ODD, ids=lambda value: str(type(value).__name__))
def test_what_json_does_not_have_is_refused_by_its_place(own, value):
    """NaN would silently be null, the rest a TypeError from deep inside: InvalidInput names the place instead."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    for call in (
        lambda: st.workflows.upload(odd(value), name="never"),
        lambda: workflow.add_version(odd(value)),
        lambda: workflow.submit(odd(value), machine="this-machine"),
        lambda: st.workflows.upload({**UI, "extra": odd(value)}, name="never", object_info=OBJECT_INFO),
    ):
        with pytest.raises(InvalidInput, match=r"1\.inputs\.x\[1\]\.deep.*Nothing was sent"):
            call()
    assert asked(st, "POST") == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "it is empty"),
        ([], "not as list"),
        ("[]", "a list"),
        ("{", "no JSON"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        ("no-such-file.json", r"Can't read 'no-such-file\.json'"),
        ("", "Can't read"),
        ("{}", "it is empty"),
        ({"a": 1}, "neither nodes with class_type"),
        ({"1": {"class_type": "A", "inputs": {}}, "2": {"inputs": {}}}, "'2' is no node"),
        ({"nodes": [{"id": 1}], "links": []}, "each has a type"),
        (7, "not as int"),
        (None, "not as NoneType"),
    ],
)
def test_json_that_is_neither_format_is_refused(own, given, said):
    """The error says what it is instead, and what to pass."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    with pytest.raises(InvalidInput, match=said):
        st.workflows.upload(given, name="never")
    with pytest.raises(InvalidInput, match=said):
        workflow.add_version(given)
    assert asked(st, "POST") == []


def test_a_workflow_needs_a_name(own):
    """None, empty and foreign ones are refused, and text that can't be written."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    with pytest.raises(InvalidInput, match="needs a name: upload"):
        st.workflows.upload(GRAPH)
    for wrong in ("", "  ", 7, "\ud800"):
        with pytest.raises(InvalidInput):
            st.workflows.upload(GRAPH, name=wrong)
        with pytest.raises(InvalidInput):
            workflow.rename(wrong)
        with pytest.raises(InvalidInput):
            workflow.clone(wrong)
    with pytest.raises(InvalidInput):
        workflow.describe(7)
    assert asked(st, "POST") == asked(st, "PATCH") == []


async def test_an_upload_that_can_not_be_read_back_is_not_lost():
    """The error tells its id."""

    def reply(asked):
        return answer(200, {"workflow_id": ID}) if asked.method == "POST" else CRASH

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(ServerError, match=f"made all the same: {ID}"):
                await st.workflows.upload(GRAPH, name="portrait")
    assert sum(one.method == "POST" for one in wire.asked) == 1


def test_a_machine_that_goes_meanwhile_is_told_by_its_name(own):
    """Held, but deleted: uploading and adding for it say so."""
    _, st = own
    machine = st.machines.create_custom("mine", "http://127.0.0.1:9")
    workflow = st.workflows.upload(GRAPH, name="harbour")
    machine.delete()
    for call in (
        lambda: st.workflows.upload(GRAPH, name="haven", machine=machine),
        lambda: workflow.add_version(GRAPH, machine=machine),
        lambda: st.workflows.upload(UI, name="haven", object_info=machine),
    ):
        with pytest.raises(NotFound, match=rf"^Machine 'mine' \({machine.id}\) is gone"):
            call()
