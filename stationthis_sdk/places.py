"""Where the service is, and where this machine keeps what is on disk."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from stationthis_sdk.errors import ConfigError

__all__ = ["DEFAULT_BASE_URL", "data_folder", "is_nearby", "normal_base_url"]

DEFAULT_BASE_URL: Final = "https://api.comfydeploy.com/api"


def is_nearby(host: str | None) -> bool:
    """Whether a host is this machine.

    >>> is_nearby("127.0.0.1"), is_nearby("api.comfydeploy.com")
    (True, False)
    """
    return host in {"127.0.0.1", "localhost", "::1"}


def normal_base_url(url: str) -> str:
    """The URL requests start with: scheme and host checked, ``/api`` added when there is no path.

    >>> normal_base_url("http://localhost:3011")
    'http://localhost:3011/api'
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # The URL itself is not shown: a password may stand in it.
    if not usable or not url.isprintable() or re.search(r"[\s@\\?#]", url):
        raise ConfigError(
            f"The base URL is not usable: give it as {DEFAULT_BASE_URL} or http://host:port, with no user, "
            "password or query in it.",
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/api", "", ""))


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of everything on disk: ``STATIONTHIS_HOME``, else the platform's own place."""
    env = os.environ if environ is None else environ
    if home := env.get("STATIONTHIS_HOME"):
        try:
            return Path(home).expanduser()
        except RuntimeError as error:
            raise ConfigError(f"STATIONTHIS_HOME={home} can't be used: {error}") from None
    import platformdirs  # noqa: PLC0415 - 8 ms that most imports need not pay

    return Path(platformdirs.user_data_path("stationthis", appauthor=False))
