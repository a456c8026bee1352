"""Graphs that are run as they are, under a workflow: which graph, on which machine, with which inputs."""

import uuid

import pytest

from stationthis_sdk import AmbiguousSubmit, AsyncStationThis, InvalidInput, NotFound
from stationthis_sdk.testing import LocalGateway
from tests.local.comfyui.stand_in import StandIn
from tests.small_graphs import GRAPH, ID, UI, asked, row, version_row
from tests.wire import CLOSE, Wire, answer

MACHINE = {"id": str(uuid.UUID(int=7)), "name": "a10g", "type": "classic", "status": "ready"}


@pytest.fixture
def own():
    """A gateway of the test's own, and a client of it."""
    with LocalGateway() as gateway:
        yield gateway, gateway.client()


def coloured(color):
    """The same graph in another colour."""
    paint = {**GRAPH["2"]["inputs"], "color": color}
    return {**GRAPH, "2": {**GRAPH["2"], "inputs": paint}}


def test_a_raw_graph_gives_a_picture(own):
    """No version and no deployment is made of it; the run knows its workflow and machine, and is found again."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    run = workflow.submit(coloured(0x00FF00), prompt="a harbour", machine="this-machine").wait()
    assert run.outputs[0].image().getpixel((3, 3)) == (0, 255, 0)
    assert run.inputs["prompt"] == "a harbour"
    assert run.record.workflow_id == workflow.id
    assert run.record.machine_id == st.machines["this-machine"].id
    assert st.runs.get(run.id).state == "success"
    assert [one.number for one in workflow.versions()] == [1]
    assert not any("/version" in one for one in asked(st, "POST"))


async def test_a_raw_graph_runs_in_the_other_colour(ast):
    """The same, awaited."""
    workflow = await ast.workflows.upload(GRAPH, name=f"submits-{uuid.uuid4().hex[:8]}")
    run = await workflow.submit(coloured(0x0000FF), {"prompt": "a harbour"}, machine="this-machine")
    await run.wait()
    assert (await run.outputs[0].image()).getpixel((3, 3)) == (0, 0, 255)


def test_without_a_graph_it_is_the_newest_version(own):
    """As it is now, also when another client has added it; with its own editor's graph."""
    gateway, st = own
    workflow = st.workflows.upload(GRAPH, name="harbour", machine="this-machine")
    gateway.client().workflows["harbour"].add_version(coloured(0xFF0000))
    run = workflow.submit(prompt="x").wait()
    assert run.outputs[0].image().getpixel((0, 0)) == (255, 0, 0)


def test_the_machine_is_the_workflows_own_else_the_only_one(own):
    """Named, given itself, or not at all; what is no machine is refused, and nothing is run."""
    _, st = own
    machine = st.machines["this-machine"]
    placed = st.workflows.upload(GRAPH, name="placed", machine=machine)
    free = st.workflows.upload(GRAPH, name="free")
    assert placed.submit(GRAPH).wait().record.machine_id == machine.id
    assert free.submit(GRAPH, machine=machine).wait().state == "success"
    assert free.submit(GRAPH, machine=machine.id).wait().state == "success"
    with pytest.raises(InvalidInput, match="name the one to run it on, machine='"):
        free.submit(GRAPH)
    for wrong, error in (
        (free, InvalidInput),
        (7, InvalidInput),
        ("", InvalidInput),
        ("this-machin", NotFound),
    ):
        with pytest.raises(error):
            free.submit(GRAPH, machine=wrong)
    st.machines["classic-machine"].delete()
    assert free.submit(GRAPH).wait().record.machine_id == machine.id
    assert asked(st, "POST").count("/run/workflow/queue") == 4


