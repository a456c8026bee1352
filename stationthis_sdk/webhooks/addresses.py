"""The address that the service calls: with a token of ours, and the id of the submit it belongs to; never with a key."""

import hashlib
import hmac
import os
import re
from collections.abc import Collection
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit, urlunsplit

import attrs

from stationthis_sdk.config import KEY_VARIABLES, Settings
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.logs import is_secret, redact
from stationthis_sdk.places import is_nearby
from stationthis_sdk.store.own_secret import secret_of

__all__ = ["PROGRESS", "SUBMIT", "TOKEN", "Address", "read_address", "token_of", "url_for", "wants_progress", "with_submit"]  # fmt: skip

SECRET_VARIABLE: Final = "STATIONTHIS_SECRET"  # noqa: S105 - its name
# Logs and tracebacks hide what follows a name that ends with "token".
TOKEN: Final = "stationthis_token"  # noqa: S105 - its name
SUBMIT: Final = "stationthis_submit"
PROGRESS: Final = "stationthis_progress"
_LONGEST: Final = 4096
_SHORTEST_KEY: Final = 6


class _Client(Protocol):
    @property
    def settings(self) -> Settings: ...


@attrs.frozen
class Address:
    """What an address says of who may use it and what for."""

    token: str = attrs.field(default="", repr=False)
    submit_id: str | None = None


def url_for(base: str, st: _Client, *, progress: bool = False) -> str:
    """The address to give as ``options(webhook=…)``: ``base``, where a receiver of yours answers, with a signed token.

    The token is good for this account of this service, for as long as the secret is: ``STATIONTHIS_SECRET``, else one
    made in the data folder. It holds no key, and lets its bearer do nothing but have us look at runs. progress: have
    the service tell of each step, too, not only of each state. When a run is submitted its submit's id is added. The
    secret is read from disk: coroutines use ``AsyncReceiver.url_for``.

    Raises:
        InvalidInput: ``base`` is no web address that the service can reach, or has a fragment, a password or a key.
        FeatureDisabled: the flag ``webhooks`` is off.
        ConfigError, SaveFailed: the secret can't be read or made.

    Example:
        >>> from stationthis_sdk import StationThis
        >>> st = StationThis("an-api-key", "https://api.example.com")
        >>> url_for("https://bot.example.com/hook", st).partition("?")[0]
        'https://bot.example.com/hook'
    """
    settings = st.settings
    settings.flags.need("webhooks")
    _check_base(base, settings)
    more = [f"{TOKEN}={token_of(settings)}", *([f"{PROGRESS}=1"] if progress else [])]
    return _with(base, more, without={TOKEN, SUBMIT, PROGRESS})


def token_of(settings: Settings) -> str:
    """The token of an account of a service. Reads the secret from disk, or makes it."""
    from itsdangerous import Signer  # noqa: PLC0415 - who uses no webhooks need not load it

    secret = secret_of(None, SECRET_VARIABLE, settings.home / "webhook-secret", make=True)
    signer = Signer(
        secret,
        salt=f"stationthis.webhook:{settings.base_url}:{settings.account}",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
    return signer.get_signature(b"webhook").decode()


def with_submit(url: str | None, submit_id: str, settings: Settings) -> str | None:
    """The address with the submit's id, if it is one of ours, for this account; None if it is not. Reads the disk."""
    if url is None or not (given := read_address(url).token):
        return None
    if not hmac.compare_digest(given.encode(), token_of(settings).encode()):
        return None
    return _with(url, [f"{SUBMIT}={submit_id}"], without={SUBMIT})


def wants_progress(url: str | None) -> bool:
    """Whether this is an address of ours that wants to hear of each step.

    >>> wants_progress("https://h/hook?stationthis_token=x&stationthis_progress=1"), wants_progress("https://h/hook")
    (True, False)
    """
    return url is not None and f"{PROGRESS}=1" in url.partition("?")[2].partition("#")[0].split("&")


def read_address(text: str) -> Address:
    """What stands in the URL that a webhook came to, in its path and query, or in its query alone; or a bare token.

    >>> read_address("/hook?stationthis_token=abc&stationthis_submit=00000000000000000000000000000000").submit_id
    '00000000000000000000000000000000'
    """
    if len(text) > _LONGEST or not text.isascii():
        return Address()
    if f"{TOKEN}=" not in text:
        return Address("" if re.search(r"[/?&=]", text) else text)
    try:
        given = parse_qs(text.partition("?")[2] or text, max_num_fields=100)
    except ValueError:
        return Address()
    submit_id = given.get(SUBMIT, [""])[-1]
    usable = re.fullmatch(r"[0-9a-f]{32}", submit_id)
    return Address(given.get(TOKEN, [""])[-1], submit_id if usable else None)


def _check_base(base: object, settings: Settings) -> None:
    try:
        parts = urlsplit(base) if isinstance(base, str) else None
        host = parts.hostname if parts and parts.scheme in {"http", "https"} and parts.port != 0 else None
    except ValueError:
        parts = host = None
    if (
        not isinstance(base, str)
        or parts is None
        or host is None
        or re.search(r"[\s\\#]", base)
        or len(base) > 2000
    ):
        raise InvalidInput(
            f"{redact(repr(base))} can't be called: a web address like https://bot.example.com/hook can, without a fragment."
        )
    if not base.isprintable() or not base.isascii():
        raise InvalidInput(
            "The address has letters that do not go into one: write them as %C3%BC, a host as xn--…."
        )
    if "@" in parts.netloc:
        raise InvalidInput("The address has a name or a password in it: leave those out.")
    keys = [key for name in KEY_VARIABLES if len(key := os.environ.get(name, "").strip()) >= _SHORTEST_KEY]
    if is_secret(base) or any(key in base for key in keys):
        raise InvalidInput(
            "There is a key in the address: the service would send it along, and others log it."
        )
    if is_nearby(host) and not settings.nearby:
        raise InvalidInput(
            f"The service at {settings.base_url} can't reach {base}: give an address that is reached from there, of a "
            "tunnel or a server. Without one, leave webhooks out: runs are asked about all the same."
        )


def _with(url: str, more: Collection[str], *, without: Collection[str]) -> str:
    """The query with more at its end; the rest stays as it was written."""
    parts = urlsplit(url)
    kept = [one for one in parts.query.split("&") if one and one.partition("=")[0] not in without]
    return urlunsplit(parts._replace(query="&".join([*kept, *more])))
