"""Records of the old database beside what is live: each is matched, ambiguous or missing, and nothing is written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

import import_legacy
from stationthis_sdk import InvalidInput
from stationthis_sdk.testing import LocalGateway

SCRIPT = Path(import_legacy.__file__)
GRAPH = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "prompt", "default_value": "a fox"},
    }
}
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def gateway_of_ours():
    """Live workflows: two of one loose name, one that was renamed, one in two environments."""
    with LocalGateway() as gateway:
        gateway.deploy("Ink Wash", GRAPH)
        gateway.deploy("ink-wash", GRAPH)
        gateway.deploy("text2img", GRAPH)
        gateway.deploy("upscale", GRAPH, environment="staging")
        gateway.deploy("upscale", GRAPH)
        yield gateway


def test_each_record_finds_its_workflow(gateway_of_ours, tmp_path):
    """By deployment id, workflow id, name and old name; ids that moved are told; production comes first."""
    live = {(one.name, one.environment): one for one in gateway_of_ours.client().deployments.list()}
    upscale = live["upscale", "production"]
    records = {
        "workflows": [
            {"name": "Renamed Since", "workflowId": upscale.record.workflow_id},
            {"name": "ink wash"},
            {"name": "makeImage", "deployment_id": "gone-0001"},
        ],
        "tools": [
            {"displayName": "Bigger", "metadata": {"deploymentId": live["upscale", "staging"].id}},
            {"toolId": "comfy-1f2e", "commandName": "upscal"},
            {"toolId": "comfy-1f2e"},
        ],
    }
    export = tmp_path / "export.json"
    export.write_text(json.dumps(records))
    before = len(gateway_of_ours.runs())
    done = subprocess.run(
        [sys.executable, SCRIPT, export, "--json"],
        env={
            "STATIONTHIS_API_KEY": gateway_of_ours.key,
            "STATIONTHIS_BASE_URL": gateway_of_ours.base_url,
            "STATIONTHIS_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 3)
    told = json.loads(done.stdout)
    assert told["summary"] == {"matched": 3, "ambiguous": 1, "missing": 2}
    assert [(one["state"], one["by"], one["workflow"], one["environment"]) for one in told["records"]] == [
        ("matched", "workflow id", "upscale", "production"),
        ("ambiguous", "name", None, None),
        ("matched", "name", "text2img", "production"),
        ("matched", "deployment id", "upscale", "staging"),
        ("missing", "", None, None),
        ("missing", "", None, None),
    ]
    assert told["records"][2]["note"] == "the deployment's id has changed"
    assert told["records"][4]["candidates"] == ["upscale"]
    assert len(gateway_of_ours.runs()) == before


def test_a_table_for_people(gateway_of_ours, tmp_path, monkeypatch, capsys):
    """A line a record and the sums; all matched is exit code 0; a record a line is an export, too."""
    export = tmp_path / "export.jsonl"
    export.write_text('{"name": "upscale"}\n{"name": "text2img", "_id": {"$oid": "64"}}\n')
    monkeypatch.setenv("STATIONTHIS_API_KEY", gateway_of_ours.key)
    monkeypatch.setenv("STATIONTHIS_BASE_URL", gateway_of_ours.base_url)
    assert import_legacy.main([str(export)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "matched    upscale  upscale (production, by name)",
        "matched    text2img  text2img (production, by name)",
        "2 matched, 0 ambiguous, 0 missing",
    ]


def test_nothing_is_written(gateway_of_ours, tmp_path):
    """Every request of the report is a read."""
    st = gateway_of_ours.client()
    import_legacy.report([{"name": "upscale"}], st.deployments.list(refresh=True))
    assert {one.method for one in st.last_requests} == {"GET"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'"x"', b"\xff\xfe", b'[1, "x"]'])
def test_what_is_no_export_is_refused(tmp_path, content):
    """One line that says what is wanted, and exit code 2."""
    export = tmp_path / "export.json"
    export.write_bytes(content)
    with pytest.raises(InvalidInput):
        import_legacy.read_export(export)
    assert import_legacy.main([str(export)]) == 2
    assert import_legacy.main([str(tmp_path / "none.json")]) == 2


@given(
    some.dictionaries(some.sampled_from([*import_legacy.NAMES, *import_legacy.INSIDE, "deploymentId"]), JSON)
)
def test_any_record_is_found_or_missing(record):
    """Odd records are reported, never an exception."""
    assert import_legacy.finding(record, []).state == "missing"
