"""Workflows: listed, got, changed, copied, exported, deleted; and what they know of themselves."""

import json
import uuid

import pytest

from stationthis_sdk import AmbiguousName, AsyncStationThis, InvalidInput, NotFound, StationThis
from stationthis_sdk.testing import LocalGateway
from tests.small_graphs import GRAPH, ID, VERSION, asked, row, version_row
from tests.wire import Wire, answer


@pytest.fixture
def own():
    """A gateway of the test's own, and a client of it."""
    with LocalGateway() as gateway:
        yield gateway, gateway.client()


def named():
    """A name that no other test has."""
    return f"workflow-{uuid.uuid4().hex[:8]}"


# Lists and names


def test_a_list_is_one_request_and_a_search_is_the_services(own):
    """Pinned ones come first; no call for each."""
    _, st = own
    for name in ("harbour", "forest"):
        st.workflows.upload(GRAPH, name=name)
    st.workflows["forest"].pin()
    before = len(st.last_requests)
    listed = st.workflows.list(refresh=True)
    assert len(st.last_requests) == before + 1
    assert listed[0].name == "forest"
    assert {one.name for one in listed} >= {"harbour", "text-to-picture"}
    assert [one.name for one in st.workflows.list(search="HARB")] == ["harbour"]
    assert st.workflows.list(search="no such thing") == []
    assert "harbour" in st.workflows
    assert "haven" not in st.workflows


async def test_pages_are_asked_for_as_they_are_wanted():
    """Whoever stops at the first workflow asks once; whoever goes on asks for each page, and no more."""
    rows = [row(id=str(uuid.UUID(int=number)), name=str(number)) for number in range(250)]

    def reply(asked):
        offset = int(asked.path.partition("offset=")[2].partition("&")[0])
        return answer(200, rows[offset : offset + 100])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            async for workflow in st.workflows:
                assert workflow.name == "0"
                break
            assert len(wire.asked) == 1
            assert len([one async for one in st.workflows]) == 250
            assert len(wire.asked) == 4
            assert len(await st.workflows.list()) == 250
            assert len(wire.asked) == 7
    assert {asked.path.partition("?")[0] for asked in wire.asked} == {"/api/workflows"}


async def test_one_is_got_by_id_or_name(ast):
    """Exactly, loosely, or by its id; it is the same one."""
    name = f"My Portrait {uuid.uuid4().hex[:8]}"
    made = await ast.workflows.upload(GRAPH, name=name)
    for given in (made.id, name, name.lower().replace(" ", "-")):
        found = await ast.workflows.get(given)
        assert (found.id, found.name, found.newest.graph) == (made.id, name, GRAPH)
    assert (await ast.workflows[name]).id == made.id


async def test_what_is_not_there_is_told_with_near_names(ast):
    """By name and by id; what is no name at all is refused unasked."""
    name = named()
    await ast.workflows.upload(GRAPH, name=name)
    with pytest.raises(NotFound, match=f"Did you mean '{name}'") as told:
        await ast.workflows.get(name[:-1])
    assert name in told.value.suggestions
    with pytest.raises(NotFound, match="No workflow"):
        await ast.workflows.get(ID)
    before = len(ast.last_requests)
    for wrong in ("", None, 7):
        with pytest.raises(InvalidInput):
            await ast.workflows.get(wrong)
    assert not [one for one in list(ast.last_requests)[before:] if one.method != "GET"]


async def test_two_of_one_name_are_ambiguous(ast):
    """Their ids are told, and get either."""
    name = named()
    ids = {(await ast.workflows.upload(GRAPH, name=name)).id for _ in range(2)}
    with pytest.raises(AmbiguousName) as told:
        await ast.workflows.get(name)
    assert set(told.value.candidates) == ids
    for one in ids:
        assert (await ast.workflows.get(one)).id == one


def test_another_one_of_the_name_is_found_where_the_copy_is_old(own):
    """Deleted and made anew by somebody else: the name leads to the new one."""
    gateway, st = own
    old = st.workflows.upload(GRAPH, name="portrait")
    assert st.workflows["portrait"].id == old.id
    with StationThis(gateway.key, gateway.base_url, flags={"cache": False}) as other:
        other.workflows[old.id].delete()
        new = other.workflows.upload(GRAPH, name="portrait")
    st.workflows.list()
    assert st.workflows.get("portrait", refresh=True).id == new.id


# What a workflow knows of itself


def test_a_workflow_knows_what_its_graph_is(own):
    """Got by name or id, uploaded, cloned, refreshed: in all ways the same as its newest version."""
    _, st = own
    made = st.workflows.upload(GRAPH, name="portrait")
    for workflow in (
        made,
        st.workflows["portrait"],
        st.workflows.get(made.id),
        made.clone("again"),
        made.refresh(),
    ):
        assert [*workflow.inputs] == ["prompt"]
        assert workflow.inputs["prompt"].default == "a fox"
        assert [one.node_id for one in workflow.outputs] == ["3"]
        assert (workflow.kind, workflow.category) == ("image", "text-to-image")
        assert workflow.node_classes == ("ComfyUIDeployExternalText", "EmptyImage", "SaveImage")
        assert (workflow.base_model, workflow.supports_lora, workflow.loras) == (None, False, ())
        assert workflow.newest.category == workflow.category
        assert "prompt text" in repr(workflow)


