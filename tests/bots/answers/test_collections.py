"""Collections: checked from a file, cooked for a budget, told of."""

import asyncio
import json

import pytest

from stationthis_sdk.bots.answers.collections import paths_in
from stationthis_sdk.bots.answers.cooking import cook_name
from stationthis_sdk.entities import InputField
from stationthis_sdk.inputs.fields import Inputs
from stationthis_sdk.recipes.collections.collection import Collection
from tests.bots.answers.conftest import ADA, BOB, PATIENCE, SMALL, Bot, file

YAML = """
name: foxes
workflow: text-to-picture
inputs: {prompt: "a [[Fur]] fox", steps: 1, width: 64, height: 64}
categories:
  - name: Fur
    traits: [red, white]
supply: 2
"""


def attached(content: str, name: str = "foxes.yaml"):
    return (file(content.encode(), name, None),)


async def cooked(bot: Bot, name: str = "foxes", user=ADA):
    """Somebody's cook, when it is done."""
    async with asyncio.timeout(PATIENCE):
        while (cook := await bot.st.collections.get(cook_name(user, name))).state != "done":  # noqa: ASYNC110 - it is on disk
            await asyncio.sleep(0.05)
    return cook


async def test_a_file_is_checked_and_with_a_budget_it_is_cooked_once(bot: Bot):
    """Nothing is run before the budget is said; the same update twice makes no piece twice."""
    assert (await bot.answer("collections")).text.startswith("Nothing is being cooked.")
    sound = await bot.answer("collections", attachments=attached(YAML))
    assert sound.text.startswith("foxes is sound: 2 pieces of text-to-picture")
    assert not await bot.runs()
    for _ in range(2):
        reply = await bot.answer("collections", "budget=5", attachments=attached(YAML), key="u-cook")
        assert "foxes" in reply.text
        cook = await cooked(bot)
    assert cook.progress.succeeded == 2
    assert len(await bot.runs()) == 2
    assert "foxes: done" in (await bot.answer("collections")).text
    assert (await bot.answer("collections", "foxes")).text.startswith("foxes: done · 2/2")
    assert "Did you mean foxes" in (await bot.answer("collections", "foxs")).text


async def test_on_discord_the_budget_is_an_option(opened):
    """And JSON is as good as YAML."""
    bot = await opened(discord=True)
    data = {
        "name": "hares", "workflow": "text-to-picture",
        "inputs": {"prompt": "a [[Fur]] hare", "steps": 1, "width": 64, "height": 64},
        "categories": [{"name": "Fur", "traits": ["red"]}], "supply": 1,
    }  # fmt: skip
    [given] = attached(json.dumps(data), "hares.json")
    reply = await bot.answer("collections", options={"file": given, "budget": 2.5})
    assert "1 pieces for $2.50 at the most" in reply.text
    await cooked(bot, "hares")


@pytest.mark.parametrize(
    ("content", "text", "told"),
    [
        (YAML.replace("prompt:", "promt:"), "budget=5", "no such input"),
        (YAML.replace("supply: 2", "supply: 9"), "budget=5", "supply"),
        (YAML.replace("text-to-picture", "no-such"), "budget=5", "find"),
        ("a: [", "budget=5", "the file is no YAML"),
        (YAML, "budget=-1", "a number above 0"),
        (YAML, "budget=nan", "a number above 0"),
        (YAML, "bugdet=5", "only budget and seed"),
    ],
)
async def test_what_can_not_be_cooked_is_told_and_nothing_is_run(bot: Bot, content, text, told):
    """What is wrong in it, for the workflow, or in what was said; no path of the bot's machine is in it."""
    reply = await bot.answer("collections", text, attachments=attached(content))
    assert told in reply.text
    assert "/tmp" not in reply.text
    assert reply.code is not None
    assert not await bot.runs()


async def test_a_collection_names_no_file_of_the_bots_machine(bot: Bot, tmp_path):
    """In an input, a trait or a list of pictures: refused before it is looked whether there is such a file."""
    secret = tmp_path / "secret.png"
    for images in (f'inputs: {{input_image: "{secret}"}}', 'inputs: {input_image: "[[Photo]]"}'):
        content = f"""
name: stolen
workflow: picture-to-picture
{images}
categories:
  - name: Photo
    images: ["{secret}"]
supply: 1
"""
        reply = await bot.answer("collections", "budget=5", attachments=attached(content))
        assert "by their web address" in reply.text
        assert str(tmp_path) not in reply.text
    assert not await bot.runs()


