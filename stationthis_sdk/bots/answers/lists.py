"""Answers that list what there is: commands, workflows, machines."""

from typing import TYPE_CHECKING

from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.render.sentences import safe
from stationthis_sdk.bots.render.text import length
from stationthis_sdk.names import loosely

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, User

__all__ = ["fitting", "help_", "machines", "start", "workflows"]


async def start(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Say hello."""
    return Reply(
        fitting(desk, asked.user, [say("hello", asked.user.language), *_deployments(catalogue)]), private=True
    )


async def help_(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Tell all commands."""
    told = [say("help", asked.user.language)]
    told += [f"/{one.name} – {one.description}" for one in FIXED if one.name != "start"]
    told += ["", say("help_inputs", asked.user.language), "", *_deployments(catalogue)]
    return Reply(fitting(desk, asked.user, told), private=True)


async def workflows(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """What is deployed, with its commands; those that have the words in their names, where some are said."""
    sought = str(asked.options.get("search") or asked.text).strip()
    found = _deployments(catalogue, sought)
    if not found:
        key = "no_workflows" if sought else "no_workflows_yet"
        return Reply(say(key, asked.user.language, name=safe(sought, 60)), private=True)
    return Reply(fitting(desk, asked.user, [say("workflows", asked.user.language), *found]), private=True)


async def machines(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply:
    """How each machine is."""
    found = await desk.st.machines.list()
    if not found:
        return Reply(say("no_machines", asked.user.language), private=True)
    told = [f"{safe(one.name, 60)}: {one.status}" + (f" ({one.gpu})" if one.gpu else "") for one in found]
    return Reply(fitting(desk, asked.user, [say("machines", asked.user.language), *told]), private=True)


def fitting(desk: "Desk", user: "User", lines: list[str]) -> str:
    """So many lines as one message takes, and how many are left out."""
    limits = desk.sender.limits
    utf16 = limits.platform == "telegram"
    room = limits.text - 40
    kept: list[str] = []
    for place, one in enumerate(lines):
        if length("\n".join([*kept, one]), utf16=utf16) > room:
            kept.append(say("more", user.language, count=len(lines) - place))
            break
        kept.append(one)
    return "\n".join(kept).strip()


def _deployments(catalogue: "Catalogue", sought: str = "") -> list[str]:
    return [
        f"/{one.name} – {one.description}"
        for one in catalogue.deployments
        if loosely(sought) in loosely(f"{one.name} {one.workflow}")
    ]
