"""generated_client/comfydeploy_client: its form, what importing it costs, and the requests it builds."""

import ast
import inspect
import subprocess
import sys
from importlib import resources

import comfydeploy_client
import pytest
from comfydeploy_client.models.deployment_run_request import DeploymentRunRequest
from comfydeploy_client.models.gpu import GPU
from comfydeploy_client.models.run_inputs import RunInputs
from comfydeploy_client.types import UNSET
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = (
    st.text(max_size=8)
    | st.integers()
    | st.floats(allow_nan=False)
    | st.booleans()
    | st.lists(st.text(max_size=4) | st.integers(), max_size=3)
)


def imported_by(statement: str) -> set[str]:
    """The generated models that are loaded after this statement, in a fresh interpreter."""
    code = f"import sys; {statement}; print(*(name for name in sys.modules if '_client.models.' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.rpartition(".")[2] for name in done.stdout.split()}


def test_it_is_typed():
    """The package tells type checkers that it has types."""
    assert resources.files(comfydeploy_client).joinpath("py.typed").is_file()


def test_every_module_has_the_two_halves(operation):
    """Each operation has `_get_kwargs`, all of it optional but what the contract requires, and `_parse_response(client, response)`."""
    assert callable(operation.module._get_kwargs)
    parse = inspect.signature(operation.module._parse_response).parameters
    assert {name: parameter.kind.name for name, parameter in parse.items()} == {
        "client": "KEYWORD_ONLY",
        "response": "KEYWORD_ONLY",
    }
    needed = {
        name.removesuffix("_")  # the generator's way with Python's own words
        for name, parameter in inspect.signature(operation.module._get_kwargs).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }
    required = {one["name"] for one in operation.parameters if one.get("required")}
    assert {part.strip("{}") for part in operation.path.split("/") if part.startswith("{")} <= required
    assert needed == required | ({"body"} if "requestBody" in operation.declared else set())


def test_every_module_is_named_in_the_contract(operations, root):
    """There is no endpoint module that no operation has."""
    modules = root.joinpath("generated_client", "comfydeploy_client", "api").glob("*/*.py")
    assert sorted(path.stem for path in modules if path.stem != "__init__") == sorted(
        operation.name for operation in operations
    )


def test_importing_the_package_imports_no_model():
    """The package and its list of models load none of them."""
    assert imported_by("import comfydeploy_client, comfydeploy_client.models") == set()


def test_importing_an_operation_imports_its_own_models():
    """Reading runs needs the classes of a run and of a problem, nothing else."""
    assert imported_by("import comfydeploy_client.api.runs.runs_get") == {"run", "problem"}


def test_nothing_generated_imports_all_models(root):
    """No generated module imports from the empty list of models."""
    for path in root.joinpath("generated_client").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "models"), path


def test_each_request_goes_where_the_contract_says(operation):
    """The first half gives the method and the path of the operation, with path parameters escaped."""
    parameters = inspect.signature(operation.module._get_kwargs).parameters
    in_path = [name for name in parameters if f"{{{name}}}" in operation.path]
    body = (
        {"body": type("Body", (), {"to_dict": dict, "to_multipart": list})()} if "body" in parameters else {}
    )
    query = {one["name"]: "x" for one in operation.parameters if one["in"] == "query" and one.get("required")}
    named = {name: "x" for name in parameters if name.removesuffix("_") in query}
    request = operation.module._get_kwargs(**dict.fromkeys(in_path, "a/b ?"), **named, **body)
    expected = operation.path
    for name in in_path:
        expected = expected.replace(f"{{{name}}}", "a%2Fb%20%3F")
    assert "{" not in expected
    assert (request["method"], request["url"]) == (operation.method, expected)
    assert request.get("params", {}) == query


def test_left_out_parameters_are_not_sent(operations):
    """The query holds what was given: the service's defaults stay the service's."""
    get = next(operation for operation in operations if operation.name == "machines_list").module._get_kwargs
    assert get()["params"] == {}
    assert get(limit=5, is_deleted=False, search="a")["params"] == {
        "limit": 5,
        "is_deleted": False,
        "search": "a",
    }


@settings(deadline=None)
@given(inputs=st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_inputs_go_out_as_they_are(inputs):
    """Input values are neither changed nor renamed on their way into the request."""
    request = DeploymentRunRequest(deployment_id="d", inputs=RunInputs.from_dict(inputs)).to_dict()
    assert request == {"deployment_id": "d", "inputs": inputs}


def test_closed_sets_of_requests_are_checked():
    """A card that the service does not have is refused before anything is sent."""
    assert DeploymentRunRequest.from_dict({"deployment_id": "d", "gpu": "A10G"}).gpu is GPU.A10G
    assert DeploymentRunRequest.from_dict({"deployment_id": "d"}).gpu is UNSET
    with pytest.raises(ValueError, match="B9000"):
        DeploymentRunRequest.from_dict({"deployment_id": "d", "gpu": "B9000"})
