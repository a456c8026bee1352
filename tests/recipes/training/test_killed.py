"""A training whose process is killed: another finds it by its id, and nothing is begun or told twice."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stationthis_sdk import StationThis
from tests.batches.programs import STARTED, start
from tests.processes import Service, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STEPS = 4000
BEGIN = """
import sys
from stationthis_sdk import StationThis
from stationthis_sdk.recipes.training.dataset import Dataset

with StationThis() as st:
    job = st.train_lora(
        Dataset.from_folder(sys.argv[1]), name="my-cat", trigger="mycat", steps=int(sys.argv[2]), resolution=64, seed=3
    )
    print("id", job.id, flush=True)
    for event in job.follow():
        print(event.kind, event.milestone, event.step, flush=True)
"""
RESUME = """
import json, sys
from stationthis_sdk import StationThis

with StationThis() as st:
    job = st.trainings.get(sys.argv[1])
    told = []
    job.wait(on_milestone=told.append)
    print(json.dumps({
        "told": told, "state": job.state, "name": job.name, "base": job.base, "losses": len(job.loss), "step": job.step,
        "weights": job.weights.filename, "samples": len(job.samples),
    }))
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway in a process of its own."""
    made = Service(tmp_path / "service", free_port(), "")
    made.start()
    yield made
    made.kill()
    while STARTED:
        end(STARTED.pop())


def test_killed_after_its_first_milestone(service: Service, draw, tmp_path: Path) -> None:
    """SIGKILL after 25 %; a new process, killed as well, and a third that waits: one run, each milestone once."""
    home = tmp_path / "home"
    environment = service.environment(home)
    first = start(BEGIN, environment, draw(12), STEPS)
    run_id = re.fullmatch(r"id ([\w-]{36})\n", first.stdout.readline())[1]
    for line in first.stdout:
        if line.startswith("milestone"):
            break
    end(first)
    second = start(RESUME, environment, run_id)
    end(second)
    third = start(RESUME, environment, run_id)
    out, err = third.communicate(timeout=200)
    assert third.returncode == 0, err[-3000:]
    found = json.loads(out)
    assert line.split()[1] == "25"
    assert found["told"][-1:] == [75]
    assert set(found["told"]) <= {50, 75}
    assert {name: found[name] for name in ("state", "name", "base", "losses", "step", "weights")} == {
        "state": "success", "name": "my-cat", "base": "sdxl", "losses": STEPS, "step": STEPS,
        "weights": "my-cat.safetensors",
    }  # fmt: skip
    with StationThis(service.key, service.base_url, home=home) as st:
        runs = st.runs.list(deployment="train-lora", limit=None)
        assert [one.id for one in runs] == [run_id]
        [job] = st.trainings.list()
        assert (job.id, job.step, job.state) == (run_id, STEPS, "success")
