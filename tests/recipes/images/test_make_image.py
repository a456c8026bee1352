"""make_image on a real gateway: which deployment, which inputs, which seeds, what was left out, what it cost."""

import asyncio
import io
import itertools
import pickle
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stationthis_sdk import (
    AsyncStationThis,
    InvalidInput,
    NotFound,
    Refused,
    RunFailed,
    StationThis,
    Timeouts,
    chain,
)
from stationthis_sdk.errors import AmbiguousName, CapReached, TimedOut
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.recipes.images import graphs

SMALL: dict[str, Any] = {"steps": 1, "width": 32, "height": 32}


async def count(gateway: LocalGateway) -> int:
    """How many runs the gateway was asked for."""
    return len(await asyncio.to_thread(gateway.runs))


async def test_common_words_become_the_deployments_inputs(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """Only declared inputs are sent; the rest is told; each input says where it is from."""
    made = await st.make_image("a fox", negative="snow", steps=3, cfg=5, width=640)
    assert (made.code, made.deployment.name) == ("success", "standard")
    (seen,) = await asyncio.to_thread(gateway.runs)
    assert seen.inputs == {
        "input_prompt": "a fox", "input_negative": "snow", "input_steps": 3, "input_seed": made.seeds[0],
    }  # fmt: skip
    assert made.inputs == seen.inputs
    assert made.came_from == {
        "input_prompt": "call", "input_negative": "call", "input_steps": "call", "input_seed": "drawn",
    }  # fmt: skip
    assert made.left_out == [
        "cfg: 'standard' has no input for it",
        "width: 'standard' has no input for it",
    ]
    assert made.outputs.images[0].url
    assert made.cost.estimated == 0.0
    assert "standard" in repr(made)


async def test_defaults_are_the_workflows_then_preferences_then_the_call(st: AsyncStationThis) -> None:
    """What is nearer counts; the input really used and its source are told."""
    made = await st.make_image("a fox")
    assert (made.inputs["input_steps"], made.came_from["input_steps"]) == (2, "workflow")
    await st.preferences.set(steps=3)
    made = await st.make_image("a fox")
    assert (made.inputs["input_steps"], made.came_from["input_steps"]) == (3, "preference")
    await st.preferences.set("standard", steps=4, user="ada")
    made = await st.make_image("a fox", user="ada")
    assert (made.inputs["input_steps"], made.came_from["input_steps"]) == (4, "preference")
    made = await st.make_image("a fox", user="ada", steps=5)
    assert (made.inputs["input_steps"], made.came_from["input_steps"]) == (5, "call")
    await st.preferences.set(steps=47, user="bob")  # more than this workflow takes
    made = await st.make_image("a fox", user="bob")
    assert made.inputs["input_steps"] == 2
    assert made.left_out[0].startswith("steps: what is preferred does not fit")


@pytest.mark.parametrize("colour", ["async", "sync"])
async def test_n_have_distinct_seeds(gateway: LocalGateway, st: AsyncStationThis, colour: str) -> None:
    """Counted up from one, one each from a list, or drawn: all are recorded."""
    if colour == "sync":
        plain = await asyncio.to_thread(gateway.client)
        made = await asyncio.to_thread(lambda: plain.make_image("a fox", n=3, seed=7, **SMALL))
        assert [run.state for run in made.runs] == ["success"] * 3
    else:
        made = await st.make_image("a fox", n=3, seed=7, **SMALL)
    assert made.seeds == [7, 8, 9]
    assert sorted(run.inputs["input_seed"] for run in await asyncio.to_thread(gateway.runs)) == [7, 8, 9]
    assert len(made.outputs.images) == 3
    listed = await st.make_image("a fox", n=2, seed=[5, 3], **SMALL)
    assert listed.seeds == [5, 3]
    drawn = await st.make_image("a fox", n=4, **SMALL)
    assert len(set(drawn.seeds)) == 4
    few = {
        **graphs.PRODUCT,
        "2": graphs.external("Seed", "input_seed", default_value=-1, min_value=0, max_value=3),
    }
    await asyncio.to_thread(gateway.deploy, "few", few)
    assert sorted((await st.make_image("a fox", "few", n=4, **SMALL)).seeds) == [0, 1, 2, 3]


async def test_seeds_that_are_preferred_or_said_differ_as_well(st: AsyncStationThis) -> None:
    """A preferred seed is counted up, too; the call's comes before it, and -1 draws."""
    await st.preferences.set(seed=40)
    assert (await st.make_image("a fox", n=2, **SMALL)).seeds == [40, 41]
    made = await st.make_image("a fox", n=2, noise_seed=7, **SMALL)
    assert (made.seeds, made.came_from["input_seed"]) == ([7, 8], "call")
    made = await st.make_image("a fox", n=2, seed=-1, **SMALL)
    assert 40 not in made.seeds
    assert (len(set(made.seeds)), made.came_from["input_seed"]) == (2, "drawn")


async def test_words_without_a_value_are_not_said(st: AsyncStationThis) -> None:
    """A bot passes None for what nobody said."""
    made = await st.make_image("a fox", negative=None, image=None, steps=1, seed=None)
    assert made.inputs["input_negative"] == "blur"


async def test_what_is_not_declared_may_be_sent_where_that_is_allowed(st: AsyncStationThis) -> None:
    """options(allow_unknown=True) of a deployment holds here, too."""
    standard = (await st.deployments.get("standard")).options(allow_unknown=True)
    made = await st.make_image("a fox", standard, mood="calm", **SMALL)
    assert made.runs[0].inputs["mood"] == "calm"


async def test_a_text_beside_the_prompt_is_its_own(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A deployment that declares both prompt and text is given both."""
    both = {**graphs.PRODUCT, "5": graphs.external("Text", "text", default_value="")}
    await asyncio.to_thread(gateway.deploy, "both", both)
    made = await st.make_image("a fox", "both", text="caption", steps=1)
    assert (made.inputs["input_prompt"], made.inputs["text"]) == ("a fox", "caption")


async def test_which_deployment_is_taken(
    gateway: LocalGateway, st: AsyncStationThis, monkeypatch: Any
) -> None:
    """Named, preferred, set by the environment, called standard, else one that makes pictures of such words."""
    assert (await st.make_image("a fox", "Text to Picture", **SMALL)).deployment.name == "text-to-picture"
    portrait = await st.deployments.get("text-to-picture")
    assert (await st.make_image("a fox", portrait, **SMALL)).deployment.name == "text-to-picture"
    monkeypatch.setenv("STATIONTHIS_WORKFLOW", "text-to-picture")
    async with gateway.async_client() as other:
        assert (await other.make_image("a fox", **SMALL)).deployment.name == "text-to-picture"
        await other.preferences.set(workflow="standard")
        assert (await other.make_image("a fox", **SMALL)).deployment.name == "standard"
        await other.preferences.forget()
    picture = (await portrait(prompt="a fox", **SMALL)).outputs[0]
    assert (await st.make_image("a fox", image=picture, steps=1)).deployment.name == "picture-to-picture"
    await (await st.workflows.get("standard")).delete()
    assert (await st.make_image("a fox", **SMALL)).deployment.name == "text-to-picture"


async def test_a_wrong_name_says_what_is_near(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """No deployment of that name, or only a workflow: with its code, before anything is sent."""
    with pytest.raises(NotFound, match="mean 'standard'") as caught:
        await st.make_image("a fox", "standrd")
    assert caught.value.code == "invalid_workflow"
    await st.workflows.upload(graphs.PRODUCT, name="undeployed")
    with pytest.raises(NotFound, match="is not deployed") as caught:
        await st.make_image("a fox", "undeployed")
    assert caught.value.code == "invalid_workflow_deployment"
    assert await count(gateway) == 0


async def test_an_empty_account_is_told(gateway: LocalGateway) -> None:
    """Nothing that makes pictures, and nothing named."""
    key = await asyncio.to_thread(gateway.add_key, "stranger")
    async with gateway.async_client(key) as st:
        with pytest.raises(NotFound, match="No deployment of this account") as caught:
            await st.make_image("a fox")
        assert caught.value.code == "invalid_workflow"


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"prompt": " ,\uff0c"}, ["prompt: says nothing"]),
    ({"prompt": 7}, ["prompt: wants text"]),
    ({}, ["prompt: say what to make"]),
    ({"prompt": "a fox", "n": 0}, ["n: how many, from 1 to 100, not 0"]),
    ({"prompt": "a fox", "n": True}, ["n: how many"]),
    ({"prompt": "a fox", "n": 101}, ["map(rows)"]),
    ({"prompt": "a fox", "n": 3, "seed": [1, 2]}, ["seed: n is 3, and there are 2 seeds"]),
    ({"prompt": "a fox", "n": 2, "seed": [1, 1]}, ["seed: some are the same"]),
    ({"prompt": "a fox", "n": 2, "seed": [7, 7.0]}, ["seed: some are the same"]),
    ({"prompt": "a fox", "n": 3, "seed": [7, 7, None]}, ["seed: some are the same"]),
    ({"prompt": "a fox", "tags": 7}, ["tags: a text, or several, not 7"]),
    ({"prompt": "a fox", "input_prompt": "a dog"}, ["input_prompt: 'prompt' is the same input"]),
    (
        {
            "prompt": " ",
            "n": 0,
            "workflow": "picture-to-picture",
            "image": ["a", "b", "c"],
            "mood": 1,
            "on_progress": 3,
        },
        [
            "prompt: says",
            "n: how",
            "on_progress: a function",
            "takes one image, got 3",
            "no word or input 'mood'",
        ],
    ),
    (
        {"prompt": "a fox", "workflow": chain("standard", ("picture-to-picture", {"prompt": " ,"}))},
        ["prompt: says"],
    ),
    ({"prompt": "a fox", "workflow": chain(("standard", {"positive": " "}))}, ["positive: says"]),
    ({"prompt": "a fox", "retry": {"sad": 1}}, ["retry: how often"]),
    ({"prompt": "a fox", "retry": -1}, ["retry: how often"]),
    ({"prompt": "a fox", "timeout": 0}, ["timeout is seconds"]),
    ({"prompt": "a fox", "user": " "}, ["user: a text"]),
    ({"prompt": "a fox", "workflow": 7}, ["workflow: A step is"]),
    ({"prompt": "a fox", "fallback": [None]}, ["workflow: A step is"]),
    (
        {"prompt": "", "n": 0, "seed": "x", "fallback": 3},
        ["prompt: says nothing", "n: how many", "workflow:", "input_seed: wants a number"],
    ),
    (
        {"prompt": "a fox", "stps": 3, "steps": 99},
        ["no word or input 'stps'; did you mean 'steps'?", "input_steps: must be"],
    ),
    ({"prompt": "a fox", "image": "a.png"}, ["image: 'standard' takes no such picture"]),
    ({"prompt": "a fox", "workflow": "picture-to-picture"}, ["input_image: this workflow needs a picture"]),
    (
        {
            "prompt": "a fox",
            "workflow": "picture-to-picture",
            "image": ["a", "b", "c"],
            "steps": 0,
            "mood": 1,
        },
        ["input_image: takes one image, got 3", "steps: must be", "no word or input 'mood'"],
    ),
    ({"prompt": "a fox <lora:zzz:9> <lora:>"}, ["a weight is within", "names no LoRA"]),
    ({"prompt": "a fox <lora:zzz>", "steps": 99}, ["there is no LoRA 'zzz'", "input_steps: must be"]),
]


@pytest.mark.parametrize(("asked", "problems"), BAD, ids=lambda value: repr(value)[:50])
async def test_bad_input_is_told_all_at_once(
    gateway: LocalGateway, st: AsyncStationThis, asked: dict[str, Any], problems: list[str]
) -> None:
    """Every fault in one error, and nothing is sent."""
    words = {"workflow": "standard", **asked}
    with pytest.raises(InvalidInput) as caught:
        await st.make_image(**words)
    for part in problems:
        assert any(part in problem for problem in caught.value.problems), caught.value.problems
    assert len(caught.value.problems) == len(problems)
    assert caught.value.code == "workflow_error"
    assert await count(gateway) == 0
    assert not [one for one in st.last_requests if one.method != "GET"]


async def test_a_picture_may_be_anything(gateway: LocalGateway, st: AsyncStationThis, tmp_path: Path) -> None:
    """A path, bytes, an open file for several runs, a picture, an output, a run, a generation of either colour."""
    first = await st.make_image("a fox", "text-to-picture", seed=1, **SMALL)
    (path,) = await first.save(tmp_path)
    content = await asyncio.to_thread(path.read_bytes)
    with Image.open(io.BytesIO(content)) as picture:
        plain = await asyncio.to_thread(gateway.client)
        same = await asyncio.to_thread(lambda: plain.make_image("a fox", "text-to-picture", seed=1, **SMALL))
        for image in (
            path,
            str(path),
            content,
            picture,
            first.outputs[0],
            first.runs[0],
            first,
            same,
            [same.runs[0]],
        ):
            made = await st.make_image("at dawn", image=image, seed=1, steps=1)
            assert made.deployment.name == "picture-to-picture"
            assert str(made.inputs["input_image"]).startswith("http://")
    made = await st.make_image("at dawn", image=io.BytesIO(content), n=2, steps=1)
    assert len({run.inputs["input_image"] for run in made.runs}) == 1
    await asyncio.to_thread(gateway.deploy, "upscale", graphs.UPSCALE)
    made = await st.make_image(workflow="upscale", image=first, n=1, strength=0.2)
    assert made.inputs["photo"] == first.outputs[0].url
    assert made.left_out == ["strength: 'upscale' has no input for it"]
    several = await st.make_image("a fox", "text-to-picture", n=2, **SMALL)
    made = await st.make_image("at dawn", image=several, steps=1)
    assert "of 2 that that generation made" in made.warnings[0] or "only the first" in made.warnings[0]
    live = await st.make_image("a fox", "text-to-picture", wait=False, **SMALL)
    with pytest.raises(InvalidInput, match="has made no image"):
        await st.make_image("at dawn", image=live, steps=1)
    await live.wait()


async def test_words_of_ones_own_are_known(gateway: LocalGateway) -> None:
    """StationThis(words=…) tells what an author's name means."""
    await asyncio.to_thread(gateway.deploy, "upscale", graphs.UPSCALE)
    async with gateway.async_client(words={"strength": "amount"}) as st:
        first = await st.make_image("a fox", **SMALL)
        made = await st.make_image(workflow="upscale", image=first, strength=0.2)
        assert made.inputs["amount"] == 0.2


async def test_without_a_seed_several_may_be_the_same(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """That is told."""
    await asyncio.to_thread(gateway.deploy, "upscale", graphs.UPSCALE)
    first = await st.make_image("a fox", **SMALL)
    made = await st.make_image(workflow="upscale", image=first, n=2, seed=4)
    assert made.left_out == ["seed: 'upscale' has no input for it"]
    assert made.warnings == ["'upscale' has no input for a seed: its 2 pictures may be the same"]
    assert made.seeds == []


def refuse_second(gateway: LocalGateway) -> None:
    """Refuse the second of the next three submits."""
    queue: dict[str, Any] = {"method": "POST", "path": "/run/deployment/queue"}
    for seed in itertools.count():
        trial = Faults()
        trial.refuse(403, 0.5, seed=seed, **queue)
        if [trial.of_request("POST", "/api/run/deployment/queue") is not None for _ in range(3)] == [
            False,
            True,
            False,
        ]:
            gateway.faults.refuse(403, 0.5, seed=seed, **queue)
            return


async def test_failures_of_some_keep_the_others(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """The error has what was made, and no other deployment is tried; resume makes only what is missing, with its seed."""
    refuse_second(gateway)
    with pytest.raises(Refused, match="2 of 3 were made") as caught:
        await st.make_image("a fox", n=3, seed=7, fallback=["text-to-picture"], retry=1, **SMALL)
    made = caught.value.generation
    assert (caught.value.code, made.code, made.tried) == (
        "success",
        "success",
        [],
    )  # nobody pays back for all
    assert made.errors == [caught.value]
    assert (len(made.runs), len(made.outputs.images)) == (2, 2)
    gateway.faults.clear()
    before = [run.id for run in made.runs]
    assert await made.resume() is made
    assert (made.code, sorted(made.seeds), await count(gateway)) == ("success", [7, 8, 9], 3)
    assert {*before} < {run.id for run in made.runs}


async def test_a_run_that_fails_keeps_the_others(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """A picture as wide as its seed: one is too narrow. What the others made, and what all cost, is there."""
    wide = {
        **graphs.PRODUCT,
        "8": {**graphs.PRODUCT["8"], "inputs": {**graphs.PRODUCT["8"]["inputs"], "width": ["2", 0]}},
    }
    await asyncio.to_thread(gateway.deploy, "wide", wide)
    with pytest.raises(RunFailed, match="2 of 3 were made") as caught:
        await st.make_image("a fox", "wide", n=3, seed=[32, 0, 48], steps=1)
    made = caught.value.generation
    assert [str(run.state) for run in made.runs] == ["success", "failed", "success"]
    assert (len(made.outputs), made.cost.estimated) == (2, 0.0)


async def test_of_n_the_first_is_started_alone(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Where it is refused, the others are not even asked for."""
    gateway.faults.refuse(403, method="POST", path="/run/deployment/queue")
    with pytest.raises(Refused):
        await st.make_image("a fox", n=4, **SMALL)
    assert len([one for one in gateway.faults.seen if one.method == "POST"]) == 1


async def test_a_time_limit_leaves_a_run_that_can_be_waited_for(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """generation_timeout: nothing is paid again, resume waits for the same run."""
    gateway.faults.stall(at="queued")
    with pytest.raises(TimedOut) as caught:
        await st.make_image("a fox", timeout=1.5, retry=2, **SMALL)
    error = caught.value
    assert (error.code, error.run_id) == ("generation_timeout", error.generation.runs[0].id)
    assert error.generation.code == "generation_timeout"
    gateway.faults.clear()
    await error.generation.runs[0].wait(timeout=45)
    made = await error.generation.resume()
    assert (made.code, made.runs[0].id) == ("success", error.run_id)
    assert await count(gateway) == 1


async def test_a_failed_run_ends_at_once_and_is_not_repeated(
    gateway: LocalGateway, st: AsyncStationThis
) -> None:
    """generation_failed, with the run and the reason; both colours carry the generation in their own colour."""
    await asyncio.to_thread(gateway.deploy, "broken", graphs.BROKEN)
    with pytest.raises(RunFailed) as caught:
        await st.make_image("a fox", "broken", retry=3)
    assert (caught.value.code, await count(gateway)) == ("generation_failed", 1)
    plain = await asyncio.to_thread(gateway.client)

    def fails() -> RunFailed:
        with pytest.raises(RunFailed) as error:
            plain.make_image("a fox", "broken", n=2)
        return error.value

    error = await asyncio.to_thread(fails)
    assert type(error.generation).__name__ == "Generation"
    assert type(error.generation.runs[0]).__name__ == "Run"
    assert "0 of 2 were made" in error.message
    copied = pickle.loads(pickle.dumps(error))
    assert (copied.code, copied.generation, copied.run) == ("generation_failed", None, None)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(error.generation)


def test_a_cap_is_not_enough_points() -> None:
    """Nothing is sent, and no other deployment is tried for it."""
    with local_gateway(prices={"CPU": 1.0}) as gateway:
        assert gateway.client().make_image("a fox", **SMALL).cost.estimated
        with pytest.raises(CapReached) as caught:
            gateway.client(monthly_cap=0.0001).make_image("a fox", "text-to-picture", ["picture-to-picture"])
        assert (caught.value.code, caught.value.generation.tried) == ("not_enough_points", [])
        assert len(gateway.runs()) == 1


async def test_what_was_started_is_waited_for_later(st: AsyncStationThis) -> None:
    """wait=False returns live runs; refresh asks, wait waits, cancel cancels."""
    made = await st.make_image("a fox", n=2, seed=1, wait=False, **SMALL)
    assert len(made.runs) == 2
    await made.refresh()
    assert (await made.wait()).code == "success"
    assert made.progress.state == "success"
    assert await made.wait() is made


async def test_names_that_several_have_are_told(
    gateway: LocalGateway, st: AsyncStationThis, tmp_path: Path
) -> None:
    """T18: two workflows of one name are not guessed between; files of one name do not replace one another."""
    for _ in range(2):
        workflow = await st.workflows.upload(graphs.PRODUCT, name="twice")
        await st.deployments.create(workflow, machine="this-machine")
    with pytest.raises(AmbiguousName, match="get one by its id") as caught:
        await st.make_image("a fox", "twice", fallback=["standard"])
    assert (caught.value.code, len(caught.value.candidates)) == ("invalid_workflow", 2)
    assert await count(gateway) == 0
    one, other = [await st.make_image(prompt, seed=1, **SMALL) for prompt in ("a fox", "a hare")]
    names = [path.name for made in (one, other, one) for path in await made.save(tmp_path)]
    assert len(set(names)) == 2
    assert names[0] == names[2] != names[1]


def test_without_waiting_time_is_the_clients(gateway: LocalGateway) -> None:
    """A client's own limits hold where a call has none."""
    gateway.faults.stall(at="queued")
    with StationThis(gateway.key, gateway.base_url, timeouts=Timeouts(total=1.5)) as st:
        with pytest.raises(TimedOut) as caught:
            st.make_image("a fox", **SMALL)
        caught.value.generation.cancel()


async def test_nobody_pays_for_the_same_picture_twice(gateway: LocalGateway, st: AsyncStationThis) -> None:
    """Whole floats count as such; fewer different seeds than n are refused; what is no seed to the service is drawn."""
    assert (await st.make_image("a fox", seed=7.0, n=3, steps=1)).seeds == [7, 8, 9]
    assert (await st.make_image("a fox", seed=range(3), n=3, steps=1)).seeds == [0, 1, 2]
    three = {"2": graphs.external("Seed", "input_seed", default_value=-1, min_value=0, max_value=2)}
    plain = {
        "2": graphs.external("NumberSliderInt", "input_seed", default_value=42, min_value=0, max_value=9)
    }
    await asyncio.to_thread(gateway.deploy, "three", {**graphs.PRODUCT, **three})
    await asyncio.to_thread(gateway.deploy, "plain", {**graphs.PRODUCT, **plain})
    before = await count(gateway)
    with pytest.raises(InvalidInput, match="'three' takes 3 different seeds, and 6 pictures want one each"):
        await st.make_image("a fox", "three", n=6)
    assert await count(gateway) == before
    assert len(set((await st.make_image("a fox", "plain", n=4, steps=1)).seeds)) == 4
    mixed = await st.make_image("a fox", "three", n=3, seed=[1, None, -1], steps=1)
    assert sorted(mixed.seeds) == [0, 1, 2]


async def test_one_of_two_words_for_a_seed_counts(st: AsyncStationThis) -> None:
    """The common one, and that is told."""
    made = await st.make_image("a fox", seed=7, noise_seed=8, steps=1)
    assert made.seeds == [7]
    assert "'seed' is the same input" in made.left_out[0]


async def test_empty_words_and_any_collection_of_fallbacks(st: AsyncStationThis) -> None:
    """None is nothing, also in a step; fallbacks may come from a generator."""
    made = await st.make_image("a fox", "gone", (one for one in ["standard"]), retry=None, steps=1)  # type: ignore[arg-type]
    assert made.deployment.name == "standard"
    steps = chain("standard", ("picture-to-picture", {"strength": None}))
    made = await st.make_image("a fox", steps, None, tags=None, steps=1)  # type: ignore[arg-type]
    assert made.came_from["strength"] == "workflow"
