"""Where the gateway goes at somebody's word: pictures, links and models it fetches, webhooks it sends.

Whoever may start a run could otherwise make it ask what only this machine can reach. So: http and https, this machine
itself, and the public internet for what is fetched; anything else only when the gateway's owner allows the host.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

__all__ = ["OutOfReach", "Reach"]

_REDIRECTS: Final = 5
_REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_METADATA_NAMES: Final = frozenset(
    {"metadata", "metadata.google.internal", "instance-data", "metadata.azure.internal"}
)
_NOT_PUBLIC: Final = (  # beside what the standard library knows of
    ipaddress.ip_network("168.63.129.16/32"),  # Azure's own
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("fec0::/10"),
    ipaddress.ip_network("2002:7f00::/24"),  # the loopback of whoever unwraps 6to4
    ipaddress.ip_network("64:ff9b::7f00:0/104"),  # and of a NAT64
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class OutOfReach(ValueError):
    """The gateway doesn't go there; the message says why, and what would let it."""


class Reach:
    """Which hosts may be asked; ``allowed_hosts`` are names or addresses that always may, whatever they resolve to.

    >>> Reach().check(URL("http://127.0.0.1:8000/hook"), sending=True)
    >>> Reach(["hooks.example.com"]).check(URL("https://hooks.example.com/"), sending=True)
    >>> Reach().check(URL("http://169.254.169.254/latest/"))
    Traceback (most recent call last):
    ...
    stationthis_sdk.local.reach.OutOfReach: 169.254.169.254 is no public address; let the gateway go there with --allow-host 169.254.169.254
    """

    def __init__(self, allowed_hosts: Iterable[str] = ()) -> None:
        self._allowed = frozenset(_named(host) for host in allowed_hosts)

    def check(self, url: URL, *, sending: bool = False) -> None:
        """Raise OutOfReach for a URL that can be told to be out of reach before its name is looked up.

        ``sending`` is for what carries people's data away (webhooks): this machine alone, and allowed hosts.
        """
        if url.scheme not in {"http", "https"} or not url.host:
            raise OutOfReach("only http and https addresses can be asked")
        if url.raw_user is not None or url.raw_password is not None:
            raise OutOfReach("an address with a user or a password in it is not asked: leave them out")
        host = _normal(url.host)
        address = _address(host)
        if host in self._allowed or str(address) in self._allowed:
            return
        if address is not None:
            self._check_address(host, address, sending=sending)
        elif host in _METADATA_NAMES:
            raise OutOfReach(f"{host} is a cloud's own, not a public host; {_remedy(host)}")
        elif sending and host != "localhost" and not host.endswith(".localhost"):
            raise OutOfReach(f"webhooks go to this machine only; {_remedy(host)}")

    def session(
        self,
        *,
        sending: bool = False,
        per_host: int = 0,
        silence: float = 20.0,
        total: float | None = None,
        middlewares: Sequence[aiohttp.ClientMiddlewareType] = (),
    ) -> aiohttp.ClientSession:
        """Connections that end nowhere out of reach: a name's addresses are looked up once, checked, and then used.

        ``silence`` seconds are waited for each sign of life, ``total`` for all of it.
        """
        timeout = aiohttp.ClientTimeout(total=total, sock_connect=silence, sock_read=silence)
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self, sending=sending), use_dns_cache=False, limit=0, limit_per_host=per_host
        )
        # Neither proxies nor netrc: through a proxy nobody would know where a connection ends.
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=middlewares,
        )

    @asynccontextmanager
    async def answer(
        self,
        session: aiohttp.ClientSession,
        method: str,
        url: str,
        *,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        sending: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask by a session of :meth:`session`, following redirects to what is within reach.

        Raises OutOfReach, aiohttp.ClientError, TimeoutError or OSError.
        """
        target = _parsed(url)
        for _ in range(_REDIRECTS + 1):
            self.check(target, sending=sending)
            async with session.request(
                method, target, json=json, headers=headers, allow_redirects=False
            ) as answer:
                place = answer.headers.get("Location")
                if answer.status not in _REDIRECT_STATUSES or place is None:
                    yield answer
                    return
                if answer.status == 303 or (answer.status in {301, 302} and method == "POST"):
                    method, json = ("HEAD" if method == "HEAD" else "GET"), None
                following = target.join(_parsed(place))
                if (following.scheme, following.host, following.port) != (
                    target.scheme,
                    target.host,
                    target.port,
                ):
                    headers = None  # a token is for whom it was meant
                target = following
        raise OutOfReach(f"it was sent on more than {_REDIRECTS} times")

    def _check_address(self, host: str, address: _Address, *, sending: bool) -> None:
        if address.is_loopback:
            return
        if sending:
            raise OutOfReach(f"webhooks go to this machine only; {_remedy(host)}")
        if not address.is_global or address.is_multicast or any(address in net for net in _NOT_PUBLIC):
            raise OutOfReach(f"{host} is no public address; {_remedy(host)}")

    def checked(self, host: str, found: list[ResolveResult], *, sending: bool) -> list[ResolveResult]:
        """A name's addresses, none of them out of reach."""
        name = _normal(host)
        if name not in self._allowed:
            for one in found:
                address = _address(one["host"])
                if address is None:
                    raise OutOfReach(f"{host} has an address that can't be read: {one['host']}")
                self._check_address(name, address, sending=sending)
        return found


class _Resolver(AbstractResolver):
    """Looks names up and gives out addresses that were checked, so that the connection goes to just those."""

    def __init__(self, reach: Reach, *, sending: bool) -> None:
        self._reach = reach
        self._sending = sending

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, port, type=socket.SOCK_STREAM, family=family
        )
        results = [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]
        return self._reach.checked(host, results, sending=self._sending)

    async def close(self) -> None:
        """Nothing is held."""


def _parsed(url: str) -> URL:
    try:
        return URL(url)
    except (ValueError, TypeError) as problem:
        raise OutOfReach(f"that is no address: {problem}") from None


def _normal(host: str) -> str:
    return host.lower().rstrip(".")


def _named(host: str) -> str:
    """An allowed host as it is compared; ValueError for what is none."""
    text = host.strip().strip("[]")
    if not text or any(mark in text for mark in "/@?#* ") or text.count(":") == 1:
        raise ValueError(f"{host!r} is no host: give a name or an address, without scheme, port and path")
    named = _address(_normal(text))
    return _normal(text) if named is None else str(named)


def _address(host: str) -> _Address | None:
    """The address a host is, the one inside when it wraps another; None for a name."""
    try:
        address: _Address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        inner = address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address if inner is None or inner.is_loopback else inner  # somebody else's loopback isn't ours
    return address


def _remedy(host: str) -> str:
    return f"let the gateway go there with --allow-host {host}"
