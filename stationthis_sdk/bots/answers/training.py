"""Answers about trainings: those somebody has begun, and beginning one from a ZIP of pictures."""

import asyncio
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.answers.asking import read
from stationthis_sdk.bots.answers.claims import Claims
from stationthis_sdk.bots.answers.lists import fitting
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.answers.unpacking import unpack
from stationthis_sdk.bots.commands.arguments import words_in
from stationthis_sdk.bots.commands.values import value_of
from stationthis_sdk.bots.desk.verdicts import need
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.bots.render.sentences import safe, wait_of, words
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import (
    AmbiguousSubmit,
    ConnectionLost,
    InvalidInput,
    StationThisError,
    TimedOut,
    UnexpectedResponse,
)
from stationthis_sdk.recipes.training.beginning import drawn
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.recipes import NUMBERS

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, Place, User
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.recipes.training.job import AsyncTrainingJob

__all__ = ["settled_up", "train"]

_TEXTS: Final = ("name", "trigger", "base", "deployment", "resize", "scheduler", "optimizer")
_WORDS: Final = (*_TEXTS, *NUMBERS, "seed")
"""What may be said of a training; inputs of the deployment by their own names could lead to files of this machine."""
_BY_SUBMIT: Final = "submit:"
"""Before the id it is submitted under and what it is called, while nobody knows its run: names may be others' too."""
_MAY_EXIST: Final = (AmbiguousSubmit, ConnectionLost, TimedOut, UnexpectedResponse)
_LISTED: Final = 10
_PATIENCE: Final = 3.0


class _Known(Exception):
    """The same update has begun a training before."""


