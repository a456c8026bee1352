"""Chains: what one step makes, the next is given; what was made before a failure is kept and gone on with."""

import asyncio
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, NotFound, RunFailed, chain
from stationthis_sdk.testing import LocalGateway
from tests.recipes.images import graphs

SMALL: dict[str, Any] = {"steps": 1, "width": 32, "height": 32}
FAILS_AT_PICTURES = {
    "1": graphs.external("Image", "photo", default_value_url=""),
    "8": {"class_type": "NoSuchNode", "inputs": {"image": ["1", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "p"}},
}


async def names(gateway: LocalGateway) -> list[str]:
    """The deployments of all runs, in order."""
    return [run.deployment for run in await asyncio.to_thread(gateway.runs)]


async def test_each_step_is_given_what_the_one_before_made(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """Words of the call are the first step's; prompt and seed are each one's; a step's own words win."""
    await asyncio.to_thread(gateway.deploy, "upscale", graphs.UPSCALE)
    steps = chain("standard", ("picture-to-picture", {"strength": 0.3, "steps": 4}), "upscale")
    made = await st.make_image("a fox", steps, seed=7, steps=2)
    first, second, third = made.all_runs
    assert made.runs[0] is third
    assert first.inputs == {"input_prompt": "a fox", "input_steps": 2, "input_seed": 7}
    assert second.inputs == {
        "prompt": "a fox", "seed": 7, "steps": 4, "strength": 0.3, "input_image": first.outputs[0].url,
    }  # fmt: skip
    assert third.inputs == {"photo": second.outputs[0].url}
    assert made.came_from == {"photo": "earlier step", "amount": "workflow"}
    assert made.deployment.name == "upscale"
    assert made.left_out == []
    assert repr(steps) == "<chain: standard → picture-to-picture → upscale>"


async def test_n_go_their_ways(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Each of n has its own runs, and its own seed all the way."""
    made = await st.make_image("a fox", chain("standard", "picture-to-picture"), n=2, seed=[3, 9], **SMALL)
    assert made.seeds == [3, 9]
    assert len(made.all_runs) == 4
    for first, second in (made.all_runs[:2], made.all_runs[2:]):
        assert second.inputs["input_image"] == first.outputs[0].url
    assert made.left_out == [
        "width: 'standard' has no input for it",
        "height: 'standard' has no input for it",
    ]


async def test_a_step_that_fails_keeps_what_was_made(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """What the steps before made is there and is not paid again; resume goes on from there."""
    await asyncio.to_thread(gateway.deploy, "flaky", FAILS_AT_PICTURES)
    with pytest.raises(RunFailed) as caught:
        await st.make_image(
            "a fox", chain("standard", "flaky"), seed=7, fallback=["text-to-picture"], **SMALL
        )
    made = caught.value.generation
    assert (made.code, [str(run.state) for run in made.all_runs]) == (
        "generation_failed",
        ["success", "failed"],
    )
    assert made.outputs.images[0].url == made.all_runs[0].outputs[0].url
    await asyncio.to_thread(gateway.deploy, "flaky", graphs.UPSCALE)
    await made.resume()
    assert made.code == "success"
    assert await names(gateway) == ["standard", "flaky", "flaky"]
    assert made.runs[0].inputs["photo"] == made.all_runs[0].outputs[0].url


async def test_all_steps_are_checked_before_the_first_costs(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """A later name that is wrong, words that don't fit, a step that takes no picture: nothing is started."""
    for steps, error, said in (
        (chain("standard", "upscle"), NotFound, "No deployment 'upscle'"),
        (
            chain("standard", ("picture-to-picture", {"strength": 3})),
            InvalidInput,
            "strength: must be within 0–1",
        ),
        (chain("standard", ("picture-to-picture", {"mood": 3})), InvalidInput, "no word or input 'mood'"),
        (chain("standard", "text-to-picture"), InvalidInput, "takes nothing of what 'standard' makes"),
    ):
        with pytest.raises(error, match=said):
            await st.make_image("a fox", steps, **SMALL)
    assert await names(gateway) == []


async def test_a_chain_is_a_choice_like_any(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """It may be a fallback, or have one, while nothing was started; and be started without waiting."""
    twice = chain("standard", "picture-to-picture")
    made = await st.make_image("a fox", "gone", [twice], **SMALL)
    assert await names(gateway) == ["standard", "picture-to-picture"]
    assert "Tried instead: standard → picture-to-picture." in made.tried[0]
    made = await st.make_image("a fox", twice, wait=False, **SMALL)
    assert len(made.all_runs) == 1
    assert (await made.wait()).code == "success"
    assert len(made.all_runs) == 2


async def test_one_waits_at_a_time(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Two that go on with one generation would pay for the next step twice."""
    gateway.faults.stall(at="queued")
    made = await st.make_image("a fox", chain("standard", "picture-to-picture"), wait=False, **SMALL)
    waiting = asyncio.create_task(made.wait())
    await asyncio.sleep(0)
    with pytest.raises(InvalidInput, match="one wait"):
        await made.wait()
    gateway.faults.clear()
    assert (await waiting).code == "success"
    assert await names(gateway) == ["standard", "picture-to-picture"]


def test_a_generation_may_be_gone_on_with_elsewhere(gateway: LocalGateway) -> None:
    """Started in one loop, waited for in another."""
    made: Any = None

    async def start() -> None:
        nonlocal made
        async with gateway.async_client() as st:
            made = await st.make_image(
                "a fox", chain("standard", "picture-to-picture"), n=3, wait=False, **SMALL
            )

    async def go_on() -> None:
        await made.wait()

    asyncio.run(start())
    asyncio.run(go_on())
    assert (made.code, len(made.all_runs)) == ("success", 6)


def test_what_is_no_chain_is_refused() -> None:
    """Steps are deployments, names, pairs with words, or chains, which are joined."""
    assert [step.name for step in chain("a", chain("b", ("c", {"d": 1}))).steps] == ["a", "b", "c"]
    with pytest.raises(InvalidInput, match="at least one"):
        chain()
    for wrong in (None, 7, "", ("a", 3), ("a", {}, "b"), ["a"]):
        with pytest.raises(InvalidInput, match="A step is"):
            chain(wrong)


async def test_what_is_not_handed_on_is_told(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Two pictures, and a step that takes one; a preferred picture is not what it came from."""
    other = {
        "18": {**graphs.PRODUCT["8"], "inputs": {**graphs.PRODUCT["8"]["inputs"], "seed": 5}},
        "19": {**graphs.PRODUCT["9"], "inputs": {**graphs.PRODUCT["9"]["inputs"], "images": ["18", 0], "output_id": "q"}},
    }  # fmt: skip
    await asyncio.to_thread(gateway.deploy, "two", {**graphs.PRODUCT, **other})
    await st.preferences.set(image="https://example.com/x.png")
    made = await st.make_image("a fox", chain("two", "picture-to-picture"), **SMALL)
    assert "made 2, and 'picture-to-picture' takes one" in made.warnings[0]
    assert (len(made.all_runs[0].outputs), made.came_from["input_image"]) == (2, "earlier step")
