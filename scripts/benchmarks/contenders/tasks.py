"""The tasks that are the same for all: the loop is the benchmark's, only the calls are the contender's.

A contender's file makes an `Asynchronous` and, where it has plain calls, a `Plain`; tasks of its own come beside these. What
a task returns is printed as JSON.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    Task = Callable[..., dict[str, Any]]

WARM = 0.3
LINUX = Path("/proc/self/status")
INPUTS = {"prompt": "a fox in the snow", "steps": 20, "cfg": 7.5, "seed": 7}


class Asynchronous(Protocol):
    """The calls of one contender."""

    async def get(self, run_id: str) -> str:
        """The run's state."""

    async def submit(self, inputs: dict[str, Any]) -> str:
        """The id of a new run."""


def _settled(word: Any) -> bool:
    return str(getattr(word, "value", word)) in {"success", "failed", "timeout", "cancelled"}


async def for_seconds(
    call: Callable[[], Awaitable[Any]], at_once: int, seconds: float
) -> tuple[float, list[float]]:
    """So many loops of calls for so long: calls a second, and the milliseconds of each."""
    took: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    async def loop() -> None:
        while (start := time.perf_counter()) < until:
            await call()
            took.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(loop() for _ in range(at_once)))
    return len(took) / (time.perf_counter() - began), took


async def each(call: Callable[[int], Awaitable[Any]], count: int, at_once: int) -> None:
    """Numbers from 0, each once, so many under way at a time."""
    numbers = iter(range(count))

    async def loop() -> None:
        for number in numbers:
            await call(number)

    await asyncio.gather(*(loop() for _ in range(at_once)))


nobody_tells = asyncio.sleep


async def ended(client: Asynchronous, run_id: str) -> None:
    """Wait as people do who have no other way: by reading the run once a second."""
    while not _settled(await client.get(run_id)):
        await nobody_tells(1)


def plain_get(get: Callable[[str], object], *, run_id: str, seconds: float) -> dict[str, float]:
    """One plain call after the other: the median of a call."""
    took: list[float] = []
    until = time.perf_counter() + WARM
    while time.perf_counter() < until:
        get(run_id)
    until = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until:
        get(run_id)
        took.append((time.perf_counter() - start) * 1000)
    return {"ms": statistics.median(took)}


def of(connect: Callable[[str], AbstractAsyncContextManager[Asynchronous]]) -> dict[str, Task]:
    """The tasks that need no more than `get` and `submit`."""

    async def calls(client: Asynchronous, *, run_id: str, at_once: int, seconds: float) -> dict[str, Any]:
        await for_seconds(lambda: client.get(run_id), at_once, WARM)
        worked = time.process_time()
        rate, took = await for_seconds(lambda: client.get(run_id), at_once, seconds)
        cpu = (time.process_time() - worked) / len(took) * 1000
        return {"per_second": rate, "ms": statistics.median(took), "cpu": cpu}

    async def submits(client: Asynchronous, *, at_once: int, seconds: float) -> dict[str, Any]:
        await for_seconds(lambda: client.submit(INPUTS), at_once, WARM)
        rate, _ = await for_seconds(lambda: client.submit(INPUTS), at_once, seconds)
        return {"per_second": rate}

    async def batch(client: Asynchronous, *, rows: int, at_once: int) -> dict[str, Any]:
        async def one(number: int) -> None:
            run_id = await client.submit({**INPUTS, "prompt": f"fox {number}"})
            await ended(client, run_id)

        await each(one, 200, at_once)
        memory = Memory()
        began, worked = time.perf_counter(), time.process_time()
        await each(one, rows, at_once)
        seconds = time.perf_counter() - began
        cpu = (time.process_time() - worked) / rows * 1000
        return {"seconds": seconds, "cpu": cpu, "grown": memory.grown(), "runs": rows + 200}

    async def delay(client: Asynchronous, *, live: int, first: float, spread: float) -> dict[str, Any]:
        known: dict[str, float] = {}

        async def one(number: int) -> None:
            run_id = await client.submit({**INPUTS, "ms": int(1000 * (first + spread * number / live))})
            await ended(client, run_id)
            known[run_id] = time.time()

        await asyncio.gather(*(one(number) for number in range(live)))
        return {"known": known}

    def as_task(task: Callable[..., Awaitable[dict[str, Any]]]) -> Task:
        async def connected(base_url: str, settings: dict[str, Any]) -> dict[str, Any]:
            async with connect(base_url) as client:
                return await task(client, **settings)

        return lambda base_url, **settings: asyncio.run(connected(base_url, settings))

    return {task.__name__: as_task(task) for task in (calls, submits, batch, delay)}


class Memory:
    """How far the memory of this process has grown since this was made, in MB, by its highest mark.

    Linux forgets the mark when it is told to; elsewhere it is that of the whole life of the process.
    """

    def __init__(self) -> None:
        if LINUX.exists():
            LINUX.with_name("clear_refs").write_text("5", "ascii")
        self.before = _highest()

    def grown(self) -> float:
        """MB between then and the highest since."""
        return _highest() - self.before


def _highest() -> float:
    if LINUX.exists():
        return next(
            int(line.split()[1]) / 1000
            for line in LINUX.read_text("ascii").splitlines()
            if line.startswith("VmHWM")
        )
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main(tasks: dict[str, Task]) -> None:
    """Do what the command line says, and print what came of it."""
    _, name, settings = sys.argv
    print(json.dumps(tasks[name](**json.loads(settings))))
