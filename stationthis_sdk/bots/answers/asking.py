"""Having a deployment run for somebody: what they gave over what they prefer, files as bytes."""

import asyncio
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import check_complete, inputs_from, wanted
from stationthis_sdk.bots.commands.values import is_address
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import Attachment, User
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.logs import logger
from stationthis_sdk.recipes.images.placing import PREFERENCE, place
from stationthis_sdk.recipes.images.preferences import WORKFLOW
from stationthis_sdk.recipes.images.words import Words

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.command import Command
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.desk.job import Job
    from stationthis_sdk.bots.desk.preparing import Fetch
    from stationthis_sdk.bots.people import Asked

__all__ = ["ask", "check_together", "fetching", "files_in", "parsed", "preferred", "read", "words_of"]

_TOGETHER: Final = 100 << 20
"""Bytes of all files that one message brings."""


async def ask(
    desk: "Desk",
    asked: "Asked",
    deployment: str,
    *,
    text: str,
    options: Mapping[str, Any] | None = None,
    attachments: Sequence[Attachment] = (),
    command: "Command | None" = None,
    key: str | None = None,
) -> "Job":
    """Have it run; the desk tells its user how it gets on.

    Raises:
        StationThisError, Denied: nothing was started, see ``Desk.ask``.
    """
    found = await desk.st.deployments.get(deployment)
    fields = found.inputs
    given = await parsed(
        desk, fields, text, name=found.name, options=options, attachments=attachments, command=command
    )
    if asked.offered and (missing := wanted(asked.offered, fields, given)):
        attachments = [*attachments, *missing]
        given = await parsed(
            desk, fields, text, name=found.name, options=options, attachments=attachments, command=command
        )
    values = await preferred(desk, found.name, fields, asked.user) | given
    check_complete(fields, values, name=found.name)
    fetch = fetching(values, fields, asked.user)
    return await desk.ask(asked.user, asked.place, deployment, values, key=key or asked.key, fetch=fetch)


def fetching(values: Mapping[str, Any], fields: Inputs, user: User) -> "Fetch | None":
    """What puts the bytes of files into these values when it is called, each fetched once; None where there are no files."""
    if not _files_of(values):
        return None
    fetched: dict[str, Any] = {}

    async def fetch(given: Mapping[str, Any]) -> Mapping[str, Any]:
        if not fetched:
            files = {name: value for name, value in values.items() if _files_of({name: value})}
            fetched.update(await files_in(files, fields, user))
        return {**given, **fetched}

    return fetch


async def parsed(desk: "Desk", fields: Inputs, text: str, *, name: str, **more: Any) -> dict[str, Any]:
    """What was typed, chosen and attached; see ``inputs_from``."""
    return await asyncio.to_thread(inputs_from, fields, text, name=name, words=words_of(desk), **more)


async def preferred(desk: "Desk", name: str, fields: Inputs, user: User) -> dict[str, Any]:
    """What somebody prefers, as far as the deployment takes it; files by their web address alone."""
    kept = await desk.st.preferences.get(name, user=user.key)
    kept.pop(WORKFLOW, None)
    placed = await asyncio.to_thread(
        place, {PREFERENCE: _without_paths(kept, fields, words_of(desk))}, fields, words_of(desk), name=name
    )
    return placed.inputs


async def files_in(values: Mapping[str, Any], fields: Inputs, user: User) -> dict[str, Any]:
    """The same values with the files' bytes in place of attachments.

    Raises:
        StationThisError, Denied: one can't be fetched.
    """
    ready = dict(values)
    for name, value in values.items():
        several = value if isinstance(value, list) else [value]
        if not any(isinstance(one, Attachment) for one in several):
            continue
        read_ = [await read(one, user) if isinstance(one, Attachment) else one for one in several]
        if name in fields and fields[name].kind == "file":  # its name tells what it is
            read_ = [_named(one, of) for one, of in zip(read_, several, strict=True)]
        ready[name] = read_ if isinstance(value, list) else read_[0]
    return ready


async def read(file: Attachment, user: User) -> bytes:
    """The bytes of a file that came along.

    Raises:
        StationThisError, Denied: what the platform's adapter says of it; else one sentence that says to send it again.
    """
    try:
        return await file.read()
    except (StationThisError, Denied):
        raise
    except Exception as error:  # noqa: BLE001 - whatever the platform's library raises
        # No traceback: links of the platform may be in it.
        logger("bots").warning("A file of a chat was not fetched: %s", type(error).__name__)
        raise Denied(say("not_fetched", user.language, name=file.filename or "?"), "not_fetched") from None


def check_together(asked: "Asked") -> None:
    """See that the files of one message are not too much: they are held in memory.

    Raises:
        Denied: they are; none is fetched.
    """
    size = sum(one.size or 0 for one in (*asked.attachments, *_files_of(asked.options)))
    if size > _TOGETHER:
        told = say("too_much", asked.user.language, size=size >> 20, most=_TOGETHER >> 20)
        raise Denied(told, "invalid_params")


def words_of(desk: "Desk") -> Words:
    """The common words, and the host's own."""
    return Words(desk.st.settings.words)


def _files_of(values: Mapping[str, Any]) -> list[Attachment]:
    several = [one for value in values.values() for one in (value if isinstance(value, list) else [value])]
    return [one for one in several if isinstance(one, Attachment)]


def _named(content: Any, file: Any) -> Any:
    if not isinstance(content, bytes) or not isinstance(file, Attachment):
        return content
    stream = io.BytesIO(content)
    stream.name = file.filename
    return stream


def _without_paths(kept: Mapping[str, Any], fields: Inputs, words: Words) -> dict[str, Any]:
    """What is typed as a setting is never a file of this machine."""
    sound = {}
    for word, value in kept.items():
        target = words.input_for(word, fields)
        if target is None or fields[target].kind not in MEDIA_KINDS or is_address(value):
            sound[word] = value
    return sound
