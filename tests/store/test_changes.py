"""What one process has changed on the disk no other goes on reading from its memory."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace

import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from stationthis_sdk.store.catalogue import Catalogue
from stationthis_sdk.store.changes import Changes
from stationthis_sdk.store.shelf import leave_shelf

SHAPE = tuple[str, ...]
ACCOUNT = ("https://h/api", "ada")


async def read(catalogue, word="new", kind="machines", **more):
    """Read the one list there is; the service says this word."""

    async def fetch():
        return (word,)

    return await catalogue.read(kind, "all", fetch, SHAPE, **more)


@pytest.fixture
def catalogue(tmp_path):
    """The copies of one account, with one in it that was read once already."""
    made = Catalogue(tmp_path / "cache", ACCOUNT)
    asyncio.run(read(made, "old"))
    assert asyncio.run(read(made)).value == ("old",)
    return made


# The file.


def test_a_change_is_another_moment_for_everybody(tmp_path):
    """Whoever has it open sees the change, once it is noted; without one a moment stays the same."""
    one, other = Changes(tmp_path / "changes"), Changes(tmp_path / "changes")
    before = one.moment(), other.moment()
    assert (one.moment(), other.moment()) == before
    one.note()
    assert one.moment() != before[0]
    assert other.moment() != before[1]


def test_no_change_is_lost_among_many(tmp_path):
    """Many who note at once never write over one another."""
    opened = [Changes(tmp_path / "changes") for _ in range(4)]
    threads = [
        threading.Thread(target=lambda one=one: [one.note() for _ in range(200)], daemon=True)
        for one in opened
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.moment()[1] for one in opened} == {800}


def test_a_file_that_is_gone_tells_nothing(tmp_path):
    """Nor is another one in its place, however long, the same."""
    one = Changes(tmp_path / "changes")
    before = one.moment()
    (tmp_path / "changes").unlink()
    assert one.moment() is None
    assert Changes(tmp_path / "changes").moment() != before


def test_it_is_closed_with_the_last_who_holds_it(tmp_path):
    """Nobody looks at another file that has its number by then."""
    one = Changes(tmp_path / "changes")
    number = one._file
    file = os.fstat(number).st_ino
    del one
    try:
        found = os.fstat(number).st_ino  # somebody else's meanwhile
    except OSError:
        found = None
    assert found != file


# A read.


async def test_a_read_visits_no_disk_while_nothing_changes(catalogue, monkeypatch):
    """Of a copy that was fetched or read before; every change of whatever kind costs one visit."""
    visits, do = [], catalogue.shelf.do

    async def counted(*asked):
        visits.append(asked)
        return await do(*asked)

    monkeypatch.setattr(catalogue.shelf, "do", counted)
    for _ in range(10):
        assert (await read(catalogue)).source.kind == "cache"
    assert not visits
    await catalogue.forget("pricing")
    visits.clear()
    for _ in range(10):
        assert (await read(catalogue)).source.kind == "cache"
    assert len(visits) == 1
    await read(catalogue, refresh=True)
    visits.clear()
    assert (await read(catalogue)).value == ("new",)
    assert not visits


async def test_who_reads_in_a_loop_lets_others_go_on(catalogue):
    """A read takes a turn of the loop at least."""
    ended = asyncio.Event()
    asyncio.get_running_loop().call_later(0.01, ended.set)
    while not ended.is_set():
        assert (await read(catalogue)).source.kind == "cache"


async def test_a_clock_set_back_outdates_what_is_in_memory(catalogue, monkeypatch):
    """Nobody knows how old a copy of the future is."""
    clock = SimpleNamespace(time=lambda: time.time() - 3600, monotonic=time.monotonic)
    monkeypatch.setattr("stationthis_sdk.store.catalogue.time", clock)
    assert (await read(catalogue)).source.kind == "api"


async def test_what_is_kept_in_memory_is_bounded(catalogue):
    """Of very many copies those read last."""

    async def fetch():
        return ("x",)

    for number in range(100):
        await catalogue.read("versions", str(number), fetch, SHAPE)
    assert len(catalogue._decoded) <= 64
    told = await catalogue.read("versions", "0", fetch, SHAPE)
    assert (told.value, told.source.kind) == (("x",), "cache")


# Another process.

OTHER = """
import asyncio, shutil, sys
from pathlib import Path
from stationthis_sdk.store.catalogue import Catalogue
catalogue = Catalogue(Path(sys.argv[1]), ("https://h/api", "ada"))
async def fetch():
    return ("other",)
async def work(word):
    if word == "forget":
        await catalogue.forget("machines")
    elif word == "forget one":
        from stationthis_sdk.store.shapes import shape_name
        await catalogue.forget("machines", key="all@" + shape_name(tuple[str, ...]))
    elif word == "clear":
        await catalogue.clear()
    elif word == "clear another":
        await Catalogue(Path(sys.argv[1]), ("https://h/api", "bob")).clear()
    elif word == "bring":
        await catalogue.read("machines", "all", fetch, tuple[str, ...], refresh=True)
    elif word == "take the folder away":
        shutil.rmtree(sys.argv[1])
    elif word == "damage":
        shelf = catalogue.shelf
        await shelf.do(lambda: shelf._set_aside(ValueError("malformed")), None)
