"""What somebody asks for, made ready to wait: checked, allowed by the host, its files uploaded; nothing is started yet."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from stationthis_sdk.bots.desk.allowed import allow
from stationthis_sdk.bots.desk.job import place_as_json, user_as_json
from stationthis_sdk.bots.desk.kept import uploaded
from stationthis_sdk.bots.desk.verdicts import need
from stationthis_sdk.bots.people import Place, User
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.check import Checked, check_inputs
from stationthis_sdk.store.bot_jobs import JobRow

if TYPE_CHECKING:
    from stationthis_sdk.bots.desk.folder import Folder
    from stationthis_sdk.bots.hooks import Hooks
    from stationthis_sdk.client import AsyncStationThis
    from stationthis_sdk.deployment import AsyncDeployment

__all__ = ["Fetch", "prepared"]

Fetch = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Puts the bytes of files into inputs."""
_MEDIA: Final = frozenset({"image", "images", "audio", "video", "file"})
_WEB: Final = ("http://", "https://", "data:")


async def prepared(
    st: "AsyncStationThis",
    hooks: "Hooks",
    folder: "Folder",
    user: User,
    place: Place,
    deployment: str,
    inputs: Mapping[str, Any],
    *,
    key: str,
    parent: str | None,
    fetch: Fetch | None = None,
) -> JobRow:
    """The job, to be written down.

    Raises:
        NotFound, AmbiguousName: there is no such deployment, or several.
        InvalidInput: the inputs don't fit it.
        Denied: the host says no, or its hook failed.
        StationThisError: a file could not be uploaded.
    """
    found = await st.deployments.get(deployment)
    if fetch is None:
        ready = await _checked(found, inputs)
        await allow(hooks, user, found)
    else:  # whom the host allows nothing has nothing fetched
        await allow(hooks, user, found)
        inputs = await fetch(inputs)
        ready = await _checked(found, inputs)
    given = {**ready.values, **{name: inputs[name] for name in ready.uploads}}
    await need(hooks.review, given, language=user.language, code="not_allowed")
    sent, files = await uploaded(found._context.uploads, folder, ready)  # noqa: SLF001 - the two know each other
    return JobRow(
        key,
        user_as_json(user),
        user.key,
        place_as_json(place),
        found.name,
        sent,
        deployment_id=found.id,
        workflow_id=found.record.workflow_id,
        environment=found.environment,
        files=files,
        parent=parent,
    )


async def _checked(deployment: "AsyncDeployment", inputs: Mapping[str, Any]) -> Checked:
    """The inputs, as a run of the deployment takes them; nothing is sent.

    Raises:
        InvalidInput: ``problems`` has all that is wrong. A text is never taken for a path: whoever chats could have any
            file of this machine sent away.
    """
    fields = deployment.inputs
    paths = [
        f"{name}: send the file itself, or its web address"
        for name, value in inputs.items()
        if name in fields and fields[name].kind in _MEDIA and _names_a_path(value)
    ]
    if paths:
        raise InvalidInput(f"{deployment.name} was not run: {'; '.join(paths)}.", problems=paths)
    allow = deployment._options.allow_unknown  # noqa: SLF001 - the two know each other
    return await asyncio.to_thread(check_inputs, inputs, fields, name=deployment.name, allow_unknown=allow)


def _names_a_path(value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith("["):  # a list of pictures, in the form in which it is sent
            try:
                return _names_a_path(orjson.loads(text))
            except orjson.JSONDecodeError:
                return True
        return not text.lower().startswith(_WEB)
    if isinstance(value, list | tuple):
        return any(_names_a_path(one) for one in value)
    return False
