"""Answers about collections: what is cooked, how far it is; checking one from a file, and cooking it for a budget."""

import asyncio
import math
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from stationthis_sdk.bots.answers.asking import read
from stationthis_sdk.bots.answers.claims import Claims
from stationthis_sdk.bots.answers.cooking import called, cook_name, kitchen_of
from stationthis_sdk.bots.answers.lists import fitting
from stationthis_sdk.bots.answers.reply import Reply
from stationthis_sdk.bots.answers.texts import say
from stationthis_sdk.bots.commands.arguments import words_in
from stationthis_sdk.bots.commands.values import is_address
from stationthis_sdk.bots.desk.verdicts import need
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.bots.render.sentences import safe
from stationthis_sdk.errors import InvalidInput, NotFound, StationThisError
from stationthis_sdk.inputs.fields import MEDIA_KINDS, Inputs
from stationthis_sdk.recipes.collections.collection import Collection

if TYPE_CHECKING:
    from stationthis_sdk.bots.commands.catalogue import Catalogue
    from stationthis_sdk.bots.desk.desk import Desk
    from stationthis_sdk.bots.people import Asked, User
    from stationthis_sdk.deployment import AsyncDeployment
    from stationthis_sdk.recipes.collections.cook import AsyncCook

__all__ = ["collections", "paths_in"]

_ENDINGS: Final = (".yaml", ".yml", ".json")
_MOST_BYTES: Final = 256 << 10
_PROBLEMS: Final = 5
_MOST_PIECES: Final = 5000
_REVIEWED: Final = 300
"""So many pieces are shown to the host one by one."""
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
    seed = _number("seed", asked.options.get("seed", given.get("seed")))
    files = [one for one in (*asked.options.values(), *asked.attachments) if isinstance(one, Attachment)]
    if not files:
        name = str(asked.options.get("name") or rest).strip()
        goes_on = bool(asked.options.get("resume"))
        return await _one(desk, user, name, goes_on=goes_on) if name else await _all(desk, user)
    kitchen = kitchen_of(desk)
    if user.key in kitchen.busy:
        return Reply(say("collection_busy", user.language), private=True, code="invalid_params")
    kitchen.busy.add(user.key)
    try:
        return await _sent_in(desk, user, files[0], budget, None if seed is None else int(seed))
    finally:
        kitchen.busy.discard(user.key)


async def _sent_in(
    desk: "Desk", user: "User", file: Attachment, budget: float | None, seed: int | None
) -> Reply:
    """Check a file, or cook it: who may not is told so before anything is drawn of it."""
    kitchen = kitchen_of(desk)
    collection = await _loaded(file, user, kitchen.threads)
    workflow = collection.workflow
    deployment = await desk.st.deployments.get(
        workflow.deployment_id or workflow.name, environment=workflow.environment, refresh=True
    )
    await _allowed(desk, user, deployment, budget or 0.0)
    if collection.supply > _MOST_PIECES:
        problem = f"supply: {_MOST_PIECES} pieces are made here at the most"
        raise InvalidInput(f"Nothing was cooked: {problem}.", problems=[problem])
    async with kitchen.few:
        if bad := await _faults(desk, user, collection, deployment):
            return bad
        if budget is None:
            return await _checked(desk, user, collection, seed)
        return await _cooked(desk, user, collection, deployment, budget, seed)


async def _faults(
    desk: "Desk", user: "User", collection: Collection, deployment: "AsyncDeployment"
) -> Reply | None:
    """What is wrong with it, if anything."""
    if paths := await asyncio.to_thread(paths_in, collection, deployment.inputs):
        problem = say("collection_files", user.language, names=", ".join(safe(one, 60) for one in paths))
        raise InvalidInput(f"Nothing was cooked: {problem}.", problems=[problem])
    report = await desk.st.collections.validate(collection)
    bad = [f"{one.where}: {one.message}" for one in report if one.is_error]
    if not bad:
        return None
    told = "; ".join(safe(one) for one in bad[:_PROBLEMS]) + ("; …" if len(bad) > _PROBLEMS else "")
    text = say("collection_bad", user.language, name=safe(collection.name, 60), problems=told)
    return Reply(text, private=True, code="invalid_params")


async def _checked(desk: "Desk", user: "User", collection: Collection, seed: int | None) -> Reply:
    name = cook_name(user, collection.name)
    estimate = await desk.st.collections.estimate(collection, seed=seed or 0, name=name)
    cost = "" if estimate.dollars is None else say("collection_cost", user.language, cost=estimate.dollars)
    text = say(
        "collection_good",
        user.language,
        name=safe(collection.name, 60),
        pieces=collection.supply,
        workflow=safe(collection.workflow.name, 60),
        cost=cost,
    )
    return Reply(text, private=True)


async def _cooked(
    desk: "Desk",
    user: "User",
    collection: Collection,
    deployment: "AsyncDeployment",
    budget: float,
    seed: int | None,
) -> Reply:
    """Cook it. The same twice is one cook: what is made already is not made again."""
    name = cook_name(user, collection.name)
    if (other := await _at_work(desk, user, name)) is not None:
        text = say("collection_one", user.language, name=safe(called(user, other), 60))
        return Reply(text, private=True, code="invalid_params")
    kept = await _kept(desk, name)
    if seed is None and kept is None:
        seed = secrets.randbits(32)
    await _reviewed(desk, user, collection, deployment, name, seed or 0)
    claims = Claims(desk, "cook")
    new = await claims.make(user, name, name)
    try:
        cook = await desk.st.collections.cook(
            collection, seed=seed, name=name, budget=budget, without_rate=True, wait=False
        )
    except StationThisError:
        if new and await _kept(desk, name) is None:
            await claims.drop(user, name)
        raise
    kitchen_of(desk).follow(user, cook)
    told = {"name": safe(collection.name, 60), "pieces": collection.supply, "budget": budget}
    return Reply(say("collection_cooks", user.language, **told))


