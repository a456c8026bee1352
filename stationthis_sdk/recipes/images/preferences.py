"""What somebody likes inputs to be, where a call does not say; kept on this machine."""

import contextlib
import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.entities import is_uuid
from stationthis_sdk.errors import ConnectionFailed, ConnectionLost, InvalidInput, NotFound, TimedOut
from stationthis_sdk.inputs.plain import is_utf8
from stationthis_sdk.names import loosely, near
from stationthis_sdk.recipes.images.asked import faults_of_prompt
from stationthis_sdk.recipes.images.placing import misfit
from stationthis_sdk.recipes.images.points import LIMITS
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.preferences import PreferenceLedger
from stationthis_sdk.twins import twin

__all__ = ["WORKFLOW", "AsyncPreferences"]

WORKFLOW: Final = "workflow"
"""The word for what is run when nobody names anything."""
_OF_A_CALL: Final = frozenset(
    {"n", "wait", "retry", "after_a_run", "timeout", "tags", "fallback", "on_progress"}
)
_UNKNOWN: Final = (NotFound, ConnectionFailed, ConnectionLost, TimedOut)
_POSITIVE: Final = frozenset({"width", "height", "steps", "batch"})
_NUMBERS: Final = _POSITIVE | {"cfg", "strength", "lora_strength"}


class AsyncPreferences(Shown):
    """Preferences for ``make_image`` and for bots: of whoever has the key, or of a user the host names.

    What is nearer counts more: a user's own before those of whoever has the key, those for one workflow before those
    for all. A call's own words come before any.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<preferences: get(), set(**words), forget()>"

    async def get(self, workflow: str | None = None, *, user: str | None = None) -> dict[str, Any]:
        """What holds for this workflow: what is said for all, and over it what is said for this one.

        Asks nobody, unless it is named by an id. ``user`` is who it is, as the host names people; without one, whoever has the key.

        Example:
            >>> await st.preferences.set(steps=4, user="example")
            {'steps': 4}
            >>> await st.preferences.set("text-to-picture", style="sea", user="example")
            {'style': 'sea'}
            >>> await st.preferences.get("text-to-picture", user="example")
            {'steps': 4, 'style': 'sea'}
            >>> await st.preferences.forget(user="example")
            >>> await st.preferences.forget("text-to-picture", user="example")
        """
        joined: dict[str, Any] = {}
        for level in reversed(await self._levels(await self._named(workflow), user, whole=True)):
            meant = {self._meaning(word) for word in level}
            joined = {
                word: value for word, value in joined.items() if self._meaning(word) not in meant
            } | level
        return joined

    async def _levels(
        self, workflow: str | None, user: str | None, *, whole: bool = False
    ) -> list[dict[str, Any]]:
        """What is said on each level, the nearest first; without the workflow to run unless ``whole``."""
        kept = PreferenceLedger(self._context.ledger)
        levels = [
            await kept.get(whose, what)
            for whose in dict.fromkeys((_user(user), ""))
            for what in dict.fromkeys((_workflow(workflow), ""))
        ]
        return [
            {word: value for word, value in level.items() if whole or word != WORKFLOW} for level in levels
        ]

    def _meaning(self, word: str) -> str:
        return Words(self._context.settings.words).meaning(word) or word

    async def _named(self, workflow: Any) -> Any:
        """The name by which preferences are kept: a deployment's own, also where it is given itself or by its id."""
        workflow = getattr(twin(workflow), "name", workflow)
        if isinstance(workflow, str) and is_uuid(workflow):
            with contextlib.suppress(*_UNKNOWN):
                return (await AsyncDeployments(self._context).get(workflow)).name
        return workflow

    async def set(
        self, for_workflow: str | None = None, /, *, user: str | None = None, **words: Any
    ) -> dict[str, Any]:
        """Prefer these, and return all that is said for just this user and workflow.

        words: common words (``steps=30, cfg=6``), names of inputs, and ``workflow``: what is run when nobody names
        anything. Texts, numbers, True and False only; pictures by their web address.

        Raises:
            InvalidInput: ``problems`` lists what makes no sense, or does not fit the workflow; nothing was kept.
            SaveFailed: the ledger can't be written.

        Example:
            >>> await st.preferences.set(workflow="text-to-picture", cfg=99)
            Traceback (most recent call last):
            ...
            stationthis_sdk.errors.InvalidInput: Nothing was kept: cfg: must be within 0–30, got 99.
        """
        return await self._set(for_workflow, words, user)

    async def _set(
        self, for_workflow: str | None, words: Mapping[str, Any], user: str | None
    ) -> dict[str, Any]:
        """The same for words of any name: an input may be called user."""
        name = await self._named(for_workflow)
        whose, what = _user(user), _workflow(name)
        table = Words(self._context.settings.words)
        problems = [problem for word, value in words.items() if (problem := _odd(word, value, table))]
        if for_workflow is not None and WORKFLOW in words:
            problems.append("workflow: it is for all, not for one of them: set(workflow=…) by itself")
        if not words:
            problems.append("say what is preferred, like steps=30")
        same = self._meaning
        if for_workflow is None:
            problems += [*_out_of_bounds(words, table), *await self._unknown(words, table)]
        elif (
            not problems
            and (deployment := await self._found(for_workflow if isinstance(for_workflow, str) else name))
            is not None
        ):
            what, fields = _workflow(deployment.name), deployment.inputs
            problems = _misfits(deployment, words, table)
            same = lambda word: table.input_for(word, fields) or word  # noqa: E731 - it is for here alone
        if problems:
            raise InvalidInput(f"Nothing was kept: {'; '.join(problems)}.", problems=problems)
        meant = {same(word) for word in words}
        kept = PreferenceLedger(self._context.ledger)
        return await kept.change(whose, what, words, lambda word: same(word) in meant)

    async def forget(
        self,
        workflow: str | None = None,
        *,
        user: str | None = None,
        names: Collection[str] | str | None = None,
    ) -> None:
        """Prefer nothing any more, or not these; what is said for other workflows, and for all, stays.

        Raises:
            SaveFailed: the ledger can't be written.
        """
        kept = PreferenceLedger(self._context.ledger)
        whose, what = _user(user), _workflow(await self._named(workflow))
        if names is None:
            await kept.forget(whose, what)
        else:
            without = {names} if isinstance(names, str) else set(names)
            await kept.change(whose, what, {}, without.__contains__)

    async def _found(self, name: str) -> AsyncDeployment | None:
        """The deployment that is meant; None where it is not known, or nobody can tell."""
        try:
            return await AsyncDeployments(self._context).get(name)
        except _UNKNOWN:
            return None

    async def _unknown(self, words: Mapping[str, Any], table: Words) -> list[str]:
        """Words that mean nothing to anybody; nothing where nobody can tell what deployments there are."""
        strange = [
            word
            for word in words
            if word not in _OF_A_CALL | {WORKFLOW} and is_utf8(word) and table.meaning(word) is None
        ]
        if not strange:
            return []
        try:
            inputs = {name for one in await AsyncDeployments(self._context).list() for name in one.inputs}
        except _UNKNOWN:
            return []
        told = []
        for word in strange:
            if word not in inputs:
                close = near(word, sorted({*table.all, *inputs}))
                hint = f"; did you mean {close[0]!r}?" if close else ""
                told.append(f"{word}: there is no such word, nor an input of any deployment{hint}")
        return told


