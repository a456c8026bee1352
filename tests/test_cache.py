"""Copies of answers, through whole clients of a gateway: what is asked, what is not, and what is never wrong."""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import diskcache
import pytest

from stationthis_sdk import (
    AsyncStationThis,
    ConnectionFailed,
    InvalidInput,
    NotFound,
    ServerError,
    StationThis,
    StationThisError,
    Timeouts,
)
from stationthis_sdk.local.rows.machines import Machine
from stationthis_sdk.testing import LocalGateway
from stationthis_sdk.testing.deploying import deploy
from tests.programs_gateway import ProgramsGateway

GRAPH: dict[str, Any] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}
HASTY = Timeouts(total=1.0)
"""Reads that fail are tried again for so long only."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("STATIONTHIS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def gateway():
    """A gateway that these tests may change."""
    with ProgramsGateway() as running:
        yield running


@pytest.fixture
def own(home: Path):
    """A gateway of the test's own."""
    with ProgramsGateway() as running:
        yield running


@pytest.fixture
def both(home: Path, gateway: LocalGateway):
    """Who writes and who reads: two clients of one account, as two programs would be."""
    with gateway.client() as writer, gateway.client() as reader:
        yield writer, reader


def everything(st: StationThis) -> dict[str, Any]:
    """What is read of the account through copies, as data without the time at which it was told."""
    return {
        "deployments": [attrs.asdict(one.record) for one in st.deployments.list()],
        "deployment": attrs.asdict(st.deployments["text-to-picture"].record),
        "workflows": [attrs.asdict(one.record) for one in st.workflows.list()],
        "workflow": attrs.asdict(st.workflows["text-to-picture"].record),
        "machines": [attrs.asdict(one.record) for one in st.machines.list()],
        "machine": attrs.asdict(st.machines["this-machine"].record),
        "models": [attrs.asdict(one.record) for one in st.models.list()],
        "catalog": st.models.catalog(),
        "settings": st.account.settings(),
        "pricing": st.account.pricing(),
        "credits": st.account.credits(),
    }


def asked(st: StationThis, since: int = 0) -> list[str]:
    """The paths that a client has asked for."""
    return [one.url.partition("/api")[2].partition("?")[0] for one in st.last_requests][since:]


def aged(st: Any, seconds: float) -> None:
    """Make all copies of a client's account older than they are."""
    catalogue = st._inner._ready.context.catalogue
    shelf = catalogue.shelf

    def work() -> None:
        for kind, key, label, _ in list(shelf.labels(catalogue.scope)):
            content = shelf.content(label)
            shelf._cache.delete(f"l:{catalogue.scope}:{kind}:{key}")
            shelf.put(catalogue.scope, kind, key, content, label.at - seconds, label.tokens)

    asyncio.run(shelf.do(work, None))


# What is asked.


def test_cold_asks_and_warm_does_not(home: Path, gateway: LocalGateway) -> None:
    """The first client asks for each thing once; the next one of the account asks for nothing and hears the same."""
    with gateway.client() as cold:
        first = everything(cold)
        paths = asked(cold)
        again = everything(cold)
        assert asked(cold) == paths
    # Deployments are two lists to the service: those with an image of their own are hidden unless asked for.
    assert sorted(set(paths) - {"/deployments"}) == sorted(path for path in paths if path != "/deployments")
    assert paths.count("/deployments") == 2
    with gateway.client() as warm:
        assert everything(warm) == first == again
        assert warm.last_requests == ()
        assert {one.source.kind for one in warm.deployments.list()} == {"cache"}
        assert warm.account.settings().source.kind == warm.account.pricing().source.kind == "cache"


