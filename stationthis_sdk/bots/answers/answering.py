"""What a bot answers to a command and to a press of a button; the same for every platform, and never an exception."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from stationthis_sdk.bots.answers import album, collections, jobs, lists, session, settings, training
from stationthis_sdk.bots.answers.asking import ask, check_together
from stationthis_sdk.bots.answers.naming import name_and_rest
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.stopping import stoppable
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import MissingFile
from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.render.buttons import read
from stationthis_sdk.bots.render.sentences import safe, sentence
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.errors import AmbiguousName, InvalidInput, StationThisError
from stationthis_sdk.logs import logger
from stationthis_sdk.names import near

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, Pressed, User

__all__ = ["answer", "press"]

_Answer = Callable[["Desk", "Catalogue", "Asked"], Awaitable[Reply | None]]


async def answer(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Do what a command asks for. None: the desk's own message says all there is.

    Whatever goes wrong is one sentence and a code; nothing is raised but a cancelling of the task.
    """
    work = _answered(desk, catalogue, asked)
    if asked.command not in _FIXED or asked.command in _OF_RUNS:
        work = stoppable(desk, asked.user, asked.command, work)
    return await _told(work, asked.user, catalogue)


async def press(desk: "Desk", catalogue: "Catalogue", pressed: "Pressed") -> Reply | None:
    """Do what a button stands for, as whoever pressed it; None as ``answer``, and for buttons that are not ours."""
    work, verb = _pressed(desk, pressed), (read(pressed.data) or ("",))[0]
    if verb in _OF_RUNS:
        work = stoppable(desk, pressed.user, verb, work)
    return await _told(work, pressed.user, catalogue)


async def _answered(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    check_together(asked)
    command = catalogue.find(asked.command)
    if not catalogue.known and (command is None or command.name in _OF_WORKFLOWS):  # the bot has just started
        await catalogue.refresh()
        command = catalogue.find(asked.command)
    if command is None:
        return _unknown(catalogue, asked)
    if command.deployment is None:
        return await _FIXED[command.name](desk, catalogue, asked)
    await ask(
        desk,
        asked,
        command.deployment,
        text=asked.text,
        options=asked.options,
        attachments=asked.attachments,
        command=command,
    )
    return None


async def _pressed(desk: "Desk", pressed: "Pressed") -> Reply | None:
    found = read(pressed.data)
    if found is None:
        return None
    verb, job_id = found
    user = pressed.user
    if verb == "again":
        await desk.again(job_id, user, pressed.place, key=pressed.key)
    elif verb == "vary":
        return await jobs.varied(desk, job_id, user, pressed.place, pressed.key)
    elif verb == "tweak":
        return await jobs.form_of(desk, await desk.job(job_id), user)
    elif verb == "info":
        return await jobs.told_of(desk, await desk.job(job_id), user)
    elif verb == "resend":
        job = await desk.send_again(job_id, user)
        return Reply(say("resent" if job.state == "delivering" else "all_sent", user.language), private=True)
    else:
        before = await desk.job(job_id)
        now = await desk.cancel(job_id, user)
        if before.ended or now.state in {"done", "delivering", "failed"}:
            return Reply(say("ended_already", user.language), private=True)
    return None


async def _run(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Any workflow, by its name."""
    chosen = str(asked.options.get("workflow") or "").strip()
    name, rest = name_and_rest(catalogue, chosen or asked.text)
    if not name:
        return Reply(say("say_which", asked.user.language), private=True)
    words = asked.text if chosen else rest
    text = " ".join(one for one in (words, str(asked.options.get("values") or "")) if one)
    files = [
        value for option, value in asked.options.items() if option.startswith("file") and value is not None
    ]
    await ask(desk, asked, name, text=text, attachments=[*files, *asked.attachments])
    return None


_OF_WORKFLOWS: Final = frozenset(
    {"run", "batch", "settings", "forget", "workflows", "session", "help", "start"}
)
"""Commands that have to know what is deployed."""
_OF_RUNS: Final = frozenset({"run", "again", "vary", "tweak", "batch"})
"""Commands and buttons that begin runs; until they have, they can be cancelled."""
_FIXED: Final[Mapping[str, _Answer]] = {
    "run": _run,
    "status": jobs.status,
    "cancel": jobs.cancel,
    "again": jobs.again,
    "vary": jobs.vary,
    "tweak": jobs.tweak,
    "settings": settings.settings,
    "forget": settings.forget,
    "batch": album.batch,
    "train": training.train,
    "collections": collections.collections,
    "session": session.session,
    "workflows": lists.workflows,
    "machines": lists.machines,
    "help": lists.help_,
    "start": lists.start,
}


def _unknown(catalogue: "Catalogue", asked: "Asked") -> Reply:
    """A command that is none: its deployment may be gone."""
    name = safe(asked.command, 40)
    known = [one.name for one in (*catalogue.commands, *catalogue.deployments) if not one.menu]
    close = near(asked.command, known)
    key = "no_command_near" if close else "no_command"
    text = say(key, asked.user.language, name=name, near=", ".join(f"/{one}" for one in close[:3]))
    return Reply(text, private=True, code="invalid_workflow")


async def _told(work: Awaitable[Reply | None], user: "User", catalogue: "Catalogue") -> Reply | None:
    """What comes of it, or why nothing does."""
    language = user.language
    try:
        return await work
    except Denied as error:
        return Reply(error.text, private=True, code=error.code)
    except MissingFile as error:
        named = {"name": safe(error.workflow, 60), "input": safe(error.input, 60)}
        text = say(f"missing_{error.kind}{'_for' if error.input else ''}", language, **named)
        return Reply(text, private=True, code="invalid_params", asks=True)
    except InvalidInput as error:
        text = sentence(error, language)[0]
        return Reply(text, private=True, code=error.code or "invalid_params", asks=True)
    except AmbiguousName as error:
        those = [f"/{one.name}" for one in catalogue.deployments if one.deployment in error.candidates]
        text = say("several", language, names=", ".join(those)) if those else sentence(error, language)[0]
        return Reply(text, private=True, code="invalid_workflow")
    except StationThisError as error:
        text, code = sentence(error, language, during="submitting")
        return Reply(text, private=True, code=code)
    except (Impossible, NotSent, Unsure) as error:
        logger("bots").warning("An answer could not be given where it was asked for: %s", error)
        return Reply(say("no_writing", language), private=True, code="undeliverable")
    except Exception as error:  # noqa: BLE001 - one bad update stops no bot
        logger("bots").exception("A command failed for a reason nobody thought of.")
        text, code = sentence(error, language)
        return Reply(cut(text, 1000), private=True, code=code)
