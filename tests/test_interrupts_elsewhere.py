"""Interruptions that come from elsewhere: other threads, forks, other loops, other handlers, the end of things."""

import signal
import time

import pytest

from stationthis_sdk import StationThis
from tests.fixtures import RunningGateway
from tests.programs import LONG, RUN, Start, asked, environment, until_asked, wait_for, waiting
from tests.wire import Wire


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_runs_of_a_gather_are_cancelled(
    gateway: RunningGateway, st: StationThis, start: Start, number: int
) -> None:
    """Several waits at once: the end of the loop does not cut the others' clean-up short."""
    code = f"""
        import asyncio
        from stationthis_sdk import AsyncStationThis
        async def main():
            async with AsyncStationThis() as st:
                deployment = await st.deployments.get("text-to-picture")
                runs = [await deployment.submit({LONG}) for _ in range(3)]
                print(*(run.id for run in runs), flush=True)
                said = []
                await asyncio.gather(*(run.wait(on_progress=lambda _: said or said.append(print("waiting", flush=True))) for run in runs))
        asyncio.run(main())
    """
    process = start(code, gateway.environment())
    ids = process.stdout.readline().split()
    assert process.stdout.readline().strip() == "waiting"
    process.send_signal(number)
    _, err = process.communicate(timeout=45)
    assert [st.runs.get(run_id).state for run_id in ids] == ["cancelled"] * 3, err
    assert process.returncode in ({-signal.SIGINT, 130} if number == signal.SIGINT else {143}), err
    assert "Task was destroyed" not in err


def test_a_submit_in_a_background_task_is_not_lost(slow_service: Wire, start: Start) -> None:
    """The loop ends while a task is posting: its run is found out and stopped."""
    slow_service.state["slow"] = 1.2
    code = """
        import asyncio, signal
        from stationthis_sdk import AsyncStationThis
        async def main():
            portrait = await AsyncStationThis().deployments.get("portrait")
            posted = asyncio.Event()
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, posted.set)
            task = asyncio.create_task(portrait.submit())
            await posted.wait()
        asyncio.run(main())
    """
    process = start(code, environment(slow_service))
    until_asked(slow_service, "/queue")
    process.send_signal(signal.SIGUSR1)
    _, err = process.communicate(timeout=45)
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (1, 1), err
    assert f"Cancelled run {RUN}" in err


@pytest.mark.parametrize("way", ["alarm", "callback"])
def test_any_exception_that_ends_the_waiting_stops_the_run(
    slow_service: Wire, start: Start, way: str
) -> None:
    """A signal handler that raises, sys.exit in a callback: the run does not go on unheard."""
    slow_service.state["slow"] = 1.2
    code = {
        "alarm": "import signal; from stationthis_sdk import StationThis\n"
        "def late(*_): raise RuntimeError('time is up')\n"
        "portrait = StationThis().deployments['portrait']\n"
        "signal.signal(signal.SIGALRM, late)\n"
        "portrait()",
        "callback": "import sys; from stationthis_sdk import StationThis\n"
        "StationThis().deployments['portrait'].submit().wait(on_progress=lambda p: sys.exit('bye'))",
    }[way]
    process = start(code, environment(slow_service))
    if way == "alarm":
        until_asked(slow_service, "/queue")
        process.send_signal(signal.SIGALRM)
    _, err = process.communicate(timeout=45)
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (1, 1), err
    assert f"Cancelled run {RUN}" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_waits_on_other_threads_are_reached(
    gateway: RunningGateway, st: StationThis, start: Start, number: int
) -> None:
    """A thread pool: Ctrl-C in the main thread cancels what its workers wait for, and the process ends."""
    code = f"""
        import os
        from concurrent.futures import ThreadPoolExecutor
        from stationthis_sdk import StationThis
        deployment = StationThis().deployments["text-to-picture"]
        def one(_):
            run = deployment.submit({LONG})
            line, said = (run.id + "\\n").encode(), []
            return run.wait(on_progress=lambda _: said or said.append(os.write(1, line)))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(one, range(2)))
    """
    process = start(code, gateway.environment())
    ids = [process.stdout.readline().strip() for _ in range(2)]
    for run_id in ids:
        wait_for(st, run_id, "queued", "started", "running")
    process.send_signal(number)
    _, err = process.communicate(timeout=45)
    assert [st.runs.get(run_id).state for run_id in ids] == ["cancelled"] * 2, err
    assert process.returncode in ({-signal.SIGINT, 130, 1} if number == signal.SIGINT else {143}), err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_in_the_body_of_follow_stops_the_run(
    gateway: RunningGateway, st: StationThis, start: Start, number: int
) -> None:
    """Most of a loop's time passes in its own body."""
    code = f"""
        import time
        from stationthis_sdk import StationThis
        run = StationThis().deployments["text-to-picture"].submit({LONG})
        print(run.id, flush=True)
        for event in run.follow():
            print("waiting", flush=True)
            time.sleep(9)
    """
    process = start(code, gateway.environment())
    run_id = waiting(process)
    time.sleep(0.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=45)
    assert st.runs.get(run_id).state == "cancelled", err
    assert f"Cancelled run {run_id}" in err


