"""`stationthis stubs`: written once, checked in CI."""

from pathlib import Path

from stationthis_sdk import StationThis
from tests.cli.conftest import Quick
from tests.echo import GRAPH
from tests.fixtures import RunningGateway


def test_stubs_are_written_and_checked(
    quick: Quick, gateway: RunningGateway, st: StationThis, tmp_path: Path
) -> None:
    """Paths on standard output; the check writes nothing and fails as long as something is out of date."""
    folder = tmp_path / "typings"
    gateway.deploy("for stubs", GRAPH)
    ran = quick("stubs", str(folder), "--check")
    assert ran.code == 1
    assert "are out of date: stationthis stubs" in ran.error
    assert not folder.exists()
    ran = quick("stubs", str(folder))
    assert ran.code == 0
    written = [Path(line) for line in ran.out.splitlines()]
    assert {"__init__.pyi", "_for_stubs.pyi", "_text_to_picture.pyi"} <= {path.name for path in written}
    assert all(path.is_file() for path in written)
    assert "words: str = ...," in (folder / "stationthis_deployed" / "_for_stubs.pyi").read_text("utf-8")
    assert quick("stubs", str(folder), "--check").code == 0
    assert quick("stubs", str(folder)).out == ""
    st.workflows.get("for stubs").delete()
    ran = quick("stubs", str(folder), "--check", "--json")
    assert (ran.code, len(ran.json["written"]), len(ran.json["removed"])) == (1, 1, 1)
    assert quick("stubs", str(folder), "--json").json["removed"] == [
        str(folder / "stationthis_deployed" / "_for_stubs.pyi")
    ]


def test_the_default_is_where_editors_look(quick: Quick, tmp_path: Path) -> None:
    """The folder typings of where one is; somebody's file there is left alone, and the command fails."""
    ran = quick.outside()("stubs", cwd=tmp_path)
    assert (ran.code, ran.out.splitlines()[0]) == (0, "typings/stationthis_deployed/__init__.pyi")
    mine = tmp_path / "typings" / "stationthis_deployed" / "_text_to_picture.pyi"
    mine.write_text("mine: int\n")
    ran = quick.outside()("stubs", cwd=tmp_path)
    assert ran.code == 1
    assert "left alone" in ran.error
    assert mine.read_text() == "mine: int\n"
