"""Links whose query is a key for as long as it holds: they are sent whole, and never saved, shown or copied. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.logs import redact
from stationthis_sdk.notebook.studio.code import Named, literal

__all__ = ["unsigned_text", "without_signatures"]

_LINK: Final = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)
# What the filter of the log does not take for a secret, beside what it knows.
_SIGNED: Final = re.compile(
    r"(?i)[?&;](?:[\w.-]{0,40}(?:expires|expiry|policy|hmac|auth)|(?:[\w.-]{0,40}[_-])?key|hdne[as]|hdnts)="
)


def unsigned_text(text: str) -> str:
    """A text without what is secret of the links in it.

    >>> unsigned_text("https://a.example/cat.png?X-Amz-Expires=60&X-Amz-Signature=ab or https://b.example/?size=3")
    'https://a.example/cat.png or https://b.example/?size=3'
    """
    return _LINK.sub(lambda found: _unsigned(found[0]), text)


def _unsigned(link: str) -> str:
    if redact(link) == link and not _SIGNED.search(link):
        return link
    scheme, _, rest = re.split(r"[?#]", link, maxsplit=1)[0].partition("://")
    host, slash, path = rest.partition("/")
    return redact(f"{scheme}://{host.rpartition('@')[2]}{slash}{path}")  # a path may hold a token, too


def without_signatures(value: Any) -> Any:
    """A value of the form as it may stand in the code; of what is left out it is said that it is to be given anew.

    >>> without_signatures(["https://a.example/cat.png?sig=abc", "https://b.example/fox.png"])[0].code
    '"https://a.example/cat.png"'
    """
    if isinstance(value, list | tuple):
        told = [without_signatures(one) for one in value]
        return told if any(isinstance(one, Named) for one in told) else value
    if isinstance(value, Mapping):
        bare: Any = _bare(value)
    elif isinstance(value, str):
        bare = unsigned_text(value)
    else:
        return value
    if bare == value:
        return value
    what = bare if isinstance(bare, str) else "links in it"
    return Named(literal(bare), f"{what}; a signed link is not kept whole: give the file anew")


def _bare(value: Any) -> Any:
    if isinstance(value, str):
        return unsigned_text(value)
    if isinstance(value, list | tuple):
        return [_bare(one) for one in value]
    if isinstance(value, Mapping):
        return {unsigned_text(key) if isinstance(key, str) else key: _bare(one) for key, one in value.items()}
    return value
