"""The commands of a bot, over a real gateway."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.bots.render.limits import DISCORD, TELEGRAM
from stationthis_sdk.errors import NotFound
from stationthis_sdk.testing import local_gateway
from tests.processes import free_port
from tests.small_graphs import GRAPH

OWN = ["picture_to_picture", "picture_with_lora", "text_to_picture", "train_lora"]


@pytest.fixture
def own():
    """A gateway of the test's own."""
    with local_gateway() as made:
        yield made


async def deploy(gateway, *names):
    for name in names:
        await asyncio.to_thread(gateway.deploy, name, GRAPH)


def serve(folder, port):
    """A gateway as a process, and what it says when it is ready."""
    command = [
        sys.executable,
        "-m",
        "stationthis_sdk.local",
        "--data",
        str(folder / "gateway"),
        "--port",
        str(port),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return process, json.loads(process.stdout.readline())


def names(catalogue):
    return [one.name for one in catalogue.commands]


async def test_each_deployment_has_a_command_after_those_every_bot_has(own):
    """With what its author says of it; on Telegram without options."""
    async with own.async_client() as st:
        catalogue = Catalogue(st, TELEGRAM)
        assert (names(catalogue), catalogue.known) == ([one.name for one in FIXED], False)
        assert await catalogue.refresh()
        assert catalogue.known
        assert names(catalogue) == [*(one.name for one in FIXED), *OWN]
        found = catalogue.find("text_to_picture")
        assert (found.description, found.deployment, found.options) == (
            "Draws a procedural picture from a few words.", "text-to-picture", (),
        )  # fmt: skip
        assert not await catalogue.refresh()
        assert (await catalogue.fields("text-to-picture"))["steps"].maximum == 60
        with pytest.raises(NotFound):
            await catalogue.fields("txt-to-picture")


async def test_on_discord_options_are_typed_and_pictures_have_menus(own):
    """Bounds and choices as the workflow has them; what needs one picture alone is in the menu of a message."""
    async with own.async_client() as st:
        catalogue = Catalogue(st, DISCORD)
        await catalogue.refresh()
        command = catalogue.find("picture_to_picture")
        steps = next(one for one in command.options if one.name == "steps")
        assert (steps.kind, steps.minimum, steps.maximum, steps.input) == ("integer", 1, 60, "steps")
        assert any(one.kind == "attachment" for one in command.options)
        style = next(one for one in command.options if one.name == "style")
        assert "auto" in style.choices
        menus = [one for one in catalogue.commands if one.menu]
        assert [one.name for one in menus] == ["Use for picture-to-picture"]
        assert catalogue.find("Use for picture-to-picture").deployment == "picture-to-picture"


async def test_names_that_collide_have_commands_of_their_own_t18(own):
    """T18: neither overwrites the other, and the suffix leads there whatever else is deployed."""
    await deploy(own, "Portrait", "portrait", "help", "🦊")
    async with own.async_client() as st:
        catalogue = Catalogue(st, TELEGRAM)
        await catalogue.refresh()
        found = {one.deployment: one.name for one in catalogue.commands if one.deployment}
        assert found["portrait"] == "portrait"
        assert found["Portrait"].startswith("portrait_")
        assert found["help"].startswith("help_")
        assert catalogue.find("help").deployment is None
        assert catalogue.find(found["🦊"]).deployment == "🦊"
        assert {one.deployment for one in catalogue.deployments} >= {"Portrait", "portrait", "help", "🦊"}


async def test_more_deployments_than_a_platform_takes_are_all_found(own):
    """A hundred are registered, what every bot has first; the rest has its commands all the same."""
    await deploy(own, *(f"many {number:03d}" for number in range(100)))
    async with own.async_client() as st:
        catalogue = Catalogue(st, TELEGRAM)
        await catalogue.refresh()
        assert len(catalogue.commands) == 100
        assert catalogue.commands[: len(FIXED)] == FIXED
        assert catalogue.find("train_lora") not in catalogue.commands
        assert catalogue.find("train_lora").deployment == "train-lora"


async def test_a_bot_that_boots_before_the_service_is_there_loses_no_command_t19(tmp_path):
    """T19: what this machine remembers is enough to boot; a failed look empties nothing; the next one finds what is new."""
    port = free_port()
    process, told = await asyncio.to_thread(serve, tmp_path, port)
    home = tmp_path / "home"
    try:
        async with AsyncStationThis(told["key"], told["base_url"], home=home) as st:
            first = Catalogue(st, TELEGRAM)
            await first.refresh()
        registered = [payload(one, "telegram") for one in first.commands]
        os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.communicate)
        async with AsyncStationThis(told["key"], told["base_url"], home=home) as st:
            booted = Catalogue(st, TELEGRAM)
            await booted.refresh()
            assert booted.known
            assert not diff(booted.commands, registered)
            assert not await booted.refresh()  # nobody answers
            assert not diff(booted.commands, registered)
            process, told = await asyncio.to_thread(serve, tmp_path, port)
            async with AsyncStationThis(told["key"], told["base_url"], home=tmp_path / "other") as other:
                await other.deployments.publish(GRAPH, "newcomer", machine="this-machine")
            end = time.monotonic() + 45
            while not await booted.refresh():  # the client leaves alone for seconds who did not answer
                assert time.monotonic() < end
                await asyncio.sleep(0.2)
            found = diff(booted.commands, registered)
            assert [one.name for one in found.add] == ["newcomer"]
            assert not found.remove
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)


async def test_a_bot_that_never_heard_of_any_deployment_knows_that_t19(tmp_path):
    """T19: without a memory and without the service nothing is known, so that nothing is taken away from the platform."""
    async with AsyncStationThis("nobodys-key", "http://127.0.0.1:9", home=tmp_path) as st:
        catalogue = Catalogue(st, DISCORD)
        assert not await catalogue.refresh()
        assert not catalogue.known
        assert catalogue.find("status") is not None
