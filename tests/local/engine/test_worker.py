"""Graphs run in processes of their own: their ends, their limits, and what they leave behind, which is nothing."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.engine.limits import Limits
from stationthis_sdk.local.engine.pool import POOL, Worker
from stationthis_sdk.local.engines import Assignment, GraphRefused, NodeFailed, NodeStepped, Stopped
from tests.local.engine.graphs import MemoryFiles, Told, empty, endless, node, save

PATIENCE = 45.0

Run = Callable[..., Awaitable[Told]]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[BuiltIn]:
    """An engine whose folder is empty again when the test is over."""
    engine = BuiltIn(tmp_path / "work")
    yield engine
    await engine.close()
    assert not list((tmp_path / "work").glob("*"))


class Course:
    """One run of an engine, under way."""

    def __init__(
        self, engine: BuiltIn, graph: Any, scope: str = "me", files: Any = None, **more: Any
    ) -> None:
        self.told = Told()
        self.stop = asyncio.Event()
        given = Assignment(
            "run", graph, more.get("inputs", {}), None, scope, files or MemoryFiles(), self.told.append, self.stop
        )  # fmt: skip
        self.work = asyncio.get_running_loop().create_task(engine.carry_out(given))

    async def until_stepping(self) -> Worker:
        """Wait until the work is well under way; the worker that does it."""
        async with asyncio.timeout(PATIENCE):
            while not any(isinstance(report, NodeStepped) for report in self.told):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (worker,) = [worker for worker in POOL._all if worker not in POOL._idle]
        return worker


async def run(engine: BuiltIn, graph: Any, **more: Any) -> Told:
    """Run a graph to its end."""
    course = Course(engine, graph, **more)
    await course.work
    return course.told


def gone(pid: int) -> bool:
    """Whether no process of this id works any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):  # it may go while it is looked at
        return True


def wait_for(reached: Callable[[], bool]) -> None:
    """Look until it is so."""
    end = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.02)


SMALL = {"1": empty(), "2": save("1")}


async def test_a_run_leaves_its_files_and_reports_and_nothing_else(engine):
    """Outputs are kept by moving, in the order of the work; the process is another one, in its own session."""
    files = MemoryFiles()
    told = await run(engine, SMALL, files=files)
    assert told.worked == ["1", "2"]
    assert [content[:4] for content in files.kept] == [b"\x89PNG"]
    assert told.put["2"]["images"][0]["url"] == "/files/outputs/1.png"
    (worker,) = [worker for worker in POOL._idle if worker.owner and worker.owner.startswith(engine._name)]
    assert os.getsid(worker.pid) == worker.pid != os.getsid(0)


async def test_files_are_read_through_the_gateway(engine):
    """Those there are, and those there are not; a failure to keep one is its node's, with the reason."""
    files = MemoryFiles()
    await run(engine, SMALL, files=files)
    loading = {"1": node("LoadImage", image="a.png"), "2": save("1")}
    with pytest.raises(GraphRefused, match=r"node 1 \(LoadImage\): invalid image file: a.png"):
        await run(engine, loading, files=files)
    files.uploads["a.png"] = files.kept[0]
    await run(engine, loading, files=files)
    assert len(files.kept) == 2

    class Full(MemoryFiles):
        def keep_file(self, path: Path, suffix: str) -> str:
            raise OSError(28, "No space left on device")

    with pytest.raises(NodeFailed, match=r"node 2 \(SaveImage\): a file .* No space left on device") as told:
        await run(engine, {"1": empty(color=9), "2": save("1")}, files=Full(), scope="full")
    assert (told.value.node_id, told.value.class_type) == ("2", "SaveImage")


async def test_what_a_killed_gateway_has_left_is_cleared(engine, tmp_path):
    """When the first run begins, and what is under way stays."""
    left = tmp_path / "work" / "stationthis-left"
    left.mkdir(parents=True)
    (left / "file").write_bytes(b"x")
    await asyncio.gather(*(run(engine, SMALL, scope=str(at)) for at in range(3)))
    assert not left.exists()


async def test_outputs_may_be_on_another_disk(engine):
    """Where moving is impossible they are copied."""

    class Elsewhere(MemoryFiles):
        def keep_file(self, path: Path, suffix: str) -> str:
            raise OSError(18, "Invalid cross-device link")

    files = Elsewhere()
    await run(engine, SMALL, files=files)
    assert len(files.kept) == 1


async def test_a_refusal_comes_whole_through_the_pipe(engine):
    """Kind, words and every node's errors."""
    with pytest.raises(GraphRefused, match=r"node 1 \(EmptyImage\): width") as told:
        await run(engine, {"1": empty(width=0), "2": save("1")})
    assert told.value.error["message"] == "Prompt outputs failed validation"
    assert told.value.errors["1"]["errors"][0]["type"] == "value_smaller_than_min"


