"""Whatever is asked of the gateway, its answer is one that its own contract declares."""

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.routes import all_routes
from stationthis_sdk.local.routes.contract import served_contract
from tests.local.conftest import Api, picture_graph
from tests.local.routes import people
from tests.local.routes.belongings import WORD, asks, belongings
from tests.local.test_process import served

load_all_checks()

_app = web.Application()
_app.add_routes(all_routes())
CONTRACT = schemathesis.openapi.from_dict(served_contract(_app, "http://127.0.0.1"))


def _streams(context: Any) -> bool:
    """Operations that go on answering; tests of their own read them."""
    answers = context.operation.definition.raw.get("responses", {}).get("200", {}).get("content", {})
    return "text/event-stream" in answers


KNOWN: dict[str, list[Any]] = {}
"""What exists on the gateway under test, by the name of the parameter or field that asks for it."""

DICE = random.Random(1)


def _with_known(case: Any) -> None:
    """Put what exists in place of most made-up ids, so that more than the refusals is reached.

    What is to be deleted is taken once, and never the last of its kind.
    """
    for given in (case.path_parameters, case.query, case.body):
        for name in sorted(given.keys() & KNOWN.keys()) if isinstance(given, dict) else ():
            known = KNOWN[name]
            if case.method == "DELETE" and len(known) > 1:
                given[name] = known.pop()
            elif case.method != "DELETE" and DICE.random() < 0.9:
                given[name] = DICE.choice(known)


async def _lived_in(data: Path) -> None:
    """Make one of everything in a folder, and several of what is deleted; fills ``KNOWN``."""
    gateway = Gateway(data)
    await gateway.start()
    async with aiohttp.ClientSession() as session:
        api = Api(gateway, session)
        ids = await belongings(api, ("user_local", None))
        published = asks(ids)["shared_workflows_create"]
        assert (await api(published.method, published.path, json=published.body)).status == 200
        known: dict[str, list[Any]] = {name: [value] for name, value in ids.items()}
        machine = {"machine_id": ids["machine_id"]}
        for number in range(3):
            answer = await api("POST", "/session", json=machine)
            known["session_id"].append(answer.body["session_id"])
            answer = await api("POST", "/assets/folder", json={"name": f"folder {number}"})
            known["asset_id"].append(answer.body["id"])
            await api("POST", "/platform/api-keys", json={"name": f"key {number}"})
            secret = {"secret_name": f"secret {number}", **machine, "secret": []}
            known["secret_id"].append((await api("POST", "/machine/secret", json=secret)).body["id"])
            answer = await api("POST", "/machine/serverless", json={"name": f"machine {number}", "gpu": "T4"})
            known["machine_id"].append(answer.body["id"])
            workflow_id = await people.workflow(api, f"workflow {number}", picture_graph())
            known["workflow_id"].append(workflow_id)
            shared = (await people.deploy(api, workflow_id, "public-share", ids["machine_id"])).body
            known["deployment_id"].append(shared["id"])
        known["key_id"] = [one["id"] for one in (await api("GET", "/platform/api-keys")).body[:-1]]
    await gateway.stop()
    username, _, slug = ids["slug"].partition("_")
    known |= {"username": [username], "slug": [slug], "share_slug": [f"{ids['slug']}-published"]}
    known |= {"version_id": [ids["version_id"], ids["machine_version_id"]], "version": [1]}
    known |= {"workflow_version_id": [ids["version_id"]], "path": ["/", WORD], "parent_path": ["/", WORD]}
    known |= {"folderPath": ["loras"], "workflow_json": ["{}"], "environment": ["staging", "production"]}
    KNOWN.update(known)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The line of a gateway of its own process in which much has happened."""
    data = tmp_path_factory.mktemp("workspace") / "data"
    asyncio.run(_lived_in(data))
    with served(data) as (_, note):
        yield note
    KNOWN.clear()


@pytest.mark.slow
@pytest.mark.timeout(180)
@CONTRACT.exclude(_streams).parametrize()
@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_no_answer_is_outside_the_contract(case, workspace):
    """Status, content type, headers and body are declared, for good and for bad requests."""
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {workspace['key']}"}
    if case.meta.generation.mode is GenerationMode.POSITIVE:
        _with_known(case)
    if isinstance(case.body, dict) and "webhook" in case.body:
        case.body["webhook"] = None  # nobody outside is to be told
    answer = case.call(base_url=workspace["base_url"], timeout=30)
    case.validate_response(
        answer,
        checks=[
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
        ],
    )
