"""A process that runs graphs for a gateway, so that none of them can block it, fill it or take it down.

``python -m stationthis_sdk.local.engine.worker LIMITS``, with one end of a socket pair as standard input. It ends
when the other end does, however the gateway died, and leaves no files.
"""

import contextlib
import json
import os
import queue
import resource
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.local.engine.limits import Limits
from stationthis_sdk.local.engine.pipe import Pipe, Reported, told
from stationthis_sdk.local.engines import GraphRefused, NodeFailed, NodeStarted, Stopped

__all__ = ["main"]

_IDLE_SECONDS: Final = 300.0


def main() -> None:
    """Serve the gateway at the other end of standard input."""
    limits = Limits(**json.loads(sys.argv[1]))
    end = socket.socket(fileno=os.dup(0))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)  # no node and no library may read our messages
    _confine(limits)
    worker = _Worker(Pipe(end), limits)
    threading.Thread(target=worker.listen, name="stationthis-pipe", daemon=True).start()
    worker.serve()


def _confine(limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the gateway's business
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # a lower limit of the user's holds
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    with contextlib.suppress(OSError):
        os.nice(limits.nice)
    with contextlib.suppress(OSError):  # when the machine runs out of memory, this is what it should end
        Path("/proc/self/oom_score_adj").write_text("800")


class _Worker:
    """Runs one graph at a time in the main thread; the other one hears the gateway."""

    def __init__(self, pipe: Pipe, limits: Limits) -> None:
        self._pipe = pipe
        self._limits = limits
        self._tasks: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._folder: Path | None = None
        self._at: NodeStarted | None = None

    def listen(self) -> None:
        """Hear the gateway until it is gone, then end the process at once."""
        try:
            while (message := self._pipe.receive()) is not None:
                match message["do"]:
                    case "stop":
                        self._stop.set()
                    case "reply":
                        self._replies.put(message)
                    case _:
                        self._stop.clear()  # a stop that came too late was for the run before
                        self._tasks.put(message)
        finally:
            self._end()

    def serve(self) -> None:
        """Run graphs as they come; end when none has come for long."""
        from stationthis_sdk.local.engine.cache import Cache  # noqa: PLC0415  heavy, and the limits are set now

        cache, owner = Cache(self._limits.cached), None
        while True:
            try:
                task = self._tasks.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                self._end()
            if task["do"] == "forget" or task["owner"] != owner:
                cache.clear()  # nothing of one owner may serve another
                owner = task.get("owner")
            if task["do"] == "run":
                end = self._carry_out(task, cache)
                del task
                self._pipe.send(end)

    def _carry_out(self, task: dict[str, Any], cache: Any) -> dict[str, Any]:
        from stationthis_sdk.local.engine.running import execute  # noqa: PLC0415  as above

        self._at = None
        self._folder = folder = Path(task["folder"])
        try:
            folder.mkdir(mode=0o700, parents=True)
            tempfile.tempdir = str(folder)
            self._pipe.send({"is": "begun"})
            execute(
                task["graph"],
                task["inputs"],
                task["editor_graph"],
                files=_Files(self._ask, folder),
                report=self._report,
                stopped=self._stop.is_set,
                cache=cache,
                limits=self._limits,
            )
        except Stopped:
            return {"is": "stopped"}
        except GraphRefused as refusal:
            words = {"kind": refusal.kind, "message": refusal.message, "details": refusal.details}
            return {"is": "refused", "reason": str(refusal), "errors": refusal.errors, **words}
        except NodeFailed as failure:
            told_of = {"node": failure.node_id, "class": failure.class_type}
            return {"is": "failed", "reason": str(failure), **told_of}
        except Exception as failure:  # noqa: BLE001  whatever a node meets ends its run only
            traceback.print_exc(limit=-20)  # standard error is the gateway's log
            node_id, class_type = ("", "") if self._at is None else (self._at.node_id, self._at.class_type)
            where = f"node {node_id} ({class_type})" if class_type else "the engine"
            reason = f"{where} failed inside ({type(failure).__name__}: {str(failure)[:300]}); the gateway's log has the traceback"
            return {"is": "failed", "reason": reason, "node": node_id, "class": class_type}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._folder = None
        return {"is": "done"}

    def _report(self, what: Reported) -> None:
        if isinstance(what, NodeStarted):
            self._at = what
        self._pipe.send(told(what))

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._pipe.send(question)
        reply = self._replies.get()
        if reply.get("stopped"):
            raise Stopped
        if "error" in reply:
            raise NodeFailed(f"a file could not be read or kept: {reply['error']}")
        return reply

    def _end(self) -> None:
        folder = self._folder
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)  # with whatever a node has started
        os._exit(0)  # whatever the main thread is at


class _Files:
    """The gateway's files, through the run's folder."""

    def __init__(self, ask: Any, folder: Path) -> None:
        self._ask = ask
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        reply = self._ask({"is": "read", "name": name})
        if reply["file"] is None:
            return None
        path = self._folder / str(reply["file"])
        content = path.read_bytes()
        path.unlink()
        return content

    def keep(self, content: bytes, suffix: str) -> str:
        path = self._folder / secrets.token_hex(16)
        try:
            path.write_bytes(content)
        except OSError as problem:
            path.unlink(missing_ok=True)
            raise NodeFailed(f"a file could not be kept: {problem.strerror}") from problem
        return self.keep_file(path, suffix)

    def keep_file(self, path: Path, suffix: str) -> str:
        place = self._folder / secrets.token_hex(16)
        shutil.move(path, place)
        return str(self._ask({"is": "keep", "file": place.name, "suffix": suffix})["url"])


if __name__ == "__main__":
    main()