async def train(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Without pictures: what somebody has begun. With a ZIP of them: begin one, once for each update."""
    given = _given(asked)
    files = [value for value in asked.options.values() if isinstance(value, Attachment)]
    files += asked.attachments
    if not files:
        if given:
            return _no_zip(asked.user)
        return await _listed(desk, asked.user, asked.place)
    if "name" not in given or "trigger" not in given:
        text = say("train_no_name", asked.user.language)
        return Reply(text, private=True, code="invalid_params", asks=True)
    if len(files) > 1 or not files[0].filename.lower().endswith(".zip"):
        return _no_zip(asked.user)
    deployment = await _allowed(desk, asked.user, given)
    content = await read(files[0], asked.user)
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="stationthis-bot-"))
    try:
        await asyncio.to_thread(unpack, content, folder)
        dataset = await asyncio.to_thread(Dataset.from_folder, folder)
        return await _begun(desk, asked, deployment, dataset, given)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _allowed(desk: "Desk", user: "User", given: dict[str, Any]) -> "AsyncDeployment":
    """What trains, once the host allows it: whom it allows nothing has nothing fetched.

    Raises:
        InvalidInput: something is wrong with what is said of the training.
        Denied: the host says no, or its hook failed.
    """
    plan = await desk.st.trainings.plan(Dataset(()), **given)  # the pictures change nothing of what it costs
    of_pictures = {str(one) for one in plan.report.errors}
    problems = tuple(one for one in plan.problems if one not in of_pictures)
    attrs.evolve(plan, problems=problems, code="invalid_params").raise_if_bad()
    deployment = await desk.st.deployments.get(given.get("deployment") or plan.deployment or "")
    await need(desk.hooks.authorize, user, deployment, plan.cost, language=user.language)
    return deployment


async def _begun(
    desk: "Desk", asked: "Asked", deployment: "AsyncDeployment", dataset: Dataset, given: dict[str, Any]
) -> Reply | None:
    """Begin it, once; from then on it is a job, whose message tells how it gets on."""
    user, wished = asked.user, given | {"deployment": deployment}
    claims, submit_id, claimed = Claims(desk, "train"), drawn(), False

    async def claim() -> None:
        nonlocal claimed
        said = {**given, "captions": "\n".join(await asyncio.to_thread(dataset.captions, given["trigger"]))}
        await need(desk.hooks.review, said, language=user.language)
        claimed = await claims.make(user, asked.key, f"{_BY_SUBMIT}{submit_id}:{given['name']}")
        if not claimed:
            raise _Known

    try:
        job = await desk.st.trainings._begun(submit_id, dataset, claim, **wished)  # noqa: SLF001 - one house
    except _Known:
        return Reply(say("train_known", user.language), private=True)
    except _MAY_EXIST:
        raise
    except StationThisError:
        if claimed:
            await claims.drop(user, asked.key)
        raise
    await claims.change(user, asked.key, job.id)
    await desk.adopt(user, asked.place, job.run, key=asked.key, name=job.name)
    return None


async def settled_up(desk: "Desk") -> None:
    """See that the host is told of all trainings of this bot, also of those whose answer was lost."""
    people = {user.key: user for user, _ in await Claims(desk, "train").all()}
    for user in people.values():
        for key, what in (await Claims(desk, "train").of(user)).items():
            if not await _is_seen_through(desk, key, what):
                await _found(desk, user)
                break


async def _found(desk: "Desk", user: "User", place: "Place | None" = None) -> "list[AsyncTrainingJob]":
    """The trainings of somebody, each of them a job; where there is no place to tell, only the host is told."""
    claims = Claims(desk, "train")
    own = await claims.of(user)
    if any(one.startswith(_BY_SUBMIT) for one in own.values()):
        # An answer was lost: what came of it may be known by now. What is not there yet is waited for otherwise.
        with contextlib.suppress(StationThisError, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await desk.st.reconcile()
    jobs = await desk.st.trainings.list()
    found = []
    for key, what in own.items():
        submit_id, _ = _submitted(what)
        if submit_id is None:
            job = next((one for one in jobs if one.id == what), None)
        else:
            job = next((one for one in jobs if one.run.record.submit_id == submit_id), None)
            if job is not None:
                await claims.change(user, key, job.id)
        if job is not None:
            found.append(job)
            await _seen_through(desk, user, place, key, job)
    return sorted(found, key=jobs.index)


async def _seen_through(
    desk: "Desk", user: "User", place: "Place | None", key: str, job: "AsyncTrainingJob"
) -> None:
    """See that it is a job; once it is, or the host is told of it otherwise, that is all."""
    if await _is_seen_through(desk, key, job.id):
        return
    if place is None:
        await desk.charge(user, job.id, job.run.record.deployment_name or job.name)
    else:
        await desk.adopt(user, place, job.run, key=key, name=job.name)


def _submitted(what: str) -> tuple[str | None, str]:
    """Of a claim: the id it was submitted under, and its name; no id, and the run's, once that is known."""
    if not what.startswith(_BY_SUBMIT):
        return None, what
    submit_id, _, name = what.removeprefix(_BY_SUBMIT).partition(":")
    return submit_id, name


def _no_zip(user: "User") -> Reply:
    return Reply(say("train_no_zip", user.language), private=True, code="invalid_params", asks=True)


def _given(asked: "Asked") -> dict[str, Any]:
    """What is said of the training.

    Raises:
        InvalidInput: something that is said of none.
    """
    rest, given = words_in(" ".join([asked.text, str(asked.options.get("values") or "")]))
    given |= {
        word: str(value)
        for word, value in asked.options.items()
        if word != "values" and value is not None and not isinstance(value, Attachment)
    }
    problems = [
        say("train_words", asked.user.language, name=repr(word), known=", ".join(_WORDS))
        for word in given
        if word not in _WORDS
    ]
    if rest:
        problems.append(
            say("train_words", asked.user.language, name=repr(rest[:40]), known=", ".join(_WORDS))
        )
    if problems:
        raise InvalidInput(f"Nothing was begun: {'; '.join(problems)}.", problems=problems)
    return {
        word: text if word in _TEXTS else value_of(text, InputField(word, "number"))
        for word, text in given.items()
    }


async def _is_seen_through(desk: "Desk", key: str, run_id: str) -> bool:
    known = desk._ledger  # noqa: SLF001 - one house
    return await known.of_asked(key) is not None or await known.of_asked(f"run:{run_id}") is not None


async def _listed(desk: "Desk", user: "User", place: "Place") -> Reply:
    told = [_line(await _heard(desk, job), user) for job in await _found(desk, user, place)]
    told += [
        say("train_unsure", user.language, name=safe(name, 60))
        for submit_id, name in map(_submitted, (await Claims(desk, "train").of(user)).values())
        if submit_id is not None
    ]
    if not told:
        return Reply(say("train_none", user.language), private=True)
    lines = [say("trainings", user.language), *told[:_LISTED]]
    return Reply(fitting(desk, user, lines), private=True)


async def _heard(desk: "Desk", job: "AsyncTrainingJob") -> "AsyncTrainingJob":
    """How it gets on now, where that can be asked; else as it was when last heard of."""
    if job.state.final:
        return job
    try:
        return await desk.st.trainings.get(job.id)
    except StationThisError:
        return job


def _line(job: "AsyncTrainingJob", user: "User") -> str:
    told = f"{safe(job.name, 60)} ({job.base}): {'stalled' if job.stalled else job.state}"
    if job.step and job.steps:
        told += f" · {job.step}/{job.steps}"
    if job.eta:
        told += f" · {words('left', user.language, wait=wait_of(job.eta, user.language))}"
    return told
