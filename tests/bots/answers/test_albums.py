"""A workflow on each picture of an album."""

from tests.bots.answers.conftest import Bot, file, png
from tests.small_graphs import GRAPH

ALBUM = tuple(file(png(number), f"{number}.png") for number in range(3))
TWO = {
    **{
        str(number): {
            "class_type": "ComfyUIDeployExternalImage",
            "inputs": {"input_id": name, "default_value_url": "", "display_name": "", "description": ""},
        }
        for number, name in enumerate(("one", "two"), 1)
    },
    "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


async def test_each_picture_is_a_job(bot: Bot):
    """With the same words; the same update twice makes no more."""
    for _ in range(2):
        assert (
            await bot.answer("batch", "picture-to-picture at dusk steps=1", attachments=ALBUM, key="u-album")
            is None
        )
    jobs = await bot.all_ended()
    assert [(one.state, one.inputs["prompt"]) for one in jobs] == [("done", "at dusk")] * 3
    assert len({one.inputs["input_image"] for one in jobs}) == 3
    assert len(await bot.runs()) == 3


async def test_on_discord_pictures_are_options(opened):
    """One option holds one file."""
    bot = await opened(discord=True)
    options = {
        "workflow": "picture-to-picture",
        "values": "steps=1",
        "picture": ALBUM[0],
        "picture_2": ALBUM[1],
        "picture_3": None,
    }
    assert await bot.answer("batch", options=options) is None
    assert len(await bot.all_ended()) == 2


async def test_one_picture_is_no_album_and_some_workflows_take_none(bot: Bot):
    """Each in one sentence; nothing is run."""
    await bot.deploy("collage", TWO)
    await bot.deploy("words", GRAPH)
    few = await bot.answer("batch", "picture-to-picture", attachments=ALBUM[:1])
    assert (
        few.text
        == "An album has two pictures at least: send them with the command. For one: /picture_to_picture."
    )
    assert "takes 2 pictures" in (await bot.answer("batch", "collage", attachments=ALBUM)).text
    assert "takes 0 pictures" in (await bot.answer("batch", "words", attachments=ALBUM)).text
    assert "/batch" in (await bot.answer("batch", attachments=ALBUM)).text
    assert (
        await bot.answer("batch", "nothing-such", attachments=ALBUM)
    ).code == "invalid_workflow_deployment"
    assert not await bot.runs()


async def test_a_bad_picture_keeps_no_other_from_being_run(bot: Bot):
    """It is told which were begun, and why one was not."""
    album = (ALBUM[0], file(b"not a picture", "b.png"), ALBUM[2])
    reply = await bot.answer("batch", "picture-to-picture steps=1", attachments=album)
    assert reply.text.startswith("2 of 3 were begun.")
    assert reply.code == "invalid_params"
    assert len(await bot.all_ended()) == 2


async def test_the_hosts_no_stops_the_album(opened):
    """After the first no nobody is asked again; what was begun goes on."""
    asked = []

    async def two(user, deployment, estimate):
        asked.append(deployment.name)
        return len(asked) < 3 or "Two a day."

    bot = await opened(authorize=two)
    reply = await bot.answer("batch", "picture-to-picture steps=1", attachments=(*ALBUM, *ALBUM))
    assert (reply.text, reply.code) == ("2 of 6 were begun. Two a day.", "unauthorized")
    assert len(asked) == 3


async def test_pictures_beyond_ten_are_told(bot: Bot):
    """Ten are taken at once; how many were left out is said."""
    many = tuple(file(png(number), f"{number}.png") for number in range(12))
    reply = await bot.answer("batch", "picture-to-picture steps=1", attachments=many)
    assert (reply.text, reply.code) == ("2 more were left out: 10 pictures are taken at once.", None)
    assert len([one for one in await bot.all_ended() if one.state == "done"]) == 10


async def test_only_what_began_nothing_asks_for_more(opened):
    """T: who chats under "2 of 4 were begun" must not begin all of it again."""
    count = 0

    def two(user, deployment, estimate):
        nonlocal count
        count += 1
        return count <= 2 or "Two a day."

    bot = await opened(authorize=two)
    some = await bot.answer("batch", "picture-to-picture steps=1", attachments=ALBUM)
    assert some.text.startswith("2 of 3 were begun.")
    assert not some.asks
    none = await bot.answer("text_to_picture", "a fox")
    assert (none.text, none.asks) == ("Two a day.", False)
    missing = await bot.answer("picture_to_picture", "a fox")
    assert missing.asks


async def test_of_several_pictures_the_missing_one_is_named(bot: Bot):
    """One was sent and two are needed: which is missing is said."""
    await bot.deploy("tryon", TWO)
    reply = await bot.answer("tryon", attachments=ALBUM[:1])
    assert reply.text == "tryon needs one more picture, for two: send all of them with the command."
