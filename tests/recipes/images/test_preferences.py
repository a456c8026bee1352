"""Preferences on disk: for all workflows and for one, of the key's owner and of a host's users."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis, InvalidInput, SaveFailed
from stationthis_sdk.testing import LocalGateway


async def test_what_is_nearer_counts_more(st: AsyncStationThis) -> None:
    """The owner's under the user's, those for all under those for one; what others say is not seen."""
    await st.preferences.set(steps=1, cfg=1, width=64, height=64)
    await st.preferences.set("standard", steps=2, negative="a", seed=5)
    await st.preferences.set(steps=3, cfg=3, user="ada")
    assert await st.preferences.set("Standard", steps=4, user="ada") == {"steps": 4}
    assert await st.preferences.get() == {"steps": 1, "cfg": 1, "width": 64, "height": 64}
    assert (await st.preferences.get("standard"))["steps"] == 2
    assert await st.preferences.get("standard", user="ada") == {
        "steps": 4, "cfg": 3, "width": 64, "height": 64, "negative": "a", "seed": 5,
    }  # fmt: skip
    assert (await st.preferences.get("other", user="ada"))["steps"] == 3
    assert (await st.preferences.get("standard", user="bob"))["steps"] == 2


async def test_they_outlive_the_process(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Another client of the same account has them; another account has none."""
    assert await st.preferences.set(steps=3) == {"steps": 3}
    assert await st.preferences.set(cfg=4) == {"steps": 3, "cfg": 4}
    async with gateway.async_client() as other:
        assert await other.preferences.get() == {"steps": 3, "cfg": 4}
    key = await asyncio.to_thread(gateway.add_key, "stranger")
    async with gateway.async_client(key) as stranger:
        assert await stranger.preferences.get() == {}


async def test_forgetting(st: AsyncStationThis) -> None:
    """Some, or all that was said for one user and workflow; the rest stays."""
    await st.preferences.set(steps=3, cfg=4)
    await st.preferences.set("standard", steps=5)
    await st.preferences.forget(names="cfg")
    assert await st.preferences.get() == {"steps": 3}
    await st.preferences.forget("standard")
    assert await st.preferences.get("standard") == {"steps": 3}
    await st.preferences.forget(names=["steps", "cfg"])
    assert await st.preferences.get("standard") == {}
    await st.preferences.forget(user="nobody")


@pytest.mark.parametrize(
    ("workflow", "words", "problems"),
    [
        (None, {}, ["say what is preferred"]),
        (None, {"cfg": 31}, ["cfg: must be within 0–30, got 31"]),
        (None, {"cfg": -0.1, "strength": 1.1}, ["cfg: must be", "strength: must be within 0–1"]),
        (
            None,
            {"steps": 0, "width": 2.5, "height": "tall"},
            ["steps: wants a whole", "width: wants", "height: wants a number"],
        ),
        (
            None,
            {"image": b"png"},
            ["image: a text, a number, True or False, not bytes; a picture by its web address"],
        ),
        (None, {"workflow": ""}, ["workflow: the name of a deployment"]),
        ("standard", {"workflow": "x"}, ["workflow: it is for all"]),
        ("standard", {"steps": 99}, ["input_steps: must be within 1–20, got 99"]),
        (
            "standard",
            {"input_stps": 3},
            ["input_stps: 'standard' has no such input; did you mean 'input_steps'?"],
        ),
        ("standard", {"cfg": 3}, ["cfg: 'standard' has no such input; its inputs:"]),
        ("text-to-picture", {"style": "see", "steps": 3}, ["style: 'see'"]),
    ],
)
async def test_bad_values_are_refused_when_they_are_set(
    st: AsyncStationThis, workflow: str | None, words: dict[str, Any], problems: list[str]
) -> None:
    """All at once, and nothing is kept."""
    with pytest.raises(InvalidInput, match="Nothing was kept") as caught:
        await st.preferences.set(workflow, **words)
    assert len(caught.value.problems) == len(problems)
    for told, part in zip(caught.value.problems, problems, strict=True):
        assert part in told
    assert await st.preferences.get(workflow) == {}


async def test_what_is_not_known_yet_is_kept(st: AsyncStationThis) -> None:
    """A workflow that is not deployed can't be checked against; it counts when it is."""
    await st.preferences.set("to-come", mood=3)
    assert await st.preferences.get("to-come") == {"mood": 3}
    for wrong in ("", 7):
        with pytest.raises(InvalidInput):
            await st.preferences.get(wrong)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            await st.preferences.get(user=wrong)  # type: ignore[arg-type]


async def test_spellings_of_a_word_are_one(st: AsyncStationThis) -> None:
    """What is nearer counts by what it means; said again otherwise, it takes the place of what was said."""
    await st.preferences.set(steps=3, user="ada")
    assert await st.preferences.set(num_steps=5, user="ada") == {"num_steps": 5}
    await st.preferences.set("standard", sampling_steps=4, user="ada")
    assert await st.preferences.get("standard", user="ada") == {"sampling_steps": 4}
    await st.preferences.set(steps=9)
    made = await st.make_image("a fox", "standard", user="ada")
    assert (made.inputs["input_steps"], made.left_out) == (4, [])


async def test_a_deployment_may_be_named_by_itself_or_its_id(st: AsyncStationThis) -> None:
    """They are kept under its name, so they hold however it is named when something is made."""
    standard = await st.deployments.get("standard")
    await st.preferences.set(standard.id, steps=3)
    made = await st.make_image("a fox", "standard")
    assert (made.inputs["input_steps"], made.came_from["input_steps"]) == (3, "preference")
    assert await st.preferences.get(standard.id) == {"steps": 3}
    await st.preferences.forget(standard)  # type: ignore[arg-type]
    assert await st.preferences.get("standard") == {}


async def test_a_ledger_that_cant_be_read_is_told(gateway: LocalGateway, tmp_path: Path) -> None:
    """Before anything is sent: what was preferred would be passed over, and forgetting would forget nothing."""
    async with gateway.async_client(home=tmp_path / "home") as st:
        await st.preferences.set(negative="gore")
        path = st.preferences._context.ledger.path
    for file in path.parent.glob(f"{path.name}*"):
        file.write_bytes(b"garbage" * 1000)
    async with gateway.async_client(home=tmp_path / "home") as st:
        for call in (
            st.preferences.get(),
            st.preferences.forget(),
            st.preferences.set(steps=3),
            st.make_image("a fox", "standard"),
        ):
            with pytest.raises(SaveFailed, match="can't be used"):
                await call
    assert await asyncio.to_thread(gateway.runs) == ()


@pytest.mark.parametrize(
    "words",
    [
        {"stpes": 30},
        {"n": 4},
        {"seed": 2**70},
        {"style": "\ud800"},
        {"\ud800": "sea"},
        {"cfg_scale": 99},
        {"num_steps": -3},
        {"prompt": " , "},
    ],
)
async def test_what_nobody_could_use_is_refused(st: AsyncStationThis, words: dict[str, Any]) -> None:
    """Unknown words, words of a call, and what is out of bounds however it is called."""
    with pytest.raises(InvalidInput) as caught:
        await st.preferences.set(**words)
    assert len(caught.value.problems) == 1
    with pytest.raises(InvalidInput):
        await st.preferences.get(user="\ud800")
