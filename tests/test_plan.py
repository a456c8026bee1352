"""The endpoints of the integration plan, a row each: a public method serves each, and asks for what it should."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from PIL import Image

from stationthis_sdk import InvalidInput, StationThis
from stationthis_sdk.testing import LocalGateway

ROOT = Path(__file__).parent.parent
SMALL = {"steps": 1, "width": 32, "height": 32}
GRAPH: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


@attrs.frozen
class Row:
    """An endpoint as the plan names it, the operations that it is today, the method for it, and its use."""

    plan: str
    operations: tuple[str, ...]
    method: str
    use: "Callable[[StationThis], Any]"


def machine(st: StationThis) -> Any:
    """One of the service's own, ready."""
    made = st.machines.create_serverless("planned", gpu="T4")
    return made.wait()


def changed_and_gone(made: Any, **settings: Any) -> None:
    """Changed by the route of its type, and deleted."""
    made.update(**settings)
    made.delete()


def presigned(st: StationThis) -> Any:
    """An address, and the bytes at it."""
    picture = ROOT / "notebooks" / "lighthouse.webp"
    return st.files.presign("lighthouse.webp", "image/webp", picture.stat().st_size).put(picture)


def share(st: StationThis) -> Any:
    """A share of the plan's workflow."""
    return st.deployments["plan"].promote("private-share")


ROWS = (
    Row("POST /run", ("runs_queue_deployment",), "Deployment.submit",
        lambda st: st.deployments["text-to-picture"].submit(prompt="a fox", seed=1, **SMALL).wait()),
    Row("POST /run, a graph of one's own", ("runs_queue_workflow",), "Workflow.submit",
        lambda st: st.workflows["plan"].submit(GRAPH, machine="this-machine").wait()),
    Row("GET /run", ("runs_get",), "Runs.get", lambda st: st.runs.get(st.deployments["text-to-picture"].runs()[0].id)),
    Row("POST /run/:id/cancel", ("runs_cancel",), "Run.cancel",
        lambda st: st.deployments["text-to-picture"].submit(prompt="a fox", steps=60, width=2048, height=2048).cancel()),
    Row("POST /workflow", ("workflows_create",), "Workflows.upload", lambda st: st.workflows.upload(GRAPH, name="plan-2")),
    Row("GET /workflow-version/:id", ("workflow_versions_get",), "Workflow.version",
        lambda st: st.workflows["plan"].version(st.workflows["plan"].newest.id)),
    Row("GET /deployment", ("deployments_list",), "Deployments.list", lambda st: st.deployments.list(refresh=True)),
    Row("GET /deployment/:id", ("deployments_get",), "Deployments.get",
        lambda st: st.deployments.get(st.deployments["plan"].id, refresh=True)),
    Row("POST /deployment", ("deployments_create",), "Deployments.create",
        lambda st: st.deployments.create("plan", "staging", machine="this-machine")),
    Row("PUT /deployment/:id", ("deployments_update",), "Deployment.update",
        lambda st: st.deployments["plan"].update(run_timeout=120)),
    Row("DELETE /deployment/:id", ("deployments_delete",), "Deployment.delete", lambda st: share(st).delete()),
    Row("GET /upload-url", ("assets_presign", "assets_register"), "PresignedUpload.put", presigned),
    Row("POST /file", ("files_upload",), "Files.upload", lambda st: st.files.upload(Image.new("RGB", (9, 9)))),
    Row("GET /machine", ("machines_list",), "Machines.list", lambda st: st.machines.list(refresh=True)),
    Row("GET /machine/:id", ("machines_get",), "Machines.get",
        lambda st: st.machines.get("this-machine", refresh=True)),
    Row("POST /machine", ("machines_create_serverless",), "Machines.create_serverless", lambda st: machine(st).delete()),
    Row("POST /machine, one's own", ("machines_create_custom",), "Machines.create_custom",
        lambda st: st.machines.create_custom("own", "http://127.0.0.1:9").delete()),
    Row("PUT /machine/:id", ("machines_update_serverless", "machines_delete"), "Machine.update",
        lambda st: changed_and_gone(machine(st), idle_timeout=30)),
    Row("PUT /machine/:id, one's own", ("machines_update_custom",), "Machine.update",
        lambda st: changed_and_gone(st.machines.create_custom("own", "http://127.0.0.1:9"), name="mine")),
    Row("DELETE /machine/:id", ("machines_delete",), "Machine.delete",
        lambda st: st.machines.create_custom("own", "http://127.0.0.1:9").delete()),
)  # fmt: skip


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    """A gateway with a workflow that may be changed."""
    with LocalGateway() as running:
        running.deploy("plan", GRAPH)
        yield running


@pytest.fixture(scope="module")
def mapped() -> dict[str, tuple[str, set[str]]]:
    """The map's rows: by operation the vendor's method and path, and the public methods."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    found = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            cells = [re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:-1]]
            found[cells[0][0]] = (cells[1][0], set(cells[3]))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plan)
def test_a_public_method_serves_it(
    gateway: LocalGateway, mapped: dict[str, tuple[str, set[str]]], row: Row, monkeypatch: Any, tmp_path: Path
) -> None:
    """The method is run on a gateway and asks for each of the operations, as the map says."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path))
    with gateway.client() as st:
        before = len(st.last_requests)
        row.use(st)
        asked = [
            one for one in list(st.last_requests)[before:] if one.status is not None and one.status < 300
        ]
    for operation in row.operations:
        vendors, _ = mapped[operation]
        verb, _, path = vendors.partition(" ")
        wanted = re.compile(re.escape(verb) + " " + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        assert any(
            wanted.fullmatch(f"{one.method} {one.url.partition('/api')[2].partition('?')[0]}")
            for one in asked
        ), [str(one) for one in asked]
    assert row.method in mapped[row.operations[0]][1]


def test_what_is_uploaded_is_got_back(gateway: LocalGateway) -> None:
    """A version by its id holds the very graph that was sent."""
    with gateway.client() as st:
        workflow = st.workflows.upload(GRAPH, name="plan-round")
        assert workflow.version(workflow.newest.id).record.graph == GRAPH
        workflow.delete()


def test_mistakes_of_the_plan_s_kind_are_told_before_anything_is_sent(gateway: LocalGateway) -> None:
    """A deployment to no environment, a machine of no type, an upload of nothing: nothing leaves."""
    with gateway.client() as st:
        asked = len(st.last_requests)
        with pytest.raises(InvalidInput):
            st.deployments.create("plan", "")
        with pytest.raises(InvalidInput):
            st.machines.create_custom("own", "http://127.0.0.1:9", type="")
        with pytest.raises(InvalidInput):
            st.files.upload(b"")
        assert len(st.last_requests) == asked
