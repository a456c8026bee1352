"""A workflow on each picture of an album: one job a picture."""

from typing import TYPE_CHECKING

from stationthis_sdk.bots.answers.asking import ask
from stationthis_sdk.bots.answers.naming import name_and_rest
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.catalogue import takes_one_picture
from stationthis_sdk.bots.commands.fixed import ALBUM
from stationthis_sdk.bots.desk.verdicts import Denied
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.bots.render.sentences import safe, sentence
from stationthis_sdk.errors import InvalidInput, StationThisError
from stationthis_sdk.inputs.fields import Inputs

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked

__all__ = ["batch"]


async def batch(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply | None:
    """Run it on each; what keeps the first from being begun is raised, what keeps others is told."""
    user = asked.user
    chosen = str(asked.options.get("workflow") or "").strip()
    name, rest = name_and_rest(catalogue, chosen or asked.text)
    if not name:
        return Reply(say("batch_which", user.language), private=True)
    text = " ".join(
        one for one in (asked.text if chosen else rest, str(asked.options.get("values") or "")) if one
    )
    found = await desk.st.deployments.get(name)
    needed = _pictures(found.inputs)
    if needed != 1:
        told = say("batch_not_one", user.language, name=safe(found.name, 60), count=needed)
        return Reply(told, private=True, code="invalid_params")
    files, left = _files(asked)
    if len(files) < 2:
        command = catalogue.of_deployment(found.name)
        told = say("batch_few", user.language, command=command.name if command else "run")
        return Reply(told, private=True, code="invalid_params", asks=True)
    begun, problem = 0, ""
    code: str | None = None
    for place, one in enumerate(files):
        try:
            await ask(desk, asked, name, text=text, attachments=[one], key=f"{asked.key}:{place}")
        except InvalidInput as error:  # of this picture, perhaps; the others are tried
            problem, code = problem or sentence(error, user.language)[0], "invalid_params"
        except (StationThisError, Denied) as error:
            if not begun:
                raise
            problem, code = (
                (error.text, error.code) if isinstance(error, Denied) else sentence(error, user.language)
            )
            break
        else:
            begun += 1
    notes = []
    if begun < len(files):
        notes.append(say("some_begun", user.language, begun=begun, all=len(files), problem=problem))
    if left:
        notes.append(say("batch_left", user.language, count=left, most=ALBUM))
    return Reply("\n".join(notes), private=True, code=code, asks=not begun) if notes else None


def _files(asked: "Asked") -> tuple[list[Attachment], int]:
    """The pictures that are taken, and how many are not."""
    chosen = [value for option, value in asked.options.items() if option.startswith("picture")]
    found = [one for one in (*chosen, *asked.attachments) if isinstance(one, Attachment)]
    return found[:ALBUM], max(0, len(found) - ALBUM)


def _pictures(fields: Inputs) -> int:
    """How many pictures have to be given; one where it has an input for one that may be left out."""
    needed = sum(one.required and one.kind in {"image", "images"} for one in fields.values())
    return needed or int(takes_one_picture(fields))