def test_five_hundred_deployments_are_a_few_pages(home: Path, own: LocalGateway) -> None:
    """A list asks for its pages and for no workflow; names, ids and inputs are then known without asking."""

    def many(tables: Any) -> None:
        machine = tables.find(Machine, "name = ?", "this-machine")[0]
        for number in range(500):
            deploy(tables, machine, f"portrait-{number:03}", GRAPH, "production")

    own._call(own._started().services.database.do(many))
    with own.client() as st:
        found = st.deployments.list()
        assert len(found) >= 500
        assert set(asked(st)) == {"/deployments"}
        assert len(asked(st)) <= 2 * (len(found) // 100 + 1)  # the service has two such lists
        before = len(asked(st))
        one = st.deployments["portrait-250"]
        assert one.id in {each.id for each in found}
        assert repr(one.inputs)
        assert len(asked(st)) == before
        workflows = len(st.workflows.list())
        assert workflows >= 500
        assert set(asked(st)[before:]) == {"/workflows"}
        assert len(asked(st)) - before <= workflows // 100 + 1
    with own.client() as warm:
        assert len(warm.deployments.list()) == len(found)
        assert warm.last_requests == ()


def test_ten_readers_are_one_fetch(home: Path, own: LocalGateway) -> None:
    """On one client's loop, and in ten threads with a client each."""
    own.faults.slow(seconds=0.3, path="/machines")

    async def ten() -> tuple[int, set[str]]:
        async with own.async_client() as st:
            lists = await asyncio.gather(*(st.machines.list() for _ in range(10)))
            return len(st.last_requests), {repr(one) for one in lists}

    requests, answers = asyncio.run(ten())
    assert (requests, len(answers)) == (1, 1)
    clients = [own.client() for _ in range(10)]
    clients[0].cache.clear()
    with ThreadPoolExecutor(10) as threads:
        lists = list(threads.map(lambda st: repr(st.machines.list()), clients))
    assert len(set(lists)) == 1
    assert sum(len(st.last_requests) for st in clients) == 1


READER = """
import json
from stationthis_sdk import StationThis
with StationThis() as st:
    found = st.deployments.list()
    print(json.dumps([len(found), found[0].source.kind, len(st.last_requests)]))
"""


def in_a_process(gateway: LocalGateway, home: Path, program: str = READER) -> Any:
    """What another program says."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**gateway.environment(), "STATIONTHIS_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_processes_share(home: Path, gateway: LocalGateway) -> None:
    """What one has asked for another one reads, and what one has written is asked for anew by the others."""
    assert in_a_process(gateway, home)[1:] == ["api", 2]
    assert in_a_process(gateway, home)[1:] == ["cache", 0]
    with gateway.client() as st:
        assert st.deployments.list()[0].source.kind == "cache"
        workflow = st.workflows.upload(GRAPH, name="shared")
        st.deployments.create(workflow, machine="this-machine")
        assert in_a_process(gateway, home)[1] == "api"
        workflow.delete()


WRITER = """
import json, sys
from stationthis_sdk import StationThis
graph = json.loads(sys.argv[1])
with StationThis() as st:
    for line in sys.stdin:
        match line.strip():
            case "upload":
                workflow = st.workflows.upload(graph, name="elsewhere")
            case "publish":
                st.deployments.publish(graph, "elsewhere", machine="this-machine")
            case "delete":
                st.workflows.get("elsewhere").delete()
            case "clear":
                st.cache.clear()
        print("done", flush=True)
"""


def test_what_another_process_writes_is_read_next(home: Path, gateway: LocalGateway) -> None:
    """Uploaded, published, deleted or cleared there: here, where all is in memory, the next read sees it."""
    command = [sys.executable, "-c", WRITER, json.dumps(GRAPH)]
    environment = {**gateway.environment(), "STATIONTHIS_HOME": str(home)}
    with (
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer,
        gateway.client() as st,
    ):
        assert writer.stdin is not None
        assert writer.stdout is not None

        def seen() -> list[bool]:
            return [
                "elsewhere" in {one.name for one in nouns.list()} for nouns in (st.workflows, st.deployments)
            ]

        assert [seen(), seen()] == [[False, False]] * 2
        for word, now in [
            ("upload", [True, False]),
            ("publish", [True, True]),
            ("clear", [True, True]),
            ("delete", [False, False]),
        ]:
            writer.stdin.write(f"{word}\n")
            writer.stdin.flush()
            assert writer.stdout.readline() == "done\n"
            before = len(asked(st))
            assert [seen(), seen()] == [now] * 2
            assert len(asked(st)) > before
        writer.stdin.close()
        assert writer.wait(45) == 0


# A service that is down.


@pytest.mark.parametrize("fault", ["errors", "drop_requests"])
def test_a_failing_refresh_serves_the_old_copy(home: Path, own: LocalGateway, fault: str) -> None:
    """T20: with its age and the reason; who asks for it anew hears the reason, and all is well once it is over."""
    with own.client() as patient:  # the limit is for the service that fails, not for the first look
        before = [one.id for one in patient.deployments.list()]
    with own.client(timeouts=HASTY) as st:
        aged(st, 3 * 86_400)
        getattr(own.faults, fault)()
        found = st.deployments.list()
        assert [one.id for one in found] == before
        source = found[0].source
        assert (source.kind, source.stale) == ("cache", True)
        assert source.problem
        assert source.age > 2 * 86_400
        assert "3 days old; asking again failed" in str(source)
        assert st.deployments["text-to-picture"].source.stale
        with pytest.raises(StationThisError):
            st.deployments.list(refresh=True)
        own.faults.clear()
    with own.client() as st:
        assert st.deployments.list()[0].source.kind == "api"


def test_a_service_that_is_gone(home: Path, own: LocalGateway) -> None:
    """Nothing listens any more: what is known is told, what is not is an error that says so."""
    with own.client() as patient:
        patient.machines.list()
        patient.account.settings()
    with StationThis(own.key, own.base_url, timeouts=HASTY) as st:
        aged(st, 86_400)
        own.stop()
        assert st.machines.list()[0].source.stale
        settings = st.account.settings()
        assert (settings.source.stale, settings.visibility) == (True, "public")
        with pytest.raises(ConnectionFailed):
            st.workflows.list()


def test_an_older_copy_is_told_at_once_and_asked_for_behind(home: Path, own: LocalGateway) -> None:
    """The list is there without waiting, and the next reader has the new one."""
    with own.client() as st:
        st.machines.list()
        aged(st, 120)
        old = st.machines.list()
        assert (old[0].source.kind, old[0].source.stale) == ("cache", False)
        assert old[0].source.age > 100
        own.until(lambda: len(asked(st)) == 2)
        own.until(lambda: st.machines.list()[0].source.age < 100)
        assert asked(st) == ["/machines", "/machines"]


# A write is visible on the next read.


def test_writes_to_workflows(both: Any) -> None:
    """Made, renamed, pinned, given a version, deleted."""
    writer, reader = both
    reader.workflows.list()
    workflow = writer.workflows.upload(GRAPH, name="written")
    assert reader.workflows["written"].newest.number == 1
    workflow.add_version({**GRAPH, "3": {**GRAPH["2"]}})
    assert reader.workflows["written"].newest.number == 2
    workflow.rename("rewritten")
    assert "rewritten" in {one.name for one in reader.workflows.list()}
    workflow.pin()
    assert next(one for one in reader.workflows.list() if one.name == "rewritten").pinned
    workflow.delete()
    assert "rewritten" not in {one.name for one in reader.workflows.list()}
    with pytest.raises(NotFound):
        reader.workflows.get(workflow.id)


def test_writes_to_deployments(both: Any) -> None:
    """Made, moved, changed, promoted; a share made and deleted; gone with their workflow."""
    writer, reader = both

    def seen() -> set[tuple[str, int | None]]:
        return {(one.environment, one.version) for one in reader.deployments.list() if one.name == "moved"}

    seen()
    deployment = writer.deployments.publish(GRAPH, "moved", "staging", machine="this-machine")
    assert seen() == {("staging", 1)}
    writer.deployments.publish({**GRAPH, "3": {**GRAPH["2"]}}, "moved", "staging", machine="this-machine")
    assert seen() == {("staging", 2)}
    deployment.update(run_timeout=77)
    assert reader.deployments.get("moved").record.run_timeout == 77
    assert reader.deployments.get(deployment.id).record.run_timeout == 77
    deployment.roll_back(1)
    assert seen() == {("staging", 1)}
    deployment.promote()
    share = deployment.promote("public-share")
    assert {place for place, _ in seen()} == {"staging", "production", "public-share"}
    share.delete()
    assert {place for place, _ in seen()} == {"staging", "production"}
    writer.workflows["moved"].delete()
    assert seen() == set()


def test_writes_to_machines_and_secrets(both: Any) -> None:
    """Made, built, changed, deleted; a secret made, attached, changed, deleted."""
    writer, reader = both

    def seen() -> dict[str, str]:
        return {one.name: one.status for one in reader.machines.list()}

    seen()
    machine = writer.machines.create_custom("mine", "http://127.0.0.1:9")
    assert "mine" in seen()
    machine.update(name="yours")
    assert "yours" in seen()
    assert reader.machines.get(machine.id).name == "yours"
    machine.delete()
    assert "yours" not in seen()
    built = writer.machines.create_serverless("built", gpu="T4")
    assert seen()["built"] == "building"
    built.wait()
    assert seen()["built"] == "ready"
    secret = writer.machines.create_secret("hub", {"A": "1"}, machine=built)
    assert [one.variables for one in reader.machines.secrets()] == [("A",)]
    writer.machines.update_secret(secret, {"B": "2"})
    assert [one.variables for one in reader.machines.secrets()] == [("B",)]
    writer.machines.delete_secret(secret)
    assert reader.machines.secrets() == []
    built.delete()


def test_writes_to_models(both: Any, tmp_path: Path) -> None:
    """Uploaded, renamed, deleted."""
    writer, reader = both

    def seen() -> set[str]:
        return {one.path for one in reader.models.list("loras")}

    assert seen() == set()
    weights = tmp_path / "ink.safetensors"
    weights.write_bytes(b"weights")
    model = writer.models.upload(weights, folder="loras")
    assert seen() == {"loras/ink.safetensors"}
    model = model.rename("wash.safetensors")
    assert seen() == {"loras/wash.safetensors"}
    model.delete()
    assert seen() == set()


def test_writes_to_sessions_settings_keys_and_shares(both: Any) -> None:
    """Opened and closed; changed; made and revoked; shown and taken back."""
    writer, reader = both
    assert reader.sessions.list() == []
    with writer.sessions.open(machine="this-machine") as session:
        assert [one.id for one in reader.sessions.list()] == [session.id]
    assert reader.sessions.list() == []
    assert reader.account.settings().visibility == "public"
    writer.account.update_settings(visibility="private")
    assert reader.account.settings().visibility == "private"
    writer.account.update_settings(visibility="public")
    writer.account.create_key("written")
    (key,) = reader.account.keys("written")
    writer.account.delete_key(key.id)
    assert reader.account.keys("written") == []
    run = writer.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1, width=32, height=32)
    share = run.share()
    assert [one.id for one in reader.runs.shares()] == [share.id]
    share.delete()
    assert reader.runs.shares() == []


def test_a_write_by_hand_counts_as_well(both: Any) -> None:
    """Through ``request``, and when its answer is lost."""
    writer, reader = both
    workflow = writer.workflows.upload(GRAPH, name="by-hand")
    reader.workflows.list()
    writer.request("PATCH", f"/workflow/{workflow.id}", json={"name": "by-hand-2"})
    assert "by-hand-2" in {one.name for one in reader.workflows.list()}
    workflow.delete()


def test_a_write_whose_answer_is_lost_counts(home: Path, own: LocalGateway) -> None:
    """It may have been done, so the copies are out of date."""
    with own.client(timeouts=HASTY) as writer, own.client() as reader:
        workflow = reader.workflows.upload(GRAPH, name="lost")
        reader.workflows.list()
        own.faults.drop_answers(method="PATCH")
        with pytest.raises(StationThisError):
            writer.request("PATCH", f"/workflow/{workflow.id}", json={"name": "found"})
        assert "found" in {one.name for one in reader.workflows.list()}


# Never wrong.


def test_deleting_the_folder_changes_no_answer(home: Path, gateway: LocalGateway) -> None:
    """Between two clients, and under one that is running."""
    with gateway.client() as st:
        st.account.update_settings(visibility="public")  # those never changed say that they were just now
        before = everything(st)
        shutil.rmtree(home / "cache")
        assert everything(st) == before
        assert everything(st) == before
    shutil.rmtree(home)
    with gateway.client() as st:
        assert everything(st) == before


def test_accounts_are_apart(home: Path, own: LocalGateway) -> None:
    """Nobody is told from copies what another account may see, nor clears them."""
    with own.client() as owner, own.client(own.add_key("guest")) as guest:
        owner.deployments.list()
        owner.account.settings()
        assert guest.deployments.list() == []
        assert guest.cache.info().copies != owner.cache.info().copies
        guest.workflows.upload(GRAPH, name="of the guest")
        assert "of the guest" not in {one.name for one in owner.workflows.list()}
        assert {one.name for one in guest.workflows.list()} == {"of the guest"}
        assert guest.cache.clear() > 0
        assert owner.cache.info().copies
        assert owner.deployments.list()[0].source.kind == "cache"


def test_info_clear_and_verify(home: Path, gateway: LocalGateway) -> None:
    """What is kept, what was hit; taken away by kind and by name; planted rows are refused and never read."""
    with gateway.client() as st:
        st.deployments.list()
        st.deployments.list()
        st.machines.get("this-machine")
        info = st.cache.info()
        assert {(one.kind, one.current) for one in info.copies} == {("deployments", True), ("machines", True)}
        assert (info.off, info.folder) == (None, str(home / "cache"))
        assert info.bytes == sum(one.bytes for one in info.copies) > 0
        assert info.hits >= 1
        assert info.misses >= 2
        assert "hits" in repr(st.cache)
        assert st.cache.clear("deployments") == 1
        assert st.cache.clear(name="classic machine") == 1  # the list it is in
        assert {one.kind for one in st.cache.info().copies} == {"machines"}
        assert st.cache.clear(name="this-machine") == 1
        assert st.cache.info().copies == ()
        for wrong in ({"kind": "pictures"}, {"name": ""}, {"name": 3}):
            with pytest.raises(InvalidInput):
                st.cache.clear(**wrong)
        assert st.cache.verify().refused == 0
        with diskcache.Cache(str(home / "cache")) as planted:
            planted.set(("l", 1), {"pickled": True})
        assert st.cache.verify().refused == 1
        assert st.cache.verify().refused == 0


# Without.

UNCACHED = """
import sys
if sys.argv[1:] == ["no sqlite"]:
    sys.modules["sqlite3"] = None
import json, logging
from stationthis_sdk import StationThis
heard = []
class Ears(logging.Handler):
    def emit(self, record):
        heard.append(record.getMessage())
logging.getLogger("stationthis_sdk").addHandler(Ears(logging.WARNING))
with StationThis() as st:
    kinds = [st.deployments.list()[0].source.kind for _ in range(2)]
    st.machines.get("this-machine"), st.workflows.list(), st.models.list(), st.account.pricing()
    drawing = st.deployments["text-to-picture"].options(cache=True)
    states = [drawing(prompt="a fox", seed=1, steps=1, width=32, height=32).state for _ in range(2)]
    info = st.cache.info()
    print(json.dumps([kinds, states, info.off, len(info.copies), st.cache.clear(), st.cache.verify().rows,
                      sum("are not kept" in line for line in heard)]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("lack", ["no sqlite", "a disk that can't be written"])
def test_without_a_cache_everything_works(own: LocalGateway, tmp_path: Path, lack: str) -> None:
    """Each answer is asked for, nothing fails, the reason is told once in the log and by ``info``."""
    home = str(tmp_path / "home") if lack == "no sqlite" else "/sys/nothing"
    done = subprocess.run(
        [sys.executable, "-c", UNCACHED, lack],
        env={**own.environment(), "STATIONTHIS_HOME": home},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kinds, states, off, copies, cleared, rows, told = json.loads(done.stdout)
    assert kinds == ["api", "api"]
    assert states == ["success", "success"]
    assert off
    # A result is files of its own.
    results = 1 if lack == "no sqlite" else 0
    assert (copies, cleared, rows, told) == (results, results, 0, 1)
    assert ("sqlite3" in off) == (lack == "no sqlite")


async def test_two_colours_share(home: Path, gateway: LocalGateway) -> None:
    """What the plain client has asked for the asynchronous one reads."""

    def plain() -> int:
        with gateway.client() as st:
            return len(st.machines.list())

    count = await asyncio.to_thread(plain)
    async with AsyncStationThis(gateway.key, gateway.base_url) as st:
        assert len(await st.machines.list()) == count
        assert st.last_requests == ()
        assert time.time() - (await st.machines.list())[0].source.at.timestamp() >= 0


def test_errors_of_the_service_are_never_copies(home: Path, own: LocalGateway) -> None:
    """A failure is not remembered: the next read asks."""
    with own.client(timeouts=HASTY) as st:
        own.faults.errors(path="/machines")
        with pytest.raises(ServerError):
            st.machines.list()
        own.faults.clear()
        assert st.machines.list()[0].source.kind == "api"
