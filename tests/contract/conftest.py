"""The contract, read once, and every operation in turn for the tests that ask for one."""

import importlib
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from tests.contract.documents import document

ROOT = Path(__file__).parents[2]
ANSWERS = Path(__file__).with_name("answers")
METHODS = ("get", "put", "post", "patch", "delete")


class Operation(NamedTuple):
    """One operation of the contract and the module generated from it."""

    method: str
    path: str
    declared: dict[str, Any]

    def __repr__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.declared["operationId"]

    @property
    def module(self) -> ModuleType:
        return importlib.import_module(f"comfydeploy_client.api.{self.declared['tags'][0]}.{self.name}")

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """What its path and its query take."""
        return self.declared.get("parameters", [])

    @property
    def answered(self) -> str:
        """The schema of a successful answer, or of its elements."""
        schema = self.declared["responses"]["200"]["content"]["application/json"]["schema"]
        return schema.get("items", schema)["$ref"].rpartition("/")[2]

    @property
    def required(self) -> set[str]:
        """The fields that a successful answer, or each element of it, must have."""
        return set(CONTRACT["components"]["schemas"][self.answered].get("required", ()))

    @property
    def answers(self) -> list[Any]:
        """Bodies of successful answers, in the shapes the service gives."""
        path = ANSWERS / f"{self.name}.json"
        assert path.is_file(), f"write {path.relative_to(ROOT)}: a list of answers as the service gives them"
        return json.loads(path.read_text("utf-8"))


CONTRACT: dict[str, Any] = document("comfydeploy.yaml")
OPERATIONS = [
    Operation(method, path, item[method])
    for path, item in CONTRACT["paths"].items()
    for method in METHODS
    if method in item
]


def answers_json(operation: Operation) -> bool:
    return "application/json" in operation.declared["responses"]["200"]["content"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    for fixture, chosen in (
        ("operation", OPERATIONS),
        ("json_operation", [operation for operation in OPERATIONS if answers_json(operation)]),
    ):
        if fixture in metafunc.fixturenames:
            metafunc.parametrize(fixture, chosen, ids=[operation.name for operation in chosen])


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    return CONTRACT


@pytest.fixture(scope="session")
def operations() -> list[Operation]:
    return OPERATIONS


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def script() -> ModuleType:
    """scripts/regenerate_client.py as a module."""
    found = importlib.util.spec_from_file_location(
        "regenerate_client", ROOT / "scripts" / "regenerate_client.py"
    )
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
