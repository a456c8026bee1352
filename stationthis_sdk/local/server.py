"""The gateway as a server: its services are started together and stopped together."""

import asyncio
import contextlib
import socket
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from aiohttp import web

from stationthis_sdk.local import folder
from stationthis_sdk.local.clock import CLOCK, Clock
from stationthis_sdk.local.database import Database
from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.local.leases import Leases
from stationthis_sdk.local.machines.machinery import Machinery
from stationthis_sdk.local.prices import all_prices
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.requests.keys import Keys
from stationthis_sdk.local.requests.middleware import middleware
from stationthis_sdk.local.requests.validation import BODY_LIMIT
from stationthis_sdk.local.routes import all_routes
from stationthis_sdk.local.runs.execution import Execution
from stationthis_sdk.local.runs.feeds import Feeds
from stationthis_sdk.local.runs.logs import Logs
from stationthis_sdk.local.runs.webhooks import Webhooks
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.storage.file_store import FileStore
from stationthis_sdk.local.storage.links import LINKS
from stationthis_sdk.local.storage.object_store import ObjectStore
from stationthis_sdk.local.storage.sweeping import sweep
from stationthis_sdk.local.strictness import STRICT
from stationthis_sdk.local.volumes.downloads import Downloads
from stationthis_sdk.local.volumes.volume import Volumes
from stationthis_sdk.local.workspace import OWNER, fill_workspace, match_comfyui

__all__ = ["Gateway"]

_HOST = "127.0.0.1"


