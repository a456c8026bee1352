"""Whether webhooks arrive: one sent to a receiver of this very moment, or to the address of one that serves."""

import asyncio
import contextlib
import json
import tempfile
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.client import AsyncStationThis
from stationthis_sdk.errors import ConfigError, StationThisError
from stationthis_sdk.flags import Flags
from stationthis_sdk.store.ledger_file import leave_ledger
from stationthis_sdk.webhooks.receiver import PING, REFUSED, AsyncReceiver

__all__ = ["ping", "send_to_self"]

_PATIENCE: Final = 10.0
_MOST: Final = 10_000


async def send_to_self() -> None:
    """Receive on a free port of this machine, send a webhook there, and hear of it; nothing of it is kept.

    Raises:
        StationThisError: it did not arrive, or what should have been refused was not.
    """
    home = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="stationthis-doctor-"))
    try:
        async with AsyncStationThis(
            "of-nobody", "http://127.0.0.1:9/api", flags=Flags(cache=False), home=home
        ) as st:
            await _send_to_self(st)
    finally:
        await asyncio.to_thread(_clear, home)


async def _send_to_self(st: AsyncStationThis) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    ready: asyncio.Queue[str] = asyncio.Queue()
    receiver = AsyncReceiver(st, on_progress=lambda run: heard.put_nowait(run.id))
    receiver._warned = float("inf")  # noqa: SLF001 - the wrong token is ours
    serving = asyncio.create_task(receiver.serve(port=0, on_ready=ready.put_nowait))
    try:
        async with asyncio.timeout(_PATIENCE):
            first = asyncio.create_task(ready.get())
            await asyncio.wait({first, serving}, return_when=asyncio.FIRST_COMPLETED)
            if not first.done():
                first.cancel()
                await serving
            url = await receiver.url_for(f"{first.result()}/")
            run_id = str(uuid.uuid4())
            sent = {"run_id": run_id, "status": "queued", "event_type": "run.updated", "outputs": []}
            wrong = await asyncio.to_thread(_post, url.partition("?")[0], sent, here=True)
            if wrong[0] != 401:
                raise ConfigError(f"A webhook without a token was answered with {wrong[0]}, not with 401.")
            right = await asyncio.to_thread(_post, url, sent, here=True)
            if right[0] != 200:
                raise ConfigError(f"A webhook was answered with {right[0]}: {right[1]}")
            if await heard.get() != run_id:
                raise ConfigError("A webhook arrived as another.")
    except TimeoutError:
        raise ConfigError(
            f"A webhook that was sent on this machine did not arrive in {_PATIENCE:.0f} s."
        ) from None
    finally:
        await receiver.stop()
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError, StationThisError):
            await serving


def ping(address: str) -> None:
    """Ask at an address of ``url_for`` whether a receiver of this account answers; blocks for seconds at most.

    Raises:
        ConfigError: none does, and why.
    """
    where = address.partition("?")[0]
    status, said = _post(address, {"run_id": str(uuid.uuid4()), "event_type": PING})
    if status == 200 and said == {"status": "pong"}:
        return
    if (status, said) == (REFUSED.status, REFUSED.body):
        raise ConfigError(
            f"The receiver at {where} does not take this account's token. Give it the same STATIONTHIS_SECRET, key and "
            "base URL."
        )
    if status == 0:
        raise ConfigError(f"Nobody can be reached at {where}: {said}.")
    raise ConfigError(
        f"What answers at {where} is no receiver (status {status}): look at the path, the port and the proxy."
    )


def _post(url: str, content: dict[str, Any], *, here: bool = False) -> tuple[int, Any]:
    """The status and what was said; 0 when nobody answered."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(content).encode(), headers, method="POST")  # noqa: S310 - checked by url_for
    # Proxies are not for what does not leave this machine.
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if here else []))
    try:
        with opener.open(request, timeout=_PATIENCE) as answer:
            return answer.status, _read(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, _read(refused)
    except (OSError, ValueError) as error:
        return 0, str(getattr(error, "reason", error))


def _read(answer: Any) -> Any:
    try:
        return json.loads(answer.read(_MOST))
    except (OSError, ValueError):
        return None


def _clear(home: Path) -> None:
    import shutil  # noqa: PLC0415 - only doctor asks

    leave_ledger(home)
    shutil.rmtree(home, ignore_errors=True)
