"""A file that grows leaves nothing behind, wherever it is stopped."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stationthis_sdk.local.storage.unfinished import unfinished


async def test_a_file_stopped_while_it_is_opened_is_closed_and_gone(tmp_path):
    """The thread that opens it can't be stopped; what it opened is cleared all the same."""
    reached, go_on, opened = threading.Event(), threading.Event(), []

    def begin():
        reached.set()
        go_on.wait()
        opened.append((tmp_path / "file").open("xb"))
        return opened[0], tmp_path / "file"

    async def work():
        async with unfinished(begin):
            pytest.fail("it was stopped before")

    task = asyncio.create_task(work())
    await asyncio.to_thread(reached.wait)
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened[0].closed
    assert not (tmp_path / "file").exists()


async def test_a_file_is_cleared_however_often_its_owner_is_stopped(tmp_path):
    """Clearing that waits for a thread is not given up when it is cancelled meanwhile."""
    with ThreadPoolExecutor(1) as threads:
        asyncio.get_running_loop().set_default_executor(threads)
        entered, go_on, opened = asyncio.Event(), threading.Event(), []

        def begin():
            opened.append((tmp_path / "file").open("xb"))
            return opened[0], tmp_path / "file"

        async def work():
            async with unfinished(begin):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await entered.wait()
        held_up = asyncio.create_task(asyncio.to_thread(go_on.wait))
        await asyncio.sleep(0)
        for _ in range(3):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        go_on.set()
        await held_up
        with pytest.raises(asyncio.CancelledError):
            await task
    assert opened[0].closed
    assert not (tmp_path / "file").exists()
