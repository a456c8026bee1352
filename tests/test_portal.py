"""The bridge between the colours, in real processes: fork, several loops, a running loop, exit."""

import asyncio
import re
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest

from stationthis_sdk import AsyncStationThis, BlockingCallWarning, RunCancelled, StationThis, portal
from tests.fixtures import RunningGateway


def _run(code: str, gateway: RunningGateway) -> "subprocess.CompletedProcess[str]":
    with tempfile.TemporaryDirectory() as home:  # no copies there that would be asked for anew behind
        done = subprocess.run(
            [sys.executable, "-W", "error", "-X", "dev", "-c", textwrap.dedent(code)],
            env={**gateway.environment(), "STATIONTHIS_HOME": home},
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
    # In this mode asyncio also tells what took a tenth of a second, which a busy machine makes of anything.
    done.stderr = re.sub(r"(?m)^Executing .* took [\d.]+ seconds\n", "", done.stderr)
    return done


def machines(gateway: RunningGateway) -> int:
    """How many there are: tests before these may have made some."""
    return len(gateway.ask("/machines?is_deleted=false"))


def test_a_process_ends_cleanly_without_close(gateway: RunningGateway) -> None:
    """No warning, no hang, no traceback at exit, in either colour."""
    done = _run(
        """
        import asyncio
        from stationthis_sdk import AsyncStationThis, StationThis
        st = StationThis()
        print(len(st.machines.list()))
        client = AsyncStationThis()
        print(len(asyncio.run(client.machines.list())))
        print(len(asyncio.run(client.machines.list())))
        """,
        gateway,
    )
    assert (done.stdout.split(), done.stderr, done.returncode) == ([str(machines(gateway))] * 3, "", 0)


def test_a_forked_child_submits(gateway: RunningGateway, tmp_path: Path) -> None:
    """Parent and child go on with one client, and write into one ledger: no run is lost, and nobody waits for ever."""
    environment = {**gateway.environment(), "STATIONTHIS_HOME": str(tmp_path)}
    code = """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # Python's own word on fork with threads
        from stationthis_sdk import StationThis
        st = StationThis()
        drawing = st.deployments["text-to-picture"]
        small = {"steps": 1, "width": 32, "height": 32}
        drawing.submit(small)
        pid = os.fork()
        drawing.submit(small)
        if pid == 0:
            st.close()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        print(len(st.runs.list()))
        """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.stdout == "3\n", done.stderr


def test_a_forked_child_has_its_own_loop(gateway: RunningGateway) -> None:
    """Parent and child both go on with the client that was made before the fork."""
    done = _run(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # Python's own word on fork with threads
        from stationthis_sdk import StationThis
        st = StationThis()
        st.machines.list()
        pid = os.fork()
        if pid == 0:
            print("child", len(st.machines.list()), flush=True)
            sys.exit(7)
        print("code", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        print("parent", len(st.machines.list()), flush=True)
        """,
        gateway,
    )
    count = machines(gateway)
    assert done.stdout.splitlines() == [f"child {count}", "code 7", f"parent {count}"], done.stderr
    assert (done.stderr, done.returncode) == ("", 0)


def test_multiprocessing_pools_work(gateway: RunningGateway) -> None:
    """Workers that inherit the client by fork each make calls of their own."""
    done = _run(
        """
        import multiprocessing, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from stationthis_sdk import StationThis
        st = StationThis()
        st.machines.list()
        def count(_): return len(st.machines.list())
        with multiprocessing.get_context("fork").Pool(2) as pool:
            print(pool.map(count, range(4)))
        """,
        gateway,
    )
    assert done.stdout.strip() == str([machines(gateway)] * 4), done.stderr


def test_threads_share_one_client(gateway: RunningGateway, st: StationThis) -> None:
    """Many threads call at once and each gets its own answer."""
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(len(st.machines.list()))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [machines(gateway)] * 12


async def test_a_sync_call_in_a_running_loop_warns_and_works(gateway: RunningGateway) -> None:
    """It names the method and its twin; no loop is patched."""
    st = StationThis(gateway.key, gateway.base_url)
    with pytest.warns(BlockingCallWarning, match=r"Machines\.list blocks .* Async class"):
        assert len(st.machines.list()) == machines(gateway)
    await asyncio.to_thread(st.close)


async def test_a_sync_call_from_a_worker_thread_does_not_warn(gateway: RunningGateway) -> None:
    """asyncio.to_thread is a fine place for it."""
    st = StationThis(gateway.key, gateway.base_url)
    assert len(await asyncio.to_thread(st.machines.list)) == machines(gateway)
    await asyncio.to_thread(st.close)


def test_callbacks_run_on_the_callers_thread(st: StationThis) -> None:
    """on_progress of the synchronous class sees the thread that waits, and progress that never goes back."""
    seen: list[tuple[int, float]] = []
    run = st.deployments["text-to-picture"].submit(prompt="x", steps=30)
    run.wait(on_progress=lambda progress: seen.append((threading.get_ident(), progress.fraction)))
    assert {thread for thread, _ in seen} == {threading.get_ident()}
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_an_error_in_a_callback_reaches_the_caller(st: StationThis) -> None:
    """It comes out of wait as it is, and the run is left alone."""

    def broken(_progress: object) -> None:
        raise ZeroDivisionError("mine")

    run = st.deployments["text-to-picture"].submit(prompt="x", steps=2)
    with pytest.raises(ZeroDivisionError, match="mine"):
        run.wait(on_progress=broken)
    assert run.wait().state == "success"


def test_errors_carry_the_synchronous_run(st: StationThis) -> None:
    """What hangs on an error has the colour of the call."""
    run = st.deployments["text-to-picture"].submit(prompt="x", steps=60, width=1024, height=1024)
    run.cancel()
    with pytest.raises(RunCancelled) as caught:
        run.wait()
    assert type(caught.value.run) is type(run)
    assert caught.value.run_id == run.id


async def test_task_cancellation_cancels_the_run(ast: AsyncStationThis) -> None:
    """asyncio.timeout around a wait stops the bill as Ctrl-C does."""
    deployment = await ast.deployments.get("text-to-picture")
    run = await deployment.submit(prompt="x", steps=60, width=1024, height=1024)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await run.wait()
    assert (await ast.runs.get(run.id)).state == "cancelled"


def test_what_is_begun_goes_on_by_itself() -> None:
    """begin() returns at once; the future has the result, the error, or cancels it with its clean-up."""
    gate, begun, cleaned = threading.Event(), threading.Semaphore(0), threading.Event()

    async def waits() -> str:
        try:
            begun.release()
            await asyncio.to_thread(gate.wait)
            return threading.current_thread().name
        except asyncio.CancelledError:
            cleaned.set()
            raise

    async def fails() -> None:
        raise ValueError("told")

    first, second = portal.begin(waits()), portal.begin(waits())
    assert not first.done()
    assert all(
        begun.acquire(timeout=45) for _ in range(2)
    )  # what is cancelled before it has begun cleans nothing up
    assert second.cancel()
    assert cleaned.wait(45)
    gate.set()
    assert first.result(45) == "stationthis"
    with pytest.raises(ValueError, match="told"):
        portal.begin(fails()).result(45)


def test_what_is_begun_ends_with_the_interpreter(gateway: RunningGateway) -> None:
    """A program that leaves something begun ends cleanly, and what was begun cleans up."""
    done = _run(
        """
        import asyncio, time
        from stationthis_sdk import portal
        begun = []
        async def waits():
            begun.append(1)
            try:
                await asyncio.Event().wait()
            finally:
                print("cleaned up", flush=True)
        portal.begin(waits())
        while not begun:
            time.sleep(0.01)
        """,
        gateway,
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("cleaned up", "", 0)
