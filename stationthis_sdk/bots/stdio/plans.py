"""What a bot in another language needs of ours: plans of messages, and commands as platforms register them."""

import asyncio
import mimetypes
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.payload import payload
from stationthis_sdk.bots.desk.spool import Spool
from stationthis_sdk.bots.people import Platform
from stationthis_sdk.bots.render.hints import hints_of, notes_in
from stationthis_sdk.bots.render.limits import LIMITS, TELEGRAM, Limits
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.sentences import sentence
from stationthis_sdk.bots.render.steps import Button, Made, Step
from stationthis_sdk.errors import InvalidInput, RunError, StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.names import near

if TYPE_CHECKING:
    from stationthis_sdk import AsyncRun, AsyncStationThis

__all__ = ["commands_of", "hints_for", "made_by", "made_of", "planned", "told_of_end"]


async def made_by(run: "AsyncRun", hands: asyncio.Semaphore) -> list[Made]:
    """What a run made, looked at: how large it is decides how it may be sent. ``hands``: files fetched at once."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="stationthis-"))
    spool = Spool(folder, run, hands)
    try:
        return await spool.made()
    finally:
        await spool.clear()


def told_of_end(run: "AsyncRun") -> list[dict[str, Any]] | None:
    """The one message that tells that a run has not ended well; None for one that has."""
    try:
        run._raise_for_end()  # noqa: SLF001 - what the desk goes by as well
    except RunError as error:
        return [attrs.asdict(Step("text", text=sentence(error)[0]))]
    return None


async def hints_for(st: "AsyncStationThis", run: "AsyncRun", platform: Platform) -> dict[str, str]:
    """What the workflow's author wrote into its notes for bots; nothing where it can't be read."""
    record = run.record
    if record.workflow_id is None or record.workflow_version_id is None:
        return {}
    try:
        workflow = await st.workflows.get(record.workflow_id)
        version = await workflow.version(record.workflow_version_id)
    except StationThisError as error:
        logger("bots").info("The notes of run %s are not known: %s", run.id, error)
        return {}
    return hints_of(await asyncio.to_thread(notes_in, version.ui_graph), platform)


def made_of(outputs: Iterable[Mapping[str, Any]]) -> list[Made]:
    """The same, of outputs that somebody else has looked at.

    >>> made_of([{"kind": "image", "filename": "fox.png", "size": 1000}])[0].mime
    'image/png'
    """
    return [_made(place, output) for place, output in enumerate(outputs)]


def planned(asked: Mapping[str, Any], made: Sequence[Made]) -> list[dict[str, Any]]:
    """The steps for what was made, as data.

    >>> fox = Made(0, "image", "fox.png", size=1000, width=64, height=64)
    >>> [step["kind"] for step in planned({"platform": "telegram", "caption": "A fox"}, [fox])]
    ['photo']
    """
    steps = plan(
        made,
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
    whole = {name for name in names if isinstance(getattr(TELEGRAM, name), int)}
    for name, value in others.items():
        if value is None and name not in {"photo", "photo_side", "photo_ratio"}:
            raise InvalidInput(f"limits: {name} wants a number.")
        if value is not None and name in whole and not float(value).is_integer():
            raise InvalidInput(f"limits: {name} wants a whole number.")
    changed: dict[str, Any] = {
        name: int(value) if name in whole and value is not None else value for name, value in others.items()
    }
    limits: Limits = attrs.evolve(LIMITS[platform], **changed)
    return limits
