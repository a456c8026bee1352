"""`stationthis cache`: the copies of one account, looked at, cleared and verified."""

import json
import shutil

import diskcache
import pytest

from tests.cli.conftest import Quick


@pytest.fixture
def filled(quick: Quick) -> Quick:
    """Commands with copies of the list of deployments on disk."""
    assert quick("deployments").code == 0
    return quick


def test_it_lists_the_copies(filled: Quick) -> None:
    """Kind, key, size, age and whether it is current; the folder and the sum go to standard error."""
    told = filled("cache", "--json").json
    assert told["folder"] == str(filled.home / "cache")
    assert told["off"] is None
    assert [(one["kind"], one["key"], one["current"]) for one in told["copies"]] == [
        ("deployments", "all", True)
    ]
    assert told["bytes"] == told["copies"][0]["bytes"] > 0
    assert told["oldest"] >= told["copies"][0]["age"] >= 0
    ran = filled("cache", "info")
    assert ran.out.split("\t")[:2] == ["deployments", "all"]
    assert ran.out.rstrip().endswith("current")
    assert ran.err.startswith("1 copy, ")


def test_clearing_takes_away_and_changes_no_answer(filled: Quick) -> None:
    """All, or by kind, or by name; the number is printed, and the next list is the same, from the service."""
    before = filled("deployments", "--json").json
    assert {one["source"] for one in before} == {"cache"}
    assert filled("cache", "clear", "--kind", "machines").out == "0 copies taken away\n"
    assert filled("cache", "clear", "--name", "no such thing").out == "0 copies taken away\n"
    assert filled("cache", "clear", "--name", "Text to Picture", "--json").json == {"cleared": 1, "off": None}
    after = filled("deployments", "--json").json
    assert {one["source"] for one in after} == {"api"}
    assert [one["id"] for one in after] == [one["id"] for one in before]
    assert filled("cache", "clear").out == "1 copy taken away\n"
    assert filled("cache", "--json").json["copies"] == []


def test_a_kind_that_is_none_is_wrong_usage(filled: Quick) -> None:
    """Exit 2, and the kinds there are."""
    ran = filled("cache", "clear", "--kind", "pictures")
    assert ran.code == 2
    assert "deployments" in ran.error


def test_verifying_takes_away_what_is_none_of_ours(filled: Quick) -> None:
    """A planted pickle is counted, goes, and is never read."""
    assert filled("cache", "verify", "--json").json["refused"] == 0
    with diskcache.Cache(str(filled.home / "cache")) as planted:
        planted.set(("a", "pickled key"), {"a": "pickled value"})
    ran = filled("cache", "verify")
    assert ran.code == 0
    assert "1 refused" in ran.out
    assert "0 refused" in filled("cache", "verify").out


def test_without_a_cache_it_says_why(filled: Quick) -> None:
    """Switched off, or where nothing can be written: no copies, and the reason."""
    off = {"STATIONTHIS_CACHE": "off"}
    assert filled("cache", "--json", environ=off).json["off"] == "the flag cache is off"
    assert "nothing is cached: the flag cache is off" in filled("cache", environ=off).err
    nowhere = {"STATIONTHIS_HOME": "/proc/nothing"}
    lines = filled("cache", "--json", environ=nowhere).out.splitlines()
    assert json.loads(lines[-1])["off"]


def test_the_folder_may_be_deleted(filled: Quick) -> None:
    """By hand, at any time: it is made anew."""
    shutil.rmtree(filled.home / "cache")
    assert filled("cache", "--json").json["copies"] == []
    assert filled("deployments").code == 0
