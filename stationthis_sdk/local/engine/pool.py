"""The worker processes of this process, shared by all its gateways, and the gateway's end of their pipes."""

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import attrs

from stationthis_sdk.local.engine.limits import Limits
from stationthis_sdk.local.engine.pipe import FRAME_LIMIT, HEAD, packed

__all__ = ["POOL", "Pool", "Worker"]

_PIECE: Final = 2**18
_PATIENCE: Final = 1.0


class Worker:
    """One worker process. ``owner`` is whose results it holds; ``folder`` is that of the run it is at."""

    def __init__(self, process: subprocess.Popen[bytes], end: socket.socket, limits: Limits) -> None:
        self.process = process
        self.limits = limits
        self.owner: str | None = None
        self.folder: Path | None = None
        self._end = end
        self._received = bytearray()
        self._sending = asyncio.Lock()
        self._watch = threading.Thread(target=self._see_off, name="stationthis-engine-end", daemon=True)
        self._watch.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended."""
        return self.process.returncode is not None

    async def send(self, frame: bytes) -> None:
        """Send a frame whole; a worker that is gone is met when receiving."""
        async with self._sending:
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().sock_sendall(self._end, frame)

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None when the worker is gone. Whoever waits may be cancelled; nothing is lost."""
        size = await self._until(HEAD.size) and HEAD.unpack_from(self._received)[0]
        if not size or size > FRAME_LIMIT or not await self._until(HEAD.size + size):
            return None
        content = bytes(self._received[HEAD.size : HEAD.size + size])
        del self._received[: HEAD.size + size]
        if self._received:
            await asyncio.sleep(0)  # many messages at once must not hold up everybody else
        message: dict[str, Any] = json.loads(content)
        return message

    async def _until(self, size: int) -> bool:
        loop = asyncio.get_running_loop()
        while len(self._received) < size:
            try:
                piece = await loop.sock_recv(self._end, _PIECE)
            except OSError:
                return False
            if not piece:
                return False
            self._received += piece
        return True

    def forget(self) -> None:
        """Have an idle worker drop its results."""
        self.owner = None
        with contextlib.suppress(OSError):
            self._end.send(packed({"do": "forget"}))  # an idle worker has read everything: there is room

    def kill(self) -> None:
        """End it without asking, and whatever a node has started."""
        if not self.is_gone:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ended(self) -> str:
        """Await the end of a worker, or bring it, and say how it ended. Waits: call it from a thread."""
        self._end.close()
        self._watch.join(_PATIENCE)
        self.kill()
        self._watch.join()
        code = self.process.returncode
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
        if code < 0:
            return signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return f"exit code {code}"

    def _see_off(self) -> None:
        """Wait for its end, so that it leaves no zombie however long it was idle, and nothing that a node has started."""
        with contextlib.suppress(OSError):
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
            os.killpg(self.pid, signal.SIGKILL)  # while the number is still its own
        self.process.wait()

    def leave(self) -> None:
        """Let go of one that has ended, or that is the parent's in a forked child."""
        self._end.close()


@attrs.define(eq=False)
class Pool:
    """Idle workers, and those at work so that none outlives this process."""

    _idle: list[Worker] = attrs.Factory(list)
    _all: set[Worker] = attrs.Factory(set)
    _lock: Any = attrs.Factory(threading.Lock)
    _left: list[Worker] = attrs.Factory(list)

    def take(self, owner: str, limits: Limits) -> Worker | None:
        """An idle worker: the owner's last, else one without an owner, else the longest unused of many.

        None when a new one should be started.
        """
        with self._lock:
            for worker in [worker for worker in self._idle if worker.is_gone]:
                self._idle.remove(worker)
                self._all.discard(worker)
                worker.leave()
            fit = [worker for worker in self._idle if worker.limits == limits]
            own = [worker for worker in fit if worker.owner == owner]
            free = [worker for worker in fit if worker.owner is None]
            others = fit if len(fit) >= limits.workers else []
            for worker in (*reversed(own), *free, *others):
                self._idle.remove(worker)
                worker.owner = owner
                return worker
        return None

    def start(self, owner: str, limits: Limits) -> Worker:
        """Start a worker. Waits: call it from a thread."""
        ours, theirs = socket.socketpair()
        package = Path(__file__).parents[3]
        search = [str(package), *(os.path.abspath(place) for place in sys.path if place)]  # noqa: PTH100
        single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = {**os.environ, **single, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": os.pathsep.join(search)}
        with theirs:
            try:
                process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
                    [
                        sys.executable,
                        "-P",  # the folder it is started in must not choose what is imported
                        "-m",
                        "stationthis_sdk.local.engine.worker",
                        json.dumps(attrs.asdict(limits)),
                    ],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                    env=environment,
                    start_new_session=True,  # Ctrl-C and hang-ups of the user's terminal are not meant for it
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        worker = Worker(process, ours, limits)
        worker.owner = owner
        with self._lock:
            self._all.add(worker)
        return worker

    def give_back(self, worker: Worker) -> None:
        """Keep a worker that has ended its run for the next one."""
        worker.folder = None
        with self._lock:
            self._idle.append(worker)

    def discard(self, worker: Worker) -> str:
        """Be rid of a worker; says how it ended. Waits: call it from a thread."""
        try:
            return worker.ended()
        finally:
            with self._lock:
                self._all.discard(worker)

    def forget(self, owners: str) -> list[Worker]:
        """Part the idle workers from owners whose names begin so; gives those there are too many of."""
        with self._lock:
            for worker in self._idle:
                if worker.owner is not None and worker.owner.startswith(owners):
                    worker.forget()
            free = [worker for worker in self._idle if worker.owner is None]
            surplus = free[: -free[0].limits.workers] if free else []
            for worker in surplus:
                self._idle.remove(worker)
        return surplus

    def end(self) -> None:
        """End every worker: this process does."""
        with self._lock:
            workers, idle = list(self._all), set(self._idle)
            self._idle.clear()
        for worker in workers:
            if worker in idle:
                worker.kill()
        for worker in workers:
            self.discard(worker)

    def abandon(self) -> None:
        """In a forked child: the workers are the parent's."""
        self._lock = threading.Lock()
        self._left += self._all  # referenced, so that nobody reaps them here
        for worker in self._all:
            worker.leave()
        self._all.clear()
        self._idle.clear()


POOL: Final = Pool()
atexit.register(POOL.end)
os.register_at_fork(after_in_child=POOL.abandon)
