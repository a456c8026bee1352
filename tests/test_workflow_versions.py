"""Versions of workflows: listed, got by number or id, added."""

import json
import uuid

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound
from tests.small_graphs import GRAPH, ID, OBJECT_INFO, UI, VERSION, row, version_row
from tests.wire import Wire, answer


def _named():
    return f"versions-{uuid.uuid4().hex[:8]}"


def _graph(default):
    """The same with another default: which version it is shows in its inputs."""
    text = {**GRAPH["1"]["inputs"], "default_value": default}
    return {**GRAPH, "1": {**GRAPH["1"], "inputs": text}}


async def test_versions_are_listed_and_got(ast):
    """The newest first; one by number, as text too, or by id; each is what was uploaded."""
    workflow = await ast.workflows.upload(_graph("first"), name=_named())
    await workflow.add_version(_graph("second"), comment="darker")
    await workflow.add_version(_graph("third"), comment="lighter")
    listed = await workflow.versions()
    assert [one.number for one in listed] == [3, 2, 1]
    assert [one.number for one in await workflow.versions(search="DARK")] == [2]
    second = await workflow.version(2)
    assert (second.comment, second.inputs["prompt"].default) == ("darker", "second")
    for given in ("2", second.id, listed[1].id):
        found = await workflow.version(given)
        assert (found.id, found.number, found.graph) == (second.id, 2, _graph("second"))
    assert (await workflow.version()).number == 3
    assert (second.kind, second.category) == ("image", "text-to-image")
    assert second.created_at is not None
    assert "version 2" in repr(second)


async def test_a_version_is_asked_for_once(ast):
    """It never changes, so its copy is good for ever."""
    workflow = await ast.workflows.upload(GRAPH, name=_named())
    for given in (1, workflow.newest.id):
        assert (await workflow.version(given)).source.kind == "api"
        before = len(ast.last_requests)
        assert (await workflow.version(given)).source.kind == "cache"
        assert len(ast.last_requests) == before


async def test_a_version_that_does_not_exist(ast):
    """By number, by id, of another workflow: what is newest is told as it is now; nonsense is refused unasked."""
    workflow = await ast.workflows.upload(GRAPH, name=_named())
    other = await ast.workflows.upload(GRAPH, name=_named())
    stale = await ast.workflows.get(workflow.id)
    await workflow.add_version(GRAPH)
    for missing in (9, "9", VERSION, other.newest.id, 2**31 - 1):
        with pytest.raises(
            NotFound, match=rf"'{workflow.name}' has no version .*{str(missing)[-5:]}.*newest is 2"
        ) as told:
            await stale.version(missing)
        assert "http" not in told.value.message
    before = len(ast.last_requests)
    for wrong in (0, -1, 2**31, True, 1.0, "newest", "", [1]):
        with pytest.raises(InvalidInput, match="number from 1 on or an id"):
            await workflow.version(wrong)
    assert len(ast.last_requests) == before


async def test_what_is_added_is_the_newest_at_once(ast):
    """Without asking again, also on a workflow from a list; one added meanwhile by others stays the newest."""
    workflow = await ast.workflows.upload(_graph("first"), name=_named())
    (listed,) = await ast.workflows.list(search=workflow.name)
    added = await workflow.add_version(_graph("second"))
    assert added.number == workflow.newest.number == 2
    assert workflow.inputs["prompt"].default == "second"
    third = await listed.add_version(_graph("third"))
    assert (third.number, listed.newest.id) == (3, third.id)
    assert listed.inputs["prompt"].default == "third"
    assert workflow.newest.number == 2
    assert (await workflow.refresh()).newest.number == 3


def test_versions_come_in_every_form(st, tmp_path):
    """A file, text, both formats; the editor's only, converted."""
    workflow = st.workflows.upload(GRAPH, name=_named())
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(_graph("from a file")))
    assert workflow.add_version(file).inputs["prompt"].default == "from a file"
    assert workflow.add_version(json.dumps(_graph("from text"))).inputs["prompt"].default == "from text"
    both = workflow.add_version({"prompt": GRAPH, "workflow": UI})
    assert (both.graph, both.ui_graph) == (GRAPH, UI)
    converted = workflow.add_version(UI, object_info=OBJECT_INFO, comment="drawn")
    assert (converted.ui_graph, converted.graph["2"]["inputs"]["height"]) == (UI, 24)
    assert (converted.number, converted.comment) == (5, "drawn")
    assert (
        workflow.add_version(GRAPH, machine="this-machine").record.machine_id
        == st.machines["this-machine"].id
    )
    with pytest.raises(InvalidInput, match="nobody says what its nodes take"):
        workflow.add_version(UI)
    with pytest.raises(NotFound, match="No machine 'none-such'"):
        workflow.add_version(GRAPH, machine="none-such")
    assert workflow.refresh().newest.number == 6


async def test_versions_come_in_small_pages():
    """Each row has its whole graphs: twenty at a time, until there are no more."""
    rows = [{**version_row(45 - number), "id": str(uuid.UUID(int=number))} for number in range(45)]

    def reply(asked):
        if "/versions" not in asked.path:
            return answer(200, row(versions=[rows[0]]))
        offset = int(asked.path.partition("offset=")[2].partition("&")[0])
        return answer(200, rows[offset : offset + 20])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            versions = await (await st.workflows.get(ID)).versions()
    assert [one.number for one in versions] == [*range(45, 0, -1)]
    assert sum("/versions" in one.path for one in wire.asked) == 3


async def test_a_version_with_the_editors_graph_only_is_read_all_the_same():
    """Older versions have no API format; what they are is read from what the editor shows."""
    only = {**version_row(), "workflow_api": None, "workflow": UI}
    with Wire(answer(200, row(versions=[only]))) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.get(ID)
            assert (workflow.newest.graph, workflow.kind) == (None, "image")
            assert workflow.node_classes == ("EmptyImage", "SaveImage")
