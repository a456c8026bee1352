"""Watching one's runs: a picture of all of them, then what has changed since, gathered so that it is never too much."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterable
from functools import cache
from typing import Any, Final

import attrs

from stationthis_sdk.local.answers.watched import preview_json, watched_json
from stationthis_sdk.local.clock import now
from stationthis_sdk.local.database import Tables
from stationthis_sdk.local.engines import Previewed
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.local.rows.runs import GRAPHS, LIVE, Output, Run
from stationthis_sdk.local.rows.workflows import Deployment, Workflow
from stationthis_sdk.local.runs.feeds import Happening, Listener
from stationthis_sdk.local.services import Services

__all__ = ["HEARTBEAT", "SHOWN", "watch"]

SHOWN: Final = 60
"""Ended runs a page is given at first."""

HEARTBEAT: Final = 15.0
"""Seconds of silence after which something is said, so that both sides know of each other."""

_LIVE_SHOWN: Final = 500
_OUTPUTS_SHOWN: Final = 100
_PACE: Final = 0.1
_OVERLAP: Final = 5_000_000
_WANTED: Final = frozenset({"state", "output", "end", "preview"})


@attrs.define
class _News:
    """What was heard since something was last told: one entry for each run, however much happened to it."""

    runs: set[str] = attrs.field(factory=set)
    previews: dict[str, Happening] = attrs.field(factory=dict)
    over: bool = False
    heard: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def gather(self, listener: Listener[Happening]) -> None:
        """Hear everything at once, so that a page that reads slowly holds nothing up."""
        async for happening in listener:
            if happening.kind == "preview":
                self.previews[happening.run.id] = happening
            else:
                self.runs.add(happening.run.id)
            self.heard.set()
        self.over = True
        self.heard.set()

    def take(self) -> tuple[list[str], list[Happening]]:
        """All of it, once."""
        taken = list(self.runs), list(self.previews.values())
        self.runs.clear()
        self.previews.clear()
        self.heard.clear()
        return taken


async def watch(services: Services, caller: Caller, since: int | None) -> AsyncGenerator[str]:
    """Server-sent events: ``snapshot``, then ``runs`` and ``preview`` as things happen, else a heartbeat.

    Each run is told whole, so that a reader may miss some. ``since`` is the id of the last event the reader has
    got: it is then told only what has changed after it, as ``runs``.
    """
    with services.feeds.listening(lambda it: it.kind in _WANTED and caller.owns(it.run)) as listener:
        news = _News()
        gathering = asyncio.get_running_loop().create_task(news.gather(listener))
        try:
            start = now()
            missed = None if since is None else await services.database.do(_changed(caller, since))
            if missed is None:
                yield _frame("snapshot", start, await services.database.do(_snapshot(caller)))
            else:
                yield _frame("runs", start, missed)
            while not news.over:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await news.heard.wait()
                except TimeoutError:
                    yield ": nothing new\n\n"
                    continue
                start = now()
                run_ids, previews = news.take()
                if run_ids:
                    yield _frame("runs", start, await services.database.do(_these(run_ids)))
                for happening in previews:
                    if isinstance(happening.data, Previewed) and (
                        preview := preview_json(happening.run, happening.data)
                    ):
                        yield f"event: preview\ndata: {json.dumps(preview)}\n\n"
                await asyncio.sleep(_PACE)
        finally:
            gathering.cancel()


def _frame(event: str, at: int, runs: list[dict[str, Any]]) -> str:
    data = json.dumps({"now": at // 1000, "runs": runs}, ensure_ascii=True, separators=(",", ":"))
    return f"id: {at}\nevent: {event}\ndata: {data}\n\n"


def _snapshot(caller: Caller) -> Callable[[Tables], list[dict[str, Any]]]:
    """The newest runs, and all that live."""

    def work(tables: Tables) -> list[dict[str, Any]]:
        newest = " ORDER BY created_at DESC, rowid DESC LIMIT ?"
        live = tables.find(Run, f"{caller.own} AND {LIVE}{newest}", caller.owner, _LIVE_SHOWN, without=GRAPHS)
        latest = tables.find(Run, f"{caller.own}{newest}", caller.owner, SHOWN, without=GRAPHS)
        return _shown(tables, {run.id: run for run in (*latest, *live)}.values())

    return work


def _changed(caller: Caller, since: int) -> Callable[[Tables], list[dict[str, Any]] | None]:
    """What has changed after a moment; None when that is too much to be told so."""
    # What was stamped before that moment may have been kept a little after it.
    bound = max(0, min(since, 2**62)) - _OVERLAP

    def work(tables: Tables) -> list[dict[str, Any]] | None:
        late = (
            "SELECT id FROM runs WHERE updated_at >= ? UNION SELECT run_id FROM outputs WHERE created_at >= ?"
        )
        where = f"{caller.own} AND id IN ({late}) ORDER BY created_at, rowid LIMIT ?"
        found = tables.find(Run, where, caller.owner, bound, bound, _LIVE_SHOWN + 1, without=GRAPHS)
        return None if len(found) > _LIVE_SHOWN else _shown(tables, found)

    return work


def _these(run_ids: list[str]) -> Callable[[Tables], list[dict[str, Any]]]:
    def work(tables: Tables) -> list[dict[str, Any]]:
        found = (tables.get(Run, run_id, without=GRAPHS) for run_id in run_ids)
        return _shown(tables, [run for run in found if run is not None])

    return work


def _shown(tables: Tables, runs: Iterable[Run]) -> list[dict[str, Any]]:
    get = cache(tables.get)  # many runs share a few of these
    return [
        watched_json(
            run,
            tables.find(Output, "run_id = ? ORDER BY rowid LIMIT ?", run.id, _OUTPUTS_SHOWN),
            get(Workflow, run.workflow_id),
            get(Machine, run.machine_id),
            get(Deployment, run.deployment_id),
        )
        for run in runs
    ]
