"""Links whose query is a key for as long as it holds: they are sent whole, and never saved, shown or copied. Pure."""

import re
from typing import Final

from stationthis_sdk.logs import redact

__all__ = ["unsigned_text"]

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
