"""Lists of runs, and how many there are: each list tells something else, none tells totals."""

import functools
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any, Final

from comfydeploy_client.api.runs import (
    runs_count,
    runs_latest_of_workflow,
    runs_list_of_deployment,
    runs_list_of_workflow,
    runs_list_of_workflow_light,
    runs_list_of_workflow_today,
)
from comfydeploy_client.models.run_status import RunStatus

from stationthis_sdk.api.calls.family import MAX_PAGES, PAGE, Family, is_missing
from stationthis_sdk.api.calls.reading import integer, plain
from stationthis_sdk.api.calls.runs import run_of
from stationthis_sdk.api.capabilities import is_absent
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.errors import (
    InvalidInput,
    NotFound,
    RateLimited,
    StationThisError,
    UnexpectedResponse,
)

__all__ = ["BRIEF", "RunListCalls", "check_states"]

BRIEF: Final = frozenset({"inputs", "outputs"})
"""What most lists leave out."""

_LIGHT: Final = "light run list"
_SOUGHT: Final = 500
"""Runs among which one is looked for, the newest first."""
_NEIGHBOURS: Final = 4
"""Raw rows that are read for one run: others that are made meanwhile push it down."""
_NEWEST: Final = 20
"""Raw rows that are read where there is no light list."""
# Ends that the service may show before it has stored them, so that it does not find them by itself.
_SHOWN_ONLY: Final = "timeout"
Keep = Callable[[RunRecord], bool]
Enough = Callable[[Sequence[RunRecord]], Awaitable[bool]]