for line in sys.stdin:
    asyncio.run(work(line.strip()))
    print("done", flush=True)
"""


@pytest.fixture
def other(tmp_path):
    """A process of its own that does what it is told."""
    command = [sys.executable, "-W", "ignore", "-c", OTHER, str(tmp_path / "cache")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def tell(word):
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        yield tell
        process.stdin.close()
        assert process.wait(45) == 0


@pytest.mark.parametrize(
    ("word", "value", "kind"),
    [
        ("forget", "new", "api"),
        ("forget one", "new", "api"),
        ("clear", "new", "api"),
        ("take the folder away", "new", "api"),
        ("damage", "new", "api"),
        ("bring", "other", "cache"),
        ("clear another", "old", "cache"),
    ],
)
def test_the_next_read_sees_what_another_process_has_done(catalogue, other, word, value, kind):
    """At once, though this process has the copy in its memory; and what it reads then is kept again."""
    other(word)
    told = asyncio.run(read(catalogue))
    assert (told.value, told.source.kind) == ((value,), kind)
    told = asyncio.run(read(catalogue, "newer"))
    assert (told.value, told.source.kind) == ((value,), "cache")
    other("forget")
    assert asyncio.run(read(catalogue, "newest")).value == ("newest",)


def test_without_the_file_of_changes_another_is_begun(catalogue, other):
    """Taken away by hand it is missed at once, and both processes have the new one."""
    other("forget")
    assert asyncio.run(read(catalogue)).value == ("new",)
    (catalogue._folder / "cache.db-changes").unlink()
    assert asyncio.run(read(catalogue, "newer")).value == ("new",)
    assert catalogue.shelf.moment() is not None
    other("forget")
    assert asyncio.run(read(catalogue, "newer")).value == ("newer",)


def test_a_forked_child_and_its_parent_hear_of_each_other(tmp_path):
    """Both have in memory what the parent had read; each sees what the other has outdated."""
    code = """
import asyncio, os, sys
from pathlib import Path
from stationthis_sdk.store.catalogue import Catalogue
catalogue = Catalogue(Path(sys.argv[1]), ("h", "a"))
def read():
    async def fetch():
        return ("x",)
    return asyncio.run(catalogue.read("machines", "all", fetch, tuple[str, ...])).source.kind
def forget():
    asyncio.run(catalogue.forget("machines"))
seen = [read(), read()]
down, up = os.pipe(), os.pipe()
child = os.fork()
if not child:
    seen = [read()]
    os.write(up[1], b".")
    os.read(down[0], 1)
    seen += [read(), read()]
    forget()
    os.write(up[1], b".")
    os._exit(0 if seen == ["cache", "api", "cache"] else 1)
os.read(up[0], 1)
forget()
os.write(down[1], b".")
os.read(up[0], 1)
seen += [read(), read()]
print(*seen, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "cache")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout == "api cache api cache 0\n"


# Whatever is done, by whomever, in whatever order.


class Readers(RuleBasedStateMachine):
    """Three shelves of one folder, as three processes have them: who reads hears the last write, whoever made it."""

    def __init__(self):
        """The folder has three names, so that nothing in memory is shared."""
        super().__init__()
        self.place = Path(mkdtemp())
        self.folders = [self.place / "cache", self.place / "first", self.place / "second"]
        for folder in self.folders[1:]:
            folder.symlink_to(self.folders[0])
        self.readers = [Catalogue(folder, ACCOUNT) for folder in self.folders]
        self.loop = asyncio.Runner()
        self.words = {"machines": "0", "models": "0"}
        self.count = 0
        self.done(self.readers[0].forget())  # a link leads nowhere before

    def done(self, work):
        """What comes of a coroutine."""
        return self.loop.run(work)

    WHO, KIND = some.integers(0, 2), some.sampled_from(["machines", "models"])

    @rule(who=WHO, kind=KIND, refresh=some.booleans())
    def reads(self, who, kind, refresh):
        """The present word is told, from wherever."""
        told = self.done(read(self.readers[who], self.words[kind], kind, refresh=refresh))
        assert told.value == (self.words[kind],)

    @rule(who=WHO, kind=KIND)
    def writes(self, who, kind):
        """The service has another word, and who wrote it says that copies are out of date."""
        self.count += 1
        self.words[kind] = str(self.count)
        self.done(self.readers[who].forget(kind))

    @rule(who=WHO, kind=some.none() | KIND)
    def clears(self, who, kind):
        """Copies are taken away."""
        self.done(self.readers[who].clear(kind))

    @rule()
    def takes_the_folder_away(self):
        """By hand, under all of them."""
        shutil.rmtree(self.folders[0])
        self.folders[0].mkdir()

    @rule()
    def takes_the_file_of_changes_away(self):
        """By hand, the copies left where they are."""
        (self.folders[0] / "cache.db-changes").unlink(missing_ok=True)

    @invariant()
    def all_are_well(self):
        """No shelf has given up."""
        assert [reader.shelf.why for reader in self.readers] == [None] * 3

    def teardown(self):
        """Nothing is left."""
        for folder in self.folders:
            leave_shelf(folder)
        self.loop.close()
        shutil.rmtree(self.place)


TestReaders = Readers.TestCase
TestReaders.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
