"""Answers about settings: what inputs are where somebody does not say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stationthis_sdk.bots.answers.asking import words_of
from stationthis_sdk.bots.answers.naming import name_and_rest
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import words_in
from stationthis_sdk.bots.commands.called import Called
from stationthis_sdk.bots.commands.values import is_address, value_of
from stationthis_sdk.bots.render.sentences import safe
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.names import loosely
from stationthis_sdk.recipes.images.words import MEDIA_WORDS
from stationthis_sdk.store.preferences import PreferenceLedger

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, User
    from stationthis_sdk.deployment import AsyncDeployment

__all__ = ["forget", "settings"]


async def settings(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Keep what is said; without values tell what is kept. A value left empty, ``cfg=``, is forgotten."""
    user = asked.user
    text = " ".join(
        [asked.text, *(str(asked.options[one]) for one in ("workflow", "values") if asked.options.get(one))]
    )
    written, given = words_in(text)
    found = await _deployment(desk, catalogue, written) if written else None
    name = None if found is None else found.name
    if not given:
        return await _shown(desk, catalogue, user, name)
    gone = [word for word, value in given.items() if not value.strip()]
    fields = {} if found is None else found.inputs
    values = _values(desk, fields, {word: value for word, value in given.items() if word not in gone})
    if values:
        await desk.st.preferences._set(_one_of(catalogue, found), values, user.key)  # noqa: SLF001 - one house
    if gone:
        await desk.st.preferences.forget(name, user=user.key, names=_names(fields, gone))
    kept = await _own(desk, user, name)
    called = safe(name, 60) if name else say("for_all", user.language)
    if not kept:
        return Reply(say("settings_gone", user.language, name=called), private=True)
    return Reply(say("settings_kept", user.language, name=called, values=_listed(kept)), private=True)


async def forget(desk: "Desk", catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Forget what is kept: for one workflow, or all of it."""
    user = asked.user
    written = str(asked.options.get("workflow") or asked.text).strip()
    if written and written.lower() != "all":
        name = (await _deployment(desk, catalogue, written)).name
        await desk.st.preferences.forget(name, user=user.key)
        return Reply(say("forgotten", user.language, name=safe(name, 60)), private=True)
    await _ledger(desk).forget_user(user.key)
    return Reply(say("forgotten", user.language, name=say("for_all", user.language)), private=True)


async def _deployment(desk: "Desk", catalogue: "Catalogue", written: str) -> "AsyncDeployment":
    """The workflow that is named, alone.

    Raises:
        NotFound: there is none.
        InvalidInput: something else is said as well.
    """
    name, rest = name_and_rest(catalogue, written)
    found = await desk.st.deployments.get(name)
    if rest:
        raise InvalidInput(f"{rest!r} is no setting: say name=value, such as cfg=9.")
    return found


def _one_of(catalogue: "Catalogue", found: "AsyncDeployment | None") -> str | None:
    """What it is got by: its name, or where several have that, its id."""
    if found is None:
        return None
    return found.id if len(catalogue.named(found.name)) > 1 else found.name


def _values(desk: "Desk", fields: Mapping[str, InputField], given: dict[str, str]) -> dict[str, Any]:
    """The values as they are kept."""
    words, values, problems = words_of(desk), {}, []
    called = Called(fields, words)
    for word, text in given.items():
        target = called(word) or words.input_for(word, fields)
        try:
            field = fields[target] if target is not None else _field_of(word, words.meaning(word))
            values[target or word] = value_of(text, field)
        except InvalidInput as error:
            problems.append(error.message)
    if problems:
        raise InvalidInput(f"Nothing was kept: {'; '.join(problems)}.", problems=problems)
    return values


def _field_of(word: str, meaning: str | None) -> InputField:
    """What a common word takes, of whatever workflow."""
    if meaning in MEDIA_WORDS:
        return InputField(word, "image")
    kinds = {"seed": "seed", **dict.fromkeys(("width", "height", "steps", "batch"), "integer")}
    kinds |= dict.fromkeys(("cfg", "strength", "lora_strength"), "number")
    return InputField(word, kinds.get(meaning or "", "text"))


def _names(fields: Mapping[str, InputField], gone: list[str]) -> set[str]:
    """What is kept under a word: itself, or the input that it means."""
    called = Called(fields)
    return {*gone, *(found for word in gone if (found := called(word)) is not None)}


async def _shown(desk: "Desk", catalogue: "Catalogue", user: "User", name: str | None) -> Reply:
    names = [None, *([name] if name else dict.fromkeys(one.workflow for one in catalogue.deployments))]
    told, own = [], await _ledger(desk).of_user(user.key)
    for one in names:
        if kept := own.get(loosely(one) if one else ""):
            called = safe(one, 60) if one else say("for_all", user.language)
            told.append(f"{called}: {_listed(kept)}")
    if not told:
        return Reply(say("settings_none", user.language), private=True)
    text = "\n".join([say("settings", user.language), *told])
    return Reply(cut(text, desk.sender.limits.text, utf16=True), private=True)


async def _own(desk: "Desk", user: "User", name: str | None) -> dict[str, Any]:
    return await _ledger(desk).get(user.key, loosely(name) if name else "")


def _ledger(desk: "Desk") -> PreferenceLedger:
    return PreferenceLedger(desk.st._ready.context.ledger)  # noqa: SLF001 - one house


def _listed(kept: dict[str, Any]) -> str:
    shown = {name: "…" if is_address(value) else value for name, value in kept.items()}
    return " ".join(f"{name}={safe(str(value), 80)}" for name, value in shown.items())
