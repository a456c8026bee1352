"""A service that is faster than the gateway, in a process of its own: its few answers are those a real gateway gave.

Each run lives for ``ms`` milliseconds and says that it has worked for ``worked`` seconds; ``words`` that begin with "fail"
end as failed. It counts what it is asked. ``tell`` changes its manners: ``submit`` a status for all submits, ``most``
the number of runs that may be under way before it says 429, ``deaf`` answers no submit before that is off, ``read`` a
status for all looks at runs, ``behind`` lists that tell of no run yet, ``deployment`` and ``run`` what is told of those from then on.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from tests.fixtures import RunningGateway  # heavy, and most tests of batches start a process of this

GRAPH: dict[str, Any] = {
    "1": {
        "class_type": "ComfyUIDeployExternalText",
        "inputs": {"input_id": "words", "default_value": "", "display_name": "", "description": ""},
    },
    "2": {
        "class_type": "ComfyDeployOutputText",
        "inputs": {"text": ["1", 0], "filename_prefix": "x", "file_type": "txt"},
    },
    "3": {
        "class_type": "ComfyUIDeployExternalNumberInt",
        "inputs": {"input_id": "ms", "default_value": 0, "display_name": "", "description": ""},
    },
    "4": {
        "class_type": "ComfyUIDeployExternalNumber",
        "inputs": {"input_id": "worked", "default_value": 1.0, "display_name": "", "description": ""},
    },
}


class _Run:
    __slots__ = ("cancelled", "ends", "id", "inputs", "made", "seen")

    def __init__(self, inputs: dict[str, Any]) -> None:
        self.id = str(uuid.uuid4())
        self.inputs = inputs
        self.made = time.time()
        self.ends = self.made + inputs.get("ms", 0) / 1000
        self.cancelled = False
        self.seen = False

    @property
    def state(self) -> str:
        if self.cancelled:
            return "cancelled"
        if time.time() < self.ends:
            return "running"
        return "failed" if str(self.inputs.get("words")).startswith("fail") else "success"


class _Service:
    def __init__(self, shapes: dict[str, Any]) -> None:
        self.shapes = shapes
        self.runs: dict[str, _Run] = {}
        self.order: list[_Run] = []
        self.live: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.manners: dict[str, Any] = {}
        self.hearing = asyncio.Event()
        self.hearing.set()

    async def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        parts = path.removeprefix("/api/").split("/")
        match method, parts:
            case "GET", ["_told"]:
                return 200, {
                    "asked": self.asked,
                    "runs": [[one.inputs, one.state] for one in self.order],
                }
            case "POST", ["_told"]:
                self.manners |= json.loads(body)
                (self.hearing.clear if self.manners.get("deaf") else self.hearing.set)()
                self.shapes["deployment"] |= self.manners.pop("deployment", {})
                self.shapes["run"] |= self.manners.pop("run", {})
                return 200, {}
            case "POST", ["run", "deployment", "queue"]:
                self.asked["submit"] += 1
                return await self.submit(json.loads(body)["inputs"])
            case "POST", ["run", run_id, "cancel"]:
                self.asked["cancel"] += 1
                self.runs[run_id].cancelled |= self.runs[run_id].state == "running"
                return 200, {"status": "success", "message": "Function cancelled"}
            case "GET", ["run", run_id]:
                self.asked["read"] += 1
                if status := self.manners.get("read"):
                    return status, {"detail": "Revoked token"}
                return (
                    (200, self.told(self.runs[run_id]))
                    if run_id in self.runs
                    else (404, {"detail": "Run not found"})
                )
            case "GET", ["v2", "workflow", _, "runs"]:
                self.asked["list"] += 1
                if self.manners.get("behind"):
                    return 200, []
                start = int(query.get("offset", 0))
                newest = self.order[::-1] if start else self.order[: -int(query["limit"]) - 1 : -1]
                page = newest[start : start + int(query["limit"])]
                return 200, [self.row(one) for one in page]
            case "GET", ["deployments"]:
                self.asked["other"] += 1
                return 200, [self.shapes["deployment"]]
            case "GET", ["deployment", _]:
                self.asked["other"] += 1
                return 200, self.shapes["deployment"]
            case "GET", ["machine", _]:
                self.asked["other"] += 1
                return 200, self.shapes["machine"]
            case "GET", ["platform", "gpu-pricing"]:
                self.asked["other"] += 1
                return 200, self.shapes["pricing"]
        self.asked["unknown"] += 1
        return 404, {"detail": "Not Found"}

    async def submit(self, inputs: dict[str, Any]) -> tuple[int, Any]:
        await self.hearing.wait()
        if status := self.manners.get("submit"):
            return status, {"detail": "Not enough credits" if status == 403 else "Revoked token"}
        if (most := self.manners.get("most")) is not None:
            self.live = {one for one in self.live if self.runs[one].state == "running"}
            if len(self.live) >= most:
                self.asked["refused"] += 1
                return 429, {"detail": "Too many"}
        run = _Run(inputs)
        self.runs[run.id] = run
        self.order.append(run)
        self.live.add(run.id)
        return 200, {"run_id": run.id}

    def told(self, run: _Run) -> dict[str, Any]:
        state, worked = run.state, run.inputs.get("worked", 1.0)
        final = state != "running"
        times = {
            "created_at": run.made,
            "updated_at": run.made,
            "queued_at": run.made,
            "started_at": run.made,
        }
        return self.shapes["run"] | {
            **{name: _moment(at, 6) for name, at in times.items()},
            "id": run.id,
            "workflow_inputs": run.inputs,
            "status": state,
            "ended_at": _moment(run.made + worked, 6) if final else None,
            "run_duration": worked if final else None,
            "duration": worked if final else None,
            "progress": 1.0 if final else 0.5,
        }

    def row(self, run: _Run) -> dict[str, Any]:
        state = run.state
        times = {
            "created_at": run.made,
            "updated_at": run.made,
            "queued_at": run.made,
            "started_at": run.made,
        }
        return self.shapes["row"] | {
            **{name: _moment(at, 3) for name, at in times.items()},
            "id": run.id,
            "status": state,
            "ended_at": _moment(run.ends, 3) if state != "running" else None,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                path, _, query = target.partition("?")
                asked = dict(one.split("=", 1) for one in query.split("&") if "=" in one)
                status, told = await self.answer(method, path, asked, body)
                content = json.dumps(told).encode()
                date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
                told_head = (
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
                    f"Date: {date}\r\n\r\n"
                )
                writer.write(told_head.encode() + content)
                await writer.drain()


def _moment(seconds: float, digits: int) -> str:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{text[: 20 + 3]}{'000' if digits == 6 else ''}Z"


async def _main(shapes: dict[str, Any]) -> None:
    service = _Service(shapes)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@attrs.frozen
class FastService:
    """One that runs."""

    base_url: str
    pid: int

    def environment(self, home: Path) -> dict[str, str]:
        """What a program needs that is to use it."""
        return {
            "PATH": "/usr/bin:/bin",
            "STATIONTHIS_HOME": str(home),
            "STATIONTHIS_API_KEY": "k",
            "STATIONTHIS_BASE_URL": self.base_url,
        }

    def tell(self, **manners: Any) -> None:
        """Change its manners."""
        data = json.dumps(manners).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.base_url}/_told", data)):
            pass

    def _told(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.base_url}/_told") as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    @property
    def asked(self) -> Counter[str]:
        """How often it was asked for what."""
        return Counter(self._told()["asked"])

    @property
    def runs(self) -> list[tuple[dict[str, Any], str]]:
        """The inputs and the state of each run, oldest first."""
        return [(inputs, state) for inputs, state in self._told()["runs"]]

    def times(self) -> Counter[str]:
        """How many runs were made of each words."""
        return Counter(inputs["words"] for inputs, _ in self.runs)


def shapes_of(gateway: "RunningGateway", price: float) -> dict[str, Any]:
    """The answers of a real gateway that this service repeats; ``price`` is US dollars a second."""
    name = f"fast-{uuid.uuid4().hex[:8]}"
    deployment_id = gateway.deploy(name, GRAPH)
    run_id = gateway.ask("/run/deployment/queue", {"deployment_id": deployment_id, "inputs": {"words": "x"}})[
        "run_id"
    ]
    while (run := gateway.ask(f"/run/{run_id}"))["status"] != "success":
        time.sleep(0.05)
    deployment = gateway.ask(f"/deployment/{deployment_id}")
    deployment["workflow"]["name"] = "fast"
    row = gateway.ask(f"/v2/workflow/{deployment['workflow_id']}/runs?limit=1")[0]
    return {
        "deployment": deployment,
        "run": run | {"outputs": []},
        "row": row,
        "machine": gateway.ask(f"/machine/{run['machine_id']}"),
        "pricing": gateway.ask("/platform/gpu-pricing") | {"CPU": price},
    }


@contextlib.contextmanager
def fast_service(shapes: dict[str, Any], folder: Path) -> Iterator[FastService]:
    """One in a process of its own, with a deployment called fast."""
    file = folder / "shapes.json"
    file.write_text(json.dumps(shapes))
    command = [sys.executable, "-m", "tests.fast_service", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield FastService(f"http://127.0.0.1:{port}/api", process.pid)
        process.kill()


if __name__ == "__main__":
    asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text())))
