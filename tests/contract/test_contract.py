"""openapi/: what the contract promises about itself."""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

# What has never failed to come, by schema. A word more here is a promise more about the service.
ALWAYS_GIVEN = {
    "ApiKey": ["id"],
    "ApiKeyCreated": ["key"],
    "Asset": ["id"],
    "CatalogModel": ["id"],
    "Deployment": ["id"],
    "Machine": ["id"],
    "MachineVersion": ["id"],
    "MultipartUpload": ["uploadId", "key"],
    "OutputShare": ["id"],
    "PartUrl": ["uploadUrl"],
    "Run": ["id"],
    "RunCreated": ["run_id"],
    "RunEvent": ["run_id"],
    "Session": ["id"],
    "SessionCreated": ["session_id"],
    "SharedDeployment": ["id"],
    "SharedWorkflow": ["id"],
    "UploadUrl": ["uploadUrl"],
    "UploadedFile": ["file_url"],
    "Workflow": ["id"],
    "WorkflowCreated": ["workflow_id"],
    "WorkflowVersion": ["id"],
}


def schemas_in(node: Any, contract: dict[str, Any], seen: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named schema that is reachable from here, with its name."""
    if isinstance(node, list):
        for item in node:
            yield from schemas_in(item, contract, seen)
    elif isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference not in seen:
            seen.add(reference)
            _, _, kind, name = reference.split("/")
            target = contract["components"][kind][name]
            if kind == "schemas":
                yield name, target
            yield from schemas_in(target, contract, seen)
        for value in node.values():
            yield from schemas_in(value, contract, seen)


def pointed(body: Any, pointer: str) -> Any:
    """What a JSON pointer finds, or None."""
    for step in pointer.split("/")[1:]:
        try:
            body = body[int(step) if isinstance(body, list) else step]
        except (LookupError, TypeError):
            return None
    return body


@pytest.fixture(scope="module")
def answered(contract, operations):
    """The schemas of all answers and of what webhooks bring, by name."""
    read = [operation.declared["responses"] for operation in operations] + [contract["webhooks"]]
    return dict(schemas_in(read, contract, set()))


def test_it_is_valid(contract):
    """The contract is an OpenAPI 3.1 document."""
    assert list(OpenAPIV31SpecValidator(contract).iter_errors()) == []
    assert contract["openapi"].startswith("3.1.")
    assert contract["servers"] == [{"url": "https://api.comfydeploy.com/api"}]


def test_operations_have_names_of_their_own(operations):
    """No two operations share an operationId, and each is a module name."""
    names = [operation.name for operation in operations]
    assert len(names) == len(set(names)) >= 120
    assert all(re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name) for name in names)


def test_each_operation_says_what_it_is(operation, contract):
    """An operation has one known tag, a summary, a description, and the vendor's method and path."""
    assert [tag["name"] for tag in contract["tags"]].count(*operation.declared["tags"]) == 1
    assert operation.declared["summary"].endswith(".")
    assert operation.declared["description"].strip().endswith(".")
    method, path = operation.declared["x-vendor"].split(" ")
    assert method == operation.method.upper()
    # Only the words in braces may be ours.
    assert re.sub(r"{\w+}", "{}", path) == re.sub(r"{\w+}", "{}", operation.path)


def test_each_operation_declares_the_errors_that_come(operation, contract):
    """An unknown key and a fault of the service can happen to any operation; every error is a Problem."""
    responses = operation.declared["responses"]
    assert (
        {"200", "401", "403", "500"}
        <= responses.keys()
        <= {"200", "400", "401", "402", "403", "404", "409", "422", "500"}
    )
    for status in responses.keys() - {"200"}:
        error = contract["components"]["responses"][responses[status]["$ref"].rpartition("/")[2]]
        assert error["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert ("text/plain" in error["content"]) == (status == "500")


def test_answers_have_no_closed_sets(answered):
    """No enum, no format and no closed object is reachable from an answer: new values must stay readable."""
    for name, schema in answered.items():
        assert schema["type"] == "object", name
        assert schema.get("additionalProperties", True) is True, name
        assert not re.search(r"'(enum|const|format|pattern|discriminator)': ", repr(schema)), name


def test_answers_require_only_what_always_comes(answered):
    """Apart from a few ids, every field of every answer may be missing and may be null."""
    assert {
        name: schema["required"] for name, schema in answered.items() if "required" in schema
    } == ALWAYS_GIVEN
    for name, schema in answered.items():
        for field, declared in schema.get("properties", {}).items():
            if field in schema.get("required", ()):
                assert declared["type"] == "string", (name, field)
            else:
                typed = "type" in declared or "anyOf" in declared
                assert (
                    not typed or "null" in declared.get("type", ()) or {"type": "null"} in declared["anyOf"]
                ), (
                    name,
                    field,
                )


def test_every_schema_is_described(contract):
    """Every schema says in words what it is: the words become the docstring of its class."""
    for name, schema in contract["components"]["schemas"].items():
        assert schema["description"].strip().endswith("."), name


def test_every_schema_is_used(contract, operations):
    """The contract holds no schema that no operation needs."""
    declared = [operation.declared for operation in operations] + [contract["webhooks"]]
    used = dict(schemas_in(declared, contract, set()))
    assert used.keys() == contract["components"]["schemas"].keys()


def test_the_templates_were_checked_against_this_generator(root):
    """Ours replace the generator's own: look at them again when this fails, then name the new version."""
    templates = sorted(root.joinpath("openapi", "templates").iterdir())
    assert [path.name for path in templates] == ["models_init.py.jinja", "package_init.py.jinja"]
    for path in templates:
        checked = re.search(r"openapi-python-client (\d+\.\d+\.\d+)\b", path.read_text("utf-8"))
        assert checked
        assert checked[1] == metadata.version("openapi-python-client")


def test_every_read_can_be_reached(operations):
    """The ids a read needs come from the answer of another, or from an example; what is never called says why."""
    linked = {}
    for operation in operations:
        for link in operation.declared["responses"]["200"].get("links", {}).values():
            assert operation.method == "get", operation
            linked.setdefault(link["operationId"], set()).update(link["parameters"])
    for operation in operations:
        if operation.method != "get" or "x-live-check" in operation.declared:
            continue
        needed = {one["name"] for one in operation.parameters if one.get("required") and "example" not in one}
        assert needed <= linked.pop(operation.name, set()), operation
    reads = {operation.name for operation in operations if operation.method == "get"}
    assert linked.keys() <= reads


def test_links_point_at_what_comes(operations):
    """Each pointer of a link finds an id in one of the answers that are tested with."""
    for operation in operations:
        for link in operation.declared["responses"]["200"].get("links", {}).values():
            for expression in link["parameters"].values():
                found = [
                    pointed(answer, expression.removeprefix("$response.body#"))
                    for answer in operation.answers
                ]
                assert any(isinstance(value, str | int) for value in found), (operation, expression)


def test_answers_come_in_variants(json_operation):
    """Every operation that answers JSON is tested with two bodies at least."""
    assert len(json_operation.answers) > 1


def test_no_request_is_an_answer(contract, operations, answered):
    """Requests and answers share no schema: requests are exact, answers are open."""
    asked = [[operation.parameters, operation.declared.get("requestBody")] for operation in operations]
    assert dict(schemas_in(asked, contract, set())).keys().isdisjoint(answered)


def test_the_older_endpoints_are_mapped(root, contract, operations):
    """README names each endpoint of the older API, with operations of today that exist, under the vendor's path."""
    text = root.joinpath("openapi", "README.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith(("| `GET /api", "| `P", "| `DELETE"))]
    told = {end for row in rows for end in re.findall(r"`([A-Z]+) (?:/api)(/[^`?]+)", row.split(" | ")[0])}
    plan = {("GET", "/run"), ("POST", "/run"), ("POST", "/workflow"), ("GET", "/workflow-version/:id")}
    plan |= {("GET", "/upload-url"), ("POST", "/file")}
    plan |= {(verb, f"/{noun}") for noun in ("deployment", "machine") for verb in ("GET", "POST")}
    plan |= {(verb, f"/{noun}/:id") for noun in ("deployment", "machine") for verb in ("PUT", "DELETE")}
    assert plan <= told
    vendors = {operation.name: operation.declared["x-vendor"] for operation in operations}
    for row in rows:
        for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", row.split(" | ")[1]):
            assert name in vendors, name
        for name, place in re.findall(r"`([a-z_]+)`, `([A-Z]+ /[^`]+)`", row.split(" | ")[1]):
            assert vendors[name] == place
