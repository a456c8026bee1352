"""A gateway in a thread of the process that tests."""

import asyncio
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import attrs
from aiohttp import web

from stationthis_sdk.client import AsyncStationThis
from stationthis_sdk.entities import SUBMIT_INPUT
from stationthis_sdk.local.clock import Clock
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.local.folder import check_images
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import GRAPHS, Run
from stationthis_sdk.local.rows.workflows import Deployment, Workflow
from stationthis_sdk.local.server import Gateway
from stationthis_sdk.store.file_names import leave_names
from stationthis_sdk.store.ledger_file import leave_ledger
from stationthis_sdk.store.shelf import leave_shelf
from stationthis_sdk.sync import StationThis
from stationthis_sdk.testing.deploying import deploy

__all__ = ["LocalGateway", "SeenRun", "local_gateway"]

_PATIENCE: Final = 60.0
_T = TypeVar("_T")


@attrs.frozen
class SeenRun:
    """A run as the gateway saw it; ``deployment`` is its workflow's name, ``error`` why it failed."""

    id: str
    deployment: str
    environment: str | None
    inputs: Mapping[str, Any]
    state: str
    error: str | None
    gpu: str | None
    webhook: str | None


class LocalGateway:
    """ComfyUI Deploy's contract in this process, until the end of the ``with`` block.

    It has a thread and an event loop, a free port and a temporary folder of its own, which all go with it. ``strict``
    makes it behave better than the service; ``prices`` are what it says a second of each GPU costs, in US dollars. Safe
    to use from any thread; forked children may send requests, and leave it alone otherwise.

    >>> with LocalGateway() as gateway:
    ...     gateway  # doctest: +ELLIPSIS
    <LocalGateway http://127.0.0.1:.../api>
    """

    def __init__(self, *, strict: bool = False, prices: Mapping[str, float] | None = None) -> None:
        self._strict = strict
        self._prices = prices
        self._gateway: Gateway | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._problems: list[BaseException] = []
        self._home = Path()
        self._at_the_end: tuple[SeenRun, ...] | None = None
        self._clients: list[StationThis] = []
        self._hooks = _Hooks()
        self._pid = 0
        self._clear: Callable[[], object] = bool
        self._base_url = self._key = ""
        self.clock = Clock()
        self.faults = Faults()

    def __repr__(self) -> str:
        return f"<LocalGateway {self._base_url or 'not started'}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start it; raises GatewayError when it can't be, RuntimeError when it has been started before."""
        if self._thread is not None:
            raise RuntimeError("this gateway has been started before: make another LocalGateway")
        check_images()
        self._pid = os.getpid()
        folder = Path(tempfile.mkdtemp(prefix="stationthis-testing-"))
        self._clear = weakref.finalize(self, _remove, folder, self._pid)
        begun = threading.Event()

        def serve() -> None:
            try:
                asyncio.run(self._serve(folder, begun))
            except BaseException as problem:  # noqa: BLE001  told to the thread that starts or stops
                self._problems.append(problem)
            finally:
                begun.set()

        self._thread = threading.Thread(target=serve, name="stationthis-testing", daemon=True)
        self._thread.start()
        begun.wait()
        if self._gateway is None:
            self._thread.join()
            self._clear()
            raise self._problems[0]
        return self

    def stop(self) -> None:
        """End it: clients are closed, runs under way fail, the folder goes. A second time changes nothing."""
        thread, loop, over = self._thread, self._loop, self._over
        if (
            thread is None
            or loop is None
            or over is None
            or os.getpid() != self._pid
            or not thread.is_alive()
        ):
            return
        clients, self._clients = self._clients, []
        for client in clients:
            client.close()
        leave_ledger(self._home)
        leave_names(self._home)
        leave_shelf(self._home / "cache")
        self._at_the_end = self.runs()
        loop.call_soon_threadsafe(over.set)
        thread.join(_PATIENCE)
        if thread.is_alive():
            raise RuntimeError(f"the gateway's thread did not end within {_PATIENCE:.0f} s")
        self._clear()
        if self._problems:
            raise self._problems[0]

    @property
    def base_url(self) -> str:
        """Where it answers, such as ``http://127.0.0.1:40123/api``."""
        self._started()
        return self._base_url

    @property
    def key(self) -> str:
        """The workspace owner's API key."""
        self._started()
        return self._key

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables by which the SDK and the command find it, and nobody's own settings."""
        self._started()
        return {
            "STATIONTHIS_BASE_URL": self._base_url,
            "STATIONTHIS_API_KEY": self._key,
            "STATIONTHIS_HOME": str(self._home),
            "STATIONTHIS_PROFILE": "",
        }

    def environment(self) -> dict[str, str]:
        """This process's environment with :attr:`variables`, for a subprocess."""
        return {**os.environ, **self.variables}

    def client(self, key: str | None = None, **settings: Any) -> StationThis:
        """A client of it, closed with it; ``settings`` are those of StationThis."""
        client = StationThis(key or self.key, self.base_url, **{"home": self._home, **settings})
        self._clients.append(client)
        return client

    def async_client(self, key: str | None = None, **settings: Any) -> AsyncStationThis:
        """The same for coroutines: ``async with gateway.async_client() as st: …``."""
        return AsyncStationThis(key or self.key, self.base_url, **{"home": self._home, **settings})

    def add_key(self, user_id: str = "guest", org_id: str | None = None) -> str:
        """A key for one more person, alone or for an organisation; the walls between them are the service's."""
        return self._call(self._started().add_key(user_id, org_id))

    def deploy(
        self,
        name: str,
        graph: Mapping[str, Any],
        *,
        environment: str = "production",
        machine: str = "this-machine",
    ) -> str:
        """Deploy a graph of your own (ComfyUI's API format) under a name; the deployment's id.

        The same name again is a new version of it. ``machine`` may be ``classic-machine``. Raises ValueError for what
        is no graph, and for a machine that isn't there.
        """

        def work(tables: Tables) -> str:
            found = tables.find(Machine, "name = ? AND deleted = 0", machine)
            if not found:
                names = ", ".join(sorted(one.name for one in tables.find(Machine, "deleted = 0")))
                raise ValueError(f"there is no machine {machine!r}; there are {names}")
            return deploy(tables, found[0], name, graph, environment)

        return self._call(self._started().services.database.do(work))

    def runs(self) -> tuple[SeenRun, ...]:
        """Every run that came, oldest first, whoever sent it; after the end as they were then."""
        if self._at_the_end is not None:
            return self._at_the_end

        def work(tables: Tables) -> tuple[SeenRun, ...]:
            names = {one.id: one.name for one in tables.find(Workflow)}
            environments = {one.id: one.environment for one in tables.find(Deployment)}
            return tuple(
                SeenRun(
                    id=run.id,
                    deployment=names.get(run.workflow_id, ""),
                    environment=environments.get(run.deployment_id or ""),
                    inputs={
                        name: given for name, given in run.workflow_inputs.items() if name != SUBMIT_INPUT
                    },
                    state=run.status,
                    error=run.error,
                    gpu=run.gpu,
                    webhook=run.webhook,
                )
                for run in tables.find(Run, "1 ORDER BY created_at, rowid", without=GRAPHS)
            )

        return self._call(self._started().services.database.do(work))

    @property
    def webhook_url(self) -> str:
        """An address for webhooks; what arrives there is in :attr:`webhooks`."""
        self._started()
        return self._call(self._hooks.url())

    @property
    def webhooks(self) -> tuple[dict[str, Any], ...]:
        """The bodies of the webhooks that have come to :attr:`webhook_url`, in their order."""
        return tuple(self._hooks.bodies)

    def until(self, reached: Callable[[], object], seconds: float = 10.0) -> None:
        """Wait until it is so, looking again and again; raises TimeoutError after this many real seconds."""
        end = time.monotonic() + seconds
        while not reached():
            if time.monotonic() > end:
                raise TimeoutError(f"it was not so within {seconds:g} s")
            time.sleep(0.01)

    async def _serve(self, folder: Path, begun: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = over = asyncio.Event()
        self._home = folder / "home"
        gateway = Gateway(
            folder / "gateway",
            strict=self._strict,
            clock=self.clock,
            faults=self.faults,
            prices=self._prices,
        )
        await gateway.start()
        self._base_url, self._key = gateway.base_url, gateway.key
        self._gateway = gateway
        begun.set()
        try:
            await over.wait()
        finally:
            await gateway.stop()
            await self._hooks.close()

    def _started(self) -> Gateway:
        if self._gateway is None:
            raise RuntimeError("this gateway has not been started: use it in a with block")
        if self._at_the_end is not None:
            raise RuntimeError("this gateway does not run any more")
        return self._gateway

    def _call(self, work: Coroutine[Any, Any, _T]) -> _T:
        loop = self._loop
        if loop is None or os.getpid() != self._pid:
            work.close()
            raise RuntimeError(
                "this gateway runs in another process: forked children can only send it requests"
            )
        return asyncio.run_coroutine_threadsafe(work, loop).result(_PATIENCE)


def local_gateway(*, strict: bool = False, prices: Mapping[str, float] | None = None) -> LocalGateway:
    """A :class:`LocalGateway` to be used in a ``with`` block."""
    return LocalGateway(strict=strict, prices=prices)


class _Hooks:
    """A receiver of webhooks."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._runner: web.AppRunner | None = None

    async def url(self) -> str:
        if self._runner is None:
            app = web.Application()
            app.router.add_post("/webhooks", self._take)
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/webhooks"

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        return web.Response()


def _remove(folder: Path, pid: int) -> None:
    if os.getpid() == pid:  # a forked child must not clear away what its parent uses
        shutil.rmtree(folder, ignore_errors=True)