class RunListCalls(Family):
    """Runs of one account, newest first."""

    async def of_workflow(
        self,
        workflow_id: str,
        *,
        deployment_id: str | None = None,
        states: frozenset[str] = frozenset(),
        limit: int | None = None,
        inputs: bool = False,
        outputs: bool = False,
        sought: Collection[str] | None = None,
        enough: Enough | None = None,
        patient: bool = True,
    ) -> tuple[list[RunRecord], frozenset[str]]:
        """Up to ``limit`` runs of a workflow, and what is not told of them: inputs, outputs.

        The light list is asked for where it is enough; the other brings the workflow and its graphs with each run.
        sought: only of these runs anything is read, and of the last of each page, which tells how far back it goes.
        enough: told each page's runs, whether to ask for no more. patient: too many requests are waited out here.
        """

        def keep(run: RunRecord) -> bool:
            return deployment_id in {None, run.deployment_id} and (not states or str(run.state) in states)

        rows = _rows if sought is None else functools.partial(_rows_of, sought)

        def again(error: StationThisError) -> bool:
            return (
                error.retryable and not is_absent(error) and (patient or not isinstance(error, RateLimited))
            )

        async def light() -> tuple[list[RunRecord], frozenset[str]]:
            query: dict[str, Any] = {} if deployment_id is None else {"deployment_id": deployment_id}
            if len(states) == 1 and not states & {_SHOWN_ONLY}:
                query["status"] = RunStatus(*states)
            found = await self._up_to(
                limit,
                keep,
                runs_list_of_workflow_light,
                workflow_id,
                into=rows,
                repeatable=again,
                enough=enough,
                **query,
            )
            return found, BRIEF

        async def raw() -> tuple[list[RunRecord], frozenset[str]]:
            more: dict[str, Any] = {"with_inputs": inputs, "with_outputs": outputs}
            found = await self._up_to(
                limit,
                keep,
                runs_list_of_workflow,
                workflow_id,
                into=rows,
                repeatable=None if patient else again,
                enough=enough,
                **more,
            )
            return found, BRIEF - {what for what, told in (("inputs", inputs), ("outputs", outputs)) if told}

        return await self._light_or_raw(raw if inputs or outputs else light, raw)

    async def of_deployment(
        self,
        deployment_id: str,
        *,
        states: frozenset[str] = frozenset(),
        limit: int | None = None,
        enough: Enough | None = None,
    ) -> list[RunRecord]:
        """Up to ``limit`` runs of a deployment, without inputs and outputs; the service ignores states here.

        enough: told each page's runs, whether to ask for no more.

        Raises:
            NotFound: no such deployment; the service says 500 to that.
        """

        def keep(run: RunRecord) -> bool:
            return not states or str(run.state) in states

        def repeatable(error: StationThisError) -> bool:
            return error.retryable and not is_missing(error)

        try:
            return await self._up_to(
                limit,
                keep,
                runs_list_of_deployment,
                deployment_id,
                into=_rows_in_object,
                repeatable=repeatable,
                enough=enough,
            )
        except StationThisError as error:
            if is_missing(error):
                raise NotFound(
                    f"No deployment {deployment_id!r} for this key.", request=error.request
                ) from None
            raise

    async def since(
        self, moment: datetime, *, workflow_id: str | None, deployment_id: str | None
    ) -> list[RunRecord]:
        """The runs of a workflow, or of one deployment, made since then; without inputs and outputs."""

        def older(run: RunRecord) -> bool:
            return run.created_at is not None and run.created_at < moment

        async def enough(page: Sequence[RunRecord]) -> bool:
            return bool(page) and older(page[-1])

        if workflow_id is None:
            found = await self.of_deployment(str(deployment_id), enough=enough)
        else:
            found, _ = await self.of_workflow(workflow_id, deployment_id=deployment_id, enough=enough)
        return [run for run in found if not older(run)]

    async def raw_outputs(self, run: RunRecord) -> list[Any] | None:
        """All that a run put out, errors included, as the raw list has it; None where that does not tell of the run.

        Each row of it brings a whole workflow along, so the light list is asked first where the run stands.
        """
        workflow_id = run.workflow_id
        if workflow_id is None:
            return None

        async def counted() -> tuple[int | None, int]:
            for page in range(_SOUGHT // PAGE):
                rows = await self.edge.call(
                    runs_list_of_workflow_light,
                    workflow_id,
                    into=lambda rows: [row.id for row in rows],
                    repeatable=lambda error: error.retryable and not is_absent(error),
                    limit=PAGE,
                    offset=page * PAGE,
                )
                if run.id in rows:
                    return page * PAGE + rows.index(run.id), _NEIGHBOURS
                if len(rows) < PAGE:
                    break
            return None, 0

        async def guessed() -> tuple[int | None, int]:
            return 0, _NEWEST

        place, few = await self.edge.capabilities.either(_LIGHT, counted, guessed)
        if place is None:
            return None

        def outputs(rows: Any) -> list[Any] | None:
            found = (plain(row.outputs) for row in rows or () if row is not None and row.id == run.id)
            return next((list(one) for one in found if isinstance(one, list)), None)

        return await self.edge.call(
            runs_list_of_workflow,
            workflow_id,
            into=outputs,
            limit=few,
            offset=place,
            with_inputs=False,
            with_outputs=True,
        )

    async def today(self, workflow_id: str, *, deployment_id: str | None = None) -> list[RunRecord]:
        """The runs of the last 24 hours, all in one answer: id, state and when they were made."""
        query: dict[str, Any] = {} if deployment_id is None else {"deployment_id": deployment_id}
        return await self.edge.call(runs_list_of_workflow_today, workflow_id, into=_rows, bare=True, **query)

    async def latest(self, workflow_id: str) -> RunRecord | None:
        """The newest run, with its inputs and one of its pictures."""
        found = await self.edge.call(runs_latest_of_workflow, workflow_id, into=_rows, bare=True)
        return found[0] if found else None

    async def count(self, **filters: Any) -> int:
        """How many runs match, everybody's included."""
        found = await self.edge.call(runs_count, into=lambda answer: integer(answer.count), **filters)
        if found is None:
            raise UnexpectedResponse("The service told no number of runs.")
        return found

    async def _light_or_raw(
        self,
        first: Callable[[], Awaitable[tuple[list[RunRecord], frozenset[str]]]],
        second: Callable[[], Awaitable[tuple[list[RunRecord], frozenset[str]]]],
    ) -> tuple[list[RunRecord], frozenset[str]]:
        """One list, or the other where the server has no such list. Decided for a whole list, never between pages."""
        if first is second:
            return await second()
        return await self.edge.capabilities.either(_LIGHT, first, second)

    async def _up_to(
        self,
        limit: int | None,
        keep: Keep,
        operation: ModuleType,
        *path: str,
        into: Callable[[Any], Sequence[RunRecord | None]],
        repeatable: Callable[[StationThisError], bool] | None = None,
        enough: Enough | None = None,
        **query: Any,
    ) -> list[RunRecord]:
        """Rows from the newest on, until there are enough; runs made meanwhile shift the pages, so ids are looked at."""
        found: list[RunRecord] = []
        seen: set[str] = set()
        size = PAGE if limit is None else min(PAGE, max(limit, 1))
        for page in range(MAX_PAGES):
            told = await self.edge.call(
                operation,
                *path,
                into=into,
                bare=True,
                repeatable=repeatable,
                limit=size,
                offset=page * size,
                **query,
            )
            rows = [row for row in told if row is not None]
            new = [row for row in rows if row.id not in seen]
            seen.update(row.id for row in new)
            found += [row for row in new if keep(row)]
            if enough is not None and await enough(rows):
                break
            same = rows and not new  # whatever it was asked for
            last = len(told) < size  # null rows count: they make no last page
            if (limit is not None and len(found) >= limit) or last or same:
                break
        return found[:limit]


def check_states(given: Any) -> frozenset[str]:
    """The states to list: one by name, or several; none at all for all.

    Raises:
        InvalidInput: there is no such state; the service would say 500.
    """
    names = [given] if isinstance(given, str) else list(given or ())
    known = [one.value for one in RunStatus]
    for name in names:
        if not isinstance(name, str) or name not in known:
            raise InvalidInput(f"No state {name!r}: a run is {', '.join(known)}.")
    return frozenset(map(str, names))


def _list(answer: Any) -> list[Any]:
    """A list of runs.

    Raises:
        TypeError: it is none: who looks for a run must not take that for "not there".
    """
    if not isinstance(answer, list):
        raise TypeError("no list of runs")
    return answer


def _rows(answer: Any) -> list[RunRecord]:
    """The runs of a list; a row that is no run raises, too."""
    return [run_of(one) for one in _list(answer)]


def _rows_of(sought: Collection[str], answer: Any) -> list[RunRecord | None]:
    """The same, but only those that are sought and the last: most of a list are others' or were seen."""
    rows = _list(answer)
    last = len(rows) - 1
    return [run_of(one) if one["id"] in sought or at == last else None for at, one in enumerate(rows)]


def _rows_in_object(answer: Any) -> list[RunRecord | None]:
    """Rows that come in an object, which the vendor's document calls a list: both are read; null rows are told.

    Raises:
        KeyError, TypeError: it is neither.
    """
    rows = answer["data"] if isinstance(answer, dict) else answer
    return [None if one is None else run_of(one) for one in _list([] if rows is None else rows)]
