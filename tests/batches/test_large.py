"""Ten thousand rows, 64 at once: memory stays flat, requests stay few, and a second start sends nothing."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fast_service import FastService

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

ROWS = 10_000

# Polls are half a second apart at the least, as those of a service far away are not closer either; what else is slower
# for the sake of such a service's limits is not what this is about.
PROGRAM = """
import json, resource, sys
from stationthis_sdk import StationThis, clock, polling

polling._GATHER_NEARBY = 0.5
polling._MOST_A_SECOND_NEARBY = 10_000.0
pause = clock.Clock.pause
clock.Clock.pause = lambda self, *, nearby: max(0.5, pause(self, nearby=nearby))

def rss():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 1e6

rows = int(sys.argv[1])
with StationThis() as st:
    deployment = st.deployments["fast"]
    deployment.map(({"words": f"warm {at}"} for at in range(200)), name="warm")
    before = rss()
    most = before
    def heard(progress):
        global most
        most = max(most, rss())
    made = ({"words": f"w{at}", "ms": at % 4 * 150} for at in range(rows))
    batch = deployment.map(made, name="large", concurrency=64, on_progress=heard)
    print(json.dumps({"before": before, "most": max(most, rss()), "well": batch.progress.succeeded, "state": batch.state}))
"""


def run(fast: FastService, home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(ROWS)],
        env=fast.environment(home),
        check=False,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_ten_thousand_rows(fast: FastService, tmp_path: Path) -> None:
    """Under 100 MB more memory, at most 2.1 requests a finished run, and no submit when it is started again."""
    first = run(fast, tmp_path / "home")
    asked, made = fast.asked, len(fast.runs)
    sys.stdout.write(f"{first} {dict(asked)} {asked.total() / made:.3f} requests a run\n")
    assert (first["well"], first["state"]) == (ROWS, "done")
    assert set(fast.times().values()) == {1}
    assert made == ROWS + 200
    assert first["most"] - first["before"] < 100
    assert asked.total() <= 2.1 * made
    again = run(fast, tmp_path / "home")
    sys.stdout.write(f"{again} {dict(fast.asked)}\n")
    assert again["well"] == ROWS
    assert fast.asked["submit"] == asked["submit"]
