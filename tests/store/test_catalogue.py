"""Copies of answers: how long they are good, who fetches, what outdates them, and what a broken disk does to them."""

import asyncio
import json
import subprocess
import sys
import threading
import time

import attrs
import pytest

from stationthis_sdk.errors import AuthError, ConnectionFailed, NotFound, Refused, ServerError
from stationthis_sdk.store import catalogue as catalogue_file
from stationthis_sdk.store.catalogue import Catalogue
from stationthis_sdk.store.lifetimes import LIFETIMES, Lifetime
from stationthis_sdk.store.shelf import Shelf


@attrs.frozen
class Row:
    """Something a service may tell of."""

    id: str
    size: int = 0


SHAPE = tuple[Row, ...]


@attrs.define
class Service:
    """Something that is asked, and how often it was."""

    rows: tuple[Row, ...] = (Row("a", 1),)
    asked: int = 0
    error: Exception | None = None
    gate: asyncio.Event | None = None
    began: asyncio.Event = attrs.Factory(asyncio.Event)

    async def __call__(self):
        self.asked += 1
        rows = self.rows
        self.began.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return rows


@pytest.fixture
def catalogue(tmp_path):
    """The copies of one account."""
    return Catalogue(tmp_path / "cache", ("https://h/api", "ada"))


async def read(catalogue, service, kind="machines", **more):
    """Read the one list there is."""
    return await catalogue.read(kind, "all", service, SHAPE, **more)


async def aged(catalogue, seconds, kind="machines"):
    """Make the copy older than it is."""
    shelf = catalogue.shelf

    def work():
        for one, key, label, _ in list(shelf.labels(catalogue.scope)):
            content = shelf.content(label)
            shelf._cache.delete(f"l:{catalogue.scope}:{one}:{key}")
            shelf.put(catalogue.scope, one, key, content, time.time() - seconds, label.tokens)

    await shelf.do(work, None)


async def test_cold_asks_and_warm_does_not(catalogue):
    """The second read, of this client or another one of the account, asks nobody."""
    service = Service()
    cold, warm = await read(catalogue, service), await read(catalogue, service)
    assert (cold.value, warm.value) == (service.rows, service.rows)
    assert (cold.source.kind, warm.source.kind, service.asked) == ("api", "cache", 1)
    other = Catalogue(catalogue._folder, ("https://h/api", "ada"))
    assert (await read(other, service)).value == service.rows
    assert service.asked == 1
    assert (catalogue.hits, catalogue.misses, other.hits) == (1, 1, 1)


@pytest.mark.parametrize("scope", [("https://h/api", "bob"), ("https://other/api", "ada")])
async def test_accounts_and_services_are_apart(catalogue, scope):
    """Nobody reads what another key, or another service, was told."""
    service = Service()
    await read(catalogue, service)
    assert (await read(Catalogue(catalogue._folder, scope), service)).source.kind == "api"


async def test_an_older_copy_is_answered_at_once_and_asked_behind(catalogue):
    """Between fresh and usable nobody waits, and the next reader has the new one."""
    service = Service()
    await read(catalogue, service)
    await aged(catalogue, LIFETIMES["machines"].fresh + 1)
    service.rows = (Row("b"),)
    old = await read(catalogue, service)
    assert (old.value, old.source.kind, old.source.stale) == ((Row("a", 1),), "cache", False)
    assert old.source.age > LIFETIMES["machines"].fresh
    await asyncio.gather(*catalogue._behind)
    assert (await read(catalogue, service)).value == (Row("b"),)
    assert service.asked == 2


async def test_a_failed_refresh_behind_keeps_the_copy(catalogue):
    """The service is down: the copy stays, and is not asked for again at every read."""
    service = Service()
    await read(catalogue, service)
    await aged(catalogue, LIFETIMES["machines"].fresh + 1)
    service.error = ServerError("down")
    for _ in range(5):
        assert (await read(catalogue, service)).value == service.rows
        await asyncio.gather(*catalogue._behind)
    assert service.asked == 2


async def test_a_copy_of_any_age_stands_in_for_a_service_that_is_down(catalogue, caplog):
    """It says so, with its age and the reason; asked for anew, the reason is raised."""
    service = Service()
    await read(catalogue, service)
    await aged(catalogue, 86_400 * 3)
    service.error = ConnectionFailed("no such host")
    told = await read(catalogue, service)
    assert (told.value, told.source.stale, told.source.problem) == (service.rows, True, "no such host")
    assert "3 days old" in caplog.text
    with pytest.raises(ConnectionFailed):
        await read(catalogue, service, refresh=True)


