"""The map of operations in CONTRIBUTING: it is current, whole, and names what exists."""

import inspect
import json
import operator
import re
import subprocess
import sys
from pathlib import Path

import comfydeploy_client
import pytest

import generate_map
import stationthis_sdk.sync
from stationthis_sdk.api.calls.family import Family
from stationthis_sdk.api.service import Service

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "generate_map.py"
SERVICE = Service(None)
CONTRACT = json.loads(Path(comfydeploy_client.__file__).with_name("contract.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows():
    """The cells of each row: operation, vendor's, edge, method, gateway."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    mapped = page.partition("<!-- the map")[2].partition("<!-- end of the map")[0]
    found = [line for line in mapped.splitlines() if line.startswith("| `")]
    return [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:-1]] for line in found]


def test_it_is_what_the_script_writes():
    """The map is in step with the code."""
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_has_every_operation_once(rows):
    """One row for each operation of the contract, with the vendor's method and path."""
    declared = [
        [[operation["operationId"]], [operation["x-vendor"]]]
        for item in CONTRACT["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert [row[:2] for row in rows] == declared


def test_what_it_names_exists(rows):
    """The edge's methods, the public methods and the gateway's files are there."""
    for _, _, edges, methods, files in rows:
        assert all(operator.attrgetter(name.removeprefix("Service."))(SERVICE) for name in edges)
        for name in methods:
            owner, _, method = name.partition(".")
            # Some classes are reached through the client only, and have no public name.
            assert hasattr(getattr(stationthis_sdk.sync, owner), method)
        assert all((ROOT / "stationthis_sdk" / name).is_file() for name in files)
        assert not methods or edges


def test_the_edge_hides_no_operation(rows):
    """Each method of the edge's service that makes a call is in some row."""
    named = {name.removeprefix("Service.") for row in rows for name in row[2]}
    public = {
        f"{family}.{name}"
        for family, calls in inspect.getmembers(SERVICE, lambda calls: isinstance(calls, Family))
        for name, value in vars(type(calls)).items()
        if callable(value) and not name.startswith("_")
    }
    assert named == public


def test_every_operation_has_a_method_or_a_reason(rows):
    """Each of them is reached by a public method, or stands on the short list with what serves instead; never both."""
    without = {row[0][0] for row in rows if not row[3]}
    assert without == set(generate_map.REASONS)
    assert len(without) < len(rows) // 8
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for name, reason in generate_map.REASONS.items():
        line = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert f"| {reason} |" in line


@pytest.mark.parametrize(
    ("operation", "method"),
    [
        ("volumes_part_url", "Models.upload"),
        ("volumes_cancel_download", "ModelDownload.cancel"),
        ("assets_presign", "Files.upload"),
        ("secrets_list_unlinked", "Machine.secrets"),
        ("shared_workflows_list", "Workflows.shared"),
        ("runs_list_of_workflow_light", "Runs.list"),
        ("sessions_create", "Session.start"),
        ("account_settings_get", "Account.update_settings"),
    ],
)
def test_calls_are_followed_through_packages_and_helpers(rows, operation, method):
    """Into packages, through functions, fields, lambdas and what hangs on a context."""
    assert method in next(row[3] for row in rows if row[0] == [operation])


def test_calls_that_are_none_are_not_made_up(rows):
    """A field of the same name as a call leads nowhere."""
    reached = {row[0][0]: set(row[3]) for row in rows}
    assert reached["account_settings_get"] == {"Account.settings", "Account.update_settings"}
    assert "Models.catalog" not in reached["volumes_list_private"]
    assert reached["deployments_delete"] == {"Deployment.delete"}
