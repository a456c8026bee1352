"""Carrying out runs: a queue for each machine, the engines' work, each change kept and told to whoever listens."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

import attrs

from stationthis_sdk.local.answers.run import with_urls
from stationthis_sdk.local.clock import now, sleep
from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.engines import (
    Assignment,
    Engine,
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodesCached,
    NodeStarted,
    NodeStepped,
    Previewed,
    Said,
    Stopped,
)
from stationthis_sdk.local.faults import Faults
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.accounts import is_private
from stationthis_sdk.local.rows.logs import LogLine
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import LIVE, Output, Run
from stationthis_sdk.local.runs.feeds import Feeds, Happening
from stationthis_sdk.local.runs.files import RunFiles
from stationthis_sdk.local.runs.lanes import Job, Lane
from stationthis_sdk.local.runs.logs import Logs, new_line
from stationthis_sdk.local.runs.webhooks import Webhooks
from stationthis_sdk.local.storage.file_store import FileStore
from stationthis_sdk.local.volumes.volume import Volumes

__all__ = ["Execution", "is_serverless"]

_WAITING: Final = frozenset({"not-started", "queued"})
_log = logging.getLogger(__name__)

_Reported = NodeStarted | NodeStepped | NodeOutput | NodesCached | Previewed | Said


def is_serverless(machine_type: str) -> bool:
    """Serverless machines report queued and started, and can cancel; classic ones can't."""
    return machine_type != "classic"


