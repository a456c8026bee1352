"""`stationthis cook` on a real gateway: checked, told, made, reviewed, exported."""

import json
import zipfile
from pathlib import Path

import pytest

from stationthis_sdk import Collection
from tests.cli.batching import Bench, bench
from tests.recipes.collections.samples import foxes

__all__ = ["bench"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Four foxes, as a file."""
    return str(foxes().save(tmp_path / "foxes.yaml"))


def test_a_collection_from_a_file_to_a_zip(bench: Bench, file: str, tmp_path: Path) -> None:
    """Validated, estimated, made once, accepted, rejected, made again, exported: each with its line or its JSON."""
    assert bench.quick("cook", file, "--validate").out == "foxes: nothing is wrong\n"
    assert bench.quick("cook", file, "--dry-run", "--json").json["missing"] == 4
    assert len(bench.gateway.runs()) == 0

    ran = bench.quick("cook", file, "--seed", "1")
    assert (ran.code, ran.out) == (0, "done foxes: 4/4 · 4 well · $0.00\n")
    assert bench.quick("cook", file, "--json").code == 0
    assert len(bench.gateway.runs()) == 4

    assert "3 accepted" in bench.quick("cook", file, "--accept", "1,3-4").out
    status = bench.quick("cook", "foxes", "--reject", "2", "--json").json
    assert (status["accepted"], status["rejected"], status["seed"]) == (3, 1, 1)
    assert bench.quick("cook", "foxes", "--regenerate").out.startswith("done foxes: 5/5")
    assert bench.quick("cook", "foxes").out.startswith("done foxes: 5/5")
    assert len(bench.gateway.runs()) == 5

    target = tmp_path / "foxes.zip"
    told = bench.quick("cook", "foxes", "--export", str(target), "--all", "--json").json
    assert (told["pieces"], told["skipped"]) == (4, [])
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("manifest.json"))["pieces"] == 4
    assert bench.quick("cook", "foxes", "--export", str(target)).out == f"{target}: 3 pieces\n"


def test_a_bad_collection_is_told_and_not_cooked(bench: Bench, tmp_path: Path) -> None:
    """All of its faults, one a line or as JSON; the exit code says so; nothing is sent."""
    bad = foxes(7, inputs={"prompt": "a [[Furr]] fox", "steps": 99})
    path = str(bad.save(tmp_path / "bad.json"))
    ran = bench.quick("cook", path, "--validate")
    assert ran.code == 1
    assert len(ran.out.splitlines()) == 5
    told = bench.quick("cook", path, "--validate", "--json")
    assert told.code == 1
    assert not told.json["ok"]
    assert {issue["code"] for issue in told.json["issues"]} == {
        "unresolved",
        "unused",
        "supply-beyond",
        "out-of-range",
    }
    ran = bench.quick("cook", path)
    assert (ran.code, ran.out) == (2, "")
    assert "nothing was sent" in ran.error
    assert len(bench.gateway.runs()) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--validate", "--status"], "one at a time"),
        (["--accept", "1-"], "numbers such as 1,4-9"),
        (["--accept", ","], "no number is named"),
        (["--export", "x.tar"], "a .zip"),
        (["--max-failures", "many"], "a number of rows"),
        (["--all", "--skip-missing"], "--all goes with --export, not with making the pieces of a file"),
        (["--status", "--shuffle-seed", "3"], "--shuffle-seed goes with --export"),
        (["--export", "x.zip", "--seed", "1"], "--seed goes with --dry-run, making the pieces of a file"),
        (["--regenerate", "--budget", "1"], "--budget goes with"),
        (["--validate", "--on-change", "rerun"], "--on-change goes with"),
        (["--failed"], "--failed goes with going on by name"),
        (["--accept", "1-3", "--reject", "3"], "3 is in --accept and in --reject"),
        (["--accept", "1-3", "--reject", "99"], "has no piece 99"),
    ],
)
def test_wrong_usage(bench: Bench, file: str, arguments: list[str], told: str) -> None:
    """It says what is wrong."""
    assert bench.quick("cook", file, "--seed", "1").code == 0
    ran = bench.quick("cook", file, *arguments)
    assert ran.code == 2
    assert told in ran.error
    assert len(bench.gateway.runs()) == 4
    assert bench.quick("cook", file, "--status", "--json").json["accepted"] == 0


@pytest.mark.parametrize("option", ["--seed=2", "--out=x", "--name=others", "--without-rate"])
def test_by_name_nothing_is_ignored(bench: Bench, file: str, option: str) -> None:
    """Whoever goes on by name is told what only a file's cook takes; concurrency is for both."""
    assert bench.quick("cook", file, "--seed", "1").code == 0
    ran = bench.quick("cook", "foxes", option)
    assert ran.code == 2
    assert "not with going on by name" in ran.error
    assert bench.quick("cook", "foxes", "--concurrency", "1").code == 0


def test_a_file_that_is_no_collection_is_validated(bench: Bench, tmp_path: Path) -> None:
    """It exits 1, as with whatever else is wrong with it; a file that is not there is wrong usage."""
    (tmp_path / "bad.yaml").write_text("name: x\n")
    ran = bench.quick("cook", str(tmp_path / "bad.yaml"), "--validate")
    assert ran.code == 1
    assert "bad.yaml: " in ran.out
    told = bench.quick("cook", str(tmp_path / "bad.yaml"), "--validate", "--json").json
    assert not told["ok"]
    assert {issue["code"] for issue in told["issues"]} == {"no-collection"}
    assert bench.quick("cook", str(tmp_path / "none.yaml"), "--validate").code == 2


def test_files_and_names_that_are_not_there(bench: Bench, tmp_path: Path) -> None:
    """A file that is not there, one that is no collection, a name that nobody cooked."""
    assert bench.quick("cook", str(tmp_path / "none.yaml")).code == 2
    (tmp_path / "bad.yaml").write_text("name: x\n")
    ran = bench.quick("cook", str(tmp_path / "bad.yaml"))
    assert ran.code == 2
    assert "'workflow' is missing" in ran.error
    assert "No collection 'foxs' is cooked" in bench.quick("cook", "foxs", "--status").error


def test_what_to_accept_is_told_in_the_commands_words(bench: Bench, file: str, tmp_path: Path) -> None:
    """No Python where somebody types commands."""
    assert bench.quick("cook", file, "--seed", "1").code == 0
    ran = bench.quick("cook", file, "--export", str(tmp_path / "x.zip"))
    assert ran.code == 2
    assert "--accept some, or --export with --all" in ran.error
    other = str(
        Collection("foxes", "text-to-picture", {"prompt": "[[A]]"}, {"A": ["x"]}, 1).save(
            tmp_path / "other.json"
        )
    )
    assert "--name" in bench.quick("cook", other).error


def test_the_script_is_the_command(bench: Bench, file: str) -> None:
    """scripts/cook_collection.py takes the same arguments."""
    import subprocess
    import sys

    script = Path(__file__).parents[2] / "scripts" / "cook_collection.py"
    done = subprocess.run(
        [sys.executable, script, file, "--validate"],
        env=bench.quick.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "foxes: nothing is wrong\n")
