"""Files up and down, beside curl."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.answers import identifier
from benchmarks.bench import AIOHTTP, CURL, HTTPX, OURS, Bench, FailedError
from benchmarks.figures.figure import Figure
from benchmarks.numbers import Value
from benchmarks.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

WHO = (OURS, CURL, AIOHTTP, HTTPX)
FILE = f"files/{identifier(0)}/ComfyUI_30_00001_.png"


def _curl(arguments: list[str], port: int) -> float:
    command = ["curl", "--silent", "--show-error", "--fail", "--write-out", "%{time_total}", *arguments]
    filled = [part.replace("{port}", str(port)) for part in command]
    done = subprocess.run(filled, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(done.stderr.strip())
    return float(done.stdout)


def sent(bench: Bench, contender: str, megabytes: float, case: str) -> Iterator[Value]:
    """One upload."""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + os.urandom(1 << 20).replace(b"\r", b"x") * max(1, int(megabytes)))
        file.flush()
        if contender == CURL:
            with serving() as server:
                form = ["--form", f"file=@{file.name};type=image/png", "--output", os.devnull]
                took = _curl([*form, "http://127.0.0.1:{port}/api/file/upload"], server.port)
        else:
            took = bench.run(contender, "upload", {"path": file.name}).result["seconds"]
    yield Value(case, contender, max(1, int(megabytes)) / took, "MB/s", more=True)


def fetched(bench: Bench, contender: str, megabytes: float, case: str) -> Iterator[Value]:
    """One download."""
    url = f"http://127.0.0.1:{{port}}/{FILE}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fetched.png"
        if contender == CURL:
            with serving(megabytes=megabytes) as server:
                took = _curl(["--output", str(path), url], server.port)
        else:
            settings = {"url": url, "path": str(path)}
            took = bench.run(contender, "download", settings, megabytes=megabytes).result["seconds"]
        if path.stat().st_size != int(megabytes * 4096) * 256:
            raise FailedError(f"{contender} has saved {path.stat().st_size:,} bytes")
    yield Value(case, contender, megabytes / took, "MB/s", more=True)


def _transfers(bench: Bench) -> Iterator[Value]:
    size = bench.sizes.megabytes
    yield from bench.each(WHO, lambda contender: sent(bench, contender, size, f"upload of {size:g} MB"))
    yield from bench.each(WHO, lambda contender: fetched(bench, contender, size, f"download of {size:g} MB"))


TRANSFER = Figure(
    "transfer",
    "Upload and download",
    "A file of 24 MB sent as a form and fetched to the disk, once in a new process whose connection is open. curl is timed by "
    "itself, its connection included. Ours looks at what the file is, hashes it, and puts the saved file in place whole; the "
    "others only copy. comfydeploy has neither.",
    _transfers,
)
