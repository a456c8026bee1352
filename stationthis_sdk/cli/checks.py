"""What can be wrong on this machine, looked at piece by piece; each look gives findings and raises nothing."""

import contextlib
import errno
import re
import shutil
import socket
import ssl
import stat
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from stationthis_sdk.cli import disks
from stationthis_sdk.cli.account import claims_of
from stationthis_sdk.cli.options import need_images

if TYPE_CHECKING:
    from pathlib import Path

    from stationthis_sdk import StationThis
    from stationthis_sdk.config import Settings

__all__ = [
    "Finding",
    "copies",
    "data_on_disk",
    "gateway",
    "has_sqlite",
    "key",
    "packages",
    "reach",
    "service",
    "spending",
    "webhook_at",
    "webhooks",
]

_DISTRIBUTION: Final = "stationthis-sdk"
_LITTLE_SPACE: Final = 500 << 20
_PATIENCE: Final = 5.0
_CLOCK_SLACK: Final = 120.0
_NO_SQLITE: Final = "this Python has no sqlite3"
_UNWRITABLE: Final = "the data folder can't be written"


@attrs.frozen
class Finding:
    """One thing looked at. ``state`` is ok, warning or failed; ``code`` is the exit code that a failure asks for."""

    name: str
    state: str
    detail: str
    advice: str = ""
    code: int = 1


def packages() -> Iterator[Finding]:
    """Python, the SDK, what it stands on, and which extras are whole."""
    from stationthis_sdk import __version__  # noqa: PLC0415 - only doctor asks

    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", "ok", f"{python} on {sys.platform}, {sys.executable}")
    try:
        wanted = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Finding(
            "packages", "warning", f"{_DISTRIBUTION} {__version__} runs from its sources", "pip install it"
        )
        return
    needs: dict[str, list[str]] = {}
    for line in wanted:
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"""extra == ['"]([\w-]+)['"]""", line)
        if name and name.group() != _DISTRIBUTION:
            needs.setdefault(extra.group(1) if extra else "", []).append(name.group())
    versions = {name: _version(name) for name in needs.pop("", [])}
    listed = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    yield Finding("packages", "ok", f"{_DISTRIBUTION} {__version__}; {listed}")
    if missing := [name for name, version in versions.items() if not version]:
        again = f"pip install --force-reinstall {_DISTRIBUTION}"
        yield Finding("packages", "failed", f"not installed: {', '.join(missing)}", again)
    extras = {
        extra: all(map(_version, names)) for extra, names in needs.items() if extra not in {"all", "dev"}
    }
    absent = [extra for extra, whole in extras.items() if not whole]
    yield Finding(
        "extras",
        "ok",
        f"installed: {', '.join(extra for extra, whole in extras.items() if whole) or 'none'}"
        + (f"; not installed: {', '.join(absent)}" if absent else ""),
        f"if you need one: pip install '{_DISTRIBUTION}[{absent[0]}]'" if absent else "",
    )


def data_on_disk() -> Iterator[Finding]:
    """The data folder, the space there, and who may read the profiles."""
    from stationthis_sdk.places import data_folder  # noqa: PLC0415 - only doctor asks
    from stationthis_sdk.profiles import Profiles  # noqa: PLC0415 - only doctor asks

    folder = data_folder().absolute()
    yield _folder(folder)
    yield from _disk(folder)
    path = Profiles(folder).path
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        yield Finding("profiles", "ok", f"none yet ({path})")
        return
    if mode & 0o077:
        yield Finding(
            "profiles", "warning", f"{path} can be read by others ({mode:04o})", f"chmod 600 {path}"
        )
    else:
        yield Finding("profiles", "ok", f"{path}, for you alone ({mode:04o})")


def _folder(folder: "Path") -> Finding:
    """Whether it can be written, or made; nothing is left there."""
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    another = "set STATIONTHIS_HOME to a folder that can be written"
    try:
        if folder.exists() and there != folder:
            raise NotADirectoryError(f"{folder} is no folder")
        if there == folder:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"?")
        else:
            tempfile.TemporaryDirectory(dir=there).cleanup()
        free = shutil.disk_usage(there).free
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        why = str(error) if error.errno is None else f"nothing can be written in {there} ({error.strerror})"
        advice = f"free some space, or {another}" if full else another
        return Finding("data folder", "failed", f"{folder}: {why}", advice)
    space = f"{folder}{'' if there == folder else ' (not made yet)'}, {free / 2**30:.1f} GiB free"
    little = free < _LITTLE_SPACE
    advice = "free some space" if little else ""
    return Finding("data folder", "warning" if little else "ok", space, advice)