@pytest.mark.parametrize("error", [AuthError("no"), Refused("no"), NotFound("no")])
async def test_a_refusal_is_an_answer(catalogue, error):
    """A revoked key is not told from memory what it may no longer see."""
    service = Service()
    await read(catalogue, service)
    await aged(catalogue, 86_400)
    service.error = error
    with pytest.raises(type(error)):
        await read(catalogue, service)


async def test_ten_readers_are_one_fetch(catalogue):
    """They wait for the same answer; one that gives up does not take it from the others."""
    service = Service(gate=asyncio.Event())
    readers = [asyncio.create_task(read(catalogue, service)) for _ in range(10)]
    await service.began.wait()
    await asyncio.sleep(0.05)
    readers[0].cancel()
    await asyncio.sleep(0)
    service.gate.set()
    done = await asyncio.gather(*readers, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert {told.value for told in done[1:]} == {service.rows}
    assert service.asked == 1


async def test_a_fetch_that_nobody_waits_for_ends(catalogue):
    """The last reader takes it along, and the next one begins anew without waiting."""
    service = Service(gate=asyncio.Event())
    reader = asyncio.create_task(read(catalogue, service))
    await service.began.wait()
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    service.gate = None
    assert (await read(catalogue, service)).value == service.rows
    assert service.asked == 2


async def test_a_fetch_that_is_cancelled_as_it_begins_holds_up_nobody(catalogue, monkeypatch):
    """Its claim is being written on the shelf's thread: it is given back, and the next reader does not wait for its end."""
    service, began, gate = Service(), threading.Event(), threading.Event()
    begin = Shelf.begin

    def slow(*asked):
        mine = begin(*asked)
        began.set()
        gate.wait(10)
        return mine

    monkeypatch.setattr(catalogue_file, "FETCH_SECONDS", 600.0)  # so long it would wait for who holds it
    monkeypatch.setattr(Shelf, "begin", slow)
    reader = asyncio.create_task(read(catalogue, service))
    await asyncio.to_thread(began.wait, 10)
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    gate.set()
    async with asyncio.timeout(30):
        assert (await read(catalogue, service)).value == service.rows
    assert service.asked == 1


async def test_a_write_outdates_what_was_being_fetched(catalogue):
    """A fetch that began before the write is never taken for fresh after it."""
    service = Service(gate=asyncio.Event())
    reader = asyncio.create_task(read(catalogue, service))
    await service.began.wait()
    await catalogue.forget("machines")
    service.gate.set()
    await reader
    service.rows = (Row("new"),)
    assert (await read(catalogue, service)).value == (Row("new"),)
    assert (await read(catalogue, service)).source.kind == "cache"


async def test_forgetting_is_by_kind_and_by_key(catalogue):
    """What was not written to stays good."""
    services = {name: Service() for name in ("deployments", "machines")}
    one, other = Service(), Service()
    for kind, service in services.items():
        await read(catalogue, service, kind)
    for key, service in (("one", one), ("other", other)):
        await catalogue.read("workflows", key, service, SHAPE)
    await catalogue.forget("machines")
    await catalogue.forget("workflows", key="one@" + shape_of())
    for kind, service in services.items():
        await read(catalogue, service, kind)
    for key, service in (("one", one), ("other", other)):
        await catalogue.read("workflows", key, service, SHAPE)
    assert [services["deployments"].asked, services["machines"].asked, one.asked, other.asked] == [1, 2, 2, 1]


def shape_of():
    """The name of our shape."""
    from stationthis_sdk.store.shapes import shape_name

    return shape_name(SHAPE)


async def test_what_was_forgotten_stands_in_when_the_service_is_down(catalogue):
    """After a write the old copy is wrong, but better than nothing, and marked."""
    service = Service()
    await read(catalogue, service)
    await catalogue.forget("machines")
    service.error = ConnectionFailed("down")
    assert (await read(catalogue, service)).source.stale


async def test_a_list_is_swapped_whole(catalogue):
    """T20: readers in the middle of a refresh see the old list or the new one, never a part, never none."""
    service = Service(rows=tuple(Row(str(n), 0) for n in range(200)))
    await read(catalogue, service)
    seen, ended = set(), asyncio.Event()

    async def reading():
        while not ended.is_set():
            told = await read(catalogue, service)
            seen.add((len(told.value), {row.size for row in told.value}.pop()))
            assert len({row.size for row in told.value}) == 1

    readers = [asyncio.create_task(reading()) for _ in range(3)]
    for size in range(1, 6):
        service.rows = tuple(Row(str(n), size) for n in range(200))
        await read(catalogue, service, refresh=True)
    ended.set()
    await asyncio.gather(*readers)
    assert {length for length, _ in seen} == {200}


async def test_several_loops_share(catalogue):
    """A client used from another thread's loop reads the same copies, and waits for the same fetch."""
    service = Service()
    await read(catalogue, service)
    kinds = []
    thread = threading.Thread(target=lambda: kinds.append(asyncio.run(read(catalogue, service)).source.kind))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert (kinds, service.asked) == (["cache"], 1)


PROGRAM = """
import asyncio, json, sys, time
import attrs
from pathlib import Path
from stationthis_sdk.store.catalogue import Catalogue

async def main():
    asked = 0
    async def fetch():
        nonlocal asked
        asked += 1
        if sys.argv[2] == "hang":
            print("began", flush=True)
            await asyncio.sleep(600)
        await asyncio.sleep(0.3)
        return (sys.argv[2],)
    catalogue = Catalogue(Path(sys.argv[1]), ("https://h/api", "ada"))
    told = await catalogue.read("machines", "texts", fetch, tuple[str, ...])
    print(json.dumps([list(told.value), told.source.kind, asked]))

asyncio.run(main())
"""


def program(folder, word):
    """A process of its own that reads one list."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), word], stdout=subprocess.PIPE, text=True
    )


def test_processes_share_one_fetch(tmp_path):
    """Three processes at once ask once, and all have the answer."""
    started = [program(tmp_path / "cache", "x") for _ in range(3)]
    told = [json.loads(process.communicate(timeout=50)[0]) for process in started]
    assert [one[0] for one in told] == [["x"]] * 3
    assert sum(one[2] for one in told) == 1


async def test_what_another_brought_just_before_is_not_fetched_again(catalogue, monkeypatch):
    """It came after the look at what is there, and before the fetch."""
    service = Service()
    look, other = catalogue._look, Catalogue(catalogue._folder, ("https://h/api", "ada"))

    async def overtaken(*asked):
        seen = await look(*asked)
        await read(other, service)
        return seen

    monkeypatch.setattr(catalogue, "_look", overtaken)
    told = await read(catalogue, service)
    assert (told.value, told.source.kind, service.asked) == (service.rows, "cache", 1)
    assert (await read(catalogue, service, refresh=True)).source.kind == "api"
    assert service.asked == 2


def test_a_process_killed_while_it_fetches_holds_up_nobody(tmp_path):
    """The next one notices that it is gone and asks by itself."""
    hanging = program(tmp_path / "cache", "hang")
    assert hanging.stdout.readline() == "began\n"
    hanging.kill()
    hanging.communicate()
    told = json.loads(program(tmp_path / "cache", "y").communicate(timeout=50)[0])
    assert told == [["y"], "api", 1]


async def test_the_folder_may_go_at_any_time(catalogue):
    """Taken away under a running client it changes no answer, and is made anew."""
    import shutil

    service = Service()
    await read(catalogue, service)
    await asyncio.to_thread(shutil.rmtree, catalogue._folder)
    told = await read(catalogue, service)
    assert (told.value, told.source.kind, service.asked) == (service.rows, "api", 2)
    assert (await read(catalogue, service)).source.kind == "cache"


@pytest.mark.parametrize(
    "garbage",
    [b"", b"no database at all, but longer than its head" * 100, b"SQLite format 3\0" + bytes(4096)],
)
async def test_a_damaged_database_is_set_aside(catalogue, garbage):
    """It is kept for whoever wants to look, and a new one is begun."""
    service = Service()
    folder = catalogue._folder

    def damage():
        folder.mkdir()
        (folder / "cache.db").write_bytes(garbage)

    await asyncio.to_thread(damage)
    assert (await read(catalogue, service)).value == service.rows
    assert (await read(catalogue, service)).source.kind == "cache"
    assert catalogue.shelf.why is None


async def test_a_copy_of_another_shape_is_left_aside(catalogue):
    """What another version of the SDK wrote is not read as if it were ours."""
    service = Service()
    await read(catalogue, service)
    shelf = catalogue.shelf

    def spoil():
        for _, _, label, _ in list(shelf.labels(catalogue.scope)):
            shelf._cache.set(f"c:{label.version}", b'[{"id": "a", "more": 1}]')
        catalogue._decoded.clear()

    await shelf.do(spoil, None)
    assert (await read(catalogue, service)).source.kind == "api"


@pytest.mark.parametrize("content", [b"[0.5]", b"0.5", b'{"A10G": "dear"}', b'{"A10G": null}', b"{"])
async def test_a_table_that_is_none_is_left_aside(catalogue, content):
    """Names and their numbers are read as they were written; anything else is asked anew."""
    table = {"A10G": 0.000306, "CPU": 0.0}

    async def ask():
        return table

    async def told():
        return await catalogue.read("pricing", "gpus", ask, dict[str, float])

    assert (await told()).source.kind == "api"
    catalogue._decoded.clear()
    kept = await told()
    assert (kept.value, kept.source.kind) == (table, "cache")
    shelf = catalogue.shelf

    def spoil():
        for _, _, label, _ in list(shelf.labels(catalogue.scope)):
            shelf._cache.set(f"c:{label.version}", content)
        catalogue._decoded.clear()

    await shelf.do(spoil, None)
    assert (await told()).source.kind == "api"


def test_a_disk_that_can_not_be_written_is_no_reason_to_fail(tmp_path, caplog):
    """A file stands where the folder should be: everything is asked, it is said once, and why is known."""
    (tmp_path / "file").touch()
    catalogue = Catalogue(tmp_path / "file" / "cache", ("h", "a"))
    service = Service()

    async def twice():
        return [(await read(catalogue, service)).source.kind for _ in range(2)]

    assert asyncio.run(twice()) == ["api", "api"]
    assert catalogue.shelf.why is not None
    assert caplog.text.count("are not kept") == 1
    asyncio.run(catalogue.forget("machines"))
    assert asyncio.run(catalogue.copies()) == []
    assert asyncio.run(catalogue.clear()) == 0


def test_a_python_without_sqlite_asks_each_time(tmp_path):
    """The module is missing in some builds: nothing fails, doctor and st.cache say so."""
    code = """
import sys
sys.modules["sqlite3"] = None
import asyncio
from pathlib import Path
from stationthis_sdk.store.catalogue import Catalogue
async def fetch():
    return ("x",)
catalogue = Catalogue(Path(sys.argv[1]), ("h", "a"))
told = asyncio.run(catalogue.read("machines", "all", fetch, tuple[str, ...]))
print(told.value, told.source.kind, catalogue.shelf.why)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "cache")], capture_output=True, text=True, check=True
    )
    assert done.stdout == "('x',) api this Python has no sqlite3\n"


def test_a_forked_child_reads_on(tmp_path):
    """It has a thread and a connection of its own."""
    code = """
import asyncio, os, sys
from pathlib import Path
from stationthis_sdk.store.catalogue import Catalogue
async def fetch():
    return ("x",)
def read():
    catalogue = Catalogue(Path(sys.argv[1]), ("h", "a"))
    return asyncio.run(catalogue.read("machines", "all", fetch, tuple[str, ...])).source.kind
assert read() == "api"
child = os.fork()
if not child:
    os._exit(0 if read() == "cache" else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    assert done.stdout == "0\n"


async def test_closing_ends_what_is_asked_behind(catalogue):
    """No task is left, and nothing is said of it."""
    service = Service()
    await read(catalogue, service)
    await aged(catalogue, LIFETIMES["machines"].fresh + 1)
    service.gate = asyncio.Event()
    service.began.clear()
    await read(catalogue, service)
    await service.began.wait()
    await catalogue.aclose()
    assert not catalogue._behind
    assert not catalogue._flights


def test_lifetimes_make_sense():
    """A copy is never fresh for longer than it is usable."""
    assert all(isinstance(one, Lifetime) and 0 < one.fresh <= one.usable for one in LIFETIMES.values())
