"""What notebooks show of our things, with the packages of a notebook installed: how much it is, and how long it takes."""

from __future__ import annotations

import json
import time
from typing import Any

import stationthis_sdk
from benchmarks.answers import NAME
from benchmarks.contenders import tasks
from stationthis_sdk import StationThis


def _displays(base_url: str, runs: int, rows: int, pictures: int) -> dict[str, Any]:
    told: dict[str, Any] = {}
    with StationThis("k", base_url) as st:
        deployment = st.deployments[NAME]
        made = ({**tasks.INPUTS, "prompt": f"fox {number}"} for number in range(rows))
        batch = deployment.map(made, name="shown", concurrency=64)
        listed = st.runs.list(deployment=deployment, limit=runs)
        whole = [st.runs.get(run.id) for run in listed[:pictures]]
        shown: dict[str, Any] = {"runs": listed, "batch": batch, "gallery": stationthis_sdk.gallery(whole)}
        for name, thing in shown.items():
            began = time.perf_counter()
            bundle = thing._repr_mimebundle_()
            first = time.perf_counter()
            if isinstance(bundle, tuple):
                bundle = bundle[0]
            thing._repr_mimebundle_()
            again = time.perf_counter()
            if "text/html" not in bundle:
                raise SystemExit(f"{name} is shown as {list(bundle)}")
            told[name] = {
                "bytes": len(json.dumps(bundle)),
                "ms": (first - began) * 1000,
                "again": (again - first) * 1000,
            }
    return told


if __name__ == "__main__":
    tasks.main({"displays": _displays})