class Execution:
    """The runs that live now, and the machines' queues."""

    def __init__(
        self,
        database: Database,
        file_store: FileStore,
        webhooks: Webhooks,
        feeds: Feeds,
        logs: Logs,
        faults: Faults,
        engine_of: Callable[[Machine], Engine],
        volumes: Volumes,
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._logs = logs
        self._faults = faults
        self._engine_of = engine_of
        self._file_store = file_store
        self._webhooks = webhooks
        self._volumes = volumes
        self._lanes: dict[str, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._live: dict[str, Job] = {}
        self._stopping = False

    @property
    def live(self) -> int:
        """How many runs have not ended."""
        return len(self._live)

    async def take_up(self) -> None:
        """Go on with what the gateway before this one left: before anything new comes.

        What had only waited is queued again, in its order; what was under way has failed, and its webhook is told.
        """
        left = await self._database.do(lambda tables: tables.find(Run, f"{LIVE} ORDER BY created_at, rowid"))
        for run in left:
            job = self._live[run.id] = Job(run)
            machine = await self._database.do(partial(Tables.get, kind=Machine, row_id=run.machine_id))
            if run.status not in _WAITING:
                reason = "the local gateway ended while this run was under way; run it again"
                await self._end(job, "failed", reason)
            elif machine is None:
                await self._end(job, "failed", "its machine is gone; run it on another one")
            else:
                if run.status == "not-started" and is_serverless(run.machine_type):
                    await self._move(job, "queued", queued_at=now())
                self._lane(machine).put(job)

    async def submit(self, run: Run, machine: Machine) -> asyncio.Event:
        """Keep a new run and queue it on its machine; the event is set when it has ended."""
        if is_serverless(run.machine_type):
            run = attrs.evolve(run, status="queued", queued_at=now())
        line = new_line(run.id, f"{run.status} on {machine.name}")

        def keep(tables: Tables) -> None:
            tables.add(run)
            tables.add(line)

        await self._database.do(keep)
        job = self._live[run.id] = Job(run)
        self._tell(job, "queuing")
        if run.call_id:
            self._tell(job, "function_call_id", run.call_id)
        self._feeds.tell(Happening("state", run, ("status",)))
        self._told(job, line)
        if run.status == "queued":
            self._webhooks.updated(run)
        lane = self._lane(machine)
        stalls_at = self._faults.of_run(run.id)
        if stalls_at is None:
            lane.put(job)
        else:
            self._begin(self._stall(job, lane, stalls_at))
        return job.ended

    def machine_changed(self, machine: Machine) -> None:
        """Take a machine as it is now: how many runs it takes at once, and where its engine is."""
        lane = self._lanes.get(machine.id)
        if lane is not None:
            lane.machine = machine
            lane.go_on()

    async def cancel(self, run: Run) -> None:
        """End a run as cancelled and stop its work; nothing changes for one that has ended."""
        job = self._live.get(run.id)
        if job is not None:
            await self._end(job, "cancelled", "cancelled")

    async def stop(self) -> None:
        """End what is under way as failed, and wait for the engines to leave it; what waits is taken up next time."""
        self._stopping = True
        for lane in self._lanes.values():
            lane.close()
        for job in list(self._live.values()):
            if job.run.status in _WAITING:
                job.stop.set()
                continue
            reason = "the local gateway was stopped while this run was under way; run it again"
            await self._end(job, "failed", reason)
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _tell(self, job: Job, event: str, data: Any = None) -> None:
        frame = {"event": event} if data is None else {"event": event, "data": data}
        self._feeds.tell(Happening("event", job.run, frame))

    def _told(self, job: Job, line: LogLine) -> None:
        self._logs.tell(line)
        self._feeds.tell(Happening("log", job.run, line))

    def _lane(self, machine: Machine) -> Lane:
        lane = self._lanes.get(machine.id)
        if lane is None:
            lane = self._lanes[machine.id] = Lane(machine, self._work, self._begin)
        lane.machine = machine
        return lane

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stall(self, job: Job, lane: Lane, at: str) -> None:
        """Hold a run up where a fault wants it, without keeping others from the machine."""
        if at == "running":
            await self._work(job, lane.machine, stalls=True)
            return
        await self._held_up(job)
        if not job.stop.is_set():
            lane.put(job)

    async def _held_up(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        waits = [loop.create_task(job.stop.wait()), loop.create_task(self._faults.hold(job.run.id))]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _work(self, job: Job, machine: Machine, *, stalls: bool = False) -> None:
        try:
            await self._carry_out(job, machine, stalls=stalls)
        except Exception:  # noqa: BLE001  one run must not end its machine's queue
            _log.exception("run %s failed inside the gateway", job.run.id)
            await self._end(job, "failed", "the gateway failed inside; its log has the traceback")

    async def _carry_out(self, job: Job, machine: Machine, *, stalls: bool) -> None:
        if is_serverless(job.run.machine_type):
            if not await self._move(job, "started", started_at=now()):
                return
            self._tell(job, "gpu_ready")
            self._tell(job, "comfyui_ready")
        begun = now()  # before anybody can see it run, and push the clock
        if not await self._move(job, "running"):
            return
        self._feeds.tell(Happening("input", job.run))
        loop = asyncio.get_running_loop()
        reports: asyncio.Queue[_Reported | None] = asyncio.Queue()
        run = job.run
        owner = Caller(run.user_id, run.org_id)
        kind = "private" if await self._database.do(partial(is_private, owner=owner)) else "outputs"
        given = Assignment(
            run_id=run.id,
            graph=run.graph,
            inputs=run.workflow_inputs,
            editor_graph=run.editor_graph,
            scope=f"{owner} {kind}",  # what was public once must not answer for what is private now
            files=RunFiles(
                self._database,
                self._file_store,
                self._volumes,
                owner,
                job.stop.is_set,
                self._webhooks.reach,
                kind,
            ),
            report=reports.put_nowait,
            stop=job.stop,
        )
        timer = loop.create_task(self._time_out(job, begun))
        try:
            if stalls:
                await self._held_up(job)
            if job.stop.is_set():
                return
            work = loop.create_task(self._engine_of(machine).carry_out(given))
            work.add_done_callback(lambda _: reports.put_nowait(None))
            while (what := await reports.get()) is not None:
                await self._note(job, what)
        finally:
            timer.cancel()
            job.stop.set()
        await self._conclude(job, work)

    async def _time_out(self, job: Job, begun: int) -> None:
        await sleep(job.run.run_timeout - (now() - begun) / 1_000_000)
        reason = f"the run took longer than its {job.run.run_timeout} s; raise run_timeout or ask for less"
        self._begin(self._end(job, "timeout", reason))  # a task of its own: this one is cancelled by it

    async def _conclude(self, job: Job, work: asyncio.Task[None]) -> None:
        try:
            await work
        except Stopped:
            pass  # whoever stopped it has said why
        except GraphRefused as refusal:
            told = {"error": refusal.error, "node_errors": refusal.errors}
            await self._fail(job, str(refusal), {"error": told})
        except NodeFailed as failure:
            where = {"node_id": failure.node_id, "node_type": failure.class_type}
            await self._fail(job, str(failure), {"error": {**where, "exception_message": str(failure)}})
        except Exception as failure:  # noqa: BLE001  whatever a node meets ends its run only
            _log.exception("run %s: the engine failed", job.run.id)
            reason = f"the engine failed ({type(failure).__name__}: {failure}); the gateway's log has the traceback"
            await self._fail(job, reason, {"error": {"exception_message": reason}})
        else:
            await self._end(job, "success", None, progress=1.0)

    async def _fail(self, job: Job, reason: str, data: dict[str, Any]) -> None:
        await self._put_out(job, Output(run_id=job.run.id, data=data))
        await self._end(job, "failed", reason)

    async def _note(self, job: Job, what: _Reported) -> None:
        if job.ended.is_set():
            return
        match what:
            case Said():
                line = await self._logs.say(job.run.id, what.message, what.level)
                self._feeds.tell(Happening("log", job.run, line))
            case Previewed():
                self._feeds.tell(Happening("preview", job.run, what))
            case NodesCached():
                names = ", ".join(what.node_ids)
                line = await self._logs.say(
                    job.run.id, f"as in an earlier run, without new work: nodes {names}"
                )
                self._feeds.tell(Happening("log", job.run, line))
                self._tell(job, "execution_cached", {"nodes": list(what.node_ids), "prompt_id": job.run.id})
            case NodeOutput():
                await self._note_output(job, what)
            case NodeStarted() | NodeStepped():
                await self._note_progress(job, what)

    async def _note_output(self, job: Job, what: NodeOutput) -> None:
        meta = {"node_id": what.node_id, **({} if what.uploaded else {"node_class": what.class_type})}
        kinds = ", ".join(what.data) or "nothing"
        line = new_line(job.run.id, f"node {what.node_id} {what.class_type} put out {kinds}")
        await self._put_out(job, Output(run_id=job.run.id, data=what.data, node_meta=meta), line)
        output = with_urls(what.data, self._webhooks.base)
        node = {"node": what.node_id, "display_node": what.node_id}
        self._tell(job, "executed", {**node, "output": output, "prompt_id": job.run.id})

    async def _note_progress(self, job: Job, what: NodeStarted | NodeStepped) -> None:
        live_status = f"Executing {what.class_type}"
        line = None
        if isinstance(what, NodeStepped):
            step = {"value": what.value, "max": what.maximum, "prompt_id": job.run.id, "node": what.node_id}
            self._tell(job, "progress", step)
            if what.says:
                live_status, line = what.says, new_line(job.run.id, what.says)
        else:
            line = new_line(job.run.id, f"node {what.node_id} {what.class_type}")
        if line is None and (live_status, what.progress) == (job.run.live_status, job.run.progress):
            return
        if await self._change(job, line, live_status=live_status, progress=what.progress):
            told = {"prompt_id": job.run.id, "live_status": live_status, "progress": what.progress}
            self._tell(job, "live_status", told)
            if job.run.webhook_intermediate_status:
                self._webhooks.updated(job.run)

    async def _put_out(self, job: Job, output: Output, line: LogLine | None = None) -> None:
        def keep(tables: Tables) -> None:
            tables.add(output)
            if line is not None:
                tables.add(line)

        await self._database.do(keep)
        self._feeds.tell(Happening("output", job.run, output))
        if line is not None:
            self._told(job, line)
        self._webhooks.put_out(job.run, output)

    async def _move(self, job: Job, status: str, *, level: str = "info", **more: Any) -> bool:
        """Change the status and tell everyone; False when the run had ended before."""
        outputs: list[Output] = []

        def also(tables: Tables) -> None:
            if job.run.webhook:
                outputs.extend(tables.find(Output, "run_id = ?", job.run.id))

        reason = more.get("error")
        line = new_line(job.run.id, f"{status}: {reason}" if reason and reason != status else status, level)
        if not await self._change(job, line, also, status=status, **more):
            return False
        self._webhooks.updated(job.run, outputs)
        if status not in {"queued", "started"}:
            self._tell(job, "status", {"prompt_id": job.run.id, "status": status})
        return True

    async def _end(self, job: Job, status: str, reason: str | None, **more: Any) -> None:
        job.stop.set()
        level = "error" if status in {"failed", "timeout"} else "info"
        if await self._move(job, status, level=level, error=reason, ended_at=now(), **more):
            if reason and status != "cancelled":
                _log.warning("run %s %s: %s", job.run.id, status, reason)
            job.ended.set()
            self._live.pop(job.run.id, None)
            self._feeds.tell(Happening("end", job.run))
            self._logs.end(job.run.id)

    async def _change(
        self, job: Job, line: LogLine | None, also: Callable[[Tables], None] | None = None, **columns: Any
    ) -> bool:
        columns["updated_at"] = columns.get("ended_at") or now()

        def change(tables: Tables) -> bool:
            if not tables.count(Run, f"id = ? AND {LIVE}", job.run.id):  # the end sticks
                return False
            tables.change(Run, job.run.id, **columns)
            if line is not None:
                tables.add(line)
            if also is not None:
                also(tables)
            return True

        async with job.changing:  # so that what is told comes in the order in which it was kept
            if not await self._database.do(change):
                return False
            job.run = attrs.evolve(job.run, **columns)
            self._feeds.tell(Happening("state", job.run, tuple(columns)))
            if line is not None:
                self._told(job, line)
            return True
