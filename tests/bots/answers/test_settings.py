"""Settings of each user: kept on disk, shown, merged under what a command gives, forgotten."""

import pytest

from tests.bots.answers.conftest import ADA, BOB, Bot


async def test_settings_are_kept_for_one_workflow_and_shown(bot: Bot):
    """By common words or the inputs' own names; each person has their own."""
    assert (await bot.answer("settings")).text.startswith("You have no settings.")
    reply = await bot.answer("settings", "text-to-picture steps=9 style=Sea")
    assert (reply.text, reply.private) == ("Kept for text-to-picture: steps=9 style=sea", True)
    assert await bot.st.preferences.get("text-to-picture", user=ADA.key) == {"steps": 9, "style": "sea"}
    assert (await bot.answer("settings", "cfg=7,5")).text == "Kept for all workflows: cfg=7.5"
    shown = await bot.answer("settings")
    assert shown.text.splitlines()[1:] == ["all workflows: cfg=7.5", "text-to-picture: steps=9 style=sea"]
    assert (await bot.answer("settings", user=BOB)).text.startswith("Du hast keine Einstellungen.")
    again = await bot.answer("settings", options={"workflow": "text-to-picture", "values": "steps=10"})
    assert "steps=10 style=sea" in again.text or "style=sea steps=10" in again.text


async def test_a_value_left_empty_is_forgotten(bot: Bot):
    """Of one workflow, or of all; the rest stays."""
    await bot.answer("settings", "text-to-picture steps=9 style=sea")
    assert (
        await bot.answer("settings", "text-to-picture steps=")
    ).text == "Kept for text-to-picture: style=sea"
    gone = await bot.answer("settings", "text-to-picture style=")
    assert gone.text == "text-to-picture: nothing is set any more."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("text-to-picture stpes=9", "did you mean 'steps'"),
        ("text-to-picture steps=99", "must be within 1–60"),
        ("text-to-picture steps=many", "wants a number"),
        ("txt-to-pictre steps=9", "Did you mean"),
        ("text-to-picture steps=9 and more", "is no setting"),
        ("nonsense=9", "there is no such word"),
        ("steps=0", "wants a whole number above 0"),
        ("picture-to-picture input_image=/etc/passwd", "send the file itself, or its web address"),
        ("image=/etc/passwd", "send the file itself, or its web address"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_nothing_kept(bot: Bot, text, told):
    """Unknown names with what is meant, values outside their bounds, files of the bot's own machine."""
    reply = await bot.answer("settings", text)
    assert told in reply.text
    assert reply.code is not None
    assert (await bot.answer("settings")).text.startswith("You have no settings.")


async def test_forget_takes_one_or_all_and_nobody_elses(bot: Bot):
    """All is all: also of workflows that are gone."""
    for user in (ADA, BOB):
        for text in ("text-to-picture steps=9", "picture-to-picture steps=8", "cfg=7"):
            await bot.answer("settings", text, user=user)
        await bot.st.preferences.set("long-gone", style="sea", user=user.key)
    reply = await bot.answer("forget", "text to picture")
    assert reply.text == "Forgotten: your settings for text-to-picture."
    assert await bot.st.preferences.get("text-to-picture", user=ADA.key) == {"cfg": 7}
    assert (await bot.answer("forget")).text == "Forgotten: your settings for all workflows."
    for name in ("text-to-picture", "picture-to-picture", "long-gone"):
        assert await bot.st.preferences.get(name, user=ADA.key) == {}
        assert await bot.st.preferences.get(name, user=BOB.key) != {}
    assert "Did you mean" in (await bot.answer("forget", "txt-to-picture")).text
