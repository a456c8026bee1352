"""Telling people's servers about their runs, as the service does: unsigned, unordered, three tries."""

import asyncio
import contextlib
import json
import logging
from collections.abc import Coroutine, Iterable
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
from yarl import URL

from stationthis_sdk.local.answers.run import raw_output_json
from stationthis_sdk.local.clock import sleep
from stationthis_sdk.local.faults import Delivery, Faults
from stationthis_sdk.local.reach import OutOfReach, Reach
from stationthis_sdk.local.requests.responses import Refusal
from stationthis_sdk.local.requests.validation import fault, refuse
from stationthis_sdk.local.rows.runs import Output, Run
from stationthis_sdk.local.runs.logs import Logs
from stationthis_sdk.local.strictness import strict

__all__ = ["Webhooks"]

_PAUSES: Final = (0.5, 1.0)
_TIMEOUT: Final = 20.0
_GRACE: Final = 2.0
_PER_RECEIVER: Final = 20
_OVERTAKEN: Final = 2.0
_LONGEST_LINE: Final = 10_000
_log = logging.getLogger(__name__)


class Webhooks:
    """Deliveries, each a task of its own, so their order is not promised."""

    def __init__(self, reach: Reach, logs: Logs, faults: Faults) -> None:
        self.base = ""
        self.reach = reach
        self._logs = logs
        self._faults = faults
        self._held: set[asyncio.Task[None]] = set()
        self._next_of: dict[str, asyncio.Event] = {}
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def check(self, webhook: str | None) -> str | None:
        """Refuse a submit (422) whose webhook would go where the gateway doesn't.

        Text that is no URL passes, as in the service, unless the gateway is strict; what is told is that nothing will
        be sent.
        """
        if not webhook:
            return None
        if not _is_url(webhook):
            problem = "a webhook is an http or https address with a host"
            if strict():
                raise _refused(webhook, problem)
            return f"no webhook is sent to {webhook[:200]!r}: {problem}"
        try:
            self.reach.check(URL(webhook), sending=True)
        except OutOfReach as out_of_reach:
            raise _refused(webhook, str(out_of_reach)) from None
        return None

    def updated(self, run: Run, outputs: Iterable[Output] = ()) -> None:
        """Say how a run stands; ``outputs`` go along with changes of status only."""
        self._send(run, "run.updated", outputs)

    def put_out(self, run: Run, output: Output) -> None:
        """Say that a run put something out, if its URL asks for that (``?target_events=run.output``)."""
        if run.webhook and "run.output" in _target_events(run.webhook):
            self._send(run, "run.output", [output])

    async def close(self) -> None:
        """Give what is under way two seconds, then stop; what a fault holds back is dropped."""
        for task in self._held:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _send(self, run: Run, event_type: str, outputs: Iterable[Output]) -> None:
        if not run.webhook or not _is_url(run.webhook):
            return  # accepted at submit all the same, as the service does; the run's log has said so
        body = {
            "event_type": event_type,
            "status": run.status,
            "live_status": run.live_status,
            "progress": run.progress,
            "run_id": run.id,
            "outputs": [raw_output_json(output, self.base) for output in outputs],
        }
        planned = self._faults.of_webhook(run.webhook)
        following = self._next_of.pop(run.id, None)
        for _ in range(planned.copies):
            self._begin(self._deliver_as_planned(run.webhook, body, planned, following))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_as_planned(
        self, url: str, body: dict[str, Any], planned: Delivery, overtakes: asyncio.Event | None
    ) -> None:
        task = asyncio.current_task()
        if task is not None and (planned.overtaken or planned.seconds):
            self._held.add(task)
            if planned.overtaken:
                await self._overtaken(body["run_id"])
            await sleep(planned.seconds)
            self._held.discard(task)
        try:
            await self._deliver(url, body)
        finally:
            if overtakes is not None:
                overtakes.set()

    async def _overtaken(self, run_id: str) -> None:
        """Wait until the run's next webhook has arrived; the last one of all has none."""
        arrived = self._next_of.setdefault(run_id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_OVERTAKEN):
                await arrived.wait()
        if self._next_of.get(run_id) is arrived:
            del self._next_of[run_id]

    async def _deliver(self, url: str, body: dict[str, Any]) -> None:
        if self._session is None:
            # A receiver that hangs takes its own connections only, never those of others.
            self._session = self.reach.session(
                sending=True, per_host=_PER_RECEIVER, silence=_TIMEOUT, total=_TIMEOUT
            )
        for pause in (*_PAUSES, None):
            try:
                async with self.reach.answer(self._session, "POST", url, json=body, sending=True) as answer:
                    problem = f"status {answer.status}"
                    if answer.status < 400:
                        problem = ""
            except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as caught:
                problem = f"{type(caught).__name__}: {caught}"
            await self._note(body, problem)
            if not problem:
                return
            if pause is not None:
                await sleep(pause)
        _log.warning("webhook given up for run %s (%s): %s", body["run_id"], body["status"], problem)

    async def _note(self, body: dict[str, Any], problem: str) -> None:
        """Write a delivery into its run's log."""
        said = {**body, **({"problem": problem} if problem else {})}
        if len(text := json.dumps(said)) > _LONGEST_LINE:
            text = json.dumps({**said, "outputs": []})
        await self._logs.say(body["run_id"], text, "webhook")


def _refused(webhook: str, problem: str) -> Refusal:
    return refuse(fault("value_error", ["body", "webhook"], f"Value error, {problem}", webhook, error={}))


def _is_url(text: str) -> bool:
    try:
        url = URL(text)
        return url.scheme in {"http", "https"} and bool(url.host)
    except ValueError:
        return False


def _target_events(url: str) -> set[str]:
    try:
        named = parse_qs(urlsplit(url).query).get("target_events", [])
    except ValueError:
        return set()
    return {event.strip() for value in named for event in value.split(",")}