class Gateway:
    """ComfyUI Deploy's contract on this machine, over one data folder, inside the running event loop.

    ``port`` 0 takes the port of the last time, else a free one, so that URLs given out before still work. Without
    ``key`` the folder's own is used. ``strict`` makes it behave better than the service: right statuses, one
    timestamp format. ``comfyui`` are addresses of ComfyUI servers, each a machine. ``allow_hosts`` are fetched from and sent webhooks wherever they are. ``prices`` are what it says
    that GPUs cost, US dollars a second; nothing without. ``clock`` and ``faults`` are there to be pushed and switched on. Raises FolderInUse when another gateway serves the folder.

    >>> import asyncio, tempfile
    >>> async def main():
    ...     with tempfile.TemporaryDirectory() as folder:
    ...         gateway = Gateway(Path(folder))
    ...         await gateway.start()
    ...         address = gateway.base_url
    ...         await gateway.stop()
    ...         return address
    >>> asyncio.run(main())  # doctest: +ELLIPSIS
    'http://127.0.0.1:.../api'
    """

    def __init__(
        self,
        data: Path | str,
        port: int = 0,
        key: str | None = None,
        *,
        strict: bool = False,
        allow_hosts: Iterable[str] = (),
        clock: Clock | None = None,
        faults: Faults | None = None,
        comfyui: Sequence[str] = (),
        prices: Mapping[str, float] | None = None,
    ) -> None:
        self._folder = Path(data)
        self._port = port
        self._wanted_key = key
        self._services: Services | None = None
        self._runner: web.AppRunner | None = None
        self._lock: folder.Lock | None = None
        self._machinery: Machinery | None = None
        self._strict = strict
        try:
            self._reach = Reach(allow_hosts)
        except ValueError as problem:
            raise folder.GatewayError(str(problem)) from None
        self._comfyui = tuple(comfyui)
        self._prices = all_prices(prices or {})
        self.clock = clock or Clock()
        self.faults = faults or Faults()
        self.key = ""

    @property
    def base_url(self) -> str:
        """The API's address, such as ``http://127.0.0.1:40123/api``."""
        return f"{self._running.base}/api"

    async def start(self, lock: folder.Lock | None = None) -> None:
        """Open the folder and answer; ``lock`` is the folder's, if it has been taken already."""
        self._folder = await asyncio.to_thread(folder.prepare, self._folder)
        if lock is None:
            lock = folder.Lock(self._folder)
            await asyncio.to_thread(lock.take)
        self._lock = lock
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the live runs as failed, stop answering, and give the folder free."""
        services, self._services = self._services, None
        if services is not None:
            services.leases.closing = True
            self.faults.wake()
            services.feeds.close()
            services.logs.close()
            await services.execution.stop()
            await services.downloads.close()
        if self._machinery is not None:
            await self._machinery.close()
            self._machinery = None
        if services is not None:
            await services.webhooks.close()
        if self._runner is not None:
            await asyncio.to_thread(folder.forget_note, self._folder)
            await self._runner.cleanup()
            self._runner = None
        if services is not None:
            await services.database.close()
        if self._lock is not None:
            self._lock.drop()
            self._lock = None

    async def add_key(self, user_id: str, org_id: str | None = None) -> str:
        """Let one more person in, alone or for an organisation; returns the new key."""
        _, key = await self._running.keys.make(Caller(user_id, org_id), "added")
        return key

    async def unused(self, linger: float) -> None:
        """Wait until nobody has held a lease and nothing has run for ``linger`` seconds."""
        services = self._running
        await services.leases.unused(linger, lambda: services.execution.live + services.downloads.live)

    @property
    def services(self) -> Services:
        """What its request handlers share, for those who look behind the contract."""
        return self._running

    @property
    def _running(self) -> Services:
        if self._services is None:
            raise folder.GatewayError("the gateway is not running: await its start() first")
        return self._services

    async def _start(self) -> None:
        CLOCK.set(self.clock)
        STRICT.set(self._strict)
        self.key = await asyncio.to_thread(folder.key_of, self._folder, self._wanted_key)
        database, file_store, feeds = (
            Database(self._folder / "gateway.sqlite"),
            FileStore(self._folder / "files"),
            Feeds(),
        )
        await database.open()
        logs = Logs(database)
        webhooks = Webhooks(self._reach, logs, self.faults)
        keys = Keys(database)
        try:
            self._machinery = machinery = Machinery(
                BuiltIn(self._folder / "work"),
                self._folder / "files" / "unfinished",
                self._reach,
                lambda: webhooks.base,
                self._comfyui,
            )
        except ValueError as problem:
            await database.close()
            raise folder.GatewayError(str(problem)) from None
        volumes = Volumes(self._folder / "models")
        execution = Execution(database, file_store, webhooks, feeds, logs, self.faults, machinery.of, volumes)
        services = Services(
            database,
            file_store,
            execution,
            webhooks,
            Leases(),
            keys,
            feeds,
            self.clock,
            self._reach,
            ObjectStore(self._folder / "files" / "uploads"),
            Downloads(database, volumes, self._reach),
            logs,
            self.faults,
            machinery,
            self._prices,
            strict=self._strict,
        )
        self._services = services
        await asyncio.to_thread(file_store.open)
        LINKS.set(file_store.links)
        await services.downloads.open()
        await keys.open()
        await keys.admit(OWNER, self.key, "gateway")
        await database.do(fill_workspace)
        await database.do(partial(match_comfyui, self._comfyui))
        killed_since = await asyncio.to_thread(folder.killed_since, self._folder)
        if killed_since is not None:
            await database.do(lambda tables: sweep(tables, file_store, killed_since))
        bound, webhooks.base = await self._bind()
        with contextlib.ExitStack() as unless_answering:
            unless_answering.callback(bound.close)
            await execution.take_up()
            await self._answer(services, bound)
            unless_answering.pop_all()
        await asyncio.to_thread(folder.write_note, self._folder, self.base_url, self.key)

    async def _bind(self) -> tuple[socket.socket, str]:
        """The socket to answer on, and its address; those who come too early wait in its queue."""
        last = await asyncio.to_thread(folder.last_port, self._folder) if self._port == 0 else None
        bound = None if last is None else _bound(last)
        try:
            bound = bound or socket.create_server((_HOST, self._port))
        except (OSError, OverflowError) as problem:
            raise folder.GatewayError(
                f"port {self._port} can't be used ({problem}): choose another"
            ) from problem
        port = int(bound.getsockname()[1])
        await asyncio.to_thread(folder.remember_port, self._folder, port)
        return bound, f"http://{_HOST}:{port}"

    async def _answer(self, services: Services, bound: socket.socket) -> None:
        app = web.Application(middlewares=[middleware], client_max_size=BODY_LIMIT)
        app[SERVICES] = services
        app.add_routes(all_routes())
        app.add_routes([web.get("/lease", services.leases.hold, allow_head=False)])
        # Bodies are taken as they come: the service unpacks none, and a packed one could be of any size.
        self._runner = runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=2.0, auto_decompress=False
        )
        await runner.setup()
        await web.SockSite(runner, bound).start()


def _bound(port: int) -> socket.socket | None:
    try:
        return socket.create_server((_HOST, port))
    except OSError:
        return None
