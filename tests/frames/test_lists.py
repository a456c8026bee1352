"""Lists of everything else, on a real gateway: what there is, in typed columns, safe for Parquet."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import AsyncStationThis, StationThis
from stationthis_sdk.deployment import AsyncDeployment
from stationthis_sdk.entities import DeploymentRecord, MachineRecord, Source
from stationthis_sdk.frames import lists
from stationthis_sdk.listing import Listing
from stationthis_sdk.machine import AsyncMachine
from tests.echo import GRAPH
from tests.fixtures import RunningGateway
from tests.frames.nobody import context
from tests.frames.parquet import NAMES, ODD, check_parquet


async def test_what_the_workspace_has(ast: AsyncStationThis) -> None:
    """Deployments, workflows, versions and machines have one row each, with what is known of them."""
    deployments = await ast.deployments.list()
    frame = deployments.to_frame().set_index("name")
    assert list(frame.index) == [one.name for one in deployments]
    drawing = next(one for one in deployments if one.name == "text-to-picture")
    row = frame.loc["text-to-picture"]
    assert (row["deployment_id"], row["environment"], row["version"]) == (
        drawing.id,
        "production",
        drawing.version,
    )
    assert row["inputs"] == repr(drawing.inputs)
    assert row["updated_at"] == drawing.record.updated_at
    workflows = await ast.workflows.list(search="to-picture")
    assert workflows.to_frame()["name"].tolist() == ["text-to-picture", "picture-to-picture"]
    assert workflows.to_frame()["version"].isna().all()
    whole = Listing([await ast.workflows.get("text-to-picture")], workflows._frame).to_frame()
    assert (whole.loc[0, "version"], whole.loc[0, "inputs"]) == (1, repr(drawing.inputs))
    versions = (await (await ast.workflows.get("text-to-picture")).versions()).to_frame()
    assert versions["number"].tolist() == [1]
    machines = await ast.machines.list()
    assert machines.to_frame()["name"].tolist() == [one.name for one in machines]
    assert machines.to_frame()["kind"].tolist() == [one.type for one in machines]
    for one in (deployments, workflows, machines):
        check_parquet(one.to_frame())
    check_parquet(whole)


def test_the_plain_client(gateway: RunningGateway, st: StationThis) -> None:
    """The same of plain things; time limits are durations, and what has none says nothing."""
    words = st.deployments[gateway.deploy("framed-limits", GRAPH)]
    words.update(run_timeout=90)
    listing = st.deployments.list(refresh=True)
    assert type(listing) is Listing
    frame = listing.to_frame().set_index("name")
    assert frame.loc["framed-limits", "run_timeout"] == pd.Timedelta(seconds=90)
    assert str(frame["run_timeout"].dtype) == "timedelta64[us]"
    assert st.machines.list()[:1].to_frame()["name"].tolist() == [st.machines.list()[0].name]
    machine = st.machines.get("this-machine")
    settings = Listing([machine], st.machines.list()._frame).to_frame()
    assert settings.loc[0, "run_timeout"] == pd.Timedelta(seconds=machine.settings["run_timeout"])
    for one in (st.workflows.list(), st.sessions.list(), st.models.list(), st.models.list(public=True)):
        assert len(one.to_frame()) == len(one)
        check_parquet(one.to_frame())


async def test_open_sessions(ast: AsyncStationThis) -> None:
    """What was asked for is a duration, its end a moment."""
    async with ast.sessions.open(machine="this-machine", minutes=5) as session:
        frame = (await ast.sessions.list()).to_frame().set_index("session_id")
        assert frame.loc[session.id, "asked_for"] == pd.Timedelta(minutes=5)
        assert frame.loc[session.id, "ends_at"] > datetime.now(UTC)


@pytest.mark.parametrize("name", lists.__all__)
def test_nothing_has_all_columns(name: str) -> None:
    """A list of nothing has no row, and the columns and types of any other."""
    frame = getattr(lists, name)([])
    assert (len(frame), len(frame.columns) > 3) == (0, True)
    assert "object" not in map(str, frame.dtypes)
    check_parquet(frame)


SETTINGS = some.dictionaries(
    some.sampled_from(["run_timeout", "idle_timeout", "keep_warm", "concurrency_limit"]),
    some.integers(0, 2**62) | ODD.filter(lambda value: not isinstance(value, int) or isinstance(value, bool)),
)


@given(NAMES, NAMES, NAMES, some.none() | NAMES, SETTINGS)
def test_hostile_words_are_texts(
    name: str, kind: str, status: str, gpu: Any, settings: dict[str, Any]
) -> None:
    """Whatever the service says of machines and deployments becomes a frame, and survives Parquet."""
    machine = MachineRecord("1", name, kind, status, gpu, settings=settings)
    frame = lists.frame_of_machines([AsyncMachine(context(), machine, Source.now())] * 2)
    check_parquet(frame)
    record = DeploymentRecord("1", name, kind, description=status, gpu=gpu, machine_name=name)
    frame = lists.frame_of_deployments([AsyncDeployment(context(), record, Source.now())])
    check_parquet(frame)
