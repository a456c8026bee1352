"""A service that loses answers, hides outputs, or asks for patience: one run all the same, and one clear word."""

import asyncio
from typing import Any

import attrs
import pytest

from stationthis_sdk import settling
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.people import Place
from stationthis_sdk.bots.render.limits import DISCORD
from stationthis_sdk.testing import LocalGateway
from tests.bots.desk.conftest import ADA, HERE, ended, runs_of, until
from tests.bots.desk.platform import Platform, buttons_of


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "GRACE", 1.0)
    monkeypatch.setattr(settling, "LONGEST_POST", 0.5)


@pytest.mark.parametrize("fault", ["drop_answers", "drop_requests", "errors"])
async def test_a_lost_answer_to_the_submit(
    fault: str, desk: Desk, own: LocalGateway, platform: Platform
) -> None:
    """An answer that is lost, whether a run came of it or not, is looked for: one run, delivered once."""
    getattr(own.faults, fault)(times=1, path="/run/deployment/queue")
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
    assert [one.step.text for one in platform.sent] == ["hi"]
    assert len(await runs_of(own)) == 1


async def test_a_service_that_asks_for_patience(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """Too many requests: tried again after as long as it says; the user is told meanwhile; one run."""
    own.faults.refuse(429, retry_after=1, times=2, path="/run/deployment/queue")
    job = await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")
    assert (await ended(desk, job.id)).state == "done"
    assert len(await runs_of(own)) == 1


async def test_a_refusal_is_told(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """No credits: told in one sentence with its code, no run; the next one works."""
    own.faults.refuse(402, times=1, path="/run/deployment/queue")
    job = await ended(desk, (await desk.ask(ADA, HERE, "echo", {"words": "hi"}, key="u1")).id)
    assert (job.state, job.code) == ("failed", "not_enough_points")
    assert "credits" in platform.said[job.status_message][-1]
    again = await desk.again(job.id, ADA, HERE, key="u2")
    assert (await ended(desk, again.id)).state == "done"
    assert len(await runs_of(own)) == 1


async def test_a_close_in_the_middle(open_desk, own: LocalGateway, platform: Platform) -> None:
    """Closed while its run goes on, and opened again: the run is the same, and it is delivered once."""
    first = await open_desk()
    job = await first.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 60, "width": 512}, key="u1")
    await until(lambda: first.progress_of(job.id) is not None)
    await first.close()
    second = await open_desk()
    assert (await ended(second, job.id)).state == "done"
    assert [run.state for run in await runs_of(own)] == ["success"]
    assert platform.kinds == [("photo", 1)]


async def test_a_close_while_it_is_sent(open_desk, own: LocalGateway, platform: Platform) -> None:
    """Closed while a part is under way: its answer is waited for, and the next desk sends only what is left."""
    platform.slow = 0.2
    first = await open_desk()
    job = await first.ask(ADA, HERE, "eleven", {}, key="u1")
    await until(lambda: first._courses[job.id].row.state == "delivering")
    await asyncio.sleep(0.1)
    await first.close()
    assert "sending" not in {part.state for part in await first._ledger.parts(job.id)}
    platform.knows = False  # nobody need ask
    second = await open_desk()
    assert (await ended(second, job.id)).problem is None
    assert sum(count for _, count in platform.kinds) == 11


async def test_outputs_that_cannot_be_fetched(desk: Desk, own: LocalGateway, platform: Platform) -> None:
    """A file that can't be had is told with a way to have it sent again: nothing is lost when it can."""
    own.faults.refuse(404, path="*.png*")
    job = await desk.ask(ADA, HERE, "text-to-picture", {"prompt": "a", "steps": 1}, key="u1")
    job = await ended(desk, job.id)
    assert (job.state, job.code) == ("done", "undelivered")
    own.faults.clear()
    await desk.send_again(job.id, ADA)
    assert (await ended(desk, job.id)).problem is None
    assert [len(one.contents) for one in platform.sent if one.step.files] == [1]
    assert len(await runs_of(own)) == 1


