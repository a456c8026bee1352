"""`stationthis reconcile`, and the runs of this machine in `stationthis runs list`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stationthis_sdk.testing import local_gateway
from tests.cli.conftest import COMMAND, SMALL, Quick

SUBMIT = (
    "from stationthis_sdk import StationThis\n"
    "StationThis().deployments['text-to-picture'].submit(steps=1, width=32, height=32)"
)


def test_nothing_is_open(quick: Quick) -> None:
    """Said on standard error; the JSON is an empty list."""
    assert quick("reconcile").err == "Nothing is open.\n"
    assert quick("reconcile", "--json").json == []


def test_a_lost_run_is_found(tmp_path: Path) -> None:
    """T6: a process is killed while it looks for its run; the command finds the run, sends nothing, and tells its id."""
    with local_gateway() as gateway:
        environment = {**gateway.environment(), "STATIONTHIS_HOME": str(tmp_path)}
        gateway.faults.drop_answers(times=1, method="POST", path="/run/deployment/queue")
        gateway.faults.slow(seconds=60, path="*/runs")
        process = subprocess.Popen([sys.executable, "-c", SUBMIT], env=environment)
        gateway.until(lambda: gateway.runs() and len(gateway.faults.seen) > 1)
        process.kill()
        process.wait()
        gateway.faults.clear()
        told = subprocess.run(
            [*COMMAND, "reconcile"], env=environment, capture_output=True, text=True, check=False
        )
        (run,) = gateway.runs()
        assert told.returncode == 0, told.stderr
        assert told.stdout.split()[:3] == ["found", run.id, "text-to-picture"]
        listed = subprocess.run(
            [*COMMAND, "runs", "list", "--json=id"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert run.id in listed.stdout
    assert os.environ["STATIONTHIS_HOME"] != str(tmp_path)


def test_runs_of_this_machine_by_tag(quick: Quick) -> None:
    """Tags given with --tag are listed by --tag, wherever the run was started; no workflow need be named."""
    run_id = quick("run", "text-to-picture", *SMALL, "--tag", "autumn", "--tag", "n1", "--detach").out.strip()
    assert [one["id"] for one in quick("runs", "list", "--tag", "autumn", "--json=id").json] == [run_id]
    assert quick("runs", "list", "--tag", "winter", "--json").json == []
    assert run_id in [one["run_id"] for one in quick("runs", "list", "--json").json]
    wrong = quick("runs", "list", "--tag", "autumn", "--deployment", "text-to-picture")
    assert wrong.code == 2
    assert "Tags are known on this machine only" in wrong.error


@pytest.mark.parametrize("tag", ["", "two\nlines"])
def test_a_tag_is_a_text_of_one_line(quick: Quick, tag: str) -> None:
    """Refused before anything is sent."""
    wrong = quick("run", "text-to-picture", *SMALL, "--tag", tag)
    assert wrong.code == 2
    assert "texts of one line" in wrong.err
