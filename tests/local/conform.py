"""Whether an answer of the gateway is one the contract allows: its status, its kind, its fields."""

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

OPEN = {"workflows_export", "shared_workflows_download"}
"""Answers that hold whatever fields ComfyUI's editor wrote."""
METHODS = ("get", "put", "post", "patch", "delete")


@cache
def contract() -> dict[str, Any]:
    """The contract as it is shipped."""
    origin = find_spec("comfydeploy_client").origin
    return json.loads(Path(origin).with_name("contract.json").read_bytes())


@cache
def _paths() -> list[tuple[re.Pattern[str], str, dict[str, Any]]]:
    found = []
    for path, item in contract()["paths"].items():
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        found.append((pattern, path, item))
    return sorted(found, key=lambda one: one[1].count("{"))  # a fixed path before one with a parameter


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    """The operation behind a request, None for what the contract does not know."""
    for pattern, _, item in _paths():
        if pattern.fullmatch(path) and method.lower() in item:
            return item[method.lower()]
    return None


def _resolved(node: Any) -> Any:
    while "$ref" in node:
        place = contract()
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        node = place
    return node


@cache
def _validator(operation_id: str, status: str, kind: str) -> Draft202012Validator:
    operation = next(
        item[method]
        for _, _, item in _paths()
        for method in METHODS
        if method in item and item[method]["operationId"] == operation_id
    )
    schema = _resolved(operation["responses"][status])["content"][kind].get("schema", {})
    return Draft202012Validator({**schema, "components": contract()["components"]})


def check(method: str, path: str, status: int, kind: str, body: Any) -> None:
    """Raise AssertionError for an answer outside the contract; ``path`` is below /api, without a query."""
    operation = operation_of(method, path)
    if operation is None:
        assert status in {401, 404, 405, 307}, f"{method} {path} is in no contract, yet answered {status}"
        return
    name = operation["operationId"]
    if status == 307:  # a trailing slash
        return
    assert str(status) in operation["responses"], (
        f"{name} answered {status}, which it does not declare: {body}"
    )
    declared = _resolved(operation["responses"][str(status)]).get("content", {})
    if kind.startswith("text/event-stream"):
        assert kind in declared, f"{name} {status} answered {kind}, declared are {list(declared)}"
        return
    assert kind in declared, f"{name} {status} answered {kind}, declared are {list(declared)}: {body!r}"
    if kind == "application/json":
        errors = [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in _validator(name, str(status), kind).iter_errors(body)
        ]
        assert not errors, f"{name} {status}: {errors[:5]}"
        if status == 200 and name not in OPEN:
            unknown = sorted(_unknown(operation, body))
            assert not unknown, f"{name} answered fields that the contract does not know: {unknown}"


def _unknown(operation: dict[str, Any], body: Any) -> set[str]:
    """Fields of the answer, or of its elements, that its schema does not name."""
    schema = _resolved(
        _resolved(operation["responses"]["200"])["content"]["application/json"].get("schema", {})
    )
    elements = [body]
    if isinstance(body, list):
        schema, elements = _resolved(schema.get("items", {})), body
    named = schema.get("properties")
    if not named or schema.get("additionalProperties"):
        return set()
    return {
        field for element in elements if isinstance(element, dict) for field in element if field not in named
    }
