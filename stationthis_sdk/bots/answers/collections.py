"""Answers about collections: what is cooked, how far it is; checking one from a file, and cooking it for a budget."""

import asyncio
import math
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.answers.asking import read
from stationthis_sdk.bots.answers.claims import Claims
from stationthis_sdk.bots.answers.lists import fitting
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import words_in
from stationthis_sdk.bots.commands.values import is_address
from stationthis_sdk.bots.desk.denied import Denied
from stationthis_sdk.bots.desk.verdicts import refusal
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.bots.render.sentences import safe, words
from stationthis_sdk.errors import InvalidInput, NotFound
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.recipes.collections.collection import Collection

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, User
    from stationthis_sdk.recipes.collections.cook import AsyncCook

__all__ = ["collections", "paths_in"]

_ENDINGS: Final = (".yaml", ".yml", ".json")
_MOST_BYTES: Final = 1 << 20
_PROBLEMS: Final = 5
_PLACE: Final = re.compile(r"\[\[\s*(.+?)\s*\]\]")
_ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)


async def collections(desk: "Desk", _catalogue: "Catalogue", asked: "Asked") -> Reply:
    """Without a file: those that somebody may see, or the one that is named. With one: check it; with a budget: cook it."""
    user = asked.user
    rest, given = words_in(asked.text)
    if unknown := given.keys() - {"budget", "seed"}:
        problem = f"{', '.join(sorted(unknown))}: of a collection only budget and seed are said here"
        raise InvalidInput(f"Nothing was cooked: {problem}.", problems=[problem])
    budget = _number("budget", asked.options.get("budget") or given.get("budget"))
    seed = _number("seed", given.get("seed"))
    files = [one for one in (*asked.options.values(), *asked.attachments) if isinstance(one, Attachment)]
    if not files:
        name = str(asked.options.get("name") or rest).strip()
        return await _one(desk, user, name) if name else await _all(desk, user)
    collection = await _loaded(files[0], user)
    workflow = collection.workflow
    deployment = await desk.st.deployments.get(
        workflow.deployment_id or workflow.name, environment=workflow.environment, refresh=True
    )
    if paths := paths_in(collection, deployment.inputs):
        problem = say("collection_files", user.language, names=", ".join(safe(one, 60) for one in paths))
        raise InvalidInput(f"Nothing was cooked: {problem}.", problems=[problem])
    report = await desk.st.collections.validate(collection)
    if bad := [f"{one.where}: {one.message}" for one in report if one.is_error]:
        told = "; ".join(safe(one) for one in bad[:_PROBLEMS]) + ("; …" if len(bad) > _PROBLEMS else "")
        text = say("collection_bad", user.language, name=safe(collection.name, 60), problems=told)
        return Reply(text, private=True, code="invalid_params")
    estimate = await desk.st.collections.estimate(collection, seed=int(seed or 0))
    if budget is None:
        cost = (
            "" if estimate.dollars is None else say("collection_cost", user.language, cost=estimate.dollars)
        )
        text = say(
            "collection_good",
            user.language,
            name=safe(collection.name, 60),
            pieces=collection.supply,
            workflow=safe(collection.workflow.name, 60),
            cost=cost,
        )
        return Reply(text, private=True)
    refused = await refusal(
        desk.hooks.authorize,
        user,
        deployment,
        budget,
        no=words("denied", user.language),
        broken=words("unknown", user.language),
    )
    if refused is not None:
        raise Denied(refused)
    # The same cook twice is one cook: what is made already is not made again.
    cook = await desk.st.collections.cook(
        collection, seed=None if seed is None else int(seed), budget=budget, without_rate=True, wait=False
    )
    await Claims(desk, "cook").make(user, cook.name, cook.name)
    text = say(
        "collection_cooks", user.language, name=safe(cook.name, 60), pieces=collection.supply, budget=budget
    )
    return Reply(text)