def test_its_inputs_are_checked_as_a_deployments(own):
    """Those of this graph, not of the workflow's; nothing is sent for a wrong one."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    for wrong, said in (
        ({"steps": 3}, "no input 'steps'"),
        ({"prompt": 7}, "wants text"),
        ({"prompt": "\ud800"}, "can't be sent"),
        ({"inputs": {"prompt": "a"}, "prompt": "b"}, "Given twice"),
        ({"promt": "a"}, "did you mean 'prompt'"),
        ({"gpu": "T4"}, r"options\(gpu="),
    ):
        with pytest.raises(InvalidInput, match=said):
            workflow.submit(GRAPH, machine="this-machine", **wrong)
    with pytest.raises(InvalidInput, match="GPU"):
        workflow.options(gpu="A9000")
    assert asked(st, "POST") == []
    run = workflow.options(allow_unknown=True).submit(GRAPH, machine="this-machine", mood="glad")
    assert run.wait().inputs["mood"] == "glad"


def test_our_editors_graph_runs_anywhere(own):
    """It names its values, so it runs although the machine tells nothing of its nodes."""
    _, st = own
    workflow = st.workflows.upload(coloured(0x00FF00), name="harbour")
    run = workflow.submit(workflow.newest.ui_graph, machine="this-machine", prompt="x").wait()
    assert run.outputs[0].image().getpixel((0, 0)) == (0, 255, 0)


async def test_an_editors_graph_is_converted_with_what_its_machine_says(own, tmp_path):
    """A real ComfyUI's object_info, by HTTP, of the very machine that then runs it."""
    gateway, _ = own
    comfyui = StandIn(tmp_path)
    await comfyui.start()
    try:
        async with gateway.async_client() as st:
            await st.machines.create_custom("mine", comfyui.address)
            workflow = await st.workflows.get("text-to-picture")
            run = await workflow.submit(UI, machine="mine")
            await run.wait()
            assert (await run.outputs[0].image()).size == (16, 24)
    finally:
        await comfyui.stop()
    assert [path for _, path, _ in comfyui.asked].count("/prompt") == 1


def test_an_editors_graph_on_a_machine_that_tells_nothing(own):
    """The error names the machine, and what can be done without an argument that submit does not have."""
    _, st = own
    workflow = st.workflows["text-to-picture"]
    with pytest.raises(
        InvalidInput, match=r"machine 'this-machine' does not tell.*upload it with object_info="
    ):
        workflow.submit(UI, machine="this-machine")
    assert asked(st, "POST") == []


async def test_what_goes_over_the_wire_is_sent_once():
    """Both graphs as objects, the machine's id, our submit id; a lost answer is told, and nothing is sent again."""

    def reply(asked):
        if asked.method == "POST":
            return CLOSE
        return answer(200, [MACHINE] if "/machines" in asked.path else row(versions=[version_row()]))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            workflow = await st.workflows.get(ID)
            with pytest.raises(AmbiguousSubmit):
                await workflow.options(gpu="A10G").submit({"prompt": GRAPH, "workflow": UI}, prompt="a fox")
    (sent,) = (one for one in wire.asked if one.method == "POST")
    assert sent.path == "/api/run/workflow/queue"
    assert (sent.json["workflow_id"], sent.json["machine_id"]) == (ID, MACHINE["id"])
    assert (sent.json["workflow_api_json"], sent.json["workflow"], sent.json["gpu"]) == (GRAPH, UI, "A10G")
    assert sent.json["inputs"].keys() == {"prompt", "__stationthis_submit"}


async def test_the_versions_own_editors_graph_goes_along():
    """Not one made up for it: the plugin reads seeds' settings there."""

    def reply(asked):
        if asked.method == "POST":
            return answer(200, {"run_id": str(uuid.UUID(int=9))})
        newest = {**version_row(), "workflow": UI}
        return answer(200, [MACHINE] if "/machines" in asked.path else row(versions=[newest]))

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            await (await st.workflows.get(ID)).submit(prompt="a fox")
    (sent,) = (one for one in wire.asked if one.method == "POST")
    assert (sent.json["workflow_api_json"], sent.json["workflow"]) == (GRAPH, UI)
