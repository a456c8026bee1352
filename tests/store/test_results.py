"""Runs that ended well, kept with what they made: found by what went in, never by what it was called."""

import hashlib
import os
import stat
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import InvalidInput
from stationthis_sdk.entities import Media, OutputItem, RunRecord, RunState, WebFile
from stationthis_sdk.store.hashes import sha256_of_file
from stationthis_sdk.store.results import Results, fingerprint

RUN = "5ea8723e-4701-4d69-8604-8932801f2083"
SCOPE = ["https://h/api", "user", "deployment", "version"]
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = (
    TEXTS
    | some.integers(-(2**63), 2**64 - 1)
    | some.booleans()
    | some.floats(allow_nan=False, allow_infinity=False)
)
INPUTS = some.dictionaries(TEXTS, VALUES | some.lists(VALUES, max_size=3), max_size=5)
KEY = "ab" + "0" * 62


def fresh_folder(tmp_path_factory) -> Path:
    """A folder for one example; numbering them as pytest does would take longer than the test."""
    return Path(tempfile.mkdtemp(dir=tmp_path_factory.getbasetemp()))


def record(run_id: str = RUN, *outputs: OutputItem, **more) -> RunRecord:
    """A run that ended well."""
    return RunRecord(run_id, RunState("success"), 1.0, outputs=outputs, **more)


def picture(number: int = 0) -> OutputItem:
    """One file that a run made."""
    return OutputItem(
        "image", url=f"https://h/{number}.png", filename=f"{number}.png", mime="image/png", entry_id="e"
    )


def keep(results: Results, key: str, content: bytes, run_id: str = RUN, **more) -> Path:
    """Keep a run that made this; where its bytes are."""
    results.ready()
    sha256 = hashlib.sha256(content).hexdigest()
    file = results.bytes_folder / ".stationthis-1.part"
    file.touch(0o600)
    file.write_bytes(content)
    results.take_in(file, sha256)
    results.remember(key, "portrait", record(run_id, picture(), **more), [(sha256, len(content))])
    return results.path_of(sha256)


def aged(path: Path, seconds: float) -> None:
    """As if it had been used that long ago."""
    os.utime(path, (time.time() - seconds,) * 2)


@given(
    some.uuids(),
    INPUTS,
    some.lists(TEXTS, max_size=3),
    some.datetimes(timezones=some.just(UTC)) | some.none(),
    some.lists(some.binary(), max_size=3),
)
def test_what_was_remembered_is_recalled(tmp_path_factory, run_id, inputs, tags, at, contents):
    """A run is recalled as it was, with its bytes, by the same fingerprint, of the same account, and by no other."""
    folder = fresh_folder(tmp_path_factory)
    results = Results(folder, "account")
    key = fingerprint(SCOPE, inputs)
    assert results.recall(key) is None
    results.ready()
    files: list = [None]
    for content in contents:
        sha256 = hashlib.sha256(content).hexdigest()
        (folder / "new").write_bytes(content)
        results.take_in(folder / "new", sha256)
        files.append((sha256, len(content)))
    outputs = [OutputItem("text", text="a caption"), *map(picture, range(len(contents)))]
    made = record(str(run_id), *outputs, inputs=inputs, tags=tuple(tags), ended_at=at, duration=1.5)
    results.remember(key, "portrait", made, files)
    found = results.recall(key)
    assert found is not None
    assert found.record == made
    assert type(found.record.state) is RunState
    assert [found.files[one.identity].read_bytes() for one in outputs[1:]] == contents
    assert results.recall(fingerprint(SCOPE, {**inputs, "more": 1})) is None
    assert Results(folder, "other").recall(key) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: b"",
        lambda note: b"\xff" * 36,
        lambda note: RUN.encode(),
        lambda note: b"[]",
        lambda note: orjson.dumps({**note, "stationthis": 2}),
        lambda note: orjson.dumps({**note, "files": []}),
        lambda note: orjson.dumps({**note, "files": [None]}),
        lambda note: orjson.dumps({**note, "files": [["../../../../etc/passwd", 1]]}),
        lambda note: orjson.dumps({**note, "record": {}}),
        lambda note: orjson.dumps({**note, "record": {**note["record"], "ended_at": "yesterday"}}),
        lambda note: orjson.dumps(note)[:-1],
    ],
)  # fmt: skip
def test_garbage_is_not_recalled(tmp_path, damage):
    """What is none of ours is as if it were not there; the next one takes its place, and verify takes it away."""
    results = Results(tmp_path, "account")
    keep(results, KEY, b"x")
    path = results._run(KEY)
    path.write_bytes(damage(orjson.loads(path.read_bytes())))
    assert results.recall(KEY) is None
    assert results.verify() == (2, 1)
    assert results.verify() == (1, 0)
    keep(results, KEY, b"x")
    assert results.recall(KEY) is not None


def test_a_run_of_another_version_of_ours_is_recalled(tmp_path):
    """Fields that are new, or not there yet, lose nothing that was paid for."""
    results = Results(tmp_path, "account")
    keep(results, KEY, b"x", duration=2.0)
    path = results._run(KEY)
    note = orjson.loads(path.read_bytes())
    del note["record"]["gpu"], note["record"]["outputs"][0]["is_public"]
    note["record"]["mood"] = note["record"]["outputs"][0]["mood"] = "new"
    path.write_bytes(orjson.dumps(note))
    found = results.recall(KEY)
    assert found is not None
    assert (found.record.id, found.record.duration) == (RUN, 2.0)