@pytest.mark.parametrize("odd", ["\ud800", 10**400, [[[1]]], float("inf"), {"ä": None}, "x" * 10**6])
async def test_odd_values_come_through_the_pipe(engine, odd):
    """As they are in JSON, halves of characters too."""
    told = await run(engine, {"1": node("PreviewAny", source={"__value__": odd}), "2": {**SMALL["1"]}})
    assert told.worked == ["1"]


async def test_what_is_no_json_is_refused(engine):
    """Nesting without end; the process is none the worse."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(GraphRefused, match="can't be passed to the engine"):
        await run(engine, {"1": node("PreviewAny", source=deep)})
    assert (await run(engine, SMALL)).worked


async def test_results_hold_for_their_owner_and_nobody_else(engine):
    """Not for another scope, not for another gateway; the owner's still hold afterwards."""
    await run(engine, SMALL, scope="one")
    assert (await run(engine, SMALL, scope="one")).cached == {"1", "2"}
    assert (await run(engine, SMALL, scope="two")).cached == set()
    assert (await run(engine, SMALL, scope="one")).cached == {"1", "2"}
    other = BuiltIn()
    assert (await run(other, SMALL, scope="one")).cached == set()
    await other.close()


async def test_a_stop_ends_the_run_at_once_and_its_worker_goes_on():
    """The worker leaves the run when asked, and serves the next."""
    engine = BuiltIn()
    course = Course(engine, endless())
    worker = await course.until_stepping()
    course.stop.set()
    with pytest.raises(Stopped):
        await course.work
    reports = len(course.told)
    await engine.close()
    assert len(course.told) == reports
    assert worker in POOL._idle
    assert not gone(worker.pid)


async def test_a_worker_that_does_not_hear_is_ended(engine):
    """One that hangs for good; the engine works on with another."""
    course = Course(engine, endless())
    worker = await course.until_stepping()
    os.kill(worker.pid, signal.SIGSTOP)
    course.stop.set()
    with pytest.raises(Stopped):
        await course.work
    assert (await run(engine, SMALL)).worked
    await engine.close()
    assert gone(worker.pid)


async def test_a_killed_worker_fails_its_run_and_names_the_node(engine):
    """As the machine does when memory runs out; the next run has a new worker."""
    course = Course(engine, endless())
    os.kill((await course.until_stepping()).pid, signal.SIGKILL)
    with pytest.raises(
        NodeFailed, match=r"node 1 \(StationThisPicture\) ended .*SIGKILL.*want of memory"
    ) as told:
        await course.work
    assert (told.value.node_id, told.value.class_type) == ("1", "StationThisPicture")
    assert (await run(engine, SMALL)).worked


@pytest.mark.parametrize("reaped", [True, False])
async def test_idle_workers_that_are_gone_are_not_noticed(reaped):
    """However many, as after a long pause; the run begins anew in another."""
    engine = BuiltIn(limits=Limits(workers=4))
    await asyncio.gather(*(run(engine, SMALL, scope=str(at)) for at in range(4)))
    for worker in list(POOL._idle):
        os.kill(worker.pid, signal.SIGKILL)
        if reaped:
            await asyncio.to_thread(worker.process.wait)
    assert (await run(engine, SMALL)).worked == ["1", "2"]
    await engine.close()


async def test_an_idle_worker_that_ends_leaves_no_zombie(engine):
    """Also when no run comes after it, as when it was idle for long."""
    await run(engine, SMALL)
    workers = list(POOL._idle)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    places = [Path(f"/proc/{worker.pid}") for worker in workers]
    await asyncio.to_thread(wait_for, lambda: not any(place.exists() for place in places))


async def test_a_killed_worker_takes_along_what_its_node_has_started(engine):
    """A pattern that is looked for in a process of its own is not looked for any longer."""
    words = {"string": "a" * 40 + "b", "regex_pattern": "(a+)+$"}
    flags = {"case_insensitive": True, "multiline": False, "dotall": False}
    graph = {"1": node("RegexMatch", **words, **flags), "2": node("PreviewAny", source=["1", 0])}
    course = Course(engine, graph)
    await asyncio.to_thread(wait_for, lambda: any(children(worker) for worker in list(POOL._all)))
    ((worker, started),) = [(worker, pids) for worker in POOL._all if (pids := children(worker))]
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(NodeFailed, match=r"node 1 \(RegexMatch\) ended"):
        await course.work
    await asyncio.to_thread(wait_for, lambda: all(gone(pid) for pid in started))


def children(worker: Worker) -> list[int]:
    """The processes that a worker has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == worker.pid:
                found.append(int(stat.parent.name))
    return found


async def test_a_worker_that_cannot_start_says_so(monkeypatch):
    """After a few tries, not for ever."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    engine = BuiltIn(limits=Limits(workers=3))
    with pytest.raises(
        NodeFailed, match=r"process could not start \(exit code 1\); the gateway's log says why"
    ):
        await run(engine, SMALL)
    await engine.close()


