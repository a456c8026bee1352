"""A deployment that is gone because its workflow was deployed anew: found again by name, and run once."""

import asyncio
import uuid
from typing import Any

import pytest
from PIL import Image

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound, StationThis
from tests.fixtures import RunningGateway
from tests.wire import HANG, Wire, answer

SHARE = "public-share"


def _graph(*names: str) -> dict[str, Any]:
    nodes: dict[str, Any] = {
        str(place): {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": name, "default_value": name, "display_name": "", "description": ""},
        }
        for place, name in enumerate(names)
    }
    return {**nodes, "out": {"class_type": "PreviewAny", "inputs": {"source": ["0", 0]}}}


async def _again(ast: AsyncStationThis, deployment_id: str, graph: dict[str, Any] | None = None) -> str:
    """Delete a share and make it anew, of a new version if there is a graph: the one way in which an id moves."""
    record = (await ast.deployments.get(deployment_id)).record
    version = record.workflow_version_id
    await ast.request("DELETE", f"/deployment/{deployment_id}")
    if graph is not None:
        body = {"workflow": {}, "workflow_api": graph}
        version = (await ast.request("POST", f"/workflow/{record.workflow_id}/version", json=body))["id"]
    body = {
        "workflow_id": record.workflow_id,
        "workflow_version_id": version,
        "machine_id": record.machine_id,
        "environment": SHARE,
    }
    return str((await ast.request("POST", "/deployment", json=body))["id"])


async def _runs(ast: AsyncStationThis, workflow_id: str | None) -> list[Any]:
    runs: list[Any] = await ast.request("GET", f"/workflow/{workflow_id}/runs")
    return runs


async def test_a_deployment_that_moved_is_found_and_run_once(gateway: RunningGateway, ast) -> None:
    """T17: it is found by its name and run once; the object, the run and the ledger know both name and new id."""
    old = await asyncio.to_thread(gateway.deploy, "moving", _graph("words"), environment=SHARE)
    deployment = await ast.deployments.get(old)
    new = await _again(ast, old)
    run = await deployment(words="hello")
    assert (run.state, deployment.id, run.record.deployment_id) == ("success", new, new)
    assert run.record.deployment_name == "moving"
    (made,) = await _runs(ast, deployment.record.workflow_id)
    assert (made["id"], made["deployment_id"]) == (run.id, new)
    (listed,) = [one.record for one in await ast.runs.list() if one.id == run.id]
    assert (listed.deployment_name, listed.deployment_id) == ("moving", new)


async def test_many_at_once_all_find_it(gateway: RunningGateway, ast) -> None:
    """Each submit finds the new one, whoever was first; as many runs as submits."""
    old = await asyncio.to_thread(gateway.deploy, "crowded", _graph("words"), environment=SHARE)
    deployment = await ast.deployments.get(old)
    new = await _again(ast, old)
    runs = await asyncio.gather(*(deployment.submit(words=str(number)) for number in range(4)))
    assert {run.record.deployment_id for run in runs} == {new}
    assert len(await _runs(ast, deployment.record.workflow_id)) == 4
    for run in runs:
        await run.wait()


async def test_inputs_are_checked_against_the_new_one(gateway: RunningGateway, ast) -> None:
    """A new version that lacks an input is not run without it: that would be paid for."""
    old = await asyncio.to_thread(gateway.deploy, "changing", _graph("words", "mood"), environment=SHARE)
    deployment = await ast.deployments.get(old)
    await _again(ast, old, _graph("words"))
    with pytest.raises(InvalidInput, match=r"mood.*deployed anew"):
        await deployment(words="hello", mood="glad")
    assert await _runs(ast, deployment.record.workflow_id) == []
    assert (await deployment(words="hello")).state == "success"


async def test_one_that_is_gone_for_good_says_so(gateway: RunningGateway, ast) -> None:
    """Nothing of that name and environment: the error tells that nothing was started."""
    old = await asyncio.to_thread(gateway.deploy, "gone", _graph("words"), environment=SHARE)
    deployment = await ast.deployments.get(old)
    await ast.request("DELETE", f"/deployment/{old}")
    with pytest.raises(NotFound, match=r"is gone.*No run was started"):
        await deployment(words="hello")
    with pytest.raises(NotFound):
        await deployment.refresh()


