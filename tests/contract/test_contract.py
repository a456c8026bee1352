"""openapi/: what the contract promises about itself."""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from ruamel.yaml import YAML

# What has never failed to come, by schema. A word more here is a promise more about the service.
ALWAYS_GIVEN = {
    "Deployment": ["id"],
    "Machine": ["id"],
    "Run": ["id"],
    "RunCreated": ["run_id"],
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


@pytest.fixture(scope="module")
def answered(contract, operations):
    """The schemas of all answers, by name."""
    return dict(schemas_in([operation.declared["responses"] for operation in operations], contract, set()))


def test_it_is_valid(contract):
    """The contract is an OpenAPI 3.1 document."""
    assert list(OpenAPIV31SpecValidator(contract).iter_errors()) == []
    assert contract["openapi"].startswith("3.1.")
    assert contract["servers"] == [{"url": "https://api.comfydeploy.com/api"}]


def test_operations_have_names_of_their_own(operations):
    """No two operations share an operationId, and each is a module name."""
    names = [operation.name for operation in operations]
    assert len(names) == len(set(names)) == 17
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in names)


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
        {"200", "401", "403", "500"} <= responses.keys() <= {"200", "400", "401", "403", "404", "422", "500"}
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
        for field, declared in schema["properties"].items():
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
    used = dict(schemas_in([operation.declared for operation in operations], contract, set()))
    assert used.keys() == contract["components"]["schemas"].keys()


def test_the_template_was_checked_against_this_generator(root):
    """Our one template replaces the generator's own: look at it again when this fails, then name the new version."""
    templates = sorted(path.name for path in root.joinpath("openapi", "templates").iterdir())
    assert templates == ["models_init.py.jinja"]
    text = root.joinpath("openapi", "templates", "models_init.py.jinja").read_text("utf-8")
    checked = re.search(r"openapi-python-client (\d+\.\d+\.\d+)\b", text)
    assert checked
    assert checked[1] == metadata.version("openapi-python-client")


def test_deviations_are_told_in_full(root, operations):
    """Each deviation names operations that exist, both sides and a reason, and is told once."""
    told = YAML(typ="safe").load(root / "openapi" / "deviations.yaml")["deviations"]
    names = {operation.name for operation in operations}
    for deviation in told:
        assert list(deviation) == ["operations", "where", "ours", "vendors", "reason"]
        assert deviation["operations"] == "all" or set(deviation["operations"]) <= names
        assert all(isinstance(text, str) and text for key, text in deviation.items() if key != "operations")
    places = [(str(deviation["operations"]), deviation["where"]) for deviation in told]
    assert len(places) == len(set(places))


def test_a_path_that_is_not_the_vendors_is_a_known_deviation(root, operations):
    """Where a path parameter has a name of ours, deviations.yaml says so."""
    renamed = {
        operation.name
        for operation in operations
        if operation.declared["x-vendor"].split(" ")[1] != operation.path
    }
    told = YAML(typ="safe").load(root / "openapi" / "deviations.yaml")["deviations"]
    assert renamed == {
        name for entry in told if entry["where"] == "path parameter" for name in entry["operations"]
    }
