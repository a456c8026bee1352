"""The contract that the gateway serves is its own: valid, and of what it answers only."""

import io

import openapi_spec_validator

from tests.local import conform


async def test_the_served_contract_is_valid_and_needs_no_key(api):
    """Anyone may read it, and any OpenAPI tool can."""
    async with api.session.get(f"{api.gateway.base_url.removesuffix('/api')}/openapi.json") as answer:
        assert answer.status == 200
        document = await answer.json()
    openapi_spec_validator.validate(document)
    assert document["servers"] == [{"url": api.gateway.base_url}]


async def test_what_is_served_is_answered_and_nothing_else(api):
    """An operation in it has a route; one of the service's that is not in it is an unknown path."""
    async with api.session.get(f"{api.gateway.base_url.removesuffix('/api')}/openapi.json") as answer:
        served = (await answer.json())["paths"]
    for path, item in conform.contract()["paths"].items():
        for method in conform.METHODS:
            if method in item and method not in served.get(path, {}):
                url = f"{api.gateway.base_url}{path}".replace("{", "").replace("}", "")
                headers = {"Authorization": f"Bearer {api.key}"}
                async with api.session.request(method, url, headers=headers) as answer:
                    assert answer.status in {404, 405, 422}, (method, path)
    assert served["/run/deployment/queue"]["post"]["operationId"] == "runs_queue_deployment"


async def test_a_body_that_is_too_large_is_an_answer_of_the_contract(api):
    """413 with the limit, declared wherever JSON is taken."""
    async with api.session.get(f"{api.gateway.base_url.removesuffix('/api')}/openapi.json") as answer:
        document = await answer.json()
    operation = document["paths"]["/workflow"]["post"]
    assert "413" in operation["responses"]
    headers = {"Authorization": f"Bearer {api.key}", "Content-Type": "application/json"}
    url = f"{api.gateway.base_url}/workflow"
    async with api.session.post(url, data=io.BytesIO(b" " * (33 * 2**20)), headers=headers) as answer:
        assert answer.status == 413
        assert "larger than 32 MiB" in (await answer.json())["detail"]


async def test_links_and_components_lead_somewhere(api):
    """Nothing in it refers to what was left out."""
    async with api.session.get(f"{api.gateway.base_url.removesuffix('/api')}/openapi.json") as answer:
        document = await answer.json()
    ids = {
        item[m]["operationId"] for item in document["paths"].values() for m in conform.METHODS if m in item
    }
    for item in document["paths"].values():
        for method in conform.METHODS:
            for response in item.get(method, {}).get("responses", {}).values():
                for link in response.get("links", {}).values():
                    assert link["operationId"] in ids
