"""Which machine it was, and which versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import AIOHTTP, HTTPX, OURS, VENDOR, Bench
from benchmarks.environments import ROOT

PACKAGES = {OURS: ("ours", "stationthis-sdk"), VENDOR: ("vendor", "comfydeploy"), AIOHTTP: ("raw", "aiohttp"), HTTPX: ("raw", "httpx")}  # fmt: skip


def machine(commit: str | None) -> dict[str, str | int | float]:
    """The machine, in the words of its system, and what is measured: a commit, or the files as they are."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(commit),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit(commit: str | None) -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", commit or "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "unknown"
    return done.stdout.strip() or "unknown"


def versions(bench: Bench) -> dict[str, str]:
    """Of the contenders that were measured."""
    found = {}
    for contender, (where, package) in PACKAGES.items():
        environment = bench.ready(where)
        version = environment and environment.version(package)
        if version:
            found[contender] = version
    return found
