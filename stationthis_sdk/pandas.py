"""DataFrames that run: ``import stationthis_sdk.pandas``, and every frame has ``df.stationthis``.

``df.stationthis.map(deployment, name=…)`` runs once for each row, ``estimate`` says what that would cost, and ``runs``
finds the runs again whose ids are in the column ``run_id``.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, overload

from stationthis_sdk import portal
from stationthis_sdk.batches.batch import AsyncBatch
from stationthis_sdk.client import AsyncStationThis
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import BatchEstimate
from stationthis_sdk.errors import InvalidInput, MissingExtra, NotFound
from stationthis_sdk.listing import Listing
from stationthis_sdk.runs import AsyncRun, listed
from stationthis_sdk.sync import Batch, Deployment, Run, StationThis

try:
    import pandas as pd
except ImportError:
    raise MissingExtra("DataFrames need pandas: pip install 'stationthis-sdk[data]'.") from None

__all__ = ["FrameRuns"]

_READS: Final = 8
"""Runs that are read at once."""


@pd.api.extensions.register_dataframe_accessor("stationthis")
class FrameRuns:
    """What a frame's rows can be run as: ``df.stationthis``.

    Example:
        >>> import pandas as pd
        >>> import stationthis_sdk.pandas
        >>> from stationthis_sdk import StationThis
        >>> st = StationThis(local=True)
        >>> animals = pd.DataFrame({"prompt": ["a fox", "a hare"], "shelf": [1, 2]})
        >>> batch = animals.stationthis.map(st.deployments["text-to-picture"], name="example-frame")
        >>> frame = batch.to_frame()
        >>> frame[["prompt", "shelf", "state"]].values.tolist()
        [['a fox', 1, 'success'], ['a hare', 2, 'success']]
        >>> [run.state for run in frame.stationthis.runs(st)]
        ['success', 'success']
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    @overload
    def map(self, deployment: Deployment, *, name: str, **more: Any) -> Batch: ...
    @overload
    def map(self, deployment: AsyncDeployment, *, name: str, **more: Any) -> Awaitable[AsyncBatch]: ...
    def map(
        self, deployment: Deployment | AsyncDeployment, *, name: str, **more: Any
    ) -> Batch | Awaitable[AsyncBatch]:
        """Run the deployment once for each row, and return the batch; of an asynchronous one, what gives it when awaited.

        name and the other keywords are those of ``Deployment.map``: the same call again runs only what is missing.

        Raises:
            InvalidInput: the frame has no rows, that is no deployment, or as ``Deployment.map``; nothing was sent.
        """
        self._check(deployment, "map", ", name=…")
        return deployment.map(self._frame, name=name, **more)

    @overload
    def estimate(self, deployment: Deployment, **more: Any) -> BatchEstimate: ...
    @overload
    def estimate(self, deployment: AsyncDeployment, **more: Any) -> Awaitable[BatchEstimate]: ...
    def estimate(
        self, deployment: Deployment | AsyncDeployment, **more: Any
    ) -> BatchEstimate | Awaitable[BatchEstimate]:
        """Say how many rows ``map`` would run, what that costs and how long it takes; nothing is sent.

        The keywords are those of ``Deployment.estimate``.

        Raises:
            InvalidInput: as ``map`` does.
        """
        self._check(deployment, "estimate", "")
        return deployment.estimate(self._frame, **more)

    @overload
    def runs(self, st: StationThis) -> Listing[Run]: ...
    @overload
    def runs(self, st: AsyncStationThis) -> Awaitable[Listing[AsyncRun]]: ...
    def runs(self, st: StationThis | AsyncStationThis) -> Listing[Run] | Awaitable[Listing[AsyncRun]]:
        """The runs whose ids are in the column ``run_id``, each once, as the service tells of them now.

        Of an asynchronous client, what gives them when awaited. Rows without a run are left out.

        Raises:
            InvalidInput: there is no such column, or that is no client; nothing was asked.
            NotFound: the service does not know some of them; the message says which.
        """
        self._check_client(st)
        ids = [str(one) for one in dict.fromkeys(self._frame["run_id"].dropna())]
        if isinstance(st, AsyncStationThis):
            return _found(st, ids)
        return portal.call(_found(st._inner, ids))._map(Run._of)  # noqa: SLF001 - the two know each other

    def _check_client(self, st: Any) -> None:
        problems = []
        if "run_id" not in self._frame.columns:
            problems.append("the frame has no column 'run_id': frames of batches and of runs have one")
        if not isinstance(st, StationThis | AsyncStationThis):
            problems.append(f"runs are asked of a client, StationThis() or AsyncStationThis(), not of {st!r}")
        _raise(problems)

    def _check(self, deployment: Any, verb: str, rest: str) -> None:
        problems = [] if len(self._frame) else ["the frame has no rows"]
        if isinstance(deployment, str):
            wanted = f"df.stationthis.{verb}(st.deployments[{deployment!r}]{rest})"
            problems.append(f"the deployment itself is wanted, not its name: {wanted}")
        elif not isinstance(deployment, Deployment | AsyncDeployment):
            problems.append(f"{deployment!r} is no deployment: st.deployments[…] gets one by its name")
        _raise(problems)


def _raise(problems: list[str]) -> None:
    if problems:
        raise InvalidInput(f"Nothing was asked: {'; '.join(problems)}.", problems=problems)


async def _found(st: AsyncStationThis, ids: list[str]) -> Listing[AsyncRun]:
    few = asyncio.Semaphore(_READS)

    async def read(run_id: str) -> AsyncRun | None:
        async with few:
            try:
                return await st.runs.get(run_id)
            except NotFound:
                return None

    try:
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(read(run_id)) for run_id in ids]
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None
    runs = [task.result() for task in reading]
    if unknown := [run_id for run_id, run in zip(ids, runs, strict=True) if run is None]:
        shown = ", ".join(map(repr, unknown[:5])) + ("" if len(unknown) <= 5 else ", …")
        raise NotFound(f"The service does not know {len(unknown)} of these {len(ids)} runs: {shown}.")
    return listed(run for run in runs if run is not None)
