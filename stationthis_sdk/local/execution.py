"""Carrying out runs: a queue for each machine, the work in threads, each change told to whoever listens."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

import attrs

from stationthis_sdk.local.answers.run import with_urls
from stationthis_sdk.local.caller import Caller
from stationthis_sdk.local.clock import now, sleep
from stationthis_sdk.local.database import Database, Tables
from stationthis_sdk.local.engines import (
    Assignment,
    Engine,
    GraphRefused,
    NodeFailed,
    NodeOutput,
    NodeStarted,
    NodeStepped,
    Said,
    Stopped,
)
from stationthis_sdk.local.feeds import Feeds, Happening
from stationthis_sdk.local.file_store import FileStore
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import ENDED, Output, Run
from stationthis_sdk.local.run_files import RunFiles
from stationthis_sdk.local.webhooks import Webhooks

__all__ = ["Execution", "is_serverless"]

_LIVE: Final = f"status NOT IN {tuple(sorted(ENDED))}"  # the end sticks
_WAITING: Final = frozenset({"not-started", "queued"})
_log = logging.getLogger(__name__)

_Reported = NodeStarted | NodeStepped | NodeOutput | Said


def is_serverless(machine_type: str) -> bool:
    """Serverless machines report queued and started, and can cancel; classic ones can't."""
    return machine_type != "classic"


@attrs.define(eq=False)
class _Job:
    run: Run
    stop: asyncio.Event = attrs.Factory(asyncio.Event)
    ended: asyncio.Event = attrs.Factory(asyncio.Event)
    changing: asyncio.Lock = attrs.Factory(asyncio.Lock)


