"""A deployment that tells whether its request has gone out: until then nothing was asked for that costs."""

from collections.abc import Awaitable, Mapping
from typing import Any

import attrs

from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import RunRecord
from stationthis_sdk.models import AsyncModels
from stationthis_sdk.notebook.studio.code import options_of
from stationthis_sdk.options import Options
from stationthis_sdk.runs import AsyncRun
from stationthis_sdk.submits import Target

__all__ = ["Sender"]


class Sender(AsyncDeployment):
    """For one submit at a time; whoever submits sets both back before.

    ``posted`` becomes true as the request goes out. ``made`` is the run that came of it, also of a submit that was
    called off just then and has raised instead of returning it.
    """

    posted = False
    made: AsyncRun | None = None

    def __init__(self, of: AsyncDeployment) -> None:
        super().__init__(of._context, of._record, of._source, options=of._options)  # noqa: SLF001 - it is one

    @property
    def allow_unknown(self) -> bool:
        """Whether inputs are sent that nobody declares."""
        return self._options.allow_unknown

    @property
    def told_options(self) -> dict[str, Any]:
        """What it is run with, as the code of a call has it."""
        return options_of(self._options, self._context.timeouts)

    @property
    def models(self) -> AsyncModels:
        """The models of its account."""
        return AsyncModels(self._context)

    @property
    def _target(self) -> Target:
        target = super()._target

        def queue(values: Mapping[str, Any], options: Options) -> Awaitable[str]:
            self.posted = True
            return target.queue(values, options)

        return attrs.evolve(target, queue=queue)

    def _run(
        self, record: RunRecord, *, from_cache: bool = False, untold: frozenset[str] = frozenset()
    ) -> AsyncRun:
        self.made = super()._run(record, from_cache=from_cache, untold=untold)
        return self.made
