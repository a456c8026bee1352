"""`stationthis costs`: sums for people, spreadsheets and programs; what runs cost in the other commands; the cap."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import attrs
import pandas as pd
import pytest

from stationthis_sdk.testing import LocalGateway, local_gateway
from tests.cli.conftest import SMALL, Quick
from tests.echo import GRAPH

PRICE = 2.0


@pytest.fixture(scope="module")
def dear() -> Iterator[LocalGateway]:
    """A gateway whose CPU costs two dollars a second."""
    with local_gateway(prices={"CPU": PRICE}) as made:
        made.deploy("echo", GRAPH)
        made.deploy("=2+2", GRAPH)
        yield made


@pytest.fixture
def paid(quick: Quick, dear: LocalGateway) -> Quick:
    """Commands on it."""
    there = {"STATIONTHIS_BASE_URL": dear.base_url, "STATIONTHIS_API_KEY": dear.key}
    return attrs.evolve(quick, environ={**quick.environ, **there}, key=dear.key)


def test_the_same_sums_in_every_form(paid: Quick, tmp_path: Path) -> None:
    """JSON, CSV, Parquet and the table have the same rows; what was run is what they tell."""
    runs = [paid("run", "echo", f"words={number}", "--tag", "autumn", "--json").json for number in range(3)]
    paid("run", "text-to-picture", *SMALL)
    ran = paid("costs", "--by", "deployment,tag", "--json")
    told = ran.json
    assert (told["by"], told["total"]["runs"], told["total"]["unknown_runs"]) == (["deployment", "tag"], 4, 0)
    first = told["rows"][0]
    assert (first["deployment"], first["tag"], first["runs"], first["billed"]) == ("echo", "autumn", 3, None)
    assert first["estimated"] == pytest.approx(sum(one["cost"] for one in runs))
    assert first["estimated"] == pytest.approx(first["seconds"] * PRICE)
    assert told["total"]["estimated"] == pytest.approx(sum(row["estimated"] for row in told["rows"]))
    table = csv.DictReader(io.StringIO(paid("costs", "--by", "deployment,tag", "--format", "csv").out))
    assert [{**row} for row in table] == [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in told["rows"]
    ]
    file = tmp_path / "costs.parquet"
    ran = paid("costs", "--by", "deployment,tag", "--format", "parquet", "-o", str(file))
    assert ran.out == f"{file}\n"
    assert pd.read_parquet(file)["estimated"].tolist() == [row["estimated"] for row in told["rows"]]
    ran = paid("costs", "--by", "deployment,tag")
    assert ran.out.splitlines()[0].split("\t") == [
        "echo",
        "autumn",
        "3",
        *map(str, (first["seconds"], first["estimated"])),
        "0",
        "",
    ]
    assert "4 runs: $" in ran.err
    for form in ("csv", "json"):
        paid("costs", "--format", form, "-o", str(file))
        text = file.read_text("utf-8")
        assert (json.loads(text)["total"]["runs"] if form == "json" else text.count("\n") - 1) in {4, 2}


def test_billed_is_asked_for(paid: Quick) -> None:
    """Machines' time is beside the runs; of what nobody knows a word is said."""
    paid("run", "echo", "words=x")
    ran = paid("costs", "--by", "day", "--billed", "--json")
    assert ran.json["rows"][0]["billed"] > 0
    assert ran.json["billed_gap"] is None or ran.json["billed_gap"] >= 0
    week = paid("costs", "--since", "7d", "--billed", "--by", "machine")
    assert "nothing is known of what machines were billed for" in week.err


def test_wrong_words_are_exit_2_and_all_told(paid: Quick, tmp_path: Path) -> None:
    """Times, ways and forms; a file that can't be written is exit 1, and nothing is left of it."""
    ran = paid("costs", "--since", "soon", "--by", "week,day,day")
    assert ran.code == 2
    for word in ("since is no time: 'soon'", "'week'", "something twice"):
        assert word in ran.error
    assert paid("costs", "--format", "excel").code == 2
    assert "-o" in paid("costs", "--format", "parquet").error
    assert (
        paid("costs", "--since", "2026-11-05", "--until", "2026-11-01", "--json").json["error"]["type"]
        == "InvalidInput"
    )
    ran = paid("costs", "--format", "csv", "-o", str(tmp_path / "none" / "costs.csv"))
    assert ran.code == 1
    assert "Can't write" in ran.error
    assert list(tmp_path.glob("**/*.new")) == []


def test_a_spreadsheet_runs_no_name(paid: Quick) -> None:
    """A deployment that is called like a formula is text in CSV, and itself in JSON."""
    paid("run", "=2+2", "words=x")
    assert "'=2+2," in paid("costs", "--by", "deployment", "--format", "csv").out
    assert paid("costs", "--by", "deployment", "--json").json["rows"][0]["deployment"] == "=2+2"


def test_runs_tell_what_they_cost(paid: Quick) -> None:
    """`run`, `runs get` and `runs list`: a number, or null with its reason."""
    run = paid("run", "echo", "words=x", "--json").json
    assert run["cost"] > 0
    assert run["cost_why"] is None
    got = paid("runs", "get", run["run_id"], "--json").json
    assert (got["cost"], got["cost_why"]) == (run["cost"], None)
    assert paid("runs", "list", "--json=id,cost,cost_why").json == [
        {"id": run["run_id"], "cost": run["cost"], "cost_why": None}
    ]
    live = paid("run", "text-to-picture", "steps=60", "width=2048", "height=2048", "--detach", "--json").json
    assert live["cost"] is None
    assert live["cost_why"]
    paid("runs", "cancel", live["run_id"])


def test_the_cap_is_exit_4_and_the_doctor_knows_it(paid: Quick) -> None:
    """Refused before anything is sent, in one line; doctor says what is spent, of what, and what is not known."""
    paid("run", "echo", "words=x")
    small = {"STATIONTHIS_MONTHLY_CAP": "0.000001"}
    ran = paid("run", "echo", "words=y", environ=small)
    assert ran.code == 4
    assert "STATIONTHIS_MONTHLY_CAP" in ran.error
    assert paid("run", "echo", "words=y", "--json", environ=small).json["error"]["type"] == "CapReached"
    (found,) = [
        one for one in paid("doctor", "--json", environ=small).json["checks"] if one["name"] == "spending"
    ]
    assert found["state"] == "warning"
    assert "STATIONTHIS_MONTHLY_CAP" in found["detail"]
    (found,) = [one for one in paid("doctor", "--json").json["checks"] if one["name"] == "spending"]
    assert (found["state"], "1 run: $" in found["detail"]) == ("ok", True)
    assert paid("doctor", environ={"STATIONTHIS_MONTHLY_CAP": "lots"}).code == 1
