"""A collection whose process is killed while it cooks: no piece is made twice, and the export is that of one that was not."""

import contextlib
import hashlib
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.batches.programs import STARTED, start, states
from tests.processes import Service, end, free_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PIECES = 200
FAULTS = "drop_answers=0.03,cut_answers=0.01,errors=0.02,seed=3"


def given(kind: str, name: str, default: Any) -> dict[str, Any]:
    """An input of the workflow."""
    inputs = {"input_id": name, "default_value": default, "display_name": "", "description": ""}
    return {"class_type": f"ComfyUIDeployExternal{kind}", "inputs": inputs}


# Nothing can be drawn of a size of 0: such pieces fail.
GRAPH: dict[str, Any] = {
    "1": given("Text", "words", ""),
    "2": given("NumberInt", "size", 8),
    "3": given("NumberInt", "colour", 0),
    "4": {
        "class_type": "EmptyImage",
        "inputs": {"width": ["2", 0], "height": 8, "batch_size": 1, "color": ["3", 0]},
    },
    "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
}

SCRIPT = """
import json, sys
from stationthis_sdk import Category, Collection, Range, StationThis, settling

settling.GRACE = 2.0
foxes = Collection(
    "foxes",
    "fussy",
    {"words": "[[Colour]]: a [[Fur]] fox with [[Hat]]", "size": "[[Size]]", "colour": "[[Colour]]"},
    [
        Category("Fur", ["red", "white", {"name": "gold", "weight": 0.05}]),
        Category("Hat", [{"name": "none", "weight": 0.9}, "crown"]),
        Category("Size", range=Range(0, 9, unique=False, shuffle_seed=1)),
        Category("Colour", range=Range(1000, 1000 + %d - 1, shuffle_seed=2)),
    ],
    supply=%d,
    exclusions=[("Fur=gold", "Hat=crown")],
)
with StationThis() as st:
    cook = foxes.cook(st, seed=7, max_failures=None, on_progress=lambda progress: print(progress, flush=True))
    export = cook.export(sys.argv[1], only="all", missing="skip")
    print(json.dumps([[piece.number, piece.seed, dict(piece.traits)] for piece in cook.pieces()]))
    print(export.sha256)
""" % (PIECES, PIECES)  # noqa: UP031 - it is full of braces


@contextlib.contextmanager
def service(folder: Path, faults: str) -> Iterator[Service]:
    """A gateway with the workflow."""
    made = Service(folder, free_port(), faults)
    made.start()
    made.deploy("fussy", GRAPH)
    made.kill()
    made.faults = faults
    made.start()
    try:
        yield made
    finally:
        made.kill()


@pytest.fixture(autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    while STARTED:
        end(STARTED.pop())


def finished(environment: dict[str, str], target: Path) -> tuple[str, str]:
    """Let it come to its end, as often as it takes; the pieces and the hash that it tells."""
    told = ""
    for _ in range(5):
        process = start(SCRIPT, environment, target)
        out, told = process.communicate(timeout=300)
        if process.returncode == 0:
            *_, pieces, sha256 = out.splitlines()
            return pieces, sha256
    raise AssertionError(told[-3000:])


def kill_once(made: Service, environment: dict[str, str], target: Path, dice: random.Random) -> None:
    """Start it, and kill it when it has made some pieces."""
    before = len(made.runs())
    process = start(SCRIPT, environment, target)
    more, deadline = dice.randint(20, 60), time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and len(made.runs()) < before + more:
        time.sleep(0.01)
    assert process.poll() is None
    end(process)


def test_killed_twice(tmp_path: Path) -> None:
    """200 pieces, a tenth fails, answers are lost, two SIGKILLs: each is made once, and all is as if nothing had happened."""
    dice = random.Random(1)
    with service(tmp_path / "service", FAULTS) as made:
        environment = made.environment(tmp_path / "home")
        for _ in range(2):
            kill_once(made, environment, tmp_path / "killed.zip", dice)
        killed = finished(environment, tmp_path / "killed.zip")
        runs = made.runs()
        assert set(Counter(words for words, _ in runs).values()) == {1}
        assert Counter(state for _, state in runs) == {"success": PIECES * 9 // 10, "failed": PIECES // 10}
        assert states(tmp_path / "home", "foxes") == {"success": PIECES * 9 // 10, "failed": PIECES // 10}
    with service(tmp_path / "another", "") as made:
        assert finished(made.environment(tmp_path / "another-home"), tmp_path / "calm.zip") == killed
    assert (tmp_path / "calm.zip").read_bytes() == (tmp_path / "killed.zip").read_bytes()
    assert hashlib.sha256((tmp_path / "calm.zip").read_bytes()).hexdigest() == killed[1]
