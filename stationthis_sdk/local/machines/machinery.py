"""Which engine does a machine's work: the built-in one, a ComfyUI, or a ComfyUI with the deploy plugin."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.local.comfyui.callbacks import Callbacks
from stationthis_sdk.local.comfyui.client import Client, ServerLost
from stationthis_sdk.local.comfyui.engine import ComfyUI
from stationthis_sdk.local.comfyui.plugin import Plugin
from stationthis_sdk.local.comfyui.stopping import unless_stopped
from stationthis_sdk.local.comfyui.tickets import Tickets
from stationthis_sdk.local.engine.built_in import BuiltIn
from stationthis_sdk.local.engines import Assignment, Engine
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.rows.machines import Machine

__all__ = ["Machinery"]

_OWN: Final = "StationThis"  # how the names of nodes begin that no ComfyUI has

_PLUGIN: Final = "ComfyUIDeployExternalText"


class Machinery:
    """The engines of every machine, each made when it is first needed.

    ``comfyui`` are the addresses of the user's own ComfyUI servers; the first does the work of machines that name none,
    but for graphs with nodes of ours. ``base`` tells the gateway's address.
    """

    def __init__(
        self, built_in: BuiltIn, scratch: Path, reach: Reach, base: Callable[[], str], comfyui: Sequence[str]
    ) -> None:
        self.callbacks = Callbacks()
        self.tickets = Tickets()
        self._built_in = built_in
        self._scratch = scratch
        self._reach = reach
        self._base = base
        self._own = {address: ComfyUI(address, scratch) for address in comfyui}
        self._chosen: dict[tuple[str, str | None], _Chosen] = {}
        first = next(iter(self._own.values()), None)
        self._here: Engine = built_in if first is None else _Here(built_in, first)

    def of(self, machine: Machine) -> Engine:
        """The engine of a machine."""
        if machine.endpoint is None:
            return self._here
        if machine.endpoint in self._own and not machine.auth_token:
            return self._own[machine.endpoint]
        place = (machine.endpoint, machine.auth_token)
        if place not in self._chosen:
            self._chosen[place] = _Chosen(*place, self)
        return self._chosen[place]

    def classes(self, machine: Machine) -> list[str] | None:
        """The node classes that there are for a machine; None where a ComfyUI does its work, which tells them itself."""
        if machine.endpoint is not None or self._own:
            return None
        import stationthis_sdk.local.engine.nodes  # noqa: F401, PLC0415  it adds them; else only workers load it
        from stationthis_sdk.local.engine.node import CLASSES  # noqa: PLC0415  likewise

        return sorted(CLASSES)

    def plugin(self, endpoint: str, auth_token: str | None) -> Plugin:
        """A machine with the plugin at an address that somebody chose."""
        return Plugin(endpoint, self.callbacks, self._base(), auth_token=auth_token, reach=self._reach)

    def comfyui(self, endpoint: str, auth_token: str | None) -> ComfyUI:
        """A ComfyUI at an address that somebody chose."""
        headers = {"Authorization": f"Bearer {auth_token}"} if auth_token else None
        return ComfyUI(endpoint, self._scratch, headers=headers, reach=self._reach)

    def client(self, endpoint: str, auth_token: str | None) -> Client:
        """Requests to an address that somebody chose."""
        headers = {"Authorization": f"Bearer {auth_token}"} if auth_token else None
        return Client(endpoint, headers, self._reach)

    async def close(self) -> None:
        """Close every engine."""
        engines: list[Engine] = [self._built_in, *self._own.values(), *self._chosen.values()]
        for engine in engines:
            await engine.close()


class _Here:
    """The gateway's own machine with a ComfyUI at hand: that one, but for the nodes it cannot have."""

    def __init__(self, built_in: BuiltIn, comfyui: ComfyUI) -> None:
        self._built_in, self._comfyui = built_in, comfyui

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        engine: Engine = self._built_in if _is_ours(given.graph) else self._comfyui
        await engine.carry_out(given)

    async def close(self) -> None:
        """Nothing of its own."""


class _Chosen:
    """A machine at an address that somebody chose: by the plugin's way when it has it, else as any ComfyUI.

    Which of the two is looked up once, and again after it was lost: it may come back as the other.
    """

    def __init__(self, endpoint: str, auth_token: str | None, machinery: Machinery) -> None:
        self._endpoint, self._auth_token, self._machinery = endpoint, auth_token, machinery
        self._engines: dict[bool, Plugin | ComfyUI] = {}
        self._has_plugin: bool | None = None

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        engine = await unless_stopped(given.stop, self._engine())
        try:
            await engine.carry_out(given)
        except ServerLost:
            self._has_plugin = None
            raise

    async def close(self) -> None:
        """Close what was made."""
        for engine in self._engines.values():
            await engine.close()

    async def _engine(self) -> Plugin | ComfyUI:
        try:
            has_plugin = self._has_plugin
            if has_plugin is None:
                has_plugin = self._has_plugin = await self._looked_up()
            if has_plugin not in self._engines:
                make = self._machinery.plugin if has_plugin else self._machinery.comfyui
                self._engines[has_plugin] = make(self._endpoint, self._auth_token)
        except ValueError as problem:
            raise ServerLost(str(problem)) from None
        return self._engines[has_plugin]

    async def _looked_up(self) -> bool:
        client = self._machinery.client(self._endpoint, self._auth_token)
        try:
            return _PLUGIN in await client.schemas()
        finally:
            await client.close()


def _is_ours(graph: Any) -> bool:
    nodes = graph.values() if isinstance(graph, Mapping) else ()
    return any(isinstance(node, Mapping) and str(node.get("class_type")).startswith(_OWN) for node in nodes)
