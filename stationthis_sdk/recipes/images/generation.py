"""What came of making an image."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import Cost, Progress
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.outputs.output import AsyncOutput, Outputs
from stationthis_sdk.recipes.images.asked import check_asked
from stationthis_sdk.recipes.images.codes import code_of
from stationthis_sdk.recipes.images.handed_on import whole
from stationthis_sdk.recipes.images.making import Making
from stationthis_sdk.recipes.images.placing import EARLIER
from stationthis_sdk.recipes.images.words import Words
from stationthis_sdk.runs import AsyncRun, OnProgress
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.context import Context
    from stationthis_sdk.recipes.images.prepared import Prepared

__all__ = ["AsyncGeneration", "make"]

_DEFAULT = "workflow"


class AsyncGeneration(Shown):
    """What came of ``make_image``: its runs, their outputs, what they cost, and what was really sent.

    Example:
        >>> made = await st.make_image("a fox", seed=7, n=2, width=64, height=64, steps=1)
        >>> made.code, made.seeds, len(made.outputs.images)
        ('success', [7, 8], 2)
        >>> made.came_from["seed"], made.came_from["style"]
        ('call', 'workflow')
    """

    def __init__(self, making: Making) -> None:
        self._making = making

    def __repr__(self) -> str:
        called = f" of {self.deployment.name!r}" if self._prepared else ""
        how = self.code or str(self.progress)
        count = len(self.runs)
        return f"<generation{called}: {how}, {count} run{'' if count == 1 else 's'}, {self.cost}>"

    @property
    def runs(self) -> list[AsyncRun]:
        """The runs, one for each of ``n``; of a chain those of the step that each has come to."""
        return [run for place in self._making.places if (run := place.best) is not None]

    @property
    def all_runs(self) -> list[AsyncRun]:
        """Every run it took: earlier steps of a chain, and runs that were made again, included."""
        return [run for place in self._making.places for run in place.runs]

    @property
    def outputs(self) -> Outputs[AsyncOutput]:
        """What all runs made."""
        runs = self.runs
        return Outputs(
            [output for run in runs for output in run.outputs], ended=all(run.state.final for run in runs)
        )

    @property
    def code(self) -> str | None:
        """The product's code: success, not_enough_points, generation_failed and so on; None while it is under way.

        It is of all n together, and never one for which a host pays back while some of it was made or may be made:
        generation_timeout while a run may be under way, or the answer to a submit is lost; else success when at least
        one of several was made. ``errors`` has what the others came to.
        """
        return self._making.code

    @property
    def errors(self) -> list[StationThisError]:
        """What went wrong, one for each of n that did not end well; the gravest first, which is the one that is raised."""
        return self._making.errors

    @property
    def progress(self) -> Progress:
        """How far all of it is: the state of the one furthest behind, the mean of all."""
        return self._making.progress

    @property
    def cost(self) -> Cost:
        """What it cost, in US dollars, all runs together; ``estimated`` is None, and ``why`` tells, where one's is not known."""
        return self._making.cost

    @property
    def deployment(self) -> AsyncDeployment:
        """The deployment that was used; of a chain the last one.

        Raises:
            InvalidInput: none was found.
        """
        if (prepared := self._prepared) is None:
            raise InvalidInput("No deployment was found for this: nothing was sent.")
        return prepared.deployment

    @property
    def inputs(self) -> dict[str, Any]:
        """What the first of its runs was really given: what was sent, and the workflow's own defaults beside that."""
        prepared, runs = self._prepared, self.runs
        if prepared is None:
            return {}
        own = {
            name: field.default
            for name, field in prepared.deployment.inputs.items()
            if field.default is not None
        }
        return own | (runs[0].inputs if runs else prepared.inputs[0])

    @property
    def came_from(self) -> dict[str, str]:
        """Where each of ``inputs`` is from: call, preference, workflow (its default), drawn (a seed), or earlier step."""
        prepared = self._prepared
        told: Mapping[str, str] = {} if prepared is None else prepared.came_from
        taken = {prepared.takes.name: EARLIER} if prepared and prepared.takes else {}
        return {name: taken.get(name) or told.get(name, _DEFAULT) for name in self.inputs}

    @property
    def seeds(self) -> list[int]:
        """The seed of each run, where the deployment takes one."""
        found = []
        for place in self._making.places:
            prepared, run = self._making.step_of(place), place.best
            name = None if prepared is None else prepared.seed_input
            if run is not None and name is not None and name in run.inputs:
                found.append(run.inputs[name])
        return found

    @property
    def loras(self) -> list[str]:
        """The LoRAs that went into it, with their weights."""
        return list(dict.fromkeys(line for one in self._steps for line in one.loras))

    @property
    def left_out(self) -> list[str]:
        """The words for which there was no input, and why."""
        return list(dict.fromkeys(line for one in self._steps for line in one.left_out))

    @property
    def tried(self) -> list[str]:
        """What was tried before: deployments that refused, runs that were made again."""
        return list(self._making.tried)

    @property
    def warnings(self) -> list[str]:
        """What is odd about it, in words."""
        told = [*self._making.warnings, *(line for one in self._steps for line in one.warnings)]
        if len(names := {run.record.deployment_name or "?" for run in self.runs}) > 1:
            told.append(f"these were made by several deployments: {', '.join(sorted(names))}")
        for run in self.runs:
            if run.state == "success" and not run.record.outputs:
                told.append(f"run {run.id} ended well and made nothing that anybody can read")
            told += [
                f"run {run.id}: nobody knows what {item.filename or item.url} is: it is kept as a file"
                for item in run.record.outputs
                if item.kind == "file" and item.mime is None
            ]
        return list(dict.fromkeys(told))

    async def wait(
        self,
        *,
        on_progress: OnProgress | None = None,
    ) -> "AsyncGeneration":
        """Wait until all of it has ended well, and return it; steps of a chain that are left to do are done.

        Raises:
            RunFailed, RunCancelled, RunTimedOut, TimedOut, AmbiguousSubmit: the gravest; ``generation`` has the others.

        Example:
            >>> made = await st.make_image("a fox", wait=False, width=64, height=64, steps=1)
            >>> (await made.wait()).code
            'success'
        """
        await self._making.go_on(self, on_progress=on_progress)
        return self

    async def resume(self, *, on_progress: OnProgress | None = None) -> "AsyncGeneration":
        """Go on where it stopped, and return it: what failed is made again, at full price, what ended well is kept.

        A run that goes on is waited for; of a chain the steps that ended well are not repeated. Where a submit's answer
        was lost, nothing is asked for again before it is known what came of it: ``StationThis.reconcile`` finds out.

        Raises:
            StationThisError: as ``make_image``.
        """
        await self._making.go_on(self, on_progress=on_progress, again=True)
        return self

    async def refresh(self) -> "AsyncGeneration":
        """Ask the service for the present state of its runs, and return it."""
        shown = {*self.runs, *self._making.live}
        await asyncio.gather(*(run.refresh() for run in shown if not run.from_cache))
        return self

    async def cancel(self) -> "AsyncGeneration":
        """Cancel every run that is under way, and return it; no other is started, not by ``retry`` or ``fallback`` either.

        ``resume`` takes that back.

        Raises:
            CancelRefused: the service would not cancel one; see ``Run.cancel``.
        """
        await self._making.cancel()
        return self

    async def save(self, to: str | Path = ".", *, sidecar: bool = True) -> list[Path]:
        """Save all it made into a folder, and return the paths; see ``Run.save``.

        Raises:
            InvalidInput, SaveFailed, DownloadFailed: see there. Of the first that failed, once all others are saved:
                its ``saved`` has their paths.

        Example:
            >>> import tempfile
            >>> made = await st.make_image("a fox", seed=7, n=2, width=64, height=64, steps=1)
            >>> [path.name for path in await made.save(tempfile.mkdtemp())]
            ['text-to-picture-7.png', 'text-to-picture-8.png']
        """
        saved: list[Path] = []
        failed: list[StationThisError] = []
        for run in self.runs:
            try:
                saved += await run.save(to, sidecar=sidecar)
            except StationThisError as error:
                failed.append(error)
                saved += error.saved
        if failed:
            first = failed[0]
            first.saved = tuple(saved)
            if len(self.runs) > 1:
                first.told(f"{len(saved)} files of other runs and outputs were saved.")
            raise first
        return saved

    @property
    def _steps(self) -> "tuple[Prepared, ...]":
        """The steps of the choices that were used."""
        used = dict.fromkeys(place.choice for place in self._making.places)
        return tuple(step for choice in used for step in self._making.prepared.get(choice, ()))

    @property
    def _prepared(self) -> "Prepared | None":
        """The step that the first of its runs is of."""
        places = self._making.places
        return (
            self._making.step_of(next((place for place in places if place.best), places[0]))
            if places
            else None
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a generation is not pickled: keep the ids of its runs, st.runs.get(id) has them again"
        )


