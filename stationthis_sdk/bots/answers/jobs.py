"""Answers about jobs: what is under way, cancelling, repeating, varying, changing, telling of one."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from stationthis_sdk.bots.answers.asking import fetching, parsed
from stationthis_sdk.bots.answers.reply import Field, Form, Reply
from stationthis_sdk.bots.answers.stopping import stop
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import takes
from stationthis_sdk.bots.commands.options import prompt_of
from stationthis_sdk.bots.commands.values import is_address, value_of
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.render.buttons import data_of, of_unsure
from stationthis_sdk.bots.render.progress import line
from stationthis_sdk.bots.render.sentences import safe, sentence, words
from stationthis_sdk.bots.render.steps import Button
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.desk.job import Job
    from stationthis_sdk.bots.desk.preparing import Fetch
    from stationthis_sdk.bots.people import Asked, Place, User
    from stationthis_sdk.entities import InputField

__all__ = ["VARIATIONS", "again", "cancel", "form_of", "status", "told_of", "tweak", "varied", "vary"]

VARIATIONS: Final = 4
LISTED: Final = 10
_FIELDS: Final = 5
"""Lines of a form on Discord."""
_LABEL: Final = 45
_VALUE: Final = 4000
_CODE: Final = 5
"""Letters of a job's id that people are shown."""
_SHORTEST: Final = 4
_CODED: Final = re.compile(r"(?=.*\d)([0-9a-f]{5}|[0-9a-f]{12})")
"""What looks like a code, and hardly like a prompt."""
_STATES: Final = {"done": "done", "failed": "failed", "cancelled": "cancelled"}


