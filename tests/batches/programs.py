"""A gateway and a script that runs a batch, in processes of their own: both may be killed."""

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.processes import Service, free_port

# A size of 0 is what EmptyImage does not take: such rows fail.
GRAPH: dict[str, Any] = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "words", "default_value": "", "display_name": "", "description": ""},
    },
    "2": {
        "class_type": "ComfyDeployOutputText",
        "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"},
    },
    "3": {
        "class_type": "ComfyUIDeployExternalNumberInt",
        "inputs": {"input_id": "size", "default_value": 8, "display_name": "", "description": ""},
    },
    "4": {
        "class_type": "EmptyImage",
        "inputs": {"width": ["3", 0], "height": 8, "batch_size": 1, "color": 255},
    },
    "5": {"class_type": "PreviewImage", "inputs": {"images": ["4", 0]}},
}

# "Not there" counts after a moment here.
SCRIPT = """
import sys
from stationthis_sdk import StationThis, settling

settling.GRACE = 2.0
with StationThis() as st:
    st.deployments["fussy"].map(sys.argv[1], name="nightly", max_failures=None, on_progress=lambda progress: print(progress, flush=True))
"""


@contextlib.contextmanager
def fussy_service(folder: Path, faults: str) -> Iterator[Service]:
    """A gateway with a deployment called fussy, started with these faults."""
    made = Service(folder, free_port(), "")
    made.start()
    made.deploy("fussy", GRAPH)
    made.kill()
    made.faults = faults
    made.start()
    try:
        yield made
    finally:
        made.kill()


STARTED: "list[subprocess.Popen[str]]" = []
"""None of them outlives its test."""


def start(script: str, environment: dict[str, str], *arguments: object) -> "subprocess.Popen[str]":
    """Start a script that may be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    STARTED.append(process)
    return process


def states(home: Path, name: str = "nightly") -> Counter[str]:
    """The rows of a batch by their states, as the ledger's file has them."""
    query = (
        "SELECT batch_rows.state FROM batch_rows JOIN batches ON batches.id = batch_id WHERE name = ? "
        "AND place IS NOT NULL"
    )
    with contextlib.closing(sqlite3.connect(home / "ledger.db")) as database:
        return Counter(state for (state,) in database.execute(query, (name,)))


def until(reached: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)