async def make(
    context: "Context",
    prompt: Any,
    workflow: Any,
    fallback: Any,
    words: Mapping[str, Any],
    *,
    wait: bool,
    on_progress: Any,
    **how: Any,
) -> AsyncGeneration:
    """Make images; see ``StationThis.make_image``."""
    table = Words(context.settings.words)
    told = {
        word: value for word, value in words.items() if value is not None or table.meaning(word) == "seed"
    }
    read = await asyncio.to_thread(lambda: {word: whole(value) for word, value in told.items()})
    asked = check_asked(prompt, workflow, fallback, read, table=table, **how)
    problems = [*asked.problems]
    if on_progress is not None and not callable(on_progress):
        problems.append(f"on_progress: a function that is told how far it is, not {on_progress!r}")
    making = Making(context, asked)
    try:
        if problems:
            problems += await making.look_for_faults(named=asked.workflow is not None or workflow is None)
            problems = [*dict.fromkeys(problems)]
            raise InvalidInput(f"Nothing was sent: {'; '.join(problems)}.", problems=problems)
        await making.begin()
    except StationThisError as error:
        error.code = error.code or code_of(error, during="choosing")
        raise
    generation = AsyncGeneration(making)
    await making.go_on(generation, wait=wait, on_progress=on_progress)
    return generation