class Execution:
    """The runs that live now, and the machines' queues."""

    def __init__(
        self,
        database: Database,
        file_store: FileStore,
        webhooks: Webhooks,
        feeds: Feeds,
        engine_of: Callable[[Machine], Engine],
    ) -> None:
        self._database = database
        self._feeds = feeds
        self._engine_of = engine_of
        self._file_store = file_store
        self._webhooks = webhooks
        self._queues: dict[str, asyncio.Queue[_Job | None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._live: dict[str, _Job] = {}
        self._stopping = False

    @property
    def live(self) -> int:
        """How many runs have not ended."""
        return len(self._live)

    async def leftovers(self) -> list[Run]:
        """Runs that the gateway before this one left live, oldest first."""
        return await self._database.do(lambda tables: tables.find(Run, f"{_LIVE} ORDER BY created_at, rowid"))

    async def take_up(self, left: list[Run]) -> None:
        """Queue again what had only waited; what was under way has failed, and its webhook is told."""
        for run in left:
            machine = await self._database.do(partial(Tables.get, kind=Machine, row_id=run.machine_id))
            if run.status in _WAITING and machine is not None:
                job = self._live[run.id] = _Job(run)
                self._queue(machine).put_nowait(job)
                continue
            reason = "the local gateway ended while this run was under way; run it again"
            await self._end(_Job(run), "failed", reason)

    async def submit(self, run: Run, machine: Machine) -> asyncio.Event:
        """Keep a new run and queue it on its machine; the event is set when it has ended."""
        await self._database.do(lambda tables: tables.add(run))
        job = self._live[run.id] = _Job(run)
        self._tell(job, "queuing")
        if run.call_id:
            self._tell(job, "function_call_id", run.call_id)
        if is_serverless(run.machine_type):
            await self._move(job, "queued", queued_at=now())
        self._queue(machine).put_nowait(job)
        return job.ended

    async def cancel(self, run: Run) -> None:
        """End a run as cancelled and stop its work; nothing changes for one that has ended."""
        job = self._live.get(run.id)
        if job is not None:
            await self._end(job, "cancelled", "cancelled")

    async def stop(self) -> None:
        """End what is under way as failed, and wait for the engines to leave it; what waits is taken up next time."""
        self._stopping = True
        for job in list(self._live.values()):
            if job.run.status in _WAITING:
                job.stop.set()
                continue
            reason = "the local gateway was stopped while this run was under way; run it again"
            await self._end(job, "failed", reason)
        for queue in self._queues.values():
            queue.put_nowait(None)  # each worker passes it on to the next
        await asyncio.gather(*self._tasks)

    def _tell(self, job: _Job, event: str, data: Any = None) -> None:
        frame = {"event": event} if data is None else {"event": event, "data": data}
        self._feeds.tell(Happening("event", job.run, frame))

    def _queue(self, machine: Machine) -> asyncio.Queue[_Job | None]:
        queue = self._queues.get(machine.id)
        if queue is None:
            queue = self._queues[machine.id] = asyncio.Queue()
            for _ in range(machine.concurrency_limit):
                self._begin(self._work_off(queue, self._engine_of(machine)))
        return queue

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, queue: asyncio.Queue[_Job | None], engine: Engine) -> None:
        while (job := await queue.get()) is not None:
            if job.ended.is_set() or self._stopping:
                continue
            try:
                await self._carry_out(job, engine)
            except Exception:  # noqa: BLE001  one run must not end its machine's queue
                _log.exception("run %s failed inside the gateway", job.run.id)
                await self._end(job, "failed", "the gateway failed inside; its log has the traceback")
        queue.put_nowait(None)

    async def _carry_out(self, job: _Job, engine: Engine) -> None:
        if is_serverless(job.run.machine_type):
            if not await self._move(job, "started", started_at=now()):
                return
            self._tell(job, "gpu_ready")
            self._tell(job, "comfyui_ready")
        if not await self._move(job, "running"):
            return
        loop = asyncio.get_running_loop()
        reports: asyncio.Queue[_Reported | None] = asyncio.Queue()
        run = job.run
        owner = Caller(run.user_id, run.org_id)
        given = Assignment(
            run_id=run.id,
            graph=run.graph,
            inputs=run.workflow_inputs,
            editor_graph=run.editor_graph,
            scope=owner.owner,
            files=RunFiles(self._database, self._file_store, owner, job.stop.is_set, self._webhooks.reach),
            report=reports.put_nowait,
            stop=job.stop,
        )
        work = loop.create_task(engine.carry_out(given))
        work.add_done_callback(lambda _: reports.put_nowait(None))
        timer = loop.create_task(self._time_out(job))
        try:
            while (what := await reports.get()) is not None:
                await self._note(job, what)
        finally:
            timer.cancel()
            job.stop.set()
        await self._conclude(job, work)

    async def _time_out(self, job: _Job) -> None:
        await sleep(job.run.run_timeout)
        reason = f"the run took longer than its {job.run.run_timeout} s; raise run_timeout or ask for less"
        self._begin(self._end(job, "timeout", reason))  # a task of its own: this one is cancelled by it

    async def _conclude(self, job: _Job, work: asyncio.Task[None]) -> None:
        try:
            await work
        except Stopped:
            pass  # whoever stopped it has said why
        except GraphRefused as refusal:
            told = {"type": refusal.kind, "message": str(refusal)}
            await self._fail(job, str(refusal), {"error": {"error": told, "node_errors": refusal.errors}})
        except NodeFailed as failure:
            where = {"node_id": failure.node_id, "node_type": failure.class_type}
            await self._fail(job, str(failure), {"error": {**where, "exception_message": str(failure)}})
        except Exception as failure:  # noqa: BLE001  whatever a node meets ends its run only
            _log.exception("run %s: the engine failed", job.run.id)
            reason = f"the engine failed ({type(failure).__name__}: {failure}); the gateway's log has the traceback"
            await self._fail(job, reason, {"error": {"exception_message": reason}})
        else:
            await self._end(job, "success", None, progress=1.0)

    async def _fail(self, job: _Job, reason: str, data: dict[str, Any]) -> None:
        await self._put_out(job, Output(run_id=job.run.id, data=data))
        await self._end(job, "failed", reason)

    async def _note(self, job: _Job, what: _Reported) -> None:
        if job.ended.is_set() or isinstance(what, Said):
            return
        if isinstance(what, NodeOutput):
            meta = {"node_id": what.node_id, **({} if what.uploaded else {"node_class": what.class_type})}
            await self._put_out(job, Output(run_id=job.run.id, data=what.data, node_meta=meta))
            output = with_urls(what.data, self._webhooks.base)
            node = {"node": what.node_id, "display_node": what.node_id}
            self._tell(job, "executed", {**node, "output": output, "prompt_id": job.run.id})
            return
        live_status = f"Executing {what.class_type}"
        if isinstance(what, NodeStepped):
            step = {"value": what.value, "max": what.maximum, "prompt_id": job.run.id, "node": what.node_id}
            self._tell(job, "progress", step)
        if (live_status, what.progress) == (job.run.live_status, job.run.progress):
            return
        changed = await self._change(job, live_status=live_status, progress=what.progress)
        if changed:
            self._tell(
                job,
                "live_status",
                {"prompt_id": job.run.id, "live_status": live_status, "progress": what.progress},
            )
            if job.run.webhook_intermediate_status:
                self._webhooks.updated(job.run)

    async def _put_out(self, job: _Job, output: Output) -> None:
        await self._database.do(lambda tables: tables.add(output))
        self._feeds.tell(Happening("output", job.run, output))
        self._webhooks.put_out(job.run, output)

    async def _move(self, job: _Job, status: str, **more: Any) -> bool:
        """Change the status and tell everyone; False when the run had ended before."""
        outputs: list[Output] = []

        def also(tables: Tables) -> None:
            outputs.extend(tables.find(Output, "run_id = ?", job.run.id))

        if not await self._change(job, also, status=status, **more):
            return False
        self._webhooks.updated(job.run, outputs)
        if status not in {"queued", "started"}:
            self._tell(job, "status", {"prompt_id": job.run.id, "status": status})
        return True

    async def _end(self, job: _Job, status: str, reason: str | None, **more: Any) -> None:
        job.stop.set()
        if await self._move(job, status, error=reason, ended_at=now(), **more):
            if reason and status != "cancelled":
                _log.warning("run %s %s: %s", job.run.id, status, reason)
            job.ended.set()
            self._live.pop(job.run.id, None)
            self._feeds.tell(Happening("end", job.run))

    async def _change(self, job: _Job, also: Callable[[Tables], None] | None = None, **columns: Any) -> bool:
        columns["updated_at"] = columns.get("ended_at") or now()

        def change(tables: Tables) -> bool:
            if not tables.count(Run, f"id = ? AND {_LIVE}", job.run.id):
                return False
            tables.change(Run, job.run.id, **columns)
            if also is not None:
                also(tables)
            return True

        async with job.changing:  # so that what is told comes in the order in which it was kept
            if not await self._database.do(change):
                return False
            job.run = attrs.evolve(job.run, **columns)
            self._feeds.tell(Happening("state", job.run))
            return True


def waiting_before(run: Run) -> Callable[[Tables], int]:
    """How many runs wait on the run's machine that were made before it."""

    def work(tables: Tables) -> int:
        where = "machine_id = ? AND status IN ('not-started', 'queued') AND created_at < ? AND id != ?"
        return tables.count(Run, where, run.machine_id, run.created_at, run.id)

    return work


def outputs_of(run_id: str, *, newest_first: bool = False) -> Callable[[Tables], list[Output]]:
    """A run's outputs, in the order they came or the other way round."""
    order = " ORDER BY rowid DESC" if newest_first else ""
    return lambda tables: tables.find(Output, f"run_id = ?{order}", run_id)