def _deployment(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "environment": "production",
        "workflow_id": "w",
        "workflow": {"name": name},
        **more,
    }


@pytest.mark.parametrize("how", ["another name", "another environment", "two", "the same id", "no list"])
def test_nothing_else_is_run_in_its_place(how: str) -> None:
    """Only one deployment of the very name and environment takes its place; else nothing is sent again."""
    old = _deployment("w")
    after = {
        "another name": [_deployment("other")],
        "another environment": [_deployment("w", environment="staging")],
        "two": [_deployment("w", workflow_id="a"), _deployment("w", workflow_id="b")],
        "the same id": [old],
        "no list": None,
    }[how]
    lists = [[old]]

    def reply(asked):
        if asked.method == "POST":
            lists[:] = [after] if after is not None else []
            return answer(404, {"detail": "Deployment not found"})
        return answer(200, lists[0]) if lists else answer(403, {"detail": "no"})

    with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
        deployment = st.deployments["w"]
        with pytest.raises(NotFound, match="No run was started"):
            deployment.submit()
        assert [one.method for one in wire.asked].count("POST") == 1


async def test_interrupted_while_it_is_looked_for_nothing_is_sent(caplog) -> None:
    """Cancelled between the two: it says that nothing was started."""
    old = _deployment("w")
    asked_again = asyncio.Event()
    loop = asyncio.get_running_loop()

    def reply(asked):
        if asked.method == "POST":
            return answer(404, {"detail": "Deployment not found"})
        if any(one.method == "POST" for one in wire.asked):
            loop.call_soon_threadsafe(asked_again.set)
            return HANG
        return answer(200, [old])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            submitting = asyncio.create_task((await st.deployments["w"]).submit())
            await asked_again.wait()
            submitting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await submitting
        assert [one.method for one in wire.asked].count("POST") == 1
    assert "No run of w was started." in caplog.text


def test_files_are_uploaded_and_seeds_drawn_once() -> None:
    """What was prepared for the first try serves the second; a third is never made."""
    inputs = [
        {"type": "string", "class_type": "ComfyUIDeployExternalImage", "input_id": "picture"},
        {"type": "integer", "class_type": "ComfyUIDeployExternalNumberInt", "input_id": "seed"},
    ]
    old, new = _deployment("w", input_types=inputs), _deployment("w", input_types=inputs)
    lists = [[old]]
    sent = []

    def reply(asked):
        if asked.path.endswith("/file/upload"):
            return answer(
                200,
                {
                    "message": "",
                    "file_id": "img_1",
                    "file_name": "a.png",
                    "file_url": "https://x.example/a.png",
                },
            )
        if asked.method == "POST":
            sent.append(asked.json)
            lists[:] = [[new]]
            return answer(404, {"detail": "Deployment not found"})
        return answer(200, lists[0])

    with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
        with pytest.raises(NotFound):
            st.deployments["w"].submit(picture=Image.new("RGB", (2, 2)))
        assert [one.path for one in wire.asked].count("/api/file/upload") == 1
    assert [one["deployment_id"] for one in sent] == [old["id"], new["id"]]
    assert sent[0]["inputs"] == sent[1]["inputs"]


async def test_a_run_of_another_version_than_it_was_checked_against_is_told(
    gateway: RunningGateway, ast, caplog
) -> None:
    """The copy was stale: the run knows the version it really is of, and the log says so once."""
    old = await asyncio.to_thread(gateway.deploy, "stale", _graph("words"))
    deployment = await ast.deployments.get(old)
    record = deployment.record
    version = await ast.request(
        "POST",
        f"/workflow/{record.workflow_id}/version",
        json={"workflow": {}, "workflow_api": _graph("words", "mood")},
    )
    await ast.request("PATCH", f"/deployment/{old}", json={"workflow_version_id": version["id"]})
    run = await deployment(words="hello")
    assert run.record.workflow_version_id == version["id"] != record.workflow_version_id
    await run.refresh()
    assert [one.message for one in caplog.records if "of another version" in one.message][1:] == []
    assert "of another version" in caplog.text
    assert "mood" in (await deployment.refresh()).inputs
