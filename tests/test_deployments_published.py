"""Graphs that are published: uploaded as a version, and deployed."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import InvalidInput, NotFound, Refused, StationThis
from tests.wire import Wire, answer


def _graph(*names: str) -> dict[str, Any]:
    nodes: dict[str, Any] = {
        str(place): {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": name, "default_value": name, "display_name": "", "description": ""},
        }
        for place, name in enumerate(names)
    }
    return {**nodes, "9": {"class_type": "PreviewAny", "inputs": {"source": ["0", 0]}}}


async def test_a_graph_in_any_form_is_one_graph(ast, tmp_path: Path) -> None:
    """A mapping, text or a file: the same version; nothing is uploaded twice."""
    name = f"published-{uuid.uuid4().hex[:8]}"
    made = await ast.deployments.publish(_graph("words"), name, machine="this-machine")
    assert (made.change.kind, made.change.uploads, made.version) == ("new", "workflow", 1)
    file = tmp_path / "graph.json"
    file.write_text(json.dumps(_graph("words")))
    for same in (file, str(file), file.read_text()):
        again = await ast.deployments.publish(same, name)
        assert (again.id, again.change.kind, again.change.uploads, again.version) == (
            made.id,
            "unchanged",
            "",
            1,
        )
    moved = await ast.deployments.publish(_graph("words", "mood"), name, comment="with moods")
    assert (moved.id, moved.version, moved.change.uploads) == (made.id, 2, "version")
    assert (moved.change.old_version, moved.change.version, moved.change.added) == (1, 2, ("mood",))
    assert moved.record.machine_id == made.record.machine_id
    rows = await ast.request("GET", f"/workflow/{made.record.workflow_id}/versions")
    assert [one["version"] for one in rows] == [2, 1]
    assert rows[0]["comment"] == "with moods"
    assert (await moved(words="hello", mood="glad")).state == "success"


async def test_it_stays_on_its_machine(ast) -> None:
    """A new version of what is deployed does not move to another machine by itself."""
    name = f"staying-{uuid.uuid4().hex[:8]}"
    made = await ast.deployments.publish(_graph("a"), name, machine="classic-machine")
    moved = await ast.deployments.publish(_graph("b"), made.record.workflow_id)
    assert (moved.record.machine_id, moved.change.machine) == (made.record.machine_id, "classic-machine")


async def test_nothing_is_sent_for_what_is_wrong(ast, tmp_path: Path) -> None:
    """No graph, no name, no environment, no machine, no workflow of that id: plan and publish say the same."""
    fine = {"graph": _graph("a"), "workflow": f"never-{uuid.uuid4().hex[:8]}", "machine": "this-machine"}
    writes = sum(one.method != "GET" for one in ast.last_requests)
    for wrong, error in (
        ({"graph": {}}, InvalidInput),
        ({"graph": tmp_path / "missing.json"}, InvalidInput),
        ({"graph": 7}, InvalidInput),
        ({"workflow": ""}, InvalidInput),
        ({"workflow": None}, InvalidInput),
        ({"workflow": str(uuid.uuid4())}, NotFound),
        ({"environment": "live"}, InvalidInput),
        ({"machine": "none-such"}, NotFound),
        ({"machine": None}, InvalidInput),
        ({"graph": {"nodes": [{"id": 1, "type": "EmptyImage"}], "links": []}}, InvalidInput),
    ):
        for way in (ast.deployments.plan_graph, ast.deployments.publish):
            with pytest.raises(error):
                await way(**{**fine, **wrong})
    assert sum(one.method != "GET" for one in ast.last_requests) == writes


def test_a_version_that_could_not_be_deployed_is_not_lost() -> None:
    """It is uploaded, and the error says how to deploy it."""
    workflow = {"id": str(uuid.uuid4()), "name": "w", "versions": [{"id": str(uuid.uuid4()), "version": 3}]}
    version = {"id": str(uuid.uuid4()), "version": 4, "workflow_id": workflow["id"]}

    def reply(asked):
        path = asked.path.partition("?")[0].removeprefix("/api")
        if asked.method == "POST":
            return answer(200, version) if path.endswith("/version") else answer(403, {"detail": "no"})
        if path == "/machines":
            return answer(
                200, [{"id": str(uuid.uuid4()), "name": "only", "type": "classic", "status": "ready"}]
            )
        if path.endswith("/deployments"):
            return answer(404, {"detail": "none"})
        return answer(200, [workflow] if path.startswith("/workflows") else workflow)

    with (
        Wire(reply) as wire,
        StationThis("k", wire.base_url) as st,
        pytest.raises(
            Refused, match=r"Version 4 of 'w' is uploaded: st\.deployments\.create\('w', 'production'\)"
        ),
    ):
        st.deployments.publish(_graph("a"), "w")
