"""What somebody likes inputs to be, where a call does not say; kept on this machine."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Final

from stationthis_sdk.context import Context
from stationthis_sdk.deployments import AsyncDeployments
from stationthis_sdk.errors import ConnectionFailed, ConnectionLost, InvalidInput, NotFound, TimedOut
from stationthis_sdk.names import loosely, near
from stationthis_sdk.recipes.images.placing import misfit
from stationthis_sdk.recipes.images.points import LIMITS
from stationthis_sdk.recipes.images.words import MEDIA_WORDS, Words
from stationthis_sdk.shown import Shown
from stationthis_sdk.store.preferences import PreferenceLedger

__all__ = ["WORKFLOW", "AsyncPreferences"]

WORKFLOW: Final = "workflow"
"""The word for what is run when nobody names anything."""
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

        Asks nobody. ``user`` is who it is, as the host names people; without one, whoever has the key.

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
        kept = PreferenceLedger(self._context.ledger)
        joined: dict[str, Any] = {}
        for whose in dict.fromkeys(("", _user(user))):
            for what in dict.fromkeys(("", _workflow(workflow))):
                joined |= await kept.get(whose, what)
        return joined

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
        problems = [problem for word, value in words.items() if (problem := _odd(word, value))]
        if for_workflow is not None and WORKFLOW in words:
            problems.append("workflow: it is for all, not for one of them: set(workflow=…) by itself")
        if not words:
            problems.append("say what is preferred, like steps=30")
        if for_workflow is None:
            problems += _out_of_bounds(words)
        elif not problems:
            problems = await self._misfits(for_workflow, words)
        if problems:
            raise InvalidInput(f"Nothing was kept: {'; '.join(problems)}.", problems=problems)
        kept = PreferenceLedger(self._context.ledger)
        return await kept.change(_user(user), _workflow(for_workflow), words)

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
        if names is None:
            await kept.forget(_user(user), _workflow(workflow))
        else:
            without = {names} if isinstance(names, str) else set(names)
            await kept.change(_user(user), _workflow(workflow), {}, without)

    async def _misfits(self, workflow: str, words: Mapping[str, Any]) -> list[str]:
        """What does not fit the workflow; nothing where it is not known."""
        try:
            deployment = await AsyncDeployments(self._context).get(workflow)
        except (NotFound, ConnectionFailed, ConnectionLost, TimedOut):
            return []
        table, fields = Words(self._context.settings.words), deployment.inputs
        problems = []
        for word, value in words.items():
            target = table.input_for(word, fields)
            if target is None:
                close = near(word, [*fields])
                hint = f"did you mean {close[0]!r}?" if close else f"its inputs: {fields!r}"
                problems.append(f"{word}: {deployment.name!r} has no such input; {hint}")
            elif why := misfit(value, fields[target], deployment.name):
                problems.append(why)
        return problems


def _user(user: str | None) -> str:
    if user is None:
        return ""
    if not isinstance(user, str) or not user.strip():
        raise InvalidInput(f"A user is a text that tells people apart, not {user!r}.")
    return user


def _workflow(workflow: str | None) -> str:
    if workflow is None:
        return ""
    if not isinstance(workflow, str) or not workflow.strip():
        raise InvalidInput(f"A workflow is got by name, not {workflow!r}.")
    return loosely(workflow)


def _odd(word: str, value: Any) -> str | None:
    """What is wrong with a preference, whatever the workflow is."""
    if value is None and word == "seed":
        return None
    if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
        hint = "; a picture by its web address" if Words().meaning(word) in MEDIA_WORDS else ""
        return f"{word}: a text, a number, True or False, not {type(value).__name__}{hint}"
    if word == WORKFLOW and (not isinstance(value, str) or not value.strip()):
        return f"{word}: the name of a deployment, not {value!r}"
    return None


def _out_of_bounds(words: Mapping[str, Any]) -> list[str]:
    """What no workflow takes."""
    problems = []
    for word, value in words.items():
        if word not in _NUMBERS:
            continue
        if isinstance(value, str | bool):
            problems.append(f"{word}: wants a number, got {value!r}")
        elif word in _POSITIVE and (value < 1 or value != int(value)):
            problems.append(f"{word}: wants a whole number above 0, got {value!r}")
        elif word in LIMITS and not LIMITS[word][0] <= value <= LIMITS[word][1]:
            low, high = LIMITS[word]
            problems.append(f"{word}: must be within {low:g}–{high:g}, got {value!r}")
    return problems
