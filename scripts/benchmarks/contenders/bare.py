"""No client at all: the same bytes written again and again, answers counted by their length. What the service can do."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

from benchmarks.contenders import tasks


class _Asking(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self.request = request
        self.answers = 0
        self.size = 0
        self.come = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.come += data
        if not self.size and b"\r\n\r\n" in self.come:
            head, _, _ = self.come.partition(b"\r\n\r\n")
            self.size = len(head) + 4 + int(head.lower().rpartition(b"content-length: ")[2])
        while self.size and len(self.come) >= self.size:
            self.come = self.come[self.size :]
            self.answers += 1
            self.transport.write(self.request)


def _calls(base_url: str, run_id: str, at_once: int, seconds: float) -> dict[str, float]:
    url = urlsplit(base_url)
    host, port = str(url.hostname), int(url.port or 80)
    request = f"GET {url.path}/run/{run_id} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer k\r\n\r\n".encode()

    async def ask() -> float:
        loop = asyncio.get_running_loop()
        asking = [
            (await loop.create_connection(lambda: _Asking(request), host, port))[1] for _ in range(at_once)
        ]
        await asyncio.sleep(tasks.WARM)
        before, began = sum(one.answers for one in asking), time.perf_counter()
        await asyncio.sleep(seconds)
        rate = (sum(one.answers for one in asking) - before) / (time.perf_counter() - began)
        for one in asking:
            one.transport.abort()
        return rate

    return {"per_second": asyncio.run(ask())}


if __name__ == "__main__":
    tasks.main({"calls": _calls})
