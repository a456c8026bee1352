"""The gateway as a server: its services are started together and stopped together."""

import asyncio
import secrets
from pathlib import Path

from aiohttp import web

from stationthis_sdk.local import deployments, files, folder, machines, runs, workflows
from stationthis_sdk.local.database import Database
from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.execution import Execution
from stationthis_sdk.local.file_store import FileStore
from stationthis_sdk.local.leases import Leases
from stationthis_sdk.local.middleware import key_hash, middleware
from stationthis_sdk.local.rows import User
from stationthis_sdk.local.services import SERVICES, Services
from stationthis_sdk.local.validation import BODY_LIMIT
from stationthis_sdk.local.webhooks import Webhooks
from stationthis_sdk.local.workspace import OWNER, fill_workspace

__all__ = ["Gateway"]

_HOST = "127.0.0.1"


class Gateway:
    """ComfyUI Deploy's contract on this machine, over one data folder, inside the running event loop.

    ``port`` 0 takes the port of the last time, else a free one, so that URLs given out before still work. Without
    ``key`` the folder's own is used. Raises FolderInUse when another gateway serves the folder.

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

    def __init__(self, data: Path | str, port: int = 0, key: str | None = None) -> None:
        self._folder = Path(data)
        self._port = port
        self._wanted_key = key
        self._users: dict[str, str] = {}
        self._services: Services | None = None
        self._runner: web.AppRunner | None = None
        self._lock: folder.Lock | None = None
        self._engine: BuiltIn | None = None
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
            await services.execution.stop()
        if self._engine is not None:
            await self._engine.close()
            self._engine = None
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

    async def add_user(self, user_id: str) -> str:
        """Let one more owner in, who sees nothing of the others' rows; returns the new key."""
        key = f"local_{secrets.token_urlsafe(32)}"
        await self._admit(user_id, key)
        return key

    async def unused(self, linger: float) -> None:
        """Wait until nobody has held a lease and nothing has run for ``linger`` seconds."""
        services = self._running
        await services.leases.unused(linger, lambda: services.execution.live)

    def _user_of(self, digest: str) -> str | None:
        return self._users.get(digest)

    @property
    def _running(self) -> Services:
        if self._services is None:
            raise folder.GatewayError("the gateway is not running: await its start() first")
        return self._services

    async def _start(self) -> None:
        self.key = await asyncio.to_thread(folder.key_of, self._folder, self._wanted_key)
        database, file_store, webhooks = (
            Database(self._folder / "gateway.sqlite"),
            FileStore(self._folder / "files"),
            Webhooks(),
        )
        await database.open()
        self._engine = engine = BuiltIn()
        execution = Execution(database, file_store, webhooks, lambda _: engine)
        self._services = Services(database, file_store, execution, webhooks, Leases(), self._user_of)
        await asyncio.to_thread(file_store.open)
        for user in await database.do(lambda tables: tables.find(User)):
            self._users[user.key_sha256] = user.id
        await self._admit(OWNER, self.key)
        await database.do(fill_workspace)
        left = await execution.leftovers()
        webhooks.base = await self._listen(self._services)
        await execution.fail_leftovers(left)
        await asyncio.to_thread(folder.write_note, self._folder, self.base_url, self.key)

    async def _admit(self, user_id: str, key: str) -> None:
        digest = key_hash(key)
        user = User(id=user_id, key_sha256=digest)
        services = self._running
        await services.database.do(
            lambda tables: tables.save(user) if tables.get(User, user_id) else tables.add(user)
        )
        self._users = {kept: owner for kept, owner in self._users.items() if owner != user_id}
        self._users[digest] = user_id

    async def _listen(self, services: Services) -> str:
        app = web.Application(middlewares=[middleware], client_max_size=BODY_LIMIT)
        app[SERVICES] = services
        for module in (deployments, files, machines, runs, workflows):
            app.add_routes(module.routes())
        app.add_routes([web.get("/lease", services.leases.hold, allow_head=False)])
        self._runner = runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        last = await asyncio.to_thread(folder.last_port, self._folder) if self._port == 0 else None
        if last is None or not await _bound(runner, last):
            try:
                await web.TCPSite(runner, _HOST, self._port).start()
            except OSError as problem:
                raise folder.GatewayError(
                    f"port {self._port} can't be used ({problem}): choose another"
                ) from problem
        port = int(runner.addresses[0][1])
        await asyncio.to_thread(folder.remember_port, self._folder, port)
        return f"http://{_HOST}:{port}"


async def _bound(runner: web.AppRunner, port: int) -> bool:
    site = web.TCPSite(runner, _HOST, port)
    try:
        await site.start()
    except OSError:
        await site.stop()
        return False
    return True