async def status(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply:
    """What somebody has under way, or what became of the last."""
    user = asked.user
    live = await desk.jobs(user)
    if not live:
        told = [say("nothing_live", user.language)]
        again: tuple[tuple[Button, ...], ...] = ()
        last = await desk.last(user)
        if last is not None:
            told.append(say("last", user.language, name=safe(last.deployment, 60), state=_state(last, user)))
            told += [last.problem] if last.problem else []
            again = of_unsure(last.id, user.language) if last.code == "undelivered" else ()
        return Reply("\n".join(told), again, private=True)
    told = [say("live", user.language, count=len(live))]
    rows = []
    for job in live[:LISTED]:
        told.append(f"{job.id[:_CODE]} · {_getting_on(desk, job, user)}")
        label = cut(f"✖ {job.deployment} {job.id[:_CODE]}", 60)
        rows.append((Button(label, data_of("cancel", job.id)),))
    if len(live) > LISTED:
        told.append(say("more", user.language, count=len(live) - LISTED))
    return Reply("\n".join(told), tuple(rows[: desk.sender.limits.rows]), private=True)


async def cancel(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Cancel the one that is meant, else all of theirs, also what is no job yet."""
    user = asked.user
    meant = await _meant(desk, asked)
    if isinstance(meant, Reply):
        return meant
    if meant.text and meant.text.lower() != "all":
        return _no_job(meant.text, user)
    those = [meant.job] if meant.job is not None else await desk.jobs(user)
    # The jobs first: one whose status is being said must not begin when the saying is stopped.
    stopped, problems = await _cancelled(desk, user, those)
    if meant.job is None:
        stopped += [safe(name, 60) for name in await stop(desk, user)]
        tried = {job.id for job in those}
        since = [job for job in await desk.jobs(user) if job.id not in tried]
        more, worse = await _cancelled(desk, user, since)
        those, stopped, problems = [*those, *since], stopped + more, problems + worse
    if not those and not stopped:
        return Reply(say("nothing_live", user.language), private=True)
    told = [say("cancelled", user.language, names=", ".join(dict.fromkeys(stopped)))] if stopped else []
    told += [text for text, _ in problems]
    return Reply(
        "\n".join(told) or say("ended_already", user.language),
        private=True,
        code=problems[0][1] if problems else None,
    )


async def _cancelled(
    desk: "Desk", user: "User", those: "Sequence[Job]"
) -> tuple[list[str], list[tuple[str, str]]]:
    """Cancel jobs: the names of those that are, and what keeps the others."""
    stopped, problems = [], []
    for job in those:
        try:
            now = await desk.cancel(job.id, user)
        except StationThisError as error:
            problems.append(sentence(error, user.language))
        else:
            if now.state not in {"done", "failed", "delivering"} and not job.ended:
                stopped.append(safe(job.deployment, 60))
    return stopped, problems


async def again(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Repeat the one that is meant, else the last, with new seeds and what is said otherwise."""
    found = await _wanted(desk, asked)
    if isinstance(found, Reply):
        return found
    changes, fetch = await _changes(desk, asked, *found)
    await desk.again(found[0].id, asked.user, asked.place, key=asked.key, changes=changes, fetch=fetch)
    return None


async def vary(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Several with new seeds, and with what is said otherwise."""
    found = await _wanted(desk, asked)
    if isinstance(found, Reply):
        return found
    changes, fetch = await _changes(desk, asked, *found)
    return await varied(desk, found[0].id, asked.user, asked.place, asked.key, changes, fetch)


async def varied(
    desk: "Desk",
    job_id: str,
    user: "User",
    place: "Place",
    key: str,
    changes: Mapping[str, Any] | None = None,
    fetch: "Fetch | None" = None,
) -> Reply | None:
    """Begin the variations; what keeps the first from being begun is raised, what stops the others is told.

    Without a seed, or with one for all, they would be the same, and cost as much.
    """
    job = await desk.job(job_id)
    fields = await _fields(desk, job)
    seeds = {name for name, field in fields.items() if field.kind == "seed"}
    if not seeds - (changes or {}).keys():
        told = say("seed_for_all" if seeds else "no_seed", user.language, name=safe(job.deployment, 60))
        return Reply(told, private=True, code="invalid_params")
    for number in range(VARIATIONS):
        try:
            await desk.again(job_id, user, place, key=f"{key}:{number}", changes=changes, fetch=fetch)
        except (StationThisError, Denied) as error:
            if not number:
                raise
            text, code = (
                (error.text, error.code) if isinstance(error, Denied) else sentence(error, user.language)
            )
            told = say("some_begun", user.language, begun=number, all=VARIATIONS, problem=text)
            return Reply(told, private=True, code=code)
    return None


async def tweak(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Run the one that is meant with changes; without any, ask for them."""
    found = await _wanted(desk, asked)
    if isinstance(found, Reply):
        return found
    job, _ = found
    changes, fetch = await _changes(desk, asked, *found)
    if changes:
        given: dict[str, Any] = {"changes": changes, "new_seeds": False, "fetch": fetch}
        await desk.again(job.id, asked.user, asked.place, key=asked.key, **given)
        return None
    if asked.form:
        return Reply(say("nothing_changed", asked.user.language), private=True)
    return await form_of(desk, job, asked.user)


async def form_of(desk: "Desk", job: "Job", user: "User") -> Reply:
    """A form with what a job was given: the prompt first, files left out."""
    fields = await _fields(desk, job)
    prompt = prompt_of(fields)
    plain = [one for one in fields.values() if one.kind not in MEDIA_KINDS]
    plain.sort(key=lambda one: one.name != prompt)
    lines = tuple(
        Field(
            one.name,
            cut(one.label or one.name, _LABEL),
            cut(_written(job.inputs.get(one.name, one.default)), _VALUE),
            long=one.kind == "text" and not one.options,
            required=one.required,
        )
        for one in plain[:_FIELDS]
    )
    name = safe(job.deployment, 60)
    text = say("tweak", user.language, name=name, takes=takes(_as_given(fields, job)))
    title = cut(say("tweak_title", user.language, name=name), _LABEL)
    form = Form(job.id, title, lines) if lines else None  # files alone can't be written into one
    return Reply(cut(text, desk.sender.limits.text, utf16=True), private=True, form=form)


async def told_of(desk: "Desk", job: "Job", user: "User") -> Reply:
    """What a job was given, and what came of it; no links, they would be good for anybody."""
    try:
        fields: Mapping[str, InputField] = await _fields(desk, job)
    except StationThisError:
        fields = {}  # it is gone; its job is not
    told = [say("info", user.language, name=safe(job.deployment, 60), state=_state(job, user))]
    for name, value in job.inputs.items():
        media = is_address(value) or (name in fields and fields[name].kind in MEDIA_KINDS)
        shown = say("a_file", user.language) if media else safe(_written(value), 1000)
        told.append(f"{safe(name, 60)} = {shown}")
    if job.run_id is not None:
        told.append(say("info_run", user.language, run=job.run_id))
    if job.problem:
        told.append(job.problem)
    return Reply(cut("\n".join(told), desk.sender.limits.text, utf16=True), private=True, code=job.code)


@attrs.frozen
class _Meant:
    """The job that is meant, None where nothing is said of one, and what else is said."""

    job: "Job | None"
    text: str


async def _wanted(desk: "Desk", asked: "Asked") -> "tuple[Job, str] | Reply":
    """The job that is to be repeated, named, answered to, or the last, and what else is said; or why there is none."""
    meant = await _meant(desk, asked)
    if isinstance(meant, Reply):
        return meant
    job = meant.job
    if job is None:
        job = next((one for one in await desk.jobs(asked.user, live=False) if one.kind == "run"), None)
    if job is None:
        return Reply(say("no_result", asked.user.language), private=True)
    if job.kind != "run":
        text = say("not_again", asked.user.language, name=safe(job.deployment, 60))
        return Reply(text, private=True, code="invalid_params")
    return job, meant.text


async def _meant(desk: "Desk", asked: "Asked") -> _Meant | Reply:
    """The job of a form, of a code, or of the message that is answered; or that there is no such job."""
    text = asked.text.strip()
    if asked.job is not None:
        return _Meant(await desk.job(asked.job), text)
    code = str(asked.options.get("job") or "").strip()
    if code and code.lower() != "all":
        found = await _of_code(desk, asked.user, code)
        return _no_job(code, asked.user) if found is None else _Meant(found, text)
    first, *rest = text.split(maxsplit=1) or [""]
    if (found := await _of_code(desk, asked.user, first)) is not None:
        return _Meant(found, " ".join(rest))
    if _CODED.fullmatch(text.lower()):  # a job of long ago, or a slip; as a prompt it would be paid
        return _no_job(text, asked.user)
    if asked.answers is None:
        return _Meant(None, text)
    answered = await desk.job_of_message(asked.place, asked.answers)
    if answered is None:
        return Reply(say("unknown_message", asked.user.language), private=True, code="invalid_params")
    return _Meant(answered, text)


async def _fields(desk: "Desk", job: "Job") -> Inputs:
    """What its deployment takes; found again by name, where it was deployed anew."""
    with contextlib.suppress(NotFound):
        return (await desk.st.deployments.get(job.deployment_id or job.deployment)).inputs
    return (await desk.st.deployments.get(job.deployment)).inputs


async def _of_code(desk: "Desk", user: "User", code: str) -> "Job | None":
    """The one of somebody's jobs that has this code."""
    known = {job.id: job for live in (True, False) for job in await desk.jobs(user, live=live)}
    found = [job for job in known.values() if len(code) >= _SHORTEST and job.id.startswith(code.lower())]
    return found[0] if len(found) == 1 else None


def _no_job(code: str, user: "User") -> Reply:
    text = say("no_job", user.language, name=safe(code, 20))
    return Reply(text, private=True, code="invalid_params")


async def _changes(
    desk: "Desk", asked: "Asked", job: "Job", said: str
) -> "tuple[dict[str, Any], Fetch | None]":
    """What is to be otherwise, from what was typed and attached, or from a form; and what fetches the files among it."""
    fields = await _fields(desk, job)
    text = " ".join(one for one in (said, str(asked.options.get("values") or "")) if one)
    given = await parsed(desk, fields, text, name=job.deployment, attachments=asked.attachments)
    changes = _of_form(asked.form, fields, job) | given
    return changes, fetching(changes, fields, asked.user)


def _of_form(filled: Mapping[str, str], fields: Inputs, job: "Job") -> dict[str, Any]:
    """The lines of a form that say something else than before.

    Raises:
        InvalidInput: ``problems`` lists the lines that make no sense.
    """
    changed: dict[str, Any] = {}
    problems = []
    for name, text in filled.items():
        if (field := fields.get(name)) is None:
            problems.append(f"there is no input {name!r} any more")
            continue
        before = job.inputs.get(name, field.default)
        if text == cut(_written(before), _VALUE):
            continue
        if not text.strip() and field.kind != "text":
            continue  # emptied: as it was
        try:
            changed[name] = value_of(text, field)
        except InvalidInput as error:
            problems.append(error.message)
    if problems:
        raise InvalidInput(f"{job.deployment}: {'; '.join(problems)}.", problems=problems)
    return changed


def _as_given(fields: Inputs, job: "Job") -> Inputs:
    """The inputs with what the job was given for their defaults."""
    return Inputs(
        [attrs.evolve(one, default=job.inputs.get(one.name, one.default)) for one in fields.values()]
    )


def _getting_on(desk: "Desk", job: "Job", user: "User") -> str:
    if job.state == "delivering":
        return say("sent_now", user.language, name=safe(job.deployment, 60))
    progress, turn = desk.progress_of(job.id), desk.turn_of(job.id)
    return line(progress, turn=turn, name=job.deployment, language=user.language)


def _state(job: "Job", user: "User") -> str:
    return words(_STATES.get(job.state, "running"), user.language)


def _written(value: Any) -> str:
    """A value as people type it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
