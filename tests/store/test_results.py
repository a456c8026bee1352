"""Which run made which result: remembered by what went in, and never by what it was called."""

import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.entities import Media
from stationthis_sdk.store.results import Results, fingerprint

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
SCOPE = ["https://h/api", "user", "deployment", "version"]
VALUES = (
    some.text(some.characters(exclude_categories=["Cs"]))
    | some.integers(-(2**63), 2**64 - 1)
    | some.booleans()
    | some.floats(allow_nan=False)
)
INPUTS = some.dictionaries(
    some.text(some.characters(exclude_categories=["Cs"]), max_size=5),
    VALUES | some.lists(VALUES, max_size=3),
    max_size=5,
)


def fresh_folder(tmp_path_factory) -> Path:
    """A folder for one example; numbering them as pytest does would take longer than the test."""
    return Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))


@given(some.uuids(), INPUTS)
def test_what_was_remembered_is_recalled(tmp_path_factory, run_id, inputs):
    """A run is recalled by the same fingerprint and by no other."""
    results = Results(fresh_folder(tmp_path_factory))
    key = fingerprint([*SCOPE], inputs)
    assert results.recall(key) is None
    results.remember(key, str(run_id))
    assert results.recall(key) == str(run_id)
    assert results.recall(fingerprint([*SCOPE], {**inputs, "more": 1})) is None


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff" * 36,
        b"-" * 36,
        b"0" * 36,
        RUN.encode()[:-1],
        RUN.encode() + b"0",
        b"../" * 12,
        b"{}",
        RUN.encode() + b"\n" + RUN.encode(),
    ],
)
def test_garbage_is_not_recalled(tmp_path, garbage):
    """A memory that is no run's id is as if it were not there; the next one takes its place."""
    results = Results(tmp_path)
    key = fingerprint([*SCOPE], {})
    results.remember(key, RUN)
    (path,) = (found for found in tmp_path.rglob("*") if found.is_file())
    path.write_bytes(garbage)
    assert results.recall(key) is None
    results.remember(key, RUN)
    assert results.recall(key) == RUN


def test_a_memory_that_can_t_be_written_stops_nothing(tmp_path, caplog):
    """The run is started and paid for: a folder that can't be written only warns."""
    (tmp_path / "file").touch()
    results = Results(tmp_path / "file")
    key = fingerprint([*SCOPE], {})
    results.remember(key, RUN)
    assert results.recall(key) is None
    assert f"Run {RUN} is not remembered" in caplog.text


def test_it_is_private(tmp_path):
    """What was run when is its owner's only."""
    results = Results(tmp_path)
    results.remember(fingerprint([*SCOPE], {}), RUN)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {0o700, 0o600}


def test_the_data_folder_is_used(tmp_path, monkeypatch):
    """Without a folder of its own it lies in the data folder."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path))
    key = fingerprint([*SCOPE], {})
    Results().remember(key, RUN)
    assert (tmp_path / "results" / key[:2] / key).read_text() == RUN


@given(INPUTS, some.randoms())
def test_the_order_of_inputs_does_not_matter(inputs, random):
    """The same inputs in another order have the same fingerprint."""
    names = list(inputs)
    random.shuffle(names)
    assert fingerprint([*SCOPE], inputs) == fingerprint([*SCOPE], {name: inputs[name] for name in names})


@given(INPUTS, some.integers(0, 3), some.text(some.characters(exclude_categories=["Cs"])) | some.none())
def test_another_place_is_another_result(inputs, place, other):
    """Another server, account, deployment or version has another fingerprint."""
    scope = [*SCOPE]
    scope[place] = other
    assert (fingerprint(scope, inputs) == fingerprint([*SCOPE], inputs)) is (other == SCOPE[place])


@given(some.binary(min_size=1), some.text(max_size=5), some.text(max_size=5))
def test_files_count_by_their_content(tmp_path_factory, content, name, other):
    """The same bytes are the same input, in memory or in files of any name; one byte more is another."""
    folder = fresh_folder(tmp_path_factory)
    (folder / "a.png").write_bytes(content)
    (folder / "b.jpg").write_bytes(content)
    as_bytes, as_file, as_other_file, longer = (
        Media(given_content, given_name, "image/png")
        for given_content, given_name in [
            (content, name), (folder / "a.png", other), (folder / "b.jpg", "b.jpg"), (content + b"0", name),
        ]
    )  # fmt: skip
    prints = {fingerprint([*SCOPE], {"image": one}) for one in (as_bytes, as_file, as_other_file)}
    assert len(prints) == 1
    assert fingerprint([*SCOPE], {"image": longer}) not in prints
    lists = {fingerprint([*SCOPE], {"images": [one, "https://h/x.png"]}) for one in (as_bytes, as_file)}
    assert len(lists) == 1
    assert lists.isdisjoint(prints)


@pytest.mark.parametrize(
    ("one", "other"),
    [({"a": 1}, {"a": "1"}), ({"a": True}, {"a": 1}), ({"a": "x", "b": "y"}, {"a": "y", "b": "x"}), ({"a": ["x", "y"]}, {"a": ["y", "x"]}),
     ({"a": ""}, {}), ({"a": Media(b"x", "x", "x/x")}, {"a": "x"})],
)  # fmt: skip
def test_other_inputs_are_other_results(one, other):
    """Kinds, places and orders of values count."""
    assert fingerprint([*SCOPE], one) != fingerprint([*SCOPE], other)