def paths_in(collection: Collection, fields: Inputs) -> list[str]:
    """Where a collection names a file that is not on the web: on the bot's machine it would be one of the host's.

    >>> foxes = Collection("foxes", "photo", {"image": "/etc/passwd"}, {})
    >>> paths_in(foxes, Inputs([]))
    []
    >>> from stationthis_sdk.entities import InputField
    >>> paths_in(foxes, Inputs([InputField("image", "image")]))
    ['image']
    """
    found = [one.name for one in collection.categories if any(not is_address(image) for image in one.images)]
    texts: dict[str, list[str]] = {}
    for part in collection.parts:
        texts.setdefault(part.name, []).append(part.text)
    for one in collection.categories:
        drawn = [*_leaves([trait.value for trait in one.traits]), *one.images]
        texts.setdefault(one.name, []).extend(drawn or [""])
    for name, template in collection.inputs.items():
        if (
            name in fields
            and fields[name].kind in MEDIA_KINDS
            and not all(_leads_to_the_web(text, texts) for text in _leaves(template))
        ):
            found.append(name)
    return found


def _leads_to_the_web(text: str, texts: Mapping[str, list[str]]) -> bool:
    if _ADDRESS.match(text):
        return True
    place = _PLACE.fullmatch(text.strip())
    return place is not None and all(_ADDRESS.match(one) for one in texts.get(place[1], [""]))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)


async def _loaded(file: Attachment, user: "User") -> Collection:
    """The collection in a file.

    Raises:
        InvalidInput: it is none.
    """
    ending = Path(file.filename).suffix.lower()
    if ending not in _ENDINGS:
        raise InvalidInput(
            "A collection comes as a .yaml or .json file.", problems=["a collection comes as .yaml or .json"]
        )
    content = await read(file, user)
    if len(content) > _MOST_BYTES:
        raise InvalidInput("That file is too large for a collection: 1 MiB is taken at the most.")

    def load() -> Collection:
        with tempfile.TemporaryDirectory(prefix="stationthis-bot-") as folder:
            path = Path(folder, f"collection{ending}")
            path.write_bytes(content)
            try:
                return Collection.load(path)
            except InvalidInput as error:
                # Where it lies here is nobody's business.
                problems = [one.replace(str(path), "the file") for one in error.problems]
                told = error.message.replace(str(path), "The file")
                raise InvalidInput(told, problems=problems) from None

    return await asyncio.to_thread(load)


async def _all(desk: "Desk", user: "User") -> Reply:
    told = [f"{safe(one.name, 60)}: {one.state} · {one.progress}" for one in await _seen(desk, user)]
    if not told:
        return Reply(say("no_collections", user.language), private=True)
    return Reply(fitting(desk, user, [say("collections", user.language), *told]), private=True)


async def _one(desk: "Desk", user: "User", name: str) -> Reply:
    """One of them; ``resume`` after its name goes on with it."""
    called, _, verb = name.rpartition(" ")
    goes_on = verb.lower() == "resume" and bool(called)
    own = {one.name: one for one in await _seen(desk, user)}
    sought = called if goes_on else name
    if sought not in own:
        raise NotFound(f"No collection {sought!r} of yours is cooked here.", suggestions=[*own][:5])
    cook = own[sought]
    if goes_on and cook.state == "paused":
        await cook.resume(wait=False)
        return Reply(say("collection_goes_on", user.language, name=safe(cook.name, 60)), private=True)
    why = f" ({cook.why})" if cook.why else ""
    told = f"{safe(cook.name, 60)}: {cook.state}{why} · {cook.progress}"
    if cook.state == "paused":
        told += "\n" + say("collection_paused", user.language, name=safe(cook.name, 60))
    return Reply(told, private=True)


async def _seen(desk: "Desk", user: "User") -> "list[AsyncCook]":
    """Somebody's own; all of the account where the host tells nobody apart."""
    cooks = await desk.st.collections.list()
    if desk.hooks.authorize is None:
        return list(cooks)
    own = await Claims(desk, "cook").of(user)
    return [one for one in cooks if one.name in own]


def _number(name: str, given: Any) -> float | None:
    if given is None:
        return None
    try:
        number = float(str(given).strip().lstrip("$").replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (name == "budget" and number <= 0) or abs(number) >= 2**53:
        problem = f"{name}: a number{' above 0, in US dollars' if name == 'budget' else ''}, not {str(given)[:40]!r}"
        raise InvalidInput(f"Nothing was cooked: {problem}.", problems=[problem])
    return number
