"""What all that was asked for came to together: the gravest error, the code, the cost, how far it is. Pure."""

from collections.abc import Sequence
from math import fsum

import attrs

from stationthis_sdk.entities import Cost, Progress, RunState
from stationthis_sdk.errors import AmbiguousSubmit, NotFound, RunTimedOut, StationThisError, TimedOut
from stationthis_sdk.recipes.images.chains import Chain
from stationthis_sdk.recipes.images.codes import SUCCESS
from stationthis_sdk.runs import AsyncRun

__all__ = ["Place", "code_of_all", "cost_of", "errors_of", "is_done", "progress_of"]


@attrs.define(eq=False)
class Place:
    """One of the n: which choice it is at, the runs of its steps that ended well, the one under way, and all it took."""

    number: int
    choice: int = 0
    done: list[AsyncRun] = attrs.field(factory=list)
    last: AsyncRun | None = None
    runs: list[AsyncRun] = attrs.field(factory=list)
    retries: dict[str, int] = attrs.field(factory=dict)
    error: StationThisError | None = None
    code: str | None = None
    """The product's code for its error alone."""

    @property
    def live(self) -> bool:
        """Whether a run of it may be under way, as far as anybody knows: it goes on, and costs."""
        return isinstance(self.error, AmbiguousSubmit) or (
            self.last is not None and not self.last.state.final and not isinstance(self.error, NotFound)
        )

    @property
    def best(self) -> AsyncRun | None:
        """The run to look at: the last step's that ended well, else what came last."""
        return self.done[-1] if self.done else self.last


def is_done(place: Place, choices: Sequence[Chain]) -> bool:
    """Whether every step of the choice that it is at has ended well."""
    return len(place.done) == len(choices[place.choice].steps)


def errors_of(places: Sequence[Place]) -> list[StationThisError]:
    """What went wrong, the gravest first: a submit whose answer is lost, a run that goes on, then the others."""
    found = [place for place in places if place.error is not None]
    found.sort(
        key=lambda place: (
            not isinstance(place.error, AmbiguousSubmit),
            not place.live,
            not isinstance(place.error, TimedOut | RunTimedOut),
        )
    )
    return [place.error for place in found if place.error is not None]


def code_of_all(places: Sequence[Place], choices: Sequence[Chain]) -> str | None:
    """The product's code; None while it is under way. None that is paid back for, while some was made or may be."""
    failed = [place for place in places if place.error is not None]
    done = [is_done(place, choices) for place in places]
    if any(place.live for place in failed):
        return "generation_timeout"
    if failed and any(done):
        return SUCCESS
    if failed:
        gravest = errors_of(places)[0]
        return next(place.code for place in failed if place.error is gravest)
    return SUCCESS if all(done) else None


def cost_of(places: Sequence[Place], unseen: int) -> Cost:
    """What all runs cost together; ``unseen`` are runs that failed and whose ids nobody told."""
    costs = [run.cost for place in places for run in place.runs if not run.from_cache]
    unknown = [cost.why for cost in costs if cost.estimated is None]
    gpus = {cost.gpu for cost in costs if cost.gpu}
    gpu = gpus.pop() if len(gpus) == 1 else " and ".join(sorted(gpus)) or None
    lost = sum(isinstance(place.error, AmbiguousSubmit) for place in places)
    if lost or unseen:
        unknown.append(
            "the answer to a submit is lost, and its run may exist"
            if lost
            else "the id of a run that failed at once was not told"
        )
    if unknown:
        count = sum(cost.estimated is None for cost in costs) + unseen + lost
        return Cost(gpu=gpu, why=f"of {count} of {len(costs) + unseen + lost} runs: {unknown[0]}")
    return Cost(
        fsum(cost.estimated or 0.0 for cost in costs),
        fsum(cost.seconds or 0.0 for cost in costs),
        gpu,
        so_far=any(cost.so_far for cost in costs),
    )


def progress_of(places: Sequence[Place], choices: Sequence[Chain]) -> Progress:
    """How far all of it is: the state of the one furthest behind, the mean of all."""
    states: list[RunState] = []
    parts: list[float] = []
    good = 0
    for place in places:
        now = place.last.progress if place.last is not None else None
        done = is_done(place, choices)
        parts.append((len(place.done) + (now.fraction if now else 0.0)) / len(choices[place.choice].steps))
        states.append(now.state if now else RunState("success" if done else "not-started"))
        good += done
    behind = min(states, key=lambda state: state.rank)
    message = f"{good} of {len(places)}" if len(places) > 1 else ""
    return Progress(behind, fsum(parts) / len(parts), None, message)
