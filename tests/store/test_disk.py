"""The cache's disk: text keys and bytes, and no pickle in or out, whoever planted it."""

import pickle
import sqlite3
import stat

import diskcache
import pytest

from stationthis_sdk.store.disk import PlainDisk
from stationthis_sdk.store.shelf import Shelf

FIRED = []


class Bomb:
    """A pickle that does something when it is read."""

    def __reduce__(self):
        return FIRED.append, ("boom",)


PICKLE = pickle.dumps(Bomb())


@pytest.fixture
def cache(tmp_path):
    """A cache on our disk, with one value in it."""
    FIRED.clear()
    with diskcache.Cache(str(tmp_path), disk=PlainDisk) as made:
        made.set("l:one", b"kept")
        yield made
    assert FIRED == []


def plant(cache, key, raw, mode, filename=None, value=None):
    """Write a row past the cache, as somebody else with access to the file could."""
    columns = "key, raw, store_time, expire_time, access_time, access_count, tag, size, mode, filename, value"
    row = (key, raw, 0, None, 0, 0, None, 0, mode, filename, value)
    with sqlite3.connect(f"{cache.directory}/cache.db") as base:
        base.execute(f"INSERT INTO Cache({columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)
    base.close()


@pytest.mark.parametrize("key", [1, b"x", ("a",), None, 1.5])
def test_only_text_is_a_key(cache, key):
    """Whatever else would be pickled by others is refused."""
    with pytest.raises(TypeError):
        cache.set(key, b"x")
    with pytest.raises(TypeError):
        cache.get(key)


@pytest.mark.parametrize("value", ["text", 1, None, {"a": 1}, bytearray(b"x"), Bomb()])
def test_only_bytes_are_a_value(cache, value):
    """Nothing is turned into bytes behind our back."""
    with pytest.raises(TypeError):
        cache.set("k", value)


@pytest.mark.parametrize("mode", [0, 3, 4, 9])
def test_a_planted_pickle_is_as_if_it_were_not_there(cache, tmp_path, mode):
    """In the row, or in a file, under any mode: it is never read as code, and nothing else is disturbed."""
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / "bomb.val").write_bytes(PICKLE)
    plant(cache, "l:row", 1, mode, value=PICKLE)
    plant(cache, "l:file", 1, mode, filename="aa/bomb.val")
    assert cache.get("l:row") is None
    assert cache.get("l:file") is None
    assert cache.get("l:one") == b"kept"


def test_a_planted_key_is_never_read_as_code(cache):
    """Going through all keys gives it no chance."""
    plant(cache, sqlite3.Binary(PICKLE), 0, 1, value=b"x")
    assert sorted(cache.iterkeys()) == ["", "l:one"]


def test_a_file_elsewhere_is_neither_read_nor_removed(cache, tmp_path_factory):
    """A row that points out of the folder leads nowhere, also when it is deleted."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "precious"
    elsewhere.write_bytes(b"precious")
    for number, name in enumerate([str(elsewhere), f"../{elsewhere.parent.name}/precious"]):
        plant(cache, f"l:{number}", 1, 2, filename=name)
        assert cache.get(f"l:{number}") is None
        cache.delete(f"l:{number}")
    assert elsewhere.read_bytes() == b"precious"


async def test_verify_takes_away_what_was_planted(tmp_path):
    """A look at every row: the planted ones go, ours stay, and nothing is run."""
    FIRED.clear()
    shelf = Shelf(tmp_path / "cache")
    label = await shelf.do(lambda: shelf.put("s", "machines", "all", b"[]", 1.0, ("", "")), None)
    plant(shelf._cache, sqlite3.Binary(PICKLE), 0, 4, value=PICKLE)
    plant(shelf._cache, "l:s:machines:other", 1, 4, value=PICKLE)
    plant(shelf._cache, "c:x", 1, 2, filename="/etc/passwd")
    assert await shelf.do(shelf.verify, None) == (5, 3)
    assert await shelf.do(shelf.verify, None) == (2, 0)
    assert await shelf.do(lambda: shelf.label("s", "machines", "all"), None) == label
    assert FIRED == []
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "cache" / "cache.db").stat().st_mode) == 0o600
