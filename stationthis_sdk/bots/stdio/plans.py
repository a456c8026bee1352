"""What a bot in another language needs of ours: plans of messages, and commands as platforms register them."""

import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.bots.people import Platform
from stationthis_sdk.bots.render.limits import LIMITS, Limits
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.steps import Button, Made
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import near

if TYPE_CHECKING:
    from stationthis_sdk import AsyncStationThis

__all__ = ["commands_of", "planned"]


def planned(asked: Mapping[str, Any], outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps for what was made, as data.

    >>> asked = {"platform": "telegram", "caption": "A fox"}
    >>> [step["kind"] for step in planned(asked, [{"kind": "image", "url": "https://example.org/fox.png"}])]
    ['photo']
    """
    steps = plan(
        [_made(place, output) for place, output in enumerate(outputs)],
        limits=_limits(asked["platform"], asked.get("limits", {})),
        hints=asked.get("hints", {}),
        caption=asked.get("caption", ""),
        buttons=tuple(tuple(Button(**button) for button in row) for row in asked.get("buttons", ())),
        name=asked.get("name", ""),
        private_documents=asked.get("private_documents", False),
    )
    return [attrs.asdict(step) for step in steps]


async def commands_of(
    st: "AsyncStationThis", platform: Platform, registered: Sequence[Mapping[str, Any]] | None
) -> dict[str, Any]:
    """All commands as the platform takes them, and with what is registered what has to change."""
    catalogue = Catalogue(st, LIMITS[platform])
    await catalogue.refresh()
    found = None
    if registered is not None:
        told = diff(catalogue.commands, registered)
        found = {
            "add": [payload(one, platform) for one in told.add],
            "change": [
                {"command": payload(one.command, platform), "registered": dict(one.registered)}
                for one in told.change
            ],
            "remove": [dict(one) for one in told.remove],
        }
    return {"commands": [payload(one, platform) for one in catalogue.commands], "diff": found}


def _made(place: int, output: Mapping[str, Any]) -> Made:
    """An output as rendering knows it, from a run's own document or from what somebody else knows of it."""
    known = {one.name: output[one.name] for one in attrs.fields(Made) if output.get(one.name) is not None}
    known.setdefault("place", place)
    filename = known.setdefault("filename", "")
    if filename and "mime" not in known:
        known["mime"] = mimetypes.guess_type(filename)[0]
    return Made(**known)


def _limits(platform: Platform, others: Mapping[str, Any]) -> Limits:
    names = [one.name for one in attrs.fields(Limits) if one.name != "platform"]
    for name in others:
        if name not in names:
            close = near(name, names)
            raise InvalidInput(
                f"limits: there is no {name!r}" + (f"; did you mean {close[0]!r}?" if close else ".")
            )
    limits: Limits = attrs.evolve(LIMITS[platform], **others)
    return limits
