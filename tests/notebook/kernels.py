"""A real kernel, asked as a front end asks it, and what it says meanwhile."""

import contextlib
import queue
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import attrs
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from tests.fixtures import RunningGateway


@attrs.frozen
class Said:
    """One message of a kernel's about what is shown."""

    kind: str
    data: dict[str, Any]
    display: str
    at: datetime
    text: str = ""


@attrs.define
class Kernel:
    """A kernel and its client."""

    client: BlockingKernelClient
    manager: KernelManager
    said: list[Said] = attrs.Factory(list)

    def run(self, code: str) -> list[Said]:
        """Run a cell to its end; what was said meanwhile. What a cell raises is the test's failure."""
        before = len(self.said)
        reply = self.client.execute_interactive(code, timeout=50, output_hook=self._note)
        assert reply["content"]["status"] == "ok", reply["content"].get("traceback")
        return self.said[before:]

    def listen(self, seconds: float) -> list[Said]:
        """What is said within so many seconds though no cell runs."""
        before = len(self.said)
        with contextlib.suppress(queue.Empty):
            while True:
                self._note(self.client.get_iopub_msg(timeout=seconds))
        return self.said[before:]

    def _note(self, message: dict[str, Any]) -> None:
        content = message["content"]
        kind = message["msg_type"]
        if kind == "stream":
            self.said.append(
                Said(f"stream {content['name']}", {}, "", message["header"]["date"], content["text"])
            )
        elif kind in {"display_data", "update_display_data", "execute_result"}:
            display = content.get("transient", {}).get("display_id", "")
            self.said.append(Said(kind, content["data"], display, message["header"]["date"]))


@contextlib.contextmanager
def kernel(gateway: RunningGateway, folder: Path, **environment: str) -> Iterator[Kernel]:
    """A kernel that finds the gateway, with folders of its own."""
    own = {
        **gateway.environment(),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "STATIONTHIS_HOME": str(folder / "home"),
        **environment,
    }
    own.pop("PYTEST_CURRENT_TEST", None)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=own, cwd=str(folder))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=50)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def failing(st: Any) -> Any:
    """A deployment whose runs fail."""
    graph = {
        "1": {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": "words", "default_value": ""},
        },
        "2": {"class_type": "LoadImage", "inputs": {"image": "there is <b>none</b>.png"}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    }
    return st.deployments.publish(graph, "failing", machine="this-machine")
