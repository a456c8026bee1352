"""Whatever is asked of the gateway, its answer is one that its own contract declares."""

from typing import Any

import pytest
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi import checks

from stationthis_sdk.local.routes import all_routes
from stationthis_sdk.local.routes.contract import served_contract

load_all_checks()

_app = web.Application()
_app.add_routes(all_routes())
CONTRACT = schemathesis.openapi.from_dict(served_contract(_app, "http://127.0.0.1"))


def _streams(context: Any) -> bool:
    """Operations that go on answering; tests of their own read them."""
    answers = context.operation.definition.raw.get("responses", {}).get("200", {}).get("content", {})
    return "text/event-stream" in answers


KNOWN: dict[str, list[str]] = {}
"""Ids that exist on the gateway under test, by the name of the parameter or field."""


def _with_known(given: dict[str, Any] | None) -> Any:
    """Now and then real ids in place of made-up ones, so that more than the refusals is reached."""
    if not isinstance(given, dict):
        return st.just(given)
    choices = {
        name: st.sampled_from(KNOWN[name]) if KNOWN.get(name) else st.just(value)
        for name, value in given.items()
    }
    return st.just(given) | st.fixed_dictionaries(choices)


@CONTRACT.hook
def flatmap_path_parameters(_context: Any, path_parameters: dict[str, Any] | None) -> Any:
    """See above."""
    return _with_known(path_parameters)


@CONTRACT.hook
def flatmap_query(_context: Any, query: dict[str, Any] | None) -> Any:
    """See above."""
    return _with_known(query)


@CONTRACT.hook
def flatmap_body(_context: Any, body: Any) -> Any:
    """See above."""
    return _with_known(body)


@pytest.fixture(scope="module")
def workspace(gateway):
    """A gateway of its own process in which something has happened."""
    ids: dict[str, list[str]] = {
        name: [] for name in ("deployment_id", "workflow_id", "machine_id", "version_id")
    }
    for deployment in gateway.ask("/deployments"):
        ids["deployment_id"].append(deployment["id"])
        ids["workflow_id"].append(deployment["workflow_id"])
        ids["version_id"].append(deployment["workflow_version_id"])
    ids["workflow_version_id"] = ids["version_id"]
    ids["machine_id"] = [machine["id"] for machine in gateway.ask("/machines")]
    body = {"deployment_id": ids["deployment_id"][0], "inputs": {"width": 64, "height": 64, "steps": 1}}
    ids["run_id"] = [gateway.ask("/run/deployment/queue", body)["run_id"]]
    ids["path"] = ["/", "refs", "models"]
    KNOWN.update(ids)
    yield gateway
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
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {workspace.key}"}
    if isinstance(case.body, dict) and "webhook" in case.body:
        case.body["webhook"] = None  # nobody outside is to be told
    answer = case.call(base_url=workspace.base_url, timeout=30)
    case.validate_response(
        answer,
        checks=[
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_headers_conformance,
            checks.response_schema_conformance,
        ],
    )