async def _kept(desk: "Desk", name: str) -> "AsyncCook | None":
    try:
        return await desk.st.collections.get(name)
    except NotFound:
        return None


async def _at_work(desk: "Desk", user: "User", name: str) -> str | None:
    """Another cook of theirs that is at work: one at a time is."""
    own = set((await Claims(desk, "cook").of(user)).values()) - {name}
    return next(
        (one.name for one in await desk.st.collections.list() if one.name in own and one.state == "running"),
        None,
    )


async def _allowed(desk: "Desk", user: "User", deployment: "AsyncDeployment", estimate: float | None) -> None:
    """Ask the host.

    Raises:
        Denied: it says no.
    """
    await need(desk.hooks.authorize, user, deployment, estimate, language=user.language)


async def _reviewed(
    desk: "Desk",
    user: "User",
    collection: Collection,
    deployment: "AsyncDeployment",
    name: str,
    seed: int,
) -> None:
    """Show the host what each piece would be given; of very many what they are made of.

    Raises:
        Denied: it says no.
    """
    if desk.hooks.review is None:
        return
    if collection.supply <= _REVIEWED:
        rows = await desk.st.collections._rows(collection, deployment, name, seed)  # noqa: SLF001 - one house
        fields = deployment.inputs
        shown = [{key: value for key, value in row.items() if key in fields} for row in rows]
        # Those that differ by their seeds alone are one.
        seeds = {one.name for one in fields.values() if one.kind == "seed"}
        shown = [*{repr([one[key] for key in one if key not in seeds]): one for one in shown}.values()]
    else:
        shown = [await asyncio.to_thread(_texts, collection)]
    for inputs in shown:
        await need(desk.hooks.review, inputs, language=user.language)


def _texts(collection: Collection) -> dict[str, str]:
    """All texts that pieces are made of, by where they stand."""
    texts = {name: [*_leaves(template)] for name, template in collection.inputs.items()}
    for one in collection.categories:
        drawn = [*_leaves([trait.value for trait in one.traits]), *one.images]
        texts.setdefault(one.name, []).extend([*(trait.name for trait in one.traits), *drawn])
    for part in collection.parts:
        texts.setdefault(part.name, []).append(part.text)
    return {name: "\n".join(dict.fromkeys(some)) for name, some in texts.items()}


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


async def _loaded(file: Attachment, user: "User", threads: Executor) -> Collection:
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
        raise InvalidInput("That file is too large for a collection: 256 KiB are taken at the most.")

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

    return await asyncio.get_running_loop().run_in_executor(threads, load)


async def _all(desk: "Desk", user: "User") -> Reply:
    own = await _seen(desk, user)
    told = [f"{safe(name, 60)}: {one.state} · {one.progress}" for name, one in own.items()]
    if not told:
        return Reply(say("no_collections", user.language), private=True)
    return Reply(fitting(desk, user, [say("collections", user.language), *told]), private=True)


async def _one(desk: "Desk", user: "User", name: str, *, goes_on: bool) -> Reply:
    """One of them; ``resume`` after its name goes on with it."""
    own = await _seen(desk, user)
    before, _, verb = name.rpartition(" ")
    if name not in own and verb.lower() == "resume" and before:
        name, goes_on = before, True
    if name not in own:
        raise NotFound(f"No collection {name!r} of yours is cooked here.", suggestions=[*own][:5])
    cook = own[name]
    if goes_on and cook.state == "paused":
        return await _resumed(desk, user, name, cook)
    why = f" ({cook.why})" if cook.why else ""
    told = f"{safe(name, 60)}: {cook.state}{why} · {cook.progress}"
    if cook.state == "paused":
        told += "\n" + say("collection_paused", user.language, name=safe(name, 60))
    return Reply(told, private=True)


async def _resumed(desk: "Desk", user: "User", name: str, cook: "AsyncCook") -> Reply:
    """Go on with it, if the host allows what is left of its budget."""
    if (other := await _at_work(desk, user, cook.name)) is not None:
        text = say("collection_one", user.language, name=safe(called(user, other), 60))
        return Reply(text, private=True, code="invalid_params")
    progress = cook.progress
    left = None if progress.budget is None else max(0.0, progress.budget - (progress.cost or 0.0))
    await _allowed(desk, user, await desk.st.deployments.get(cook.batch.deployment_name), left)
    await Claims(desk, "cook").make(user, cook.name, cook.name)
    await cook.resume(wait=False)
    kitchen_of(desk).follow(user, cook)
    return Reply(say("collection_goes_on", user.language, name=safe(name, 60)), private=True)


async def _seen(desk: "Desk", user: "User") -> "dict[str, AsyncCook]":
    """Somebody's own by what they call them; where the host tells nobody apart, also those that nobody began here."""
    cooks = await desk.st.collections.list()
    claims = Claims(desk, "cook")
    own = set((await claims.of(user)).values())
    seen = {called(user, one.name): one for one in cooks if one.name in own}
    if desk.hooks.authorize is None:
        others = {name for _, name in await claims.all()}
        seen = {one.name: one for one in cooks if one.name not in others} | seen
    return seen


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
