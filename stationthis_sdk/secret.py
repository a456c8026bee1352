"""A key that must not be seen, and what it says of itself."""

import base64
import re
from typing import Any, NoReturn

import orjson

from stationthis_sdk.errors import ConfigError

__all__ = ["Secret", "check_key", "key_claims"]


class Secret:
    """A key that no repr, log, traceback or pickle shows.

    >>> Secret("eyJhbGciOi")
    Secret('****')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one header it belongs into."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('****')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never written down")


def key_claims(key: str) -> dict[str, Any]:
    """What a key says of itself, unverified; empty when it is no JWT (RFC 7519)."""
    try:
        payload = key.split(".")[1]
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def check_key(key: Any) -> None:
    """Go on with what can be a key.

    Raises:
        ConfigError: it can't.
    """
    if not isinstance(key, str) or not key.isascii() or not key.isprintable() or re.search(r"[\s\"'`]", key):
        raise ConfigError("The API key has spaces or odd characters in it: copy it again, without quotes.")
