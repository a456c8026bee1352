"""A batch whose process is killed at any moment: every row ends once, and nothing is submitted twice."""

import contextlib
import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batches.programs import SCRIPT, fussy_service, start, states
from tests.processes import Service, end

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ROWS = 500
FAULTS = "drop_answers=0.03,cut_answers=0.01,errors=0.02,seed={}"


@pytest.fixture(params=[1])
def dice(request: pytest.FixtureRequest) -> random.Random:
    """What decides when it is killed."""
    return random.Random(request.param)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A gateway that loses answers."""
    with fussy_service(tmp_path / "service", FAULTS.format(3)) as made:
        yield made


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Five hundred rows, of which a tenth fails."""
    path = tmp_path / "rows.csv"
    path.write_text("words,size\n" + "".join(f"w{at},{0 if at % 10 == 3 else 8}\n" for at in range(ROWS)))
    return path


class Killing:
    """Starts a script, and ends it without a word at a random moment of its work."""

    def __init__(self, service: Service, home: Path, dice: random.Random) -> None:
        self.service, self.home, self.dice = service, home, dice

    def once(self, script: str, table: Path) -> None:
        """Let it make some rows, then kill it."""
        before = len(self.service.runs())
        process = start(script, self.service.environment(self.home), table)
        more = self.dice.randint(5, 60)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if len(self.service.runs()) >= before + more:
                break
            time.sleep(0.01)
        time.sleep(self.dice.random() * 0.3)
        end(process)

    def finish(self, script: str, table: Path) -> None:
        """Let it come to its end; a service that loses so much may stop it now and then."""
        for _ in range(5):
            process = start(script, self.service.environment(self.home), table)
            _, err = process.communicate(timeout=300)
            if process.returncode == 0:
                return
        raise AssertionError(err[-3000:])


def check(service: Service, home: Path) -> None:
    """Every row was run once and has ended as it should, by the gateway's own books and by the ledger."""
    runs = service.runs()
    assert Counter(words for words, _ in runs) == Counter({f"w{at}": 1 for at in range(ROWS)})
    assert Counter(state for _, state in runs) == {"success": ROWS * 9 // 10, "failed": ROWS // 10}
    assert states(home) == {"success": ROWS * 9 // 10, "failed": ROWS // 10}


def test_killed_five_times(service: Service, table: Path, dice: random.Random, tmp_path: Path) -> None:
    """500 rows, a tenth fails, answers are lost, five SIGKILLs: each row ends once, and none is submitted twice."""
    killing = Killing(service, tmp_path / "home", dice)
    for _ in range(5):
        killing.once(SCRIPT, table)
    killing.finish(SCRIPT, table)
    check(service, tmp_path / "home")


REBUILD = """
import sys
from stationthis_sdk import StationThis, settling

settling.GRACE = 3.0
with StationThis() as st:
    print(st.batches.rebuild("nightly", "fussy"))
"""


def test_killed_and_its_ledger_lost(
    service: Service, table: Path, dice: random.Random, tmp_path: Path
) -> None:
    """The same, with the ledger deleted after two of the kills and made anew of what the service has."""
    home = tmp_path / "home"
    killing = Killing(service, home, dice)
    for time_killed in range(5):
        killing.once(SCRIPT, table)
        if time_killed in {1, 4}:
            for file in home.glob("ledger.db*"):
                file.unlink()
            done = start(REBUILD, service.environment(home))
            with contextlib.suppress(subprocess.TimeoutExpired):
                done.wait(120)
            out, err = done.communicate()
            assert done.returncode == 0, err[-3000:]
            assert "nightly" in out
    killing.finish(SCRIPT, table)
    check(service, home)