def test_a_handler_of_ones_own_stays(gateway: RunningGateway, start: Start) -> None:
    """A SIGTERM handler that is set while a run is waited for is still there afterwards, in both colours."""
    code = """
        import asyncio, signal
        from stationthis_sdk import AsyncStationThis, StationThis
        async def main():
            async with AsyncStationThis() as st:
                deployment = await st.deployments.get("text-to-picture")
                waiting = asyncio.create_task(deployment(prompt="x", steps=20))
                await asyncio.sleep(0.3)
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, print, "mine")
                await waiting
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(0.1)
        asyncio.run(main())
        signal.signal(signal.SIGTERM, lambda *_: print("plain"))
        StationThis().deployments["text-to-picture"](prompt="x", steps=1)
        signal.raise_signal(signal.SIGTERM)
    """
    out, err = start(code, gateway.environment()).communicate(timeout=45)
    assert out.split() == ["mine", "plain"], err


def test_a_process_that_waits_for_nothing_ends_by_sigterm_as_ever(
    gateway: RunningGateway, start: Start
) -> None:
    """The client is there, no call waits: SIGTERM ends the process at once."""
    code = "import time\nfrom stationthis_sdk import StationThis\nst = StationThis(); st.machines.list(); print('up', flush=True); time.sleep(60)"
    process = start(code, gateway.environment())
    assert process.stdout.readline().strip() == "up"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=45)
    assert process.returncode == -signal.SIGTERM


def test_after_sigterm_a_thread_pool_starts_nothing_new(slow_service: Wire, start: Start) -> None:
    """The workers' next items are not paid for while the process is ending."""
    slow_service.state["slow"] = 0.05
    code = """
        from concurrent.futures import ThreadPoolExecutor
        from stationthis_sdk import StationThis
        portrait = StationThis().deployments["portrait"]
        with ThreadPoolExecutor(2) as pool:
            for future in [pool.submit(portrait) for _ in range(10)]:
                future.result()
    """
    process = start(code, environment(slow_service))
    until_asked(slow_service, "/queue", 2)
    until_asked(slow_service, f"/run/{RUN}", 2)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=45)
    assert process.returncode == 143, err
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (2, 2), err


TIMES_OUT = """
    import asyncio, signal
    from stationthis_sdk import AsyncStationThis
    async def main():
        portrait = await AsyncStationThis().deployments.get("portrait")
        try:
            async with asyncio.timeout(None) as limit:
                asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, limit.reschedule, 0)
                await portrait()
        except TimeoutError:
            {then}
    asyncio.run(main())
"""
"""Its time is up when it is told so, by SIGUSR1."""


def test_a_run_that_comes_of_a_slow_submit_is_stopped_late(slow_service: Wire, start: Start) -> None:
    """The answer takes longer than the clean-up may: when it comes, the run is stopped all the same."""
    slow_service.state["slow"] = 3.3
    process = start(TIMES_OUT.format(then="await asyncio.sleep(3)"), environment(slow_service))
    until_asked(slow_service, "/queue")
    process.send_signal(signal.SIGUSR1)
    _, err = process.communicate(timeout=45)
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (1, 1), err
    assert "May be left running" in err
    assert "Traceback" not in err