async def test_an_output_that_is_fetched_late(
    desk: Desk, own: LocalGateway, platform: Platform, monkeypatch
) -> None:
    """A picture that could not be had when its delivery was planned goes as the photo it is, once it can; its buttons as well."""
    own.faults.refuse(404, path="*.png*")
    inputs = {"prompt": "a", "steps": 1}
    job = await ended(desk, (await desk.ask(ADA, HERE, "text-to-picture", inputs, key="u1")).id)
    own.faults.clear()
    await desk.send_again(job.id, ADA)
    job = await ended(desk, job.id)
    assert (job.problem, platform.kinds) == (None, [("text", 0), ("photo", 1)])
    assert f"st:again:{job.id}" in buttons_of(platform.sent[-1].step)


async def test_one_output_of_several_that_cannot_be_fetched(
    open_desk, own: LocalGateway, platform: Platform
) -> None:
    """Of files that are sent together one that can't be had keeps none of the others."""
    many = attrs.evolve(platform, limits=attrs.evolve(DISCORD, a_chat=0.01, a_group=0.01, overall=0.0))

    def lose_the_second(what: Any) -> None:
        if not isinstance(what, dict):
            own.faults.refuse(404, path=f"*{what[1].url.rpartition('/')[2]}*")

    desk = await open_desk(sender=many, review=lose_the_second)
    job = await ended(desk, (await desk.ask(ADA, HERE, "eleven", {}, key="u1")).id)
    assert job.code == "undelivered"
    places = sorted(file.place for one in many.sent for file in one.step.files)
    assert places == [0, *range(2, 11)]
    own.faults.clear()
    await desk.send_again(job.id, ADA)
    assert (await ended(desk, job.id)).problem is None
    assert sorted(file.place for one in many.sent for file in one.step.files) == [*range(11)]


@pytest.mark.parametrize(("frames", "kind"), [(2, "animation"), (1, "photo")])
async def test_a_picture_that_moves(
    frames: int, kind: str, desk: Desk, own: LocalGateway, platform: Platform
) -> None:
    """A WebP that moves is sent as an animation, for as a photo it would stand still; one that does not is a photo."""
    await asyncio.to_thread(own.deploy, "moving", moving(frames))
    job = await ended(desk, (await desk.ask(ADA, HERE, "moving", {}, key="u1")).id)
    assert (job.state, platform.kinds) == ("done", [(kind, 1)])


async def test_hints_of_the_workflow(desk: Desk, own: LocalGateway, platform: Platform, st) -> None:
    """A note in the workflow has its pictures sent as documents: in a group to the user alone, and a notice there."""
    graph = (await st.deployments.get("text-to-picture")).record.graph
    note = {"id": 99, "type": "Note", "widgets_values": ["@bot telegram send-as=document filename=fox"]}
    ui = {"nodes": [note], "links": [], "version": 0.4, "extra": {}, "last_node_id": 99, "last_link_id": 0}
    await asyncio.to_thread(deploy_with_ui, own, graph, ui)
    job = await desk.ask(ADA, Place("-7"), "noted", {"prompt": "a", "steps": 1}, key="u1")
    job = await ended(desk, job.id)
    assert job.hints == {"send-as": "document", "filename": "fox"}
    [document] = [one.step for one in platform.sent if one.step.files]
    assert (document.kind, document.private, document.files[0].filename) == ("document", True, "fox.png")


def moving(frames: int) -> dict[str, Any]:
    """A graph that makes one WebP of so many pictures."""

    def plain(colour: int) -> dict[str, Any]:
        size = {"width": 64, "height": 64, "batch_size": 1}
        return {"class_type": "EmptyImage", "inputs": size | {"color": colour}}

    graph = {"1": plain(0xFF0000), "2": plain(0x0000FF)}
    graph["3"] = {"class_type": "ImageBatch", "inputs": {"image1": ["1", 0], "image2": ["2", 0]}}
    webp = {"filename_prefix": "x", "fps": 4.0, "lossless": True, "quality": 80, "method": "default"}
    webp["images"] = ["3" if frames > 1 else "1", 0]
    return graph | {"4": {"class_type": "SaveAnimatedWEBP", "inputs": webp}}


def deploy_with_ui(own: LocalGateway, graph, ui) -> None:
    with own.client() as client:
        workflow = client.workflows.upload({"workflow": ui, "output": dict(graph)}, name="noted")
        client.deployments.create(workflow, machine="this-machine")
