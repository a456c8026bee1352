"""What somebody asked for, made ready: inputs checked, seeds drawn, files uploaded; so that it can wait as plain JSON."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from stationthis_sdk.entities import Media
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.inputs.check import Checked, check_inputs
from stationthis_sdk.money.estimates import estimate_of

if TYPE_CHECKING:
    from stationthis_sdk.deployment import AsyncDeployment

__all__ = ["checked", "estimated", "uploaded"]

_MEDIA: Final = frozenset({"image", "images", "audio", "video", "file"})
_ESTIMATE_SECONDS: Final = 3.0
_WEB: Final = ("http://", "https://", "data:")


async def checked(deployment: "AsyncDeployment", inputs: Mapping[str, Any]) -> Checked:
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


async def estimated(deployment: "AsyncDeployment") -> float | None:
    """What one run of it usually costs, in US dollars, by those that this machine has seen; None where nobody knows."""
    try:
        async with asyncio.timeout(_ESTIMATE_SECONDS):
            estimate = await estimate_of(deployment._context, deployment.record)  # noqa: SLF001 - likewise
    except (StationThisError, TimeoutError):
        return None
    return estimate.dollars


async def uploaded(deployment: "AsyncDeployment", ready: Checked) -> dict[str, Any]:
    """The inputs with links in place of files.

    Raises:
        StationThisError: a file could not be uploaded; no run was started.
    """
    uploads = deployment._context.uploads  # noqa: SLF001 - likewise

    async def link_of(media: Media | str) -> str:
        return media if isinstance(media, str) else (await uploads.send(media)).url

    sent: dict[str, Any] = {}
    for name, media in ready.uploads.items():
        if isinstance(media, list):
            sent[name] = orjson.dumps([await link_of(one) for one in media]).decode()
        else:
            sent[name] = await link_of(media)
    return {**ready.values, **sent}


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