async def test_a_listed_workflow_says_that_lists_tell_no_graphs(ast):
    """No silent None that would pass for an answer, and no call behind a property; refresh() fills it."""
    name = named()
    await ast.workflows.upload(GRAPH, name=name)
    (listed,) = await ast.workflows.list(search=name)
    before = len(ast.last_requests)
    assert listed.newest is None
    for known in (
        "inputs",
        "outputs",
        "kind",
        "category",
        "base_model",
        "supports_lora",
        "loras",
        "node_classes",
    ):
        with pytest.raises(InvalidInput, match=r"came from a list.*refresh\(\)"):
            getattr(listed, known)
    assert len(ast.last_requests) == before
    assert (await listed.refresh()).category == "text-to-image"
    assert len(ast.last_requests) == before + 1


async def test_a_workflow_without_a_version_says_so():
    """The service tells ``[null]`` of one that never had a graph."""
    with Wire(answer(200, row(versions=[None]))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.get(ID)
            assert workflow.newest is None
            with pytest.raises(NotFound, match=r"no version yet: add_version\(graph\)"):
                workflow.inputs  # noqa: B018
            with pytest.raises(NotFound, match="no version yet"):
                await workflow.version()


async def test_inputs_keep_options_ranges_and_help():
    """And LoRA support and base model are read from the nodes, not from the name."""
    graph = {
        "1": {
            "class_type": "ComfyUIDeployExternalNumberSliderInt",
            "inputs": {
                "input_id": "steps",
                "default_value": 20,
                "min_value": 1,
                "max_value": 60,
                "display_name": "Steps",
                "description": "How long to draw.",
            },
        },
        "2": {
            "class_type": "ComfyUIDeployExternalEnum",
            "inputs": {"input_id": "style", "default_value": "photo", "options": '["photo", "anime"]'},
        },
        "3": {
            "class_type": "ComfyUIDeployExternalLora",
            "inputs": {"input_id": "lora", "default_lora_name": "ink.safetensors", "lora_url": ""},
        },
        "4": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
        "5": {"class_type": "KSampler", "inputs": {"model": ["4", 0], "steps": ["1", 0]}},
        "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0]}},
        "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
        "8": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}},
    }
    with Wire(answer(200, row(name="wan-video", versions=[version_row(3, graph)]))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.get(ID)
    steps, style = workflow.inputs["steps"], workflow.inputs["style"]
    assert (steps.minimum, steps.maximum, steps.default) == (1, 60, 20)
    assert (steps.label, steps.description) == ("Steps", "How long to draw.")
    assert style.options == ("photo", "anime")
    assert (workflow.base_model, workflow.supports_lora) == ("FLUX", True)
    assert (workflow.kind, workflow.category) == ("image", "text-to-image")


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"name": None, "description": 7, "pinned": "yes", "created_at": "soon", "versions": "none"},
        {"selected_machine_id": [], "cover_image": {}, "versions": [7, {"id": VERSION}]},
        {"versions": [{"id": VERSION, "version": "3", "workflow_api": [], "workflow": "{}"}]},
    ],
)
async def test_odd_answers_are_read(odd):
    """Missing, null and foreign values leave a workflow that can be looked at."""
    with Wire(lambda asked: answer(200, [row(**odd)] if "/workflows" in asked.path else row(**odd))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            (listed,) = await st.workflows.list()
            workflow = await st.workflows.get(ID)
            assert listed.id == workflow.id == ID
            assert repr(listed)
            assert repr(workflow)
            if workflow.newest is not None:
                assert len(workflow.inputs) == len(workflow.outputs) == 0


def test_what_was_kept_is_out_of_date_after_a_write(own):
    """Lists, names and single ones: the next read asks, and shows it."""
    _, st = own
    st.workflows.list()
    st.workflows.list()
    assert asked(st).count("/workflows") == 1
    workflow = st.workflows.upload(GRAPH, name="harbour")
    assert "harbour" in [one.name for one in st.workflows.list()]
    assert st.workflows["harbour"].newest.number == 1
    workflow.add_version(GRAPH)
    assert st.workflows["harbour"].newest.number == 2
    workflow.rename("haven")
    assert st.workflows["haven"].id == workflow.id
    assert "harbour" not in [one.name for one in st.workflows.list()]
    workflow.delete()
    assert "haven" not in [one.name for one in st.workflows.list()]
    with pytest.raises(NotFound):
        st.workflows.get(workflow.id)


# Changes


def test_it_is_renamed_described_and_pinned(own):
    """Each change is there at once, and alone."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    assert workflow.rename("haven").name == "haven"
    assert workflow.describe("Where ships rest.").description == "Where ships rest."
    assert workflow.pin().pinned
    assert (workflow.name, workflow.description) == ("haven", "Where ships rest.")
    assert "pinned" in repr(workflow)
    assert not workflow.unpin().pinned
    assert workflow.newest.number == 1
    again = st.workflows.get(workflow.id, refresh=True)
    assert (again.name, again.pinned, again.description) == ("haven", False, "Where ships rest.")


def test_a_clone_is_of_its_own(own):
    """It has the newest version as its first, and another name; what becomes of it is its own."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    other = {**GRAPH, "9": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}}
    workflow.add_version(other)
    clone = workflow.clone()
    assert clone.id != workflow.id
    assert clone.name != workflow.name
    assert (clone.newest.number, clone.newest.graph) == (1, other)
    clone.delete()
    assert workflow.refresh().newest.number == 2
    assert workflow.clone("haven").name == "haven"


def test_an_export_goes_back_in(own):
    """The editor's graph with workflow_api beside it, by number or id; uploaded, it is the same graph."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    first = workflow.newest
    workflow.add_version({**GRAPH, "9": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}}})
    assert "9" in workflow.export()["workflow_api"]
    for given in (1, "1", first.id):
        exported = workflow.export(given)
        assert exported["workflow_api"] == GRAPH
        assert exported["nodes"]
    again = st.workflows.upload(json.dumps(exported), name="again")
    assert again.newest.graph == GRAPH
    for wrong in (9, VERSION):
        with pytest.raises(NotFound, match=r"no version .*; its newest is 2"):
            workflow.export(wrong)
    for wrong in (0, -1, True, 1.5, "newest"):
        with pytest.raises(InvalidInput, match="number from 1 on or an id"):
            workflow.export(wrong)


def test_what_the_service_makes_no_file_of_is_said(own):
    """A classic machine keeps no make: the service fails with a 404 in a 500, we say what there is instead."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour", machine="classic-machine")
    for call in (workflow.export, lambda: workflow.share("Harbours")):
        with pytest.raises(NotFound, match=r"keeps no make of the machine.*version\(\)\.graph"):
            call()


