"""Going on with a batch: only what is missing is run, whatever has changed meanwhile, and a lost ledger is made anew."""

import asyncio
import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stationthis_sdk import AsyncStationThis, BatchStopped, InvalidInput, NotFound, settling
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.store.ledger_file import leave_ledger
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.batches.programs import until
from tests.echo import GRAPH
from tests.fast_service import FastService

PICTURES: dict[str, Any] = {
    "1": {
        "class_type": "ComfyUIDeployExternalImage",
        "inputs": {"input_id": "picture", "display_name": "", "description": ""},
    },
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def words(count: int, **more: Any) -> list[dict[str, Any]]:
    """So many rows, each with words of its own."""
    return [{"words": f"w{at}", **more} for at in range(count)]


def once(count: int) -> Counter[str]:
    """Each of them was run once."""
    return Counter({f"w{at}": 1 for at in range(count)})


async def rows_of(client: AsyncStationThis, name: str) -> Counter[str]:
    """The rows of a batch by their states."""
    return Counter([row.state async for row in await client.batches.get(name)])


# --- the same call again ------------------------------------------------------------------------------------------


async def test_the_same_call_again_sends_nothing(deployment: AsyncDeployment, fast: FastService) -> None:
    """All is done: the same call returns at once, and so does resume."""
    first = await deployment.map(words(20), name="twice")
    again = await deployment.map(words(20), name="twice")
    assert [row async for row in first] == [row async for row in again]
    assert fast.times() == once(20)


async def test_a_sample_first(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """With limit it runs the first rows; without it the same batch goes on with the others, and with it again nothing is lost."""
    batch = await deployment.map(words(30), name="sample", limit=5)
    assert (len(batch), batch.progress.succeeded) == (5, 5)
    estimate = await deployment.estimate(words(30), name="sample")
    assert (estimate.rows, estimate.missing) == (30, 25)
    batch = await deployment.map(words(30), name="sample")
    assert (len(batch), batch.progress.succeeded) == (30, 30)
    batch = await deployment.map(words(30), name="sample", limit=5)
    assert (len(batch), batch.progress.succeeded) == (5, 5)
    batch = await deployment.map(words(30), name="sample")
    assert (len(batch), batch.progress.succeeded) == (30, 30)
    assert fast.times() == once(30)


async def test_rows_come_and_go(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Rows that are dropped, added, moved: each is run once, and results are in the order of the last plan."""
    await deployment.map(words(10), name="moving")
    rows = words(14)[4:][::-1]
    batch = await deployment.map(rows, name="moving")
    assert [row.inputs["words"] async for row in batch] == [row["words"] for row in rows]
    assert fast.times() == once(14)


async def test_equal_rows_are_run_each(deployment: AsyncDeployment, fast: FastService) -> None:
    """Three equal rows are three runs; one more of them later is one run more."""
    await deployment.map([{"words": "w0"}] * 3, name="equal")
    await deployment.map([{"words": "w0"}] * 4, name="equal")
    assert fast.times() == {"w0": 4}


async def test_failed_rows_stay_failed_until_asked(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """The same call does not run what has failed; retry_failed does, with the same inputs, as another submit."""
    rows = [{"words": "fail"}, {"words": "w0"}]
    batch = await deployment.map(rows, name="retried")
    await deployment.map(rows, name="retried")
    assert fast.times() == {"fail": 1, "w0": 1}
    await batch.retry_failed()
    assert fast.times() == {"fail": 2, "w0": 1}
    submits = [inputs["__stationthis_submit"] for inputs, _ in fast.runs]
    assert len(set(submits)) == 3
    row = await batch.row(0)
    assert (row.state, row.seconds, row.cost) == ("failed", 2.0, 2.0)


async def test_resume_needs_no_rows(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """The plan has them: inputs, seeds and all."""
    fast.tell(submit=403)
    with pytest.raises(BatchStopped):
        await deployment.map(words(20), name="planned", tags=["autumn"])
    fast.tell(submit=None)
    batch = await client.batches.resume("planned")
    assert (batch.state, batch.progress.succeeded) == ("done", 20)
    assert fast.times() == once(20)
    runs = await client.runs.list(tag="autumn", limit=None)
    assert len(runs) == 20


# --- changes ------------------------------------------------------------------------------------------------------


def keyed(*texts: str) -> list[dict[str, Any]]:
    """Rows with keys."""
    return [{"sku": str(at), "words": text} for at, text in enumerate(texts)]


async def test_changed_inputs_under_a_key(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """Other inputs of a key that was run: it stops and asks; continue keeps what was made, rerun runs those rows anew."""
    await deployment.map(keyed("a", "b", "c"), name="keyed", key="sku")
    with pytest.raises(BatchStopped, match="1") as stopped:
        await deployment.map(keyed("a", "B", "c", "d"), name="keyed", key="sku")
    assert stopped.value.why == "changed"
    assert len(fast.runs) == 3
    batch = await deployment.map(keyed("a", "B", "c", "d"), name="keyed", key="sku", on_change="continue")
    assert fast.times() == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert (await batch.row("1")).inputs["words"] == "b"
    batch = await deployment.map(keyed("a", "B", "c", "d"), name="keyed", key="sku", on_change="rerun")
    assert fast.times() == {"a": 1, "b": 1, "B": 1, "c": 1, "d": 1}
    assert (await batch.row("1")).inputs["words"] == "B"
    assert (await batch.row("1")).cost == 2.0
    await deployment.map(keyed("a", "B", "c", "d"), name="keyed", key="sku")
    assert len(fast.runs) == 5


async def test_changed_inputs_of_a_run_under_way(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """A run that lives is waited for although its row is to be run anew: nothing is left running beside another."""
    leaving = deployment.options(on_interrupt="detach")
    batch = await leaving.map([{"sku": "0", "words": "a", "ms": 500}], name="keyed", key="sku", wait=False)
    await asyncio.to_thread(until, lambda: fast.runs)
    await client.close()
    async with AsyncStationThis("k", fast.base_url, home=client.settings.home) as again:
        found = await again.deployments.get("fast")
        other = [{"sku": "0", "words": "b", "ms": 500}]
        await found.map(other, name=batch.name, key="sku", on_change="rerun")
        assert fast.times() == {"a": 1}
        await found.map(other, name=batch.name, key="sku", on_change="rerun")
        assert fast.times() == {"a": 1, "b": 1}
        row = await (await again.batches.get(batch.name)).row("0")
        assert (row.inputs["words"], row.state, row.cost) == ("b", "success", 2.0)


def version(number: int) -> dict[str, Any]:
    """What is told of a deployment's version."""
    return {"workflow_version_id": f"00000000-0000-4000-8000-00000000000{number}"}


def redeploy(fast: FastService, number: int) -> None:
    """Another version is deployed, and runs."""
    fast.tell(deployment=version(number), run=version(number))


@pytest.mark.parametrize("how", ["map", "resume"])
async def test_redeployed_between_two_starts(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, how: str
) -> None:
    """Another version: it stops and asks; continue runs what is missing on that, rerun runs all anew."""
    redeploy(fast, 1)
    await deployment.refresh()
    await deployment.map(words(6), name="moved", limit=3)
    fast.tell(submit=403)
    with pytest.raises(BatchStopped):
        await deployment.map(words(6), name="moved")
    fast.tell(submit=None)

    async def again(**more: Any) -> Any:
        if how == "resume":
            return await client.batches.resume("moved", **more)
        return await deployment.map(words(6), name="moved", **more)

    redeploy(fast, 2)
    with pytest.raises(BatchStopped, match="version") as stopped:
        await again()
    assert stopped.value.why == "redeployed"
    assert len(fast.runs) == 3
    await again(on_change="continue")
    assert fast.times() == once(6)
    await again()
    assert len(fast.runs) == 6
    redeploy(fast, 3)
    batch = await again(on_change="rerun")
    assert set(fast.times().values()) == {2}
    assert batch.progress.succeeded == 6
    await again()
    assert len(fast.runs) == 12


async def test_redeployed_in_the_middle(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """It stops at the first run of another version; what it has made by then is kept, and what to do is asked."""
    redeploy(fast, 1)
    await deployment.refresh()
    batch = await deployment.map(words(60, ms=30), name="moved", concurrency=4, wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 12)
    redeploy(fast, 2)
    with pytest.raises(BatchStopped) as stopped:
        await batch.wait()
    assert stopped.value.why == "redeployed"
    made = len(fast.runs)
    assert made < 60
    with pytest.raises(BatchStopped):
        await deployment.map(words(60, ms=30), name="moved")
    assert len(fast.runs) == made
    await deployment.map(words(60, ms=30), name="moved", on_change="continue")
    assert fast.times() == once(60)


async def test_redeployed_with_runs_under_way(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService
) -> None:
    """rerun: what is under way of the old version is waited for, and run anew; nothing runs on unseen."""
    redeploy(fast, 1)
    leaving = await deployment.options(on_interrupt="detach").refresh()
    await leaving.map(words(4, ms=500), name="moved", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 4)
    await client.close()
    fast.tell(deployment=version(2))
    async with AsyncStationThis("k", fast.base_url, home=client.settings.home) as again:
        found = await again.deployments.get("fast")

        # The old ones tell their own version, and those that come after them the new one.
        fast.tell(submit=403)
        with pytest.raises(BatchStopped) as stopped:
            await found.map(words(4, ms=500), name="moved", on_change="rerun")
        fast.tell(submit=None, run=version(2))
        assert stopped.value.why == "refused"
        batch = await found.map(words(4, ms=500), name="moved")
        assert batch.progress.succeeded == 4
        assert set(fast.times().values()) == {2}
        assert batch.progress.cost == 8.0


# --- the ledger is lost -------------------------------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there counts as such at once: no process of these tests leaves a request under way."""
    monkeypatch.setattr(settling, "GRACE", 0.3)


def lose_ledger(home: Path) -> None:
    """Delete the ledger."""
    leave_ledger(home)
    for file in home.glob("ledger.db*"):
        file.unlink()


@pytest.mark.usefixtures("short")
async def test_rebuilt_of_what_the_service_has(client: AsyncStationThis, fast: FastService) -> None:
    """With the ledger gone the batch is made anew: states, costs, attempts; then only what is missing is run."""
    deployment = await client.deployments.get("fast")
    rows = [{"words": f"fail {at}" if at < 2 else f"w{at}", "note": at} for at in range(12)]
    batch = await deployment.map(rows, name="lost", limit=8)
    await batch.retry_failed()
    home = client.settings.home
    await asyncio.to_thread(lose_ledger, home)
    with pytest.raises(NotFound):
        await client.batches.rebuild("Lost", deployment)
    found = await client.batches.rebuild("lost", "fast")
    assert (len(found), found.progress.succeeded, found.progress.failed) == (8, 6, 2)
    assert found.progress.cost == 10.0
    batch = await deployment.map(rows, name="lost")
    assert (len(batch), batch.progress.succeeded, batch.progress.failed) == (12, 10, 2)
    assert [row.extra["note"] async for row in batch] == list(range(12))
    assert sum(fast.times().values()) == 14
    await batch.retry_failed()
    assert fast.times()["fail 0"] == 3


async def test_rebuilt_of_what_was_forgotten(deployment: AsyncDeployment, client: AsyncStationThis) -> None:
    """With the ledger there, and no submit open in it, nothing need be waited for."""
    batch = await deployment.map(words(4), name="forgotten")
    await batch.forget()
    with pytest.raises(NotFound):
        await client.batches.get("forgotten")
    assert (await client.batches.rebuild("forgotten", "fast")).progress.succeeded == 4


@pytest.mark.usefixtures("short")
async def test_rebuilt_over_an_old_ledger(client: AsyncStationThis, fast: FastService) -> None:
    """A ledger from a backup knows less than the service: what it lacks is filled in, and nothing is run twice."""
    deployment = await client.deployments.get("fast")
    home = client.settings.home
    await deployment.map(words(10), name="old", limit=3)
    fast.tell(submit=403)
    with pytest.raises(BatchStopped):
        await deployment.map(words(10), name="old")
    fast.tell(submit=None)
    await asyncio.to_thread(leave_ledger, home)
    shutil.copy(home / "ledger.db", home / "backup")
    await deployment.map(words(10), name="old")
    await asyncio.to_thread(lose_ledger, home)
    shutil.copy(home / "backup", home / "ledger.db")
    assert (await client.batches.get("old")).progress.succeeded == 3
    assert (await client.batches.rebuild("old", deployment)).progress.succeeded == 10
    await deployment.map(words(10), name="old")
    assert fast.times() == once(10)


@pytest.mark.usefixtures("short")
async def test_rebuilt_while_a_submit_is_open(client: AsyncStationThis, fast: FastService) -> None:
    """A row of which nobody knew what came, found by a rebuild, is not looked for in vain and sent again."""
    deployment = await client.deployments.get("fast")
    batch = await deployment.map(words(3, ms=60_000), name="open", wait=False)
    await asyncio.to_thread(until, lambda: len(fast.runs) >= 3)
    await client.close()
    ledger = client._ready.context.ledger
    changes = (
        "UPDATE batch_rows SET state = 'sending', run_id = NULL",
        "UPDATE submits SET state = 'sending', run_id = NULL",
        "DELETE FROM runs",
    )
    for change in changes:
        await ledger.do(lambda database, change=change: database.execute(change) and None, None)
    async with AsyncStationThis("k", fast.base_url, home=client.settings.home) as again:
        found = await again.batches.rebuild(batch.name, "fast")
        assert found.progress.states == {"live": 3}
        await ledger.do(lambda database: database.execute(changes[0]) and None, None)
        made = await (await again.deployments.get("fast")).map(words(3, ms=60_000), name="open", wait=False)
        await asyncio.to_thread(until, lambda: made.progress.states.get("live") == 3)
        await asyncio.sleep(0.6)
        await made.cancel()
    assert fast.times() == once(3)


# --- names, texts, files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "'; DROP TABLE batches; --", "日本 🦊", "{row}", "$(rm -rf /)", "-rf", "x" * 5000],
)
async def test_hostile_names(
    client: AsyncStationThis, deployment: AsyncDeployment, fast: FastService, name: str, tmp_path: Path
) -> None:
    """A name is only a name, whatever is written in it."""
    batch = await deployment.map(words(2), name=name, out=tmp_path / "out")
    assert (await client.batches.get(name)).progress.succeeded == 2
    assert (await client.batches.resume(name)).name == batch.name == name
    assert len(await client.batches.list()) == 1
    assert fast.times() == once(2)
    assert not set(os.listdir(tmp_path)) - {"out", "home", "shapes.json"}  # noqa: PTH208 - names are enough


async def test_the_name_of_another_deployment(gateway_of_mine: LocalGateway) -> None:
    """A name belongs to one deployment; two accounts may have the same."""
    async with gateway_of_mine.async_client() as st:
        await (await st.deployments.get("echo")).map(words(1), name="mine")
        with pytest.raises(InvalidInput, match="another name"):
            await (await st.deployments.get("other")).map(words(1), name="mine")


async def test_long_texts(deployment: AsyncDeployment, fast: FastService) -> None:
    """Rows of five megabytes each are rows."""
    rows = [{"words": letter * 5_000_000} for letter in "abc"]
    batch = await deployment.map(rows, name="long")
    assert batch.progress.succeeded == 3
    await deployment.map(rows, name="long")
    assert {inputs["words"][0] for inputs, _ in fast.runs} == set("abc")
    assert len(fast.runs) == 3


@pytest.fixture
def gateway_of_mine() -> Iterator[LocalGateway]:
    """A gateway whose faults and files are this test's."""
    with local_gateway() as made:
        made.deploy("echo", GRAPH)
        made.deploy("other", GRAPH)
        made.deploy("pictures", PICTURES)
        yield made


async def made_by(gateway: LocalGateway) -> int:
    """How many runs it has made."""
    return len(await asyncio.to_thread(gateway.runs))


@pytest.fixture
async def pictures(gateway_of_mine: LocalGateway) -> AsyncIterator[AsyncDeployment]:
    """A deployment that gives a picture back."""
    async with gateway_of_mine.async_client() as st:
        yield await st.deployments.get("pictures")


def picture(value: int) -> Any:
    """A picture of one grey."""
    return Image.fromarray(np.full((8, 8, 3), value, np.uint8))


async def test_what_was_not_sent_when_it_is_cancelled_is_not_sent(
    pictures: AsyncDeployment, gateway_of_mine: LocalGateway
) -> None:
    """Rows whose pictures are on their way up, or that are about to be written down: no run is made to be cancelled."""
    gateway_of_mine.faults.slow(seconds=60, method="POST", path="/file/*")
    batch = await pictures.map([{"picture": picture(at)} for at in range(4)], name="not sent", wait=False)
    await asyncio.to_thread(until, lambda: len(gateway_of_mine.faults.seen) == 4)
    cancelling = asyncio.create_task(batch.cancel())
    await asyncio.to_thread(until, lambda: batch._runner is None or batch._runner._winding is not None)
    gateway_of_mine.faults.clear()
    await cancelling
    assert (batch.state, batch.why) == ("cancelled", "it was cancelled")
    assert [row.state async for row in batch.rows()] == ["pending"] * 4
    assert await made_by(gateway_of_mine) == 0
    await pictures.map([{"picture": picture(at)} for at in range(4)], name="not sent")
    assert await made_by(gateway_of_mine) == 4


async def test_pictures_and_files_are_found_again(
    pictures: AsyncDeployment, gateway_of_mine: LocalGateway, tmp_path: Path
) -> None:
    """Pictures in memory and files: the plan keeps or names them, another process finds them, equal ones are known."""
    path = tmp_path / "file.png"
    picture(1).save(path)
    rows = [{"picture": path}, {"picture": picture(2)}, {"picture": np.full((8, 8, 3), 0.5)}]
    gateway_of_mine.faults.refuse(403, path="/run/deployment/queue")
    with pytest.raises(BatchStopped):
        await pictures.map(rows, name="shown")
    gateway_of_mine.faults.clear()
    async with gateway_of_mine.async_client() as other:
        batch = await other.batches.resume("shown")
        assert batch.progress.succeeded == 3
        assert [row.inputs["picture"].endswith(".png") async for row in batch] == [True, True, True]
    moved = tmp_path / "moved.png"
    shutil.copy(path, moved)
    await pictures.map([{"picture": moved}, {"picture": picture(2)}], name="shown")
    assert await made_by(gateway_of_mine) == 3


async def test_files_that_changed(
    pictures: AsyncDeployment, gateway_of_mine: LocalGateway, tmp_path: Path
) -> None:
    """A file that is another one, or gone, when its row's turn comes: that row is refused, the others run."""
    paths = [tmp_path / f"{at}.png" for at in range(3)]
    for at, path in enumerate(paths):
        picture(at).save(path)
    gateway_of_mine.faults.refuse(403, path="/run/deployment/queue")
    with pytest.raises(BatchStopped):
        await pictures.map([{"picture": path} for path in paths], name="changed")
    gateway_of_mine.faults.clear()
    picture(99).save(paths[0])
    paths[1].unlink()
    async with gateway_of_mine.async_client() as other:
        batch = await other.batches.resume("changed")
    rows = [row async for row in batch]
    assert [row.state for row in rows] == ["refused", "refused", "success"]
    assert "another file" in str(rows[0].reason)
    assert "can't be read" in str(rows[1].reason)
    assert await made_by(gateway_of_mine) == 1


async def test_files_that_are_gone(
    pictures: AsyncDeployment, gateway_of_mine: LocalGateway, tmp_path: Path
) -> None:
    """Files that are not there, or are none, are told of all at once, before anything is uploaded."""
    (tmp_path / "broken.png").write_bytes(b"")
    (tmp_path / "folder.png").mkdir()
    picture(1).save(tmp_path / "good.png")
    names = ("gone.png", "good.png", "folder.png", "lost.png")
    with pytest.raises(InvalidInput) as told:
        await pictures.map([{"picture": tmp_path / name} for name in names], name="gone")
    assert [problem.partition(":")[0] for problem in told.value.problems] == ["row 1", "row 3", "row 4"]
    assert await made_by(gateway_of_mine) == 0


async def test_what_was_not_saved_is_fetched_again(gateway_of_mine: LocalGateway, tmp_path: Path) -> None:
    """A failed save is tried again at the next start, also with the budget spent, and never run again."""
    async with gateway_of_mine.async_client() as st:
        echo = await st.deployments.get("echo")
        gateway_of_mine.faults.expire_links()
        batch = await echo.map(words(4), name="saved", out=tmp_path / "out")
        assert (batch.progress.succeeded, batch.progress.saved) == (4, 0)
        assert "not saved" in str((await batch.row(0)).reason)
        gateway_of_mine.faults.clear()
        batch = await echo.map(words(4), name="saved", out=tmp_path / "out", budget=0)
        assert (batch.progress.succeeded, batch.progress.saved) == (4, 4)
        assert len([file for file in (tmp_path / "out").iterdir() if file.suffix == ".txt"]) == 4
    assert await made_by(gateway_of_mine) == 4
