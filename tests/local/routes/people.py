"""Several people at one gateway, what they have there, and requests that the contract says nothing of."""

import json
from typing import Any

import attrs

from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import Output, Run
from tests.local import conform
from tests.local.conftest import Answer, Api, picture_graph

NOWHERE = "00000000-0000-0000-0000-000000000000"
HOSTILE_IDS = ("abc", "..%2f..%2fetc", "%00", "%ED%A0%80", "9" * 4000, "%F0%9F%A6%8A", "null", "-1")


class Plain(Api):
    """Requests whose answers may be statuses that the contract leaves to a better service, or leaves out."""

    async def __call__(self, method: str, path: str, **more: Any) -> Answer:
        """Send a request; an answer that the contract declares is held against it."""
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        url = self.gateway.base_url + path
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, **more
        ) as answer:
            content = await answer.read()
            kind = answer.content_type
            body = json.loads(content) if kind == "application/json" and content else content
            below = answer.url.raw_path.removeprefix("/api")
            operation = conform.operation_of(method, below)
            if operation is not None and str(answer.status) in operation["responses"]:
                conform.check(method, below, answer.status, kind, body)
            elif operation is not None:
                assert answer.status in {400, 404, 405, 409, 422}, (method, path, answer.status, body)
            return Answer(answer.status, body, dict(answer.headers))


@attrs.frozen
class People:
    """The owner alone, somebody else, two members of one organisation, a member of another."""

    owner: Api
    stranger: Api
    member: Api
    colleague: Api
    rival: Api

    @property
    def foreign(self) -> tuple[Api, ...]:
        """Everybody but the owner; the owner's own key for an organisation is among them."""
        return (self.stranger, self.member, self.rival)


async def people_at(api: Api) -> People:
    """Give everybody a key."""
    made = [
        Api(api.gateway, api.session, await api.gateway.add_key(user_id, org_id))
        for user_id, org_id in (
            ("user_two", None),
            ("user_local", "org_acme"),
            ("user_two", "org_acme"),
            ("user_two", "org_rival"),
        )
    ]
    return People(api, *made)


async def keep(api: Api, *rows: Any) -> None:
    """Put rows into the gateway as they are."""

    def work(tables: Any) -> None:
        for row in rows:
            tables.add(row)

    await api.gateway._running.database.do(work)


async def machine_of(api: Api, user_id: str, org_id: str | None = None, **more: Any) -> str:
    """A machine of somebody's; returns its id."""
    columns = {"name": "mine", "type": "comfy-deploy-serverless", **more}
    machine = Machine(user_id=user_id, org_id=org_id, **columns)
    await keep(api, machine)
    return machine.id


async def machine_named(api: Api, name: str = "this-machine") -> str:
    """The id of one of the workspace's machines."""
    return next(one["id"] for one in (await api("GET", "/machines")).body if one["name"] == name)


async def workflow(api: Api, name: str = "boats", graph: Any = None, **more: Any) -> str:
    """A new workflow; returns its id."""
    graph = picture_graph() if graph is None else graph
    editor = {"nodes": [], "links": [], "version": 0.4}
    body = {"name": name, "workflow_json": json.dumps(editor), "workflow_api": json.dumps(graph), **more}
    answer = await api("POST", "/workflow", json=body)
    assert answer.status == 200, answer
    return str(answer.body["workflow_id"])


async def newest(api: Api, workflow_id: str) -> dict[str, Any]:
    """The newest version of a workflow."""
    found: dict[str, Any] = (await api("GET", f"/workflow/{workflow_id}")).body["versions"][0]
    return found


async def deploy(
    api: Api, workflow_id: str, environment: str = "production", machine_id: str | None = None, **more: Any
) -> Answer:
    """Put the newest version of a workflow on a machine."""
    version = await newest(api, workflow_id)
    body = {
        "workflow_id": workflow_id,
        "workflow_version_id": version["id"],
        "environment": environment,
        "machine_id": machine_id or await machine_named(api),
        **more,
    }
    return await api("POST", "/deployment", json=body)


def run_row(workflow_id: str, machine_id: str, **more: Any) -> Run:
    """A run that has ended long ago, or as told."""
    columns = {
        "user_id": "user_local",
        "machine_type": "comfy-deploy-serverless",
        "graph": {},
        "workflow_inputs": {"prompt": "a boat"},
        "status": "success",
        **more,
    }
    return Run(workflow_id=workflow_id, machine_id=machine_id, **columns)


def picture_row(run: Run, filename: str = "a.png", kind: str = "images", **more: Any) -> Output:
    """An output with one file."""
    item = {"url": f"/files/{filename}", "type": "output", "filename": filename, "odd": 1}
    return Output(run_id=run.id, data={kind: [item]}, node_meta={"node_id": "9"}, **more)
