"""The stand-in with the comfyui-deploy plugin: it runs what it is sent, and tells of it by callbacks."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from stationthis_sdk.local.runs.inputs import with_inputs
from tests.local.comfyui.nodes import NodeClass
from tests.local.comfyui.stand_in import StandIn

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES = (".png", ".jpg", ".webp")


class StandInWithPlugin(StandIn):
    """The stand-in, and the plugin's own switches.

    ``says_success`` is off where the real one forgets to; ``uploads`` off is an upload that fails for good; ``order``
    may put the callbacks of a run into another order, and ``silent`` sends none.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.classes["ComfyUIDeployExternalText"] = NodeClass(
            lambda _work, default_value, **_rest: (default_value,), {"default_value": "STRING"}, ("STRING",)
        )
        self.says_success = True
        self.uploads = True
        self.silent = False
        self.order: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
        self.runs: list[tuple[dict[str, Any], dict[str, str]]] = []
        self.token = ""
        self._bodies: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._session: aiohttp.ClientSession | None = None

    def routes(self) -> list[web.RouteDef]:
        return [*super().routes(), web.post("/comfyui-deploy/run", self._run)]

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        assert self._session is not None
        await self._session.close()

    async def _run(self, request: web.Request) -> web.StreamResponse:
        if self.token and request.headers.get("authorizationheader") != self.token:
            return web.Response(status=401)
        body = await request.json()
        self.runs.append((body, dict(request.headers)))
        assert "nodes" in body["workflow"]  # the real one stumbles without
        run_id = body["prompt_id"]
        self._bodies[run_id], self._kept[run_id] = body, []
        graph = with_inputs(body["workflow_api_raw"], body["inputs"])
        answer = self.accept(graph, run_id, {"client_id": "comfy_deploy_instance"})
        if answer["status"] != 200:
            about = {"error": answer["body"]["error"], "node_errors": answer["body"]["node_errors"]}
            return web.json_response(about, status=400 if about["node_errors"] else 200)
        return web.json_response(answer["body"], status=400 if answer["body"]["node_errors"] else 200)

    async def _send(self, client: str | None, event: str, data: Any) -> None:
        await super()._send(client, event, data)
        body = self._bodies.get(data.get("prompt_id"))
        if body is None:
            return
        run_id = body["prompt_id"]
        if event == "execution_start":
            await self._call(run_id, status="running")
        if event == "executing" and data["node"] is not None:
            class_type = body["workflow_api_raw"][data["node"]]["class_type"]
            await self._call(run_id, live_status=f"Executing {class_type}", progress=0.5)
        await self._call(run_id, ws_event={"event": event, "data": data})
        if event == "executed":
            await self._put_out(run_id, data["node"], data["output"])
        if event == "execution_error":
            await self._call(run_id, output_data=data, node_meta={"node_id": data["node_id"]})
            await self._call(run_id, status="failed")
        if event == "executing" and data["node"] is None:
            await self._call(run_id, output_data=[{"id": "1", "time": 0.1, "class_type": "EmptyImage"}])
            if self.says_success:
                await self._call(run_id, status="success")
            if self.order:
                for kept in self.order(self._kept[run_id]):
                    await self._post(run_id, kept)

    async def _put_out(self, run_id: str, node_id: str, output: Any) -> None:
        items = [item for held in (output or {}).values() for item in held if isinstance(item, dict)]
        if output is None or not items:
            await self._call(run_id, output_data=output, node_meta={"node_id": node_id, "node_class": "X"})
            return
        put = [await self._upload_to_gateway(run_id, item) for item in items if item["type"] != "temp"]
        put = [item for item in put if item is not None]
        if put:
            kind = "images" if put[0]["filename"].endswith(PICTURES) else "files"
            await self._call(run_id, output_data={kind: put}, node_meta={"node_id": node_id})

    async def _upload_to_gateway(self, run_id: str, item: dict[str, Any]) -> dict[str, Any] | None:
        if not self.uploads:
            return None
        assert self._session is not None
        body = self._bodies[run_id]
        query = {"file_name": item["filename"], "run_id": run_id, "type": "image/png", "version": "v2"}
        headers = {"Authorization": f"Bearer {body['cd_token']}"}
        async with self._session.get(body["file_upload_endpoint"], params=query, headers=headers) as answer:
            place = await answer.json()
        content = (self.folder / item["type"] / item["subfolder"] / item["filename"]).read_bytes()
        async with self._session.put(
            place["url"], data=content, headers={"Content-Type": "image/png"}
        ) as answer:
            assert answer.status == 200
        return {**item, "url": place["download_url"], "upload_duration": 0.01, "is_public": True}

    async def _call(self, run_id: str, **body: Any) -> None:
        told = {"run_id": run_id, "gpu_event_id": None, **body}
        if self.order:
            self._kept[run_id].append(told)
        elif not self.silent:
            await self._post(run_id, told)

    async def _post(self, run_id: str, told: dict[str, Any]) -> None:
        assert self._session is not None
        body = self._bodies[run_id]
        headers = {"Authorization": f"Bearer {body['cd_token']}"}
        with contextlib.suppress(aiohttp.ClientError):
            async with self._session.post(body["status_endpoint"], json=told, headers=headers):
                await asyncio.sleep(0)
