"""A classic machine: a ComfyUI with the comfyui-deploy plugin, which tells of its runs by callbacks."""

import asyncio
import base64
import contextlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from stationthis_sdk.local.comfyui.callbacks import Callbacks, Grace, Reception
from stationthis_sdk.local.comfyui.client import Answer, Client, ServerLost
from stationthis_sdk.local.comfyui.engine import Patience
from stationthis_sdk.local.comfyui.outgoing import carried_out
from stationthis_sdk.local.comfyui.refusals import refusal
from stationthis_sdk.local.comfyui.stopping import withdraw
from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.engines import Assignment, GraphRefused
from stationthis_sdk.local.reach import Reach
from stationthis_sdk.local.runs.inputs import with_inputs

__all__ = ["Plugin"]


class Plugin:
    """Runs graphs on the machine at ``endpoint``; ``base`` is where it reaches this gateway, without ``/api``.

    As the service does, the plugin's path is joined to ``endpoint`` as a relative URL: without a slash at its end its
    last part is lost. ``auth_token`` goes along in both of the forms that machines behind a proxy know; ``reach`` says
    which endpoints people may choose.
    """

    def __init__(
        self,
        endpoint: str,
        callbacks: Callbacks,
        base: str,
        *,
        auth_token: str | None = None,
        reach: Reach | None = None,
        patience: Patience | None = None,
        grace: Grace | None = None,
    ) -> None:
        self._client = Client(urljoin(endpoint, "."), _authorization(auth_token), reach)
        self._callbacks = callbacks
        self._base = base
        self._patience = patience or Patience()
        self._grace = grace or Grace()

    async def carry_out(self, given: Assignment) -> None:
        """Run to the end; see Engine."""
        await carried_out(given, self._client.hidden, self._run)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _run(self, given: Assignment) -> None:
        graph = with_inputs(given.graph, given.inputs)
        if not isinstance(graph, dict) or not all(isinstance(node, dict) for node in graph.values()):
            raise GraphRefused("the graph must be an object of nodes in ComfyUI's API format")
        reception = Reception(given.run_id, graph, self._base, self._grace)
        bodies: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()
        self._callbacks.expect(reception, bodies.put_nowait)
        try:
            await self._begin(given, graph, reception)
            await self._follow(given, reception, bodies)
        finally:
            self._callbacks.forget(given.run_id)
            if not reception.is_left:
                await withdraw(self._client, given.run_id, self._patience.stop)

    async def _begin(self, given: Assignment, graph: dict[str, Any], reception: Reception) -> None:
        body = {
            "prompt_id": given.run_id,
            "workflow_api_raw": given.graph,
            "workflow_api": graph,
            "inputs": dict(given.inputs),
            # without it the plugin stumbles over graphs that have a seed
            "workflow": {"nodes": []} if given.editor_graph is None else given.editor_graph,
            "status_endpoint": f"{self._base}/api/update-run",
            "file_upload_endpoint": f"{self._base}/api/file-upload",
            "cd_token": reception.token,
            "gpu_event_id": None,
        }
        answer = await self._client.post("comfyui-deploy/run", body)
        classes = {node_id: str(node.get("class_type")) for node_id, node in graph.items()}
        if problem := self._unwilling(answer):
            raise problem
        if refused := refusal(answer, Translated(graph, classes, {}, {}, {}, ())):
            raise refused  # a part of it may run all the same, and is withdrawn

    def _unwilling(self, answer: Answer) -> ServerLost | None:
        shown = self._client.shown
        if answer.status in {401, 403}:
            return ServerLost(
                f"the machine at {shown} lets nobody in (status {answer.status}): check its auth_token"
            )
        if answer.status in {404, 405}:
            return ServerLost(f"the machine at {shown} has no comfyui-deploy plugin: install it there")
        if answer.status >= 500:
            return ServerLost(
                f"the machine at {shown} failed to begin the run (status {answer.status}): look into its log"
            )
        return None

    async def _follow(
        self, given: Assignment, reception: Reception, bodies: asyncio.Queue[Mapping[str, Any]]
    ) -> None:
        loop = asyncio.get_running_loop()
        answered_at = loop.time()
        while (due := reception.due_in(loop.time())) is None or due > 0:
            body = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.silence if due is None else due):
                    body = await bodies.get()
            if body is not None:
                answered_at = loop.time()
                for told in reception.take(body, answered_at):
                    given.report(told)
            elif not reception.is_over:
                try:
                    await self._look(given, reception)
                    answered_at = loop.time()
                except ServerLost:
                    if loop.time() - answered_at > self._patience.lost:
                        raise
        for put in reception.end():
            given.report(put)

    async def _look(self, given: Assignment, reception: Reception) -> None:
        """Ask a machine that says nothing how the run stands."""
        entry = await self._client.history(given.run_id)
        if entry is None and await self._client.place_of(given.run_id) is None:
            entry = await self._client.history(given.run_id)
            if entry is None:
                raise ServerLost(f"the machine at {self._client.shown} knows nothing of the run any more")
        if entry is not None:
            for told in reception.take_history(entry, asyncio.get_running_loop().time()):
                given.report(told)


def _authorization(token: str | None) -> dict[str, str]:
    if not token:
        return {}
    basic = base64.b64encode(token.encode()).decode()
    return {"Authorization": f"Basic {basic}", "authorizationheader": token}