def test_a_submit_slower_than_the_loop_lives_is_told_without_a_traceback(
    slow_service: Wire, start: Start
) -> None:
    """The loop ends first: nobody knows, and that is what is said."""
    slow_service.state["slow"] = 6
    process = start(TIMES_OUT.format(then="pass"), environment(slow_service))
    until_asked(slow_service, "/queue")
    process.send_signal(signal.SIGUSR1)
    _, err = process.communicate(timeout=45)
    assert "May be left running: a run of portrait (submit " in err
    assert "Traceback" not in err


def test_a_plain_call_first_does_not_harm_asyncio_later(
    gateway: RunningGateway, st: StationThis, start: Start
) -> None:
    """Ctrl-C in a coroutine's own step still cancels the run that is waited for."""
    code = f"""
        import asyncio, time
        from stationthis_sdk import AsyncStationThis, StationThis
        StationThis().machines.list()
        def busy(_):
            print("waiting", flush=True)
            until = time.monotonic() + 0.3
            while time.monotonic() < until: pass
        async def main():
            async with AsyncStationThis() as st:
                run = await (await st.deployments.get("text-to-picture")).submit({LONG})
                print(run.id, flush=True)
                await run.wait(on_progress=busy)
        asyncio.run(main())
    """
    process = start(code, gateway.environment())
    run_id = waiting(process)
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=45)
    assert st.runs.get(run_id).state == "cancelled", err


def test_a_timeout_in_the_body_of_an_asynchronous_follow_stops_the_run(
    gateway: RunningGateway, st: StationThis, start: Start
) -> None:
    """A loop that is left by a cancellation is not one that is left by a break."""
    code = f"""
        import asyncio
        from stationthis_sdk import AsyncStationThis
        async def main():
            async with AsyncStationThis() as st:
                run = await (await st.deployments.get("text-to-picture")).submit({LONG})
                print(run.id, flush=True)
                try:
                    async with asyncio.timeout(0.4):
                        async for event in run.follow():
                            await asyncio.sleep(9)
                except TimeoutError:
                    await asyncio.sleep(0.5)
        asyncio.run(main())
    """
    process = start(code, gateway.environment())
    run_id = process.stdout.readline().strip()
    _, err = process.communicate(timeout=45)
    assert st.runs.get(run_id).state == "cancelled", err


def test_forked_children_end_by_sigterm_and_harm_no_run(
    gateway: RunningGateway, st: StationThis, start: Start
) -> None:
    """A child forked while runs are waited for or followed dies as ever, and the parent's runs go on."""
    code = f"""
        import asyncio, multiprocessing, os, signal, time, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from stationthis_sdk import AsyncStationThis, StationThis
        fork = multiprocessing.get_context("fork")
        def ends():
            up = fork.Event()
            child = fork.Process(target=lambda: (up.set(), time.sleep(40)))
            child.start(); up.wait(40); child.terminate(); child.join(40)
            return child.exitcode
        async def main():
            async with AsyncStationThis() as st:
                deployment = await st.deployments.get("text-to-picture")
                waiting = asyncio.create_task(deployment({LONG}))
                await asyncio.sleep(0.5)
                print(ends(), flush=True)
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
        asyncio.run(main())
        run = StationThis().deployments["text-to-picture"].submit({LONG})
        for event in run.follow():
            print(ends(), flush=True)
            break
        print(run.refresh().state.final, flush=True)
        run.cancel()
    """
    out, err = start(code, gateway.environment()).communicate(timeout=45)
    assert out.split() == [str(-signal.SIGTERM), str(-signal.SIGTERM), "False"], err


def test_two_sigterms_end_the_process_once(slow_service: Wire, start: Start) -> None:
    """The second cuts the clean-up short; nothing private leaks."""
    slow_service.state["cancel"] = "hang"
    process = start(
        f"from stationthis_sdk import StationThis; StationThis().runs.get('{RUN}').wait()",
        environment(slow_service),
    )
    until_asked(slow_service, f"/run/{RUN}", 3)
    process.send_signal(signal.SIGTERM)
    until_asked(slow_service, "/cancel")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=45)
    assert process.returncode == 143, err
    assert "_Terminated" not in err
