"""Ctrl-C and SIGTERM in real processes, with the gateway as the witness."""

import signal

import pytest

from stationthis_sdk import StationThis
from tests.fixtures import RunningGateway
from tests.programs import LONG, RUN, Start, asked, environment, until_asked, wait_for, waiting
from tests.wire import Wire

SYNC = """
    from stationthis_sdk import StationThis
    st = StationThis()
    deployment = st.deployments["text-to-picture"].options({options})
    run = deployment.submit({inputs})
    print(run.id, flush=True)
    try:
        run.wait(on_progress=lambda _: print('waiting', flush=True))
    except KeyboardInterrupt as interrupt:
        print("interrupted:", interrupt, flush=True)
        raise
"""
ASYNC = """
    import asyncio
    from stationthis_sdk import AsyncStationThis
    async def main():
        async with AsyncStationThis() as st:
            deployment = (await st.deployments.get("text-to-picture")).options({options})
            run = await deployment.submit({inputs})
            print(run.id, flush=True)
            await run.wait(on_progress=lambda _: print('waiting', flush=True))
    asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("program", [SYNC, ASYNC], ids=["sync", "async"])
def test_an_interrupted_wait_cancels_the_run(
    gateway: RunningGateway, st: StationThis, start: Start, program: str, number: int
) -> None:
    """The service has cancelled the run before the process is gone, and the exit code tells the signal."""
    process = start(program.format(inputs=LONG, options=""), gateway.environment())
    run_id = waiting(process)
    wait_for(st, run_id, "running")
    process.send_signal(number)
    out, err = process.communicate(timeout=45)
    assert st.runs.get(run_id).state == "cancelled"
    assert process.returncode in ({-signal.SIGINT, 130} if number == signal.SIGINT else {143}), err
    if program is SYNC:
        assert f"Cancelled run {run_id} of text-to-picture." in out + err


def test_a_queued_run_is_cancelled_too(gateway: RunningGateway, st: StationThis, start: Start) -> None:
    """A run still waiting behind another is stopped before it costs anything."""
    first = start(SYNC.format(inputs=LONG, options=""), gateway.environment())
    first_id = waiting(first)
    second = start(SYNC.format(inputs=LONG, options=""), gateway.environment())
    second_id = waiting(second)
    second.send_signal(signal.SIGINT)
    out, err = second.communicate(timeout=45)
    assert st.runs.get(second_id).state == "cancelled", out + err
    assert not st.runs.get(first_id).state.final
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=45)


def test_detach_leaves_the_run_and_says_how_to_return(
    gateway: RunningGateway, st: StationThis, start: Start
) -> None:
    """on_interrupt="detach": the run goes on, and the message holds the line that reattaches."""
    process = start(SYNC.format(inputs=LONG, options="on_interrupt='detach'"), gateway.environment())
    run_id = waiting(process)
    wait_for(st, run_id, "running")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=45)
    assert f"Left running: run {run_id}" in out
    assert f"st.runs.get('{run_id}')" in out
    assert st.runs.get(run_id).state == "running"
    assert st.runs.get(run_id).cancel() == "cancelled"


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_submit_under_way_is_stopped_as_well(slow_service: Wire, start: Start, colour: str) -> None:
    """Interrupted while its answer is on the way, a submit learns the run's id and cancels that run."""
    code = {
        "sync": "from stationthis_sdk import StationThis; StationThis().deployments['portrait']()",
        "async": "import asyncio, stationthis_sdk as s\n"
        "async def main():\n"
        "    portrait = await s.AsyncStationThis().deployments.get('portrait')\n"
        "    await portrait()\n"
        "asyncio.run(main())",
    }[colour]
    process = start(code, environment(slow_service))
    until_asked(slow_service, "/queue")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=45)
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (1, 1), err
    assert slow_service.state["status"] == "cancelled"
    if colour == "sync":
        assert f"Cancelled run {RUN}" in err


def test_a_second_interrupt_leaves_at_once(slow_service: Wire, start: Start) -> None:
    """While the service does not answer the cancel, Ctrl-C again ends the wait for it."""
    slow_service.state["cancel"] = "hang"
    process = start(
        "from stationthis_sdk import StationThis; StationThis().runs.get('" + RUN + "').wait()",
        environment(slow_service),
    )
    until_asked(slow_service, f"/run/{RUN}", 3)
    process.send_signal(signal.SIGINT)
    until_asked(slow_service, "/cancel")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=45)
    assert process.returncode == -signal.SIGINT, err
    assert "KeyboardInterrupt" in err


def test_a_service_that_ignores_the_cancel_does_not_hold_the_process(
    slow_service: Wire, start: Start
) -> None:
    """Clean-up has two seconds; then the process ends and says what it could not learn."""
    slow_service.state["cancel"] = "hang"
    process = start(
        "from stationthis_sdk import StationThis; StationThis().runs.get('" + RUN + "').wait()",
        environment(slow_service),
    )
    until_asked(slow_service, f"/run/{RUN}", 3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=45)
    assert "did not answer in time" in err
    assert RUN in err


def test_leaving_follow_early_leaves_the_run(gateway: RunningGateway, st: StationThis) -> None:
    """Breaking out of the loop is no interruption."""
    run = st.deployments["text-to-picture"].submit(prompt="a walk", steps=60, width=1024, height=1024)
    for event in run.follow():
        if event.progress.state == "running":
            break
    assert not st.runs.get(run.id).state.final
    assert run.cancel() == "cancelled"


def test_a_run_whose_id_was_lost_to_the_interrupt_is_cancelled(slow_service: Wire, start: Start) -> None:
    """Ctrl-C at the very moment a submit has ended well: its result never reached the caller, so the run is stopped."""
    code = """
        import signal, os
        from stationthis_sdk import StationThis, portal
        attend = portal._Call.attend
        def late(self):
            done = attend(self)
            if type(done.value).__name__ == "AsyncRun":
                os.kill(os.getpid(), signal.SIGINT)
            return done
        portal._Call.attend = late
        StationThis().deployments["portrait"].submit()
    """
    process = start(code, environment(slow_service))
    _, err = process.communicate(timeout=45)
    assert (asked(slow_service, "/queue"), asked(slow_service, "/cancel")) == (1, 1), err
    assert f"Cancelled run {RUN}" in err


def test_others_that_were_started_are_named(gateway: RunningGateway, st: StationThis, start: Start) -> None:
    """Waiting for the first of several, the message tells of the rest."""
    code = f"""
        from stationthis_sdk import StationThis
        deployment = StationThis().deployments["text-to-picture"]
        runs = [deployment.submit({LONG}) for _ in range(2)]
        print(*(run.id for run in runs), flush=True)
        runs[0].wait(on_progress=lambda _: print("waiting", flush=True))
    """
    process = start(code, gateway.environment())
    first, second = process.stdout.readline().split()
    assert process.stdout.readline().strip() == "waiting"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=45)
    assert f"Cancelled run {first}" in err
    assert f"Left running: run {second}" in err
    st.runs.get(second).cancel()