@pytest.mark.parametrize(
    ("inputs", "categories", "bad"),
    [
        ({"image": "https://a.b/c.png"}, {}, False),
        ({"image": "[[Photo]]"}, {"Photo": ["https://a.b/c.png", "https://a.b/d.png"]}, False),
        ({"image": "[[Photo]]"}, {"Photo": ["https://a.b/c.png", "/etc/passwd"]}, True),
        ({"image": "[[Photo]]"}, {}, True),
        ({"image": "[[Photo]].png"}, {"Photo": ["https://a.b/c"]}, True),
        ({"image": ["[[Photo]]", "https://a.b/c.png"]}, {"Photo": ["x"]}, True),
        ({"prompt": "/etc/passwd"}, {}, False),
    ],
)
def test_where_a_file_of_this_machine_could_be_named(inputs, categories, bad):
    """Only what surely leads to the web goes into an input for files."""
    fields = Inputs([InputField("image", "image"), InputField("prompt", "text")])
    assert bool(paths_in(Collection("x", "y", inputs, categories), fields)) is bad


async def test_where_the_host_tells_people_apart_each_sees_their_own(opened):
    """It is asked with the budget; its no cooks nothing."""
    asked = []

    def authorize(user, deployment, estimate):
        asked.append((user.name, deployment.name, estimate))
        return user.name == "Ada"

    bot = await opened(authorize=authorize)
    refused = await bot.answer("collections", "budget=5", attachments=attached(YAML), user=BOB)
    assert refused.code == "unauthorized"
    await bot.answer("collections", "budget=5", attachments=attached(YAML))
    await cooked(bot)
    assert asked == [("Bob", "text-to-picture", 5.0), ("Ada", "text-to-picture", 5.0)]
    assert "foxes" in (await bot.answer("collections")).text
    assert "foxes" not in (await bot.answer("collections", user=BOB)).text
    assert (await bot.answer("collections", "foxes", user=BOB)).code is not None


async def test_a_cook_that_is_paused_goes_on_when_it_is_asked_to(bot: Bot):
    """As after a restart of the bot: it says how, and makes only what is missing."""
    bot.gateway.faults.stall()
    foxes = Collection(
        "foxes", "text-to-picture", {"prompt": "a [[Fur]] fox"}, {"Fur": ["red", "white"]}, supply=2
    )
    cook = await bot.st.collections.cook(foxes, budget=5, without_rate=True, wait=False)
    await cook.pause()
    assert "/collections foxes resume" in (await bot.answer("collections", "foxes")).text
    bot.gateway.faults.clear()
    assert (await bot.answer("collections", "foxes resume")).text == "foxes goes on."
    async with asyncio.timeout(PATIENCE):
        while (await bot.st.collections.get("foxes")).state != "done":  # noqa: ASYNC110 - it is on disk
            await asyncio.sleep(0.05)
    assert len(await bot.runs()) == 2
    assert "foxes: done" in (await bot.answer("collections")).text


async def told(heard: list, count: int) -> None:
    """Until the host was told so often."""
    async with asyncio.timeout(PATIENCE):
        while len(heard) < count:  # noqa: ASYNC110 - on disk
            await asyncio.sleep(0.02)


async def test_each_run_of_a_cook_is_settled_once(opened):
    """With its user, its key and nothing shown; the same collection once more settles nothing."""
    settled = []
    bot = await opened(settle=lambda user, run, key: settled.append((user.key, run.id, key)))
    for _ in range(2):
        await bot.answer("collections", "budget=5", attachments=attached(YAML))
        await cooked(bot)
        await told(settled, 2)
    await bot.all_ended()
    runs = {(ADA.key, one.id, one.id) for one in await bot.runs()}
    assert len(settled) == 2
    assert set(settled) == runs
    assert not bot.platform.sent