def _disk(folder: "Path") -> Iterator[Finding]:
    """A disk that others share, or that does not last."""
    mounts = disks.mounts_here()
    resolved = folder.resolve()
    if kind := disks.is_remote(resolved, mounts):
        yield Finding(
            "disk",
            "warning",
            f"{folder} is on the network ({kind}): its databases may be slow, and may break when machines share them",
            "set STATIONTHIS_HOME to a folder on a disk of this machine",
        )
    elif disks.goes_with_container(resolved, mounts):
        yield Finding(
            "disk",
            "warning",
            f"{folder} is inside this container, and goes with it",
            "set STATIONTHIS_HOME to a folder on a volume",
        )


def copies(st: "StationThis | None") -> Finding:
    """Whether answers are kept on disk; without a client only whether they could be."""
    from stationthis_sdk.places import data_folder  # noqa: PLC0415 - only doctor asks

    if not has_sqlite():
        off: str | None = _NO_SQLITE
    elif st is not None:
        off = st.cache.info().off
    else:
        off = _UNWRITABLE if _folder(data_folder().absolute()).state == "failed" else None
    if off is None:
        return Finding("cache", "ok", f"answers are kept in {data_folder() / 'cache'}")
    if off.startswith("the flag"):
        return Finding("cache", "ok", f"nothing is cached: {off}")
    advice = "use a Python that was built with it" if off == _NO_SQLITE else "mend the data folder, see above"
    return Finding("cache", "warning", f"nothing is cached, every answer is asked anew: {off}", advice)


def has_sqlite() -> bool:
    """Whether this Python has sqlite3, which some were built without."""
    try:
        import sqlite3  # noqa: F401, PLC0415 - it may be missing
    except ImportError:
        return False
    return True


