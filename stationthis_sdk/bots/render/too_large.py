"""What is said of a file that a platform does not take: how large it is, and where else it can be got. Pure."""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

from stationthis_sdk.bots.render.limits import Limits
from stationthis_sdk.bots.render.sentences import words
from stationthis_sdk.bots.render.steps import Made

__all__ = ["is_too_large", "public_link", "size_of", "too_large"]

_LOCAL: Final = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_PUBLIC: Final = re.compile(r"[^\s]+\.(?:[^\W\d_]+|xn--[a-z0-9-]+)")
_SAID_BESIDE: Final = 300


def is_too_large(made: Made, limits: Limits) -> bool:
    """Whether a file can't be sent at all; one of unknown size may be."""
    return made.size is not None and made.size > limits.upload


def too_large(made: Made, filename: str, *, limits: Limits, language: str, run_id: str) -> str:
    """One sentence, with the file's link where others can open it and it fits, else with the run it can be fetched from."""
    told = {"name": filename, "size": size_of(made.size or 0)}
    if made.url and len(made.url) + _SAID_BESIDE <= limits.text and public_link(made.url):
        return words("too_large_link", language, **told, url=made.url)
    if run_id:
        return words("too_large_run", language, **told, run=run_id)
    return words("too_large", language, **told)


def public_link(url: str) -> bool:
    """Whether others can open a link: it leads to no address of this machine or network, and to none that holds a token.

    >>> public_link("https://files.example.com/a.mp4?sig=1"), public_link("http://127.0.0.1:3011/a.mp4")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or " " in url or not url.isprintable():
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    # Links to Telegram's files hold the bot's token; browsers take 127.1 for an address, too.
    return bool(_PUBLIC.fullmatch(host)) and not host.endswith((*_LOCAL, "api.telegram.org"))


def size_of(size: int) -> str:
    """A size in bytes as people say it.

    >>> size_of(62_914_560), size_of(2_000), size_of(2_500_000_000)
    ('60 MB', '2 kB', '2.3 GB')
    """
    if size >= 1 << 30:
        return f"{size / (1 << 30):.1f} GB"
    return f"{size / (1 << 20):.0f} MB" if size >= 1 << 20 else f"{max(size / 1024, 1):.0f} kB"
