"""Links with a signature that expires, as a bucket gives them: to read what is private, to put what is asked for."""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode

import attrs

from stationthis_sdk.local.clock import now

__all__ = ["LINKS", "Denied", "Links"]

SECONDS: Final = 3600
"""How long a link is valid."""

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_SIGNED: Final = ("X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "partNumber", "uploadId", "size")


@attrs.frozen
class Denied(Exception):
    """A link that is not good; ``code`` and ``message`` are S3's words, ``more`` what it adds to them."""

    code: str
    message: str
    status: int = 403
    more: Mapping[str, str] = attrs.field(factory=dict)


class Links:
    """Signs paths with a secret of this data folder, and checks what comes back.

    >>> links = Links(b"secret")
    >>> path, _, query = links.signed("GET", "/files/private/abc.png").partition("?")
    >>> fields = dict(field.split("=") for field in query.split("&"))
    >>> links.check("GET", path, fields, {})
    >>> links.check("PUT", path, fields, {})
    Traceback (most recent call last):
    ...
    stationthis_sdk.local.storage.links.Denied: ...
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def kept_in(cls, path: Path) -> "Links":
        """With the secret that a file holds; a new one when there is none (mode 0600)."""
        if not path.exists():
            unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
            unfinished.touch(mode=0o600)
            unfinished.write_bytes(secrets.token_bytes(32))
            unfinished.replace(path)
        return cls(path.read_bytes())

    def signed(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> str:
        """The path with a signature; the request must bring the same ``headers``."""
        headers = {name.lower(): value for name, value in (headers or {}).items()}
        fields = {
            "X-Amz-Date": _moment().strftime(_STAMP),
            "X-Amz-Expires": str(SECONDS),
            "X-Amz-SignedHeaders": ";".join(sorted(headers)),
            **(more or {}),
        }
        signature = self._signature(method, path, fields, headers)
        return f"{quote(path, errors='replace')}?{urlencode({**fields, 'X-Amz-Signature': signature})}"

    def check(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Raise Denied unless the link was signed here for this, and is still valid."""
        if "X-Amz-Signature" not in query:
            raise Denied("AccessDenied", "Access Denied")
        given = {name.lower(): value for name, value in headers.items()}
        signed = [name for name in query.get("X-Amz-SignedHeaders", "").split(";") if name]
        missing = [name for name in signed if name not in given]
        expected = self._signature(method, path, query, {name: given.get(name, "") for name in signed})
        good = hmac.compare_digest(expected.encode(), query["X-Amz-Signature"].encode("utf-8", "replace"))
        if missing or not good:
            raise Denied(
                "SignatureDoesNotMatch",
                "The link was not made for this request: method, path and the headers "
                f"{', '.join(signed) or '(none)'} must be as they were when it was asked for.",
            )
        made = datetime.strptime(query["X-Amz-Date"], _STAMP).replace(tzinfo=UTC)
        expires = made + timedelta(seconds=int(query["X-Amz-Expires"]))
        if _moment() > expires:
            more = {
                "X-Amz-Expires": query["X-Amz-Expires"],
                "Expires": f"{expires:%Y-%m-%dT%H:%M:%SZ}",
                "ServerTime": f"{_moment():%Y-%m-%dT%H:%M:%SZ}",
            }
            raise Denied("AccessDenied", "Request has expired", more=more)

    def readable(self, path: str) -> str:
        """A stored file's path as it can be read: signed anew when it is private."""
        return self.signed("GET", path) if path.startswith("/files/private/") else path

    def _signature(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
        method = "GET" if method == "HEAD" else method
        lines: Iterable[str] = (
            method,
            path,
            *(f"{name}={query.get(name, '')}" for name in _SIGNED),
            *(f"{name}:{headers[name]}" for name in sorted(headers)),
        )
        # Quoted, so that no value passes for two lines.
        text = "\n".join(quote(line, errors="replace") for line in lines)
        return hmac.digest(self._secret, text.encode(), "sha256").hex()


def _moment() -> datetime:
    return datetime.fromtimestamp(now() // 1_000_000, UTC)


LINKS: Final[ContextVar[Links]] = ContextVar("stationthis_gateway_links")
"""The links of the gateway whose work this is."""
