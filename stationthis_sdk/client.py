"""The client: settings in, resources out."""

import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from stationthis_sdk.config import Secret, Settings, data_folder, load_settings
from stationthis_sdk.context import Context
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import Timeouts
from stationthis_sdk.errors import ConfigError, Exchange
from stationthis_sdk.files import AsyncFiles
from stationthis_sdk.logs import remember, switch_on
from stationthis_sdk.machines import AsyncMachines
from stationthis_sdk.runs import AsyncRuns

if TYPE_CHECKING:
    import httpx

    from stationthis_sdk.local.launch import Lease

__all__ = ["AsyncStationThis"]


class AsyncStationThis:
    """ComfyUI Deploy, from a coroutine.

    api_key: else ``STATIONTHIS_API_KEY``, ``COMFY_DEPLOY_API_KEY``, else the profile. base_url: else
    ``STATIONTHIS_BASE_URL``, else the profile, else the cloud. profile: a name in the profiles file. local: run on
    this machine, without a key: joins the gateway of the data folder or starts it. timeouts: limits by phase.
    http_client: an httpx client of your own (proxies, certificates), which stays yours to close.

    Raises:
        NoKey: no key anywhere.
        ConfigError: a setting is wrong.

    Example:
        >>> async with AsyncStationThis(local=True) as st:
        ...     portrait = await st.deployments.get("text-to-picture")
        ...     run = await portrait(prompt="a lighthouse at dusk", seed=7, steps=2)
        >>> run.state
        'success'
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        profile: str | None = None,
        *,
        local: bool = False,
        timeouts: Timeouts | None = None,
        http_client: "httpx.AsyncClient | httpx.Client | None" = None,
    ) -> None:
        from stationthis_sdk.api.connect import connect  # noqa: PLC0415 - HTTP is loaded with the first client

        switch_on()
        self._lease: Lease | None = None
        if local:
            if api_key or base_url or profile:
                raise ConfigError(
                    "local=True has its own key and address: leave api_key, base_url and profile out."
                )
            settings = self._join()
        else:
            settings = load_settings(api_key, base_url, profile)
        remember(settings.api_key.reveal())
        timeouts = timeouts or Timeouts()
        self._context = Context(settings, connect(settings, timeouts, http_client), timeouts)
        self._deployments = AsyncDeployments(self._context)
        self._runs = AsyncRuns(self._context)
        self._files = AsyncFiles(self._context)
        self._machines = AsyncMachines(self._context)

    def _join(self) -> Settings:
        from stationthis_sdk.local.folder import GatewayError  # noqa: PLC0415 - only who works locally needs it
        from stationthis_sdk.local.launch import join  # noqa: PLC0415 - likewise

        try:
            self._lease = join(data_folder() / "local")
        except GatewayError as error:
            raise ConfigError(f"The local gateway can't be used: {error}") from None
        weakref.finalize(self, self._lease.close)
        return Settings(Secret(self._lease.key), self._lease.base_url, "local", "the gateway on this machine")

    def __repr__(self) -> str:
        return f"<StationThis {self.base_url} (key from {self.settings.source})>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def deployments(self) -> AsyncDeployments:
        """Deployments: list them, get one by name."""
        return self._deployments

    @property
    def runs(self) -> AsyncRuns:
        """Runs by id and from saved files."""
        return self._runs

    @property
    def files(self) -> AsyncFiles:
        """Uploads by hand."""
        return self._files

    @property
    def machines(self) -> AsyncMachines:
        """Machines of the account."""
        return self._machines

    @property
    def base_url(self) -> str:
        """Where requests go."""
        return self._context.settings.base_url

    @property
    def settings(self) -> Settings:
        """What the client works with; the key in it does not show."""
        return self._context.settings

    @property
    def last_requests(self) -> tuple[Exchange, ...]:
        """The last fifty requests, oldest first, safe to paste into a bug report.

        Example:
            >>> deployments = await st.deployments.list()
            >>> st.last_requests[-1].status
            200
        """
        return tuple(self._context.service.edge.exchanges)

    async def close(self) -> None:
        """Close the connections of the running loop, and leave the local gateway."""
        await self._context.service.edge.aclose()
        if self._lease is not None:
            self._lease.close()

    def __reduce__(self) -> Any:
        raise TypeError("a client is not pickled: make one where it is needed")