def test_a_gallery_shows_what_was_made(own):
    """The latest first, as many as wanted, of one kind; what is no kind or number is refused unasked."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    assert workflow.gallery() == []
    runs = [workflow.submit(machine="this-machine").wait() for _ in range(2)]
    shown = workflow.gallery()
    assert [one.run_id for one in shown] == [run.id for run in reversed(runs)]
    assert shown[0].items[0].kind == "image"
    assert len(workflow.gallery(limit=1)) == 1
    assert len(workflow.gallery(limit=None, file_type="image")) == 2
    assert workflow.gallery(file_type="video") == []
    before = len(st.last_requests)
    for wrong in ({"limit": -1}, {"limit": 0}, {"limit": True}, {"limit": "all"}, {"file_type": "nonsense"}):
        with pytest.raises(InvalidInput):
            workflow.gallery(**wrong)
    assert len(st.last_requests) == before


async def test_a_long_gallery_comes_in_pages():
    """As many as are wanted, a hundred at a time."""
    items = [{"output_id": str(number), "run_id": ID, "data": {}} for number in range(250)]

    def reply(asked):
        if "/gallery" not in asked.path:
            return answer(200, row(versions=[version_row()]))
        offset = int(asked.path.partition("offset=")[2].partition("&")[0])
        return answer(200, items[offset : offset + 100])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.get(ID)
            assert [one.id for one in await workflow.gallery(limit=150)] == [str(one) for one in range(150)]
            assert len(await workflow.gallery(limit=None)) == 250
    assert sum("/gallery" in one.path for one in wire.asked) == 5


def test_a_deleted_workflow_says_that_it_is_gone(own):
    """Whatever is asked of it, once more deleting included: its name, its id, and what to do; no line of HTTP."""
    _, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour")
    listed = next(one for one in st.workflows.list() if one.name == "harbour")
    workflow.delete()
    for call in (
        workflow.refresh,
        workflow.delete,
        workflow.versions,
        workflow.version,
        lambda: workflow.version(1),
        lambda: workflow.version(workflow.newest.id),
        lambda: workflow.add_version(GRAPH),
        lambda: workflow.rename("haven"),
        workflow.pin,
        workflow.clone,
        workflow.export,
        lambda: workflow.export(1),
        workflow.gallery,
        lambda: workflow.share("Harbours"),
        workflow.unshare,
        workflow.shared,
        listed.refresh,
        lambda: workflow.submit(GRAPH, machine="this-machine"),
    ):
        with pytest.raises(NotFound, match=rf"^The workflow 'harbour' \({workflow.id}\) is gone") as told:
            call()
        assert "http" not in told.value.message
        assert "workflows.list(" in told.value.message