def test_without_its_bytes_it_is_not_recalled(tmp_path):
    """A replay never needs the network: what is not whole here is run again."""
    results = Results(tmp_path, "account")
    path = keep(results, KEY, b"x")
    path.unlink()
    assert results.recall(KEY) is None


def test_damaged_bytes_go(tmp_path):
    """Whoever verifies finds bytes that are not what their name says."""
    results = Results(tmp_path, "account")
    path = keep(results, KEY, b"x")
    path.write_bytes(b"y")
    assert results.verify() == (2, 1)
    assert results.recall(KEY) is None


def test_a_memory_that_can_t_be_written_stops_nothing(tmp_path, caplog):
    """The run is made and paid for: a folder that can't be written only warns."""
    (tmp_path / "file").touch()
    results = Results(tmp_path / "file", "account")
    results.remember(KEY, "portrait", record(), [])
    assert results.recall(KEY) is None
    assert f"Run {RUN} is not remembered" in caplog.text


def test_it_is_private(tmp_path):
    """What was run when is its owner's only."""
    results = Results(tmp_path / "results", "account")
    before = os.umask(0)
    try:
        keep(results, KEY, b"x")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "results").rglob("*")}
    assert modes == {0o700, 0o600}


def test_what_was_not_used_for_longest_goes(tmp_path, monkeypatch):
    """Beyond the limit the oldest use goes first, whole results at a time; what was recalled of late stays."""
    monkeypatch.setattr("stationthis_sdk.store.results._written", 0)
    results = Results(tmp_path, "account", limit=100_000)
    keys = [f"{number:02d}" + "0" * 62 for number in range(12)]
    for number, key in enumerate(keys[:9]):
        path = keep(results, key, bytes([number]) * 10_000)
        for one in (path, results._run(key)):
            aged(one, 1000 - number)
    assert results.recall(keys[0]) is not None
    for number, key in enumerate(keys[9:], 9):
        keep(results, key, bytes([number]) * 10_000)
    kept = [key for key in keys if results.recall(key)]
    assert {keys[0], *keys[9:]} <= set(kept)
    assert kept == [keys[0], *keys[-len(kept) + 1 :]]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= 100_000


def test_what_a_killed_process_left_goes(tmp_path, monkeypatch):
    """Half-written files are taken away after an hour; one that grows is left alone, by verify and clear, too."""
    monkeypatch.setattr("stationthis_sdk.store.results._written", 0)
    results = Results(tmp_path, "account", limit=1000)
    results.ready()
    old, new = (results.bytes_folder / f".stationthis-{name}.part" for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    aged(old, 4000)
    keep(results, KEY, b"x" * 100)
    assert (old.exists(), new.exists()) == (False, True)
    assert results.verify() == (2, 0)
    assert results.clear() == 1
    assert new.exists()


def test_clearing(tmp_path):
    """By deployment, by run, or all of one account; bytes that another result has, too, stay."""
    ours, others = Results(tmp_path, "account"), Results(tmp_path, "other")
    shared = keep(ours, "aa" * 32, b"x", deployment_name="portrait")
    keep(others, "aa" * 32, b"x")
    own = keep(ours, "bb" * 32, b"y", "another-run", deployment_name="landscape")
    assert [one.record.id for one in ours.results()] == ["another-run", RUN]
    assert ours.clear("nothing") == 0
    assert ours.clear("another-run") == 1
    assert (shared.exists(), own.exists()) == (True, False)
    assert ours.clear() == 1
    assert (ours.results(), len(others.results()), shared.exists()) == ([], 1, True)
    assert others.clear("portrait") == 1
    assert not shared.exists()


@given(INPUTS, some.randoms())
def test_the_order_of_inputs_does_not_matter(inputs, random):
    """The same inputs in another order have the same fingerprint."""
    names = list(inputs)
    random.shuffle(names)
    assert fingerprint([*SCOPE], inputs) == fingerprint([*SCOPE], {name: inputs[name] for name in names})


@given(INPUTS, some.integers(0, 3), TEXTS | some.none())
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


def test_what_nobody_knows_yet_has_no_fingerprint():
    """A file that is still to be fetched from elsewhere may be another each time."""
    assert fingerprint(SCOPE, {"image": Media(WebFile("https://h/bot1:a/x.png"), "x", "")}) is None


def test_a_file_is_read_once_as_long_as_it_stays(tmp_path, monkeypatch):
    """Its hash is remembered, and anew when anything of it changes; what was written just now is never trusted."""
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    reads = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda file, name: reads.append(1) or digest(file, name))
    assert sha256_of_file(path) == sha256_of_file(path) == hashlib.sha256(b"one").hexdigest()
    assert len(reads) == 2
    monkeypatch.setattr("stationthis_sdk.store.hashes._SETTLED_SECONDS", -60.0)
    assert sha256_of_file(path) == sha256_of_file(path)
    assert len(reads) == 3
    path.write_bytes(b"two")
    assert sha256_of_file(path) == hashlib.sha256(b"two").hexdigest()
    path.unlink()
    with pytest.raises(InvalidInput, match="can't be read"):
        sha256_of_file(path)


def test_times_are_kept(tmp_path):
    """When it was kept, and how large it is with what it made."""
    results = Results(tmp_path, "account")
    keep(results, KEY, b"x" * 1000)
    found = results.recall(KEY)
    assert found is not None
    assert abs(datetime.fromtimestamp(found.at, UTC).timestamp() - time.time()) < 60
    assert found.bytes > 1000