def reach(base_url: str) -> Iterator[Finding]:
    """Name, connection and certificate of an address, one after the other; stops at what fails."""
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if proxy := _proxy(parts.scheme, host):
        yield Finding("network", "warning", f"{proxy} is set: the direct way to {host} was not tried")
        return
    try:
        addresses = sorted({found[4][0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
        if addresses != [host]:
            yield Finding("name", "ok", f"{host} is {', '.join(map(str, addresses[:3]))}")
        connection = socket.create_connection((host, port), _PATIENCE)
    except (socket.gaierror, UnicodeError):
        yield Finding("name", "failed", f"no host called {host}", "check the base URL and the network")
        return
    except OSError as error:
        advice = "check the base URL, the network and the firewall"
        yield Finding("connection", "failed", f"{host}:{port}: {error.strerror or error}", advice)
        return
    with connection:
        yield Finding("connection", "ok", f"{host}:{port} answers")
        if parts.scheme == "https":
            yield _certificate(connection, host)


def _certificate(connection: socket.socket, host: str) -> Finding:
    try:
        with ssl.create_default_context().wrap_socket(connection, server_hostname=host) as secured:
            return Finding("certificate", "ok", f"accepted, {secured.version()}")
    except ssl.SSLCertVerificationError as error:
        advice = "check this machine's clock and certificates, and whether a proxy is in between"
        return Finding("certificate", "failed", f"not accepted: {error.verify_message}", advice)
    except OSError as error:
        return Finding(
            "certificate", "failed", f"no TLS: {error.strerror or error}", "is this an https address?"
        )


def key(settings: "Settings") -> Iterator[Finding]:
    """Whose key it is and whether it has ended, by its own words; nothing is asked of the service."""
    from stationthis_sdk.secret import key_claims  # noqa: PLC0415 - only doctor asks

    claims = claims_of(settings)
    now = datetime.now(UTC)
    ends = claims["expires"]
    detail = f"from {settings.source}, account {claims['account']}" + (f", until {ends}" if ends else "")
    issued = key_claims(settings.api_key.reveal()).get("iat")
    if ends and datetime.fromisoformat(ends) < now:
        yield Finding(
            "key", "failed", f"{detail}: that is over", "make a new key and run `stationthis login`"
        )
    elif isinstance(issued, int | float) and issued > now.timestamp() + _CLOCK_SLACK:
        yield Finding("key", "warning", f"{detail}, made in the future", "set this machine's clock right")
    else:
        yield Finding("key", "ok", detail)


def service(st: "StationThis") -> Iterator[Finding]:
    """Whether the service takes the key, and what it shows."""
    from stationthis_sdk import AuthError, StationThisError  # noqa: PLC0415 - only doctor asks

    try:
        machines = st.machines.list()
        yield Finding(
            "service", "ok", f"{st.base_url} accepts the key and shows {_count(len(machines), 'machine')}"
        )
        found = st.deployments.list()
    except AuthError as error:
        yield Finding("service", "failed", error.message, "stationthis login")
    except StationThisError as error:
        yield Finding("service", "failed", error.message, "try again later" if error.retryable else "")
    else:
        advice = "" if found else "deploy a workflow, or check that this is the right account"
        yield Finding("deployments", "ok" if found else "warning", _count(len(found), "deployment"), advice)


def spending(st: "StationThis") -> Finding:
    """What runs started from here have cost this month, and how far the cap is."""
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - only doctor asks

    cap = st.settings.monthly_cap
    try:
        found = st.costs(by="month")
    except StationThisError as error:
        return Finding("spending", "warning", error.message)
    of = "" if cap is None else f", of a cap of ${cap:.2f} ({st.settings.cap_source})"
    detail = f"this month {found}{of}"
    total = found.total
    if total.unknown_runs and (cap is not None or total.estimated is None):
        return Finding(
            "spending",
            "warning" if cap is not None else "ok",
            detail,
            "what is unknown counts as nothing: `stationthis runs list --json=id,state,cost_why` says why",
        )
    if cap is not None and (total.estimated or 0.0) >= cap:
        return Finding("spending", "warning", detail, "no run is started before next month; or raise the cap")
    return Finding("spending", "ok", detail)


def gateway() -> Finding:
    """Whether the local gateway could be started here."""
    from stationthis_sdk import MissingExtra  # noqa: PLC0415 - only doctor asks

    if not has_sqlite():
        return Finding("local gateway", "warning", f"can't be started here: {_NO_SQLITE}")
    try:
        need_images()
    except MissingExtra as error:
        return Finding("local gateway", "warning", "can't be started here", str(error))
    return Finding("local gateway", "ok", "can be started: add --local")


def webhooks() -> Finding:
    """Whether a webhook that is sent on this machine arrives."""
    import asyncio  # noqa: PLC0415 - only doctor asks

    from stationthis_sdk import StationThisError  # noqa: PLC0415 - likewise
    from stationthis_sdk.webhooks.selftest import send_to_self  # noqa: PLC0415 - likewise

    if not has_sqlite():
        return Finding("webhooks", "warning", f"not tried: {_NO_SQLITE}, and none would be kept")
    try:
        asyncio.run(send_to_self())
    except (StationThisError, OSError) as error:
        return Finding(
            "webhooks", "failed", str(error), "check STATIONTHIS_SECRET and this machine's firewall"
        )
    return Finding(
        "webhooks",
        "ok",
        "one sent on this machine arrived, one without a token was refused",
        "whether yours arrive from outside: stationthis doctor --webhook URL",
    )


def webhook_at(st: "StationThis", address: str) -> Finding:
    """Whether a receiver answers at an address, and takes this account's token."""
    from stationthis_sdk import StationThisError  # noqa: PLC0415 - only doctor asks
    from stationthis_sdk.webhooks import url_for  # noqa: PLC0415 - likewise
    from stationthis_sdk.webhooks.selftest import ping  # noqa: PLC0415 - likewise

    try:
        ping(url_for(address, st))
    except StationThisError as error:
        advice = "start one: stationthis webhooks serve --public-url URL"
        return Finding("webhook", "failed", error.message, advice)
    return Finding("webhook", "ok", f"a receiver answers at {address}, and takes this account's webhooks")


def _version(name: str) -> str | None:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    return None


def _proxy(scheme: str, host: str) -> str | None:
    """The variable that sends requests to this host through a proxy."""
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415 - only doctor asks

    from stationthis_sdk.places import is_nearby  # noqa: PLC0415 - likewise

    if is_nearby(host) or proxy_bypass(host):
        return None
    return f"{scheme.upper()}_PROXY" if scheme in getproxies() else None


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
