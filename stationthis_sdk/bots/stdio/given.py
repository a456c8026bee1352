"""Files as they come in a message: their bytes, a path that is said to be one, or a web address."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.fields import MEDIA_KINDS
from stationthis_sdk.inputs.media import media_of

if TYPE_CHECKING:
    from stationthis_sdk.inputs.fields import Inputs

__all__ = ["content_of", "with_files"]

_ADDRESS: Final = re.compile(r"\s*(https?://|data:)", re.IGNORECASE)
_FILE: Final = frozenset({"path", "base64", "url", "filename"})


def with_files(inputs: Mapping[str, Any], fields: "Inputs") -> dict[str, Any]:
    """The inputs, with what their files are. A bare text is never a path: it may be what a stranger has typed.

    Raises:
        InvalidInput: a file is none of the forms.
    """
    return {
        name: _file(value, name, fields[name].kind)
        if name in fields and fields[name].kind in MEDIA_KINDS
        else value
        for name, value in inputs.items()
    }


def content_of(given: Mapping[str, Any], place: str) -> Any:
    """Bytes, a path or an address, out of {base64}, {path} or {url}.

    Raises:
        InvalidInput: it is no base64, or no address.

    >>> content_of({"base64": "UEs="}, "image")
    b'PK'
    """
    if "base64" in given:
        try:
            return base64.b64decode("".join(given["base64"].split()), validate=True)
        except (AttributeError, ValueError, binascii.Error):
            raise InvalidInput(f"{place}: this is no base64.") from None
    if "path" in given:
        if not isinstance(given["path"], str):
            raise InvalidInput(f"{place}: path is a text.")
        return Path(given["path"])
    return _address(given.get("url"), place)


def _file(value: Any, name: str, kind: str) -> Any:
    if kind == "images":
        if isinstance(value, str) and value.lstrip().startswith("["):
            try:
                value = json.loads(value)  # the form in which a list comes back from a run
            except (ValueError, RecursionError):
                raise InvalidInput(f"{name}: this is no list of addresses.") from None
        if isinstance(value, list):
            return [_file(one, name, "image") for one in value]
    if isinstance(value, str):
        return _address(value, name) if value.strip() else value
    if not isinstance(value, dict) or not value or not {*value} <= _FILE:
        return value
    content, called = content_of(value, name), value.get("filename")
    if called is None or not isinstance(called, str) or kind == "images":
        return content
    try:
        return media_of(content, kind, called)
    except InvalidInput as error:
        raise InvalidInput(f"{name}: {error.message}") from None


def _address(value: Any, place: str) -> str:
    if isinstance(value, str) and _ADDRESS.match(value):
        return value.strip()
    raise InvalidInput(
        f'{place}: a text is a web address (http, https) or a data URL here; a file of this machine is {{"path": …}}.'
    )
