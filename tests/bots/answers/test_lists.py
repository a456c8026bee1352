"""Help, lists, what is taken along to a notebook, and the texts themselves."""

import asyncio
import re
import string

import pytest

from stationthis_sdk import SharedSession
from stationthis_sdk.bots.answers import texts
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.render.sentences import LANGUAGES
from stationthis_sdk.bots.render.text import length
from tests.bots.answers.conftest import ADA, SMALL, Bot
from tests.small_graphs import GRAPH


async def test_help_tells_every_command_and_every_workflow(bot: Bot):
    """What each is for; start says hello with what there is."""
    told = (await bot.answer("help")).text
    for one in FIXED:
        assert one.name == "start" or f"/{one.name} – {one.description}" in told
    assert "/text_to_picture – Draws a procedural picture from a few words." in told
    assert "/text_to_picture" in (await bot.answer("start")).text


async def test_workflows_are_listed_within_one_message(bot: Bot):
    """Those that have a word in their names, and how many are left out of a list that is too long."""
    found = await bot.answer("workflows", "lora")
    assert [line.partition(" ")[0] for line in found.text.splitlines()[1:]] == [
        "/picture_with_lora",
        "/train_lora",
    ]
    assert "no workflow 'zebra'" in (await bot.answer("workflows", "zebra")).text
    for number in range(100):
        await asyncio.to_thread(bot.gateway.deploy, f"{'long' * 12} {number}", GRAPH)
    await bot.st.deployments.list(refresh=True)
    await bot.catalogue.refresh()
    long = (await bot.answer("workflows")).text
    assert length(long, utf16=True) <= bot.platform.limits.text
    assert re.search(r"… and \d+ more\.$", long)


async def test_machines_tell_how_they_are(bot: Bot):
    """Name, state, card."""
    assert (await bot.answer("machines")).text.splitlines() == [
        "Machines:", "classic-machine: ready", "this-machine: ready (CPU)",
    ]  # fmt: skip


async def test_a_session_takes_settings_and_runs_along_and_no_key(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """By a code on this machine; where the secret is shared, by a token; for its user alone."""
    await bot.answer("settings", "text-to-picture steps=9")
    await bot.answer("settings", "cfg=7")
    await bot.answer("text_to_picture", f"a fox {SMALL}")
    job = await bot.ended()
    reply = await bot.answer("session")
    assert reply.private
    assert bot.st.settings.api_key.reveal() not in reply.text
    code = re.search(r'SharedSession\.load\("([\w-]{22})"\)', reply.text)[1]
    shared = await asyncio.to_thread(SharedSession.load, code, user=ADA.key)
    assert shared.preferences == {"cfg": 7, "workflows": {"text-to-picture": {"cfg": 7, "steps": 9}}}
    assert (shared.last_run, shared.history) == (job.run_id, (job.run_id,))
    assert "127.0.0.1" not in reply.text
    secret = "a secret of sixteen letters"
    monkeypatch.setenv("STATIONTHIS_SHARING_SECRET", secret)
    token = re.search(r'from_token\("([^"]+)"\)', (await bot.answer("session")).text)[1]
    assert SharedSession.from_token(token, user=ADA.key, secret=secret).last_run == job.run_id


def test_every_text_has_the_same_places_in_every_language():
    """And no language has a text that English has not."""

    def places(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(texts._TEXTS) == set(LANGUAGES)
    for language, known in texts._TEXTS.items():
        assert set(known) <= set(texts._EN), language
        for key, text in known.items():
            assert places(text) == places(texts._EN[key]), (language, key)
    assert say("nothing_live", "pt-BR") == texts._PT["nothing_live"]
    assert say("nothing_live", "tlh") == texts._EN["nothing_live"]
