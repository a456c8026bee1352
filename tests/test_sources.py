"""Whatever is told of the account says where it came from and how old it is."""

import builtins
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import attrs
import pandas as pd
import pytest
from PIL import Image

import stationthis_sdk
from stationthis_sdk import StationThis
from stationthis_sdk.entities import Source
from tests.fixtures import RunningGateway

PACKAGES = ("inputs", "outputs", "graphs", "entities", "volume", "uploads", "money")
NO_ANSWERS = {
    "CacheCheck": "what a look at this machine's disk found",
    "CacheInfo": "what is on this machine's disk",
    "DeploymentChange": "what deploying does: a plan, or what this client has just done",
    "Exchange": "a request of this client",
    "Inputs": "a part of the deployment or version that it is of",
    "Links": "addresses that are made here",
    "BatchEstimate": "a guess by what this machine has seen",
    "CostReport": "a sum over this machine's ledger",
    "Cost": "a part of the run; its rate tells where it is from, and when",
    "AsyncBatch": "what this machine's ledger has",
    "AsyncRunLog": "a part of the run that it is of",
    "AsyncPresignedUpload": "an address that was made this moment",
    "AsyncOutput": "a part of the run that made it",
    "OutputNode": "a part of the version that it is of",
    "Progress": "a part of the run",
    "RunEvent": "a part of the run, told as it happens",
    "RunState": "a part of the run",
    "Secret": "a key that was made this moment",
    "Settled": "what reconciling has found out this moment",
    "Source": "the source itself",
}
"""What public methods return besides answers, and why it needs no source of its own."""


def modules() -> Iterator[Any]:
    """Every module with public classes of the asynchronous colour, and those of their data."""
    for found in pkgutil.iter_modules(stationthis_sdk.__path__):
        if found.name not in {"sync", "local", "cli", "testing", "contract", "api"}:
            yield importlib.import_module(f"stationthis_sdk.{found.name}")
    for package in PACKAGES:
        parent = importlib.import_module(f"stationthis_sdk.{package}")
        for found in pkgutil.iter_modules(parent.__path__):
            yield importlib.import_module(f"{parent.__name__}.{found.name}")


def parts(hint: Any) -> Iterator[Any]:
    """A type and those it is made of."""
    yield hint
    for inner in get_args(hint):
        yield from parts(inner)


class Names(dict[str, Any]):
    """Names of types; those of others, which only type checkers import, are any object."""

    def __missing__(self, name: str) -> Any:
        return getattr(builtins, name, object)


def returned() -> dict[type, set[str]]:
    """Every class of ours that a public method returns, with the methods."""
    everywhere = list(modules())
    names = {
        name: value for one in everywhere for name, value in vars(one).items() if isinstance(value, type)
    }
    found: dict[type, set[str]] = {}
    for module in everywhere:
        for owner in vars(module).values():
            if not (
                isinstance(owner, type)
                and owner.__name__.startswith("Async")
                and owner.__module__ == module.__name__
            ):
                continue
            for name, value in vars(owner).items():
                function = value.fget if isinstance(value, property) else value
                if not inspect.isfunction(function) or (name.startswith("_") and name != "__call__"):
                    continue
                known = Names({**vars(module), **names, "builtins": builtins, "pd": pd})
                hint = get_type_hints(function, {}, known).get("return")
                for one in parts(hint):
                    if isinstance(one, type) and one.__module__.startswith("stationthis_sdk"):
                        found.setdefault(one, set()).add(f"{owner.__name__}.{name}")
    return found


def tells_source(kind: type) -> bool:
    """Whether things of this class have a source."""
    return hasattr(kind, "source") or (
        attrs.has(kind) and "source" in {field.name for field in attrs.fields(kind)}
    )


def is_resource(kind: type) -> bool:
    """Whether this is where one asks, and no answer: what hangs on a client."""
    return (
        kind.__name__.startswith("Async")
        and not hasattr(kind, "id")
        and hasattr(kind, "__repr__")
        and ("context" in inspect.signature(kind).parameters and len(inspect.signature(kind).parameters) == 1)
    )


def test_no_answer_lacks_a_source() -> None:
    """Each class that a public method returns has ``source``, or is the data of one that has, or is no answer."""
    found = returned()
    assert len(found) > 40
    for kind, methods in found.items():
        if kind.__name__ in NO_ANSWERS or is_resource(kind) or tells_source(kind):
            continue
        of = {name.partition(".")[0] for name in methods}
        assert all(name.endswith(".record") for name in methods), (kind, methods)
        assert all(tells_source(next(one for one in found if one.__name__ == owner)) for owner in of)


def test_the_list_of_what_is_no_answer_is_current() -> None:
    """A reason that nobody needs any more goes."""
    names = {kind.__name__ for kind in returned()}
    assert set(NO_ANSWERS) - names == set()
    assert not any(tells_source(kind) for kind in returned() if kind.__name__ in NO_ANSWERS)


@pytest.fixture
def answers(st: StationThis, gateway: RunningGateway) -> list[Any]:
    """One of each kind, as a gateway tells it."""
    gateway_machine = st.machines["this-machine"]
    run = st.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1, width=32, height=32)
    share = run.share()
    workflow = st.workflows["text-to-picture"]
    return [
        *st.deployments.list(),
        *st.workflows.list(),
        workflow.newest,
        *workflow.versions(),
        *workflow.gallery(limit=1),
        *st.machines.list(),
        gateway_machine,
        *gateway_machine.versions(),
        *gateway_machine.events(),
        run,
        *st.runs.list(workflow=workflow, limit=1),
        share,
        st.account.settings(),
        st.account.pricing(),
        *st.account.credits(),
        *st.account.keys(),
        st.files.upload(Image.new("RGB", (8, 8))),
    ]


def test_answers_are_young_and_from_where_they_are(answers: list[Any]) -> None:
    """Each says api or cache, is aware of its zone, and is no older than this test's copies may be."""
    for answer in answers:
        source = answer.source
        assert isinstance(source, Source), answer
        assert source.kind in {"api", "cache"}
        assert source.at.tzinfo is UTC
        assert 0 <= source.age < 86_400
        assert not source.stale


def test_where_it_came_from_is_no_part_of_what_it_is(st: StationThis) -> None:
    """The same answer from the service and from a copy is equal, and is shown alike."""
    asked, kept = st.account.pricing(refresh=True), st.account.pricing()
    assert (asked.source.kind, kept.source.kind) == ("api", "cache")
    assert asked == kept
    assert repr(asked) == repr(kept)
    assert kept.source.at == asked.source.at


def test_a_stand_in_says_so() -> None:
    """A copy was asked for again; a table of one's own never was."""
    now = datetime.now(UTC)
    assert str(Source("cache", now, "down")) == "cache, just now; asking again failed: down"
    assert str(Source("file", now, "down")) == "file, just now; asking failed: down"
    assert Source("file", now, "down").stale