@pytest.mark.parametrize("supply", [50, 400])
async def test_the_host_reviews_what_is_drawn_before_anything_is_sent(opened, supply):
    """Each piece's inputs; of very many the texts that they are made of. Its no cooks nothing, and leaves nothing."""
    seen = []

    def review(inputs):
        seen.append(inputs)
        return "Not that." if "naked" in str(inputs) else None

    bot = await opened(review=review)
    content = YAML.replace("supply: 2", f"supply: {supply}\nunique: false").replace("white", "naked")
    reply = await bot.answer("collections", "budget=5", attachments=attached(content))
    assert (reply.text, reply.code) == ("Not that.", "unauthorized")
    assert all("prompt" in inputs for inputs in seen)
    assert not await bot.runs()
    assert (await bot.answer("collections")).text.startswith("Nothing is being cooked.")


async def test_two_users_with_one_name_have_two_cooks(opened):
    """Neither sees, resumes or pays the other's; another collection of the name is no fault of theirs."""
    bot = await opened(authorize=lambda *_: True)
    await bot.answer("collections", "budget=5", attachments=attached(YAML))
    await cooked(bot)
    other = YAML.replace("[red, white]", "[blue, green, grey]")
    assert "is sound" in (await bot.answer("collections", attachments=attached(other), user=BOB)).text
    await bot.answer("collections", "budget=0.5", attachments=attached(other), user=BOB)
    theirs = await cooked(bot, user=BOB)
    assert theirs.progress.budget == 0.5
    assert (await cooked(bot)).progress.budget == 5
    assert len(await bot.runs()) == 4
    for user in (ADA, BOB):
        assert (await bot.answer("collections", user=user)).text.count("foxes: done") == 1


async def test_another_collection_under_ones_own_name_is_told(bot: Bot):
    """When it is checked, and when it is to be cooked: one sentence, and no run."""
    await bot.answer("collections", "budget=5", attachments=attached(YAML))
    await cooked(bot)
    other = YAML.replace("[red, white]", "[blue, green]")
    for text in ("", "budget=5"):
        reply = await bot.answer("collections", text, attachments=attached(other))
        assert "its inputs, categories, exclusions or parts are others" in reply.text
    assert len(await bot.runs()) == 2


async def test_who_may_not_cook_has_nothing_drawn(opened):
    """The host's no comes before the file is looked at; what is too much is told before anything is drawn."""
    bot = await opened(authorize=lambda user, *_: user.key == BOB.key)
    huge = YAML.replace("supply: 2", "supply: 100000000\nunique: false")
    replies = await asyncio.gather(
        *(bot.answer("collections", attachments=attached(huge)) for _ in range(8)),
        bot.answer("collections", attachments=attached(huge), user=BOB),
        bot.answer("text_to_picture", f"a fox {SMALL}", user=BOB),
    )
    assert {one.code for one in replies[:8]} <= {"unauthorized", "invalid_params"}
    assert "5000 pieces" in replies[8].text
    assert (await bot.ended(BOB)).state == "done"


async def test_one_file_and_one_cook_of_somebody_at_a_time(bot: Bot):
    """The second is told so; when the first is done, it may be sent again."""
    first, second = await asyncio.gather(
        *(bot.answer("collections", attachments=attached(YAML)) for _ in range(2))
    )
    assert "is sound" in first.text
    assert "one at a time" in second.text
    bot.gateway.faults.stall()
    await bot.answer("collections", "budget=5", attachments=attached(YAML))
    hares = YAML.replace("foxes", "hares")
    reply = await bot.answer("collections", "budget=5", attachments=attached(hares))
    assert reply.text.startswith("foxes is being cooked: one of yours at a time")
    bot.gateway.faults.clear()
    await cooked(bot)
    await bot.answer("collections", "budget=5", attachments=attached(hares))
    await cooked(bot, "hares")


async def test_on_discord_seed_and_resume_are_options(opened):
    """A seed as it was given, and going on with what is paused."""
    bot = await opened(discord=True)
    [given] = attached(YAML)
    await bot.answer("collections", options={"file": given, "budget": 2.5, "seed": 7})
    assert (await cooked(bot)).seed == 7
    shown = await bot.answer("collections", options={"name": "foxes", "resume": True})
    assert shown.text.startswith("foxes: done")