def _misfits(deployment: AsyncDeployment, words: Mapping[str, Any], table: Words) -> list[str]:
    """What does not fit the deployment."""
    fields = deployment.inputs
    problems = []
    for word, value in words.items():
        target = table.input_for(word, fields)
        if target is None:
            close = near(word, [*fields])
            hint = f"did you mean {close[0]!r}?" if close else f"its inputs: {fields!r}"
            problems.append(f"{word}: {deployment.name!r} has no such input; {hint}")
        elif table.meaning(word) != "lora" and (why := misfit(value, fields[target], deployment.name)):
            problems.append(why)
    return problems


def _user(user: str | None) -> str:
    if user is None:
        return ""
    if not isinstance(user, str) or not user.strip() or not is_utf8(user):
        raise InvalidInput(f"A user is a text that tells people apart, not {user!r}.")
    return user


def _workflow(workflow: str | None) -> str:
    if workflow is None:
        return ""
    if not isinstance(workflow, str) or not workflow.strip() or not is_utf8(workflow):
        raise InvalidInput(f"A workflow is got by name, not {workflow!r}.")
    return loosely(workflow)


def _odd(word: str, value: Any, table: Words) -> str | None:
    """What is wrong with a preference, whatever the workflow is."""
    meaning = table.meaning(word)
    if not is_utf8(word) or (isinstance(value, str) and not is_utf8(value)):
        return f"{word!a}: it has half a letter in it, which can't be written"
    if word in _OF_A_CALL:
        return f"{word}: it is said with each call, not preferred"
    if value is None and meaning == "seed":
        return None
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        hint = "; a picture by its web address" if meaning in MEDIA_WORDS else ""
        return f"{word}: a text, a number, True or False, not {type(value).__name__}{hint}"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return f"{word}: a number of 64 bits, not {value!r}"
    if word == WORKFLOW and (not isinstance(value, str) or not value.strip()):
        return f"{word}: the name of a deployment, not {value!r}"
    if meaning == "prompt":
        return next(faults_of_prompt(word, value), None)
    return None


def _out_of_bounds(words: Mapping[str, Any], table: Words) -> list[str]:
    """What no workflow takes."""
    problems = []
    for word, value in words.items():
        meaning = table.meaning(word)
        if meaning not in _NUMBERS or value is None:
            continue
        if not isinstance(value, int | float) or isinstance(value, bool):
            problems.append(f"{word}: wants a number, got {value!r}")
        elif not math.isfinite(value):
            continue  # told already
        elif meaning in _POSITIVE and (value < 1 or value != int(value)):
            problems.append(f"{word}: wants a whole number above 0, got {value!r}")
        elif meaning in LIMITS and not LIMITS[meaning][0] <= value <= LIMITS[meaning][1]:
            low, high = LIMITS[meaning]
            problems.append(f"{word}: must be within {low:g}–{high:g}, got {value!r}")
    return problems
