"""`stationthis deploy`: a file becomes a version and a deployment; --dry-run tells, and sends no write."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Quick
from tests.fixtures import RunningGateway
from tests.wire import Wire, answer


def _graph(*names: str) -> dict[str, Any]:
    nodes: dict[str, Any] = {
        str(place): {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": name, "default_value": name, "display_name": "", "description": ""},
        }
        for place, name in enumerate(names)
    }
    return {**nodes, "9": {"class_type": "PreviewAny", "inputs": {"source": ["0", 0]}}}


@pytest.fixture
def name() -> str:
    """A workflow nobody else has."""
    return f"deployed-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A workflow's file."""
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(_graph("words")))
    return path


def test_new_moved_and_unchanged(quick: Quick, file: Path, name: str) -> None:
    """The first time makes the workflow, then versions are added; the same file again uploads nothing."""
    words = ("--workflow", name, "--machine", "this-machine")
    first = quick("deploy", str(file), *words, "--comment", "the first")
    assert (first.code, first.err) == (0, "")
    assert first.out == f"{name} (a new workflow) in production: new, version 1; on machine this-machine\n"
    file.write_text(json.dumps(_graph("words", "mood")))
    second = quick("deploy", str(file), *words)
    assert second.out == f"{name} in production: moved from version 1 to 2; new inputs: mood\n"
    again = quick("deploy", str(file), *words, "--json").json
    assert (again["kind"], again["version"], again["uploads"], again["dry_run"]) == (
        "unchanged",
        2,
        "",
        False,
    )
    assert quick("deployments", "show", name, "--json").json["id"] == again["id"]
    staged = quick(
        "deploy",
        str(file),
        "--workflow",
        name,
        "--environment",
        "staging",
        "--json",
        "--machine",
        "this-machine",
    )
    assert (staged.json["kind"], staged.json["version"]) == ("new", 2)
    assert quick("run", name, "words=hello", "mood=glad").code == 0


def test_a_dry_run_changes_nothing(quick: Quick, gateway: RunningGateway, file: Path, name: str) -> None:
    """The plan is what is done afterwards, and until then there is no workflow, version or deployment more."""

    def all_there() -> Any:
        return (
            gateway.ask("/workflows"),
            gateway.ask("/deployments"),
            gateway.ask("/deployments?is_fluid=true"),
        )

    words = ("deploy", str(file), "--workflow", name, "--machine", "this-machine")
    before = all_there()
    plan = quick(*words, "--dry-run", "--json").json
    assert all_there() == before
    assert (plan["kind"], plan["uploads"], plan["id"], plan["dry_run"]) == ("new", "workflow", None, True)
    assert quick(*words).code == 0
    file.write_text(json.dumps(_graph("mood")))
    before = all_there()
    planned = quick(*words, "--dry-run")
    assert planned.out == (
        f"would be done: {name} in production: moved from version 1 to a new version; new inputs: mood; "
        "no more inputs: words\n"
    )
    assert all_there() == before
    plan = quick(*words, "--dry-run", "--json").json
    done = quick(*words, "--json").json
    assert (done["old_version"], done["version"], done["inputs"]) == (1, 2, plan["inputs"])


def test_a_dry_run_sends_no_write(quick: Quick, file: Path) -> None:
    """Counted on the wire: reads only."""
    machine = {"id": str(uuid.uuid4()), "name": "only", "type": "classic", "status": "ready"}

    def reply(asked):
        if asked.path.startswith("/api/machines"):
            return answer(200, [machine])
        return answer(200, [])

    with Wire(reply) as wire:
        environ = {"STATIONTHIS_BASE_URL": wire.base_url}
        done = quick("deploy", str(file), "--workflow", "w", "--dry-run", environ=environ)
        assert (done.code, done.out) == (
            0,
            "would be done: w (a new workflow) in production: new, a new version; on machine only\n",
        )
        assert {one.method for one in wire.asked} == {"GET"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--environment", "prod"), "did you mean 'production'"),
        (("--machine", "no-such"), "No machine 'no-such'"),
        ((), "name the machine, one of"),
    ],
)
def test_mistakes_are_told_in_a_line(quick: Quick, file: Path, name: str, words: Any, said: str) -> None:
    """Before anything is made: exit code 2."""
    for more in ((), ("--dry-run",)):
        ran = quick("deploy", str(file), "--workflow", name, *words, *more)
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.error
    assert quick("deployments", "show", name).code == 2


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"a": 1}', "\x89PNG", None])
def test_what_is_no_workflow_is_refused(quick: Quick, tmp_path: Path, name: str, content: str | None) -> None:
    """No file, no JSON, neither format."""
    file = tmp_path / "bad.json"
    if content is not None:
        file.write_text(content)
    ran = quick("deploy", str(file), "--workflow", name, "--machine", "this-machine")
    assert (ran.code, ran.out) == (2, "")
    assert "bad.json" in ran.error


def test_the_editors_format_says_which_option_is_missing(quick: Quick, tmp_path: Path) -> None:
    """Where nobody tells what nodes take, the command names its own option, not Python's."""
    node = {
        "id": 1,
        "type": "EmptyImage",
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "widgets_values": [8, 8, 1, 0],
    }
    path = tmp_path / "drawn.json"
    path.write_text(json.dumps({"nodes": [node], "links": [], "version": 0.4}))
    ran = quick("deploy", str(path), "--workflow", "drawn", "--machine", "this-machine", "--dry-run")
    assert ran.code == 2
    assert "pass --object-info (the file of GET /object_info" in ran.error
    number = ["INT", {"default": 512}]
    info = {
        "EmptyImage": {
            "input": {"required": dict.fromkeys(("width", "height", "batch_size", "color"), number)}
        }
    }
    (tmp_path / "info.json").write_text(json.dumps(info))
    told = quick(
        "deploy", str(path), "--workflow", "drawn", "--machine", "this-machine", "--dry-run",
        "--object-info", str(tmp_path / "info.json"),
    )  # fmt: skip
    assert told.code == 0
    assert "would be done" in told.out + told.err