async def test_ctrl_c_is_not_the_worker_s_business(engine):
    """It goes on."""
    course = Course(engine, endless())
    worker = await course.until_stepping()
    os.kill(worker.pid, signal.SIGINT)
    seen = len(course.told)
    async with asyncio.timeout(PATIENCE):
        while len(course.told) < seen + 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    course.stop.set()
    with pytest.raises(Stopped):
        await course.work


async def test_memory_is_limited_and_the_node_says_so():
    """The worker itself lives on."""
    engine = BuiltIn(limits=Limits(memory=600 * 2**20))
    large = {
        "1": empty(4096, 4096),
        "2": node("ImageBlur", image=["1", 0], blur_radius=3, sigma=1.0),
        "3": save("2"),
    }
    with pytest.raises(NodeFailed, match=r"node \d \(\w+\) ran out of memory: ask for smaller") as told:
        await run(engine, large)
    assert told.value.class_type
    assert (await run(engine, SMALL)).worked == ["1", "2"]
    await engine.close()


async def test_time_is_limited():
    """By the nodes at work themselves."""
    engine = BuiltIn(limits=Limits(seconds=0.3))
    with pytest.raises(NodeFailed, match=r"node 1 .*longer than the 0.3 s .*ask for fewer steps"):
        await run(engine, endless())
    await engine.close()


async def test_more_runs_than_workers_wait_for_their_turn():
    """All are done in the end; one that is stopped while it waits never begins."""
    engine = BuiltIn(limits=Limits(workers=2))
    busy = [Course(engine, endless(), scope=str(at)) for at in range(2)]
    waiting = Course(engine, SMALL)
    for course in busy:
        async with asyncio.timeout(PATIENCE):
            while not course.told.worked:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    waiting.stop.set()
    with pytest.raises(Stopped):
        await waiting.work
    more = [Course(engine, SMALL, scope=str(at)) for at in range(8)]
    assert not any(course.told for course in (*more, waiting))
    for course in busy:
        course.stop.set()
    ended = await asyncio.gather(*(course.work for course in (*busy, *more)), return_exceptions=True)
    assert [type(each) for each in ended] == [Stopped] * 2 + [type(None)] * 8
    await engine.close()


async def test_a_cancelled_caller_leaves_nothing_behind(engine):
    """The engine ends the work that nobody waits for."""
    course = Course(engine, endless())
    await course.until_stepping()
    course.work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await course.work
    await engine.close()
    assert {worker for worker in POOL._all if worker.folder} == set()


PARENT = """
import asyncio, sys
from pathlib import Path
from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.engine.pool import POOL
from stationthis_sdk.local.engines import Assignment
from tests.local.engine.graphs import MemoryFiles, endless

async def main():
    engine = BuiltIn(Path(sys.argv[1]))
    def report(what):
        for worker in POOL._all:
            print(worker.pid, flush=True)
    given = Assignment("r", endless(), {}, None, "me", MemoryFiles(), report, asyncio.Event())
    await engine.carry_out(given)

asyncio.run(main())
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_with_its_gateway_however_that_ends(tmp_path, end):
    """SIGKILL too; no process and no file is left."""
    program = [sys.executable, "-c", textwrap.dedent(PARENT), str(tmp_path / "work")]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        assert list((tmp_path / "work").iterdir())
        parent.send_signal(end)
        with contextlib.suppress(BrokenPipeError):
            parent.communicate(timeout=PATIENCE)
    wait_for(lambda: gone(pid))
    wait_for(lambda: not list((tmp_path / "work").iterdir()))


def test_a_forked_child_leaves_the_workers_alone():
    """It ends without ending them, and they end with the parent although the child lives on."""
    program = """
    import asyncio, os, sys, time, warnings
    from stationthis_sdk.local.engine.built_in import BuiltIn
    from stationthis_sdk.local.engine.pool import POOL
    from stationthis_sdk.local.engines import Assignment
    from tests.local.engine.graphs import MemoryFiles, empty, save

    warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of threads

    async def main():
        engine = BuiltIn()
        graph = {"1": empty(), "2": save("1")}
        def given():
            return Assignment("r", graph, {}, None, "me", MemoryFiles(), print, asyncio.Event())
        await engine.carry_out(given())
        short = os.fork()
        if short == 0:
            POOL.end()
            os._exit(0)
        os.waitpid(short, 0)
        long = os.fork()
        if long == 0:
            os.close(1)
            time.sleep(60)
            os._exit(0)
        await engine.carry_out(given())
        print("pids", long, *(worker.pid for worker in POOL._all))
        await engine.close()

    asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True, check=True
    )
    long, worker = map(int, done.stdout.strip().splitlines()[-1].split()[1:])
    try:
        assert not gone(long)
        wait_for(lambda: gone(worker))
    finally:
        os.kill(long, signal.SIGKILL)
