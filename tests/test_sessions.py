"""Sessions: opened once, waited for, and closed whatever happens."""

import asyncio
import threading
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stationthis_sdk import (
    AsyncStationThis,
    ConnectionLost,
    FeatureDisabled,
    InvalidInput,
    NotFound,
    Refused,
    ServerError,
    StationThis,
    TimedOut,
    Timeouts,
    ValidationFailed,
)
from stationthis_sdk.errors import AmbiguousSubmit
from stationthis_sdk.testing import LocalGateway
from tests.fixtures import RunningGateway
from tests.wire import CLOSE, HANG, Asked, Wire, answer

MACHINE = "90e08208-6079-4e97-b95d-91998d56d1b6"
SESSION = "eded65e3-0581-40b9-ba27-3a2f9d1e8f6c"
OTHER = "cb9116f1-860e-4bd3-b38f-78ec8811443b"
URL = "http://127.0.0.1:8188"


def row(session_id: str = SESSION, url: str | None = URL, **more: Any) -> dict[str, Any]:
    """A session as the service tells of it."""
    return {
        "id": session_id,
        "session_id": session_id,
        "gpu_event_id": "ee6b3cf9-3f67-4354-8393-f28495553d36",
        "url": url,
        "gpu": "T4",
        "created_at": "2026-11-22T06:37:56.650246",
        "timeout": 15,
        "timeout_end": "2099-11-22T06:47:56.665769",
        "machine_id": MACHINE,
        "machine_version_id": None,
        "status": "running",
        "user_id": "user_peer",
        "org_id": "None",
        **more,
    }


GONE = answer(404, {"detail": "GPUEvent not found"})


class Service(Wire):
    """A service with sessions, as badly behaved as a test wants."""

    def __init__(self) -> None:
        super().__init__(self.reply)
        self.id = str(uuid.uuid4())
        self.open: dict[str, dict[str, Any]] = {}
        self.create: Any = None
        self.get: Any = None
        self.delete: Any = None
        self.extend: Any = None
        self.url: str | None = URL

    def asked_for(self, method: str, path: str = "/session") -> int:
        return sum(
            one.method == method and one.path.split("?")[0].startswith(f"/api{path}") for one in self.asked
        )

    def reply(self, asked: Asked) -> Any:
        path = asked.path.partition("?")[0].removeprefix("/api")
        if path == "/sessions":
            return answer(200, [*self.open.values()])
        if path == "/session":
            self.open[self.id] = row(self.id, url=self.url, timeout=asked.json["timeout"])
            return (self.create and self.create(asked)) or answer(200, {"session_id": self.id, "url": None})
        session_id = path.split("/")[2]
        if asked.method == "DELETE":
            found = self.open.pop(session_id, None)
            return (self.delete and self.delete(asked)) or (answer(200, {"success": True}) if found else GONE)
        if path.endswith("/increase-timeout"):
            return self.extend(asked)
        found = self.open.get(session_id)
        return (self.get and self.get(asked)) or (answer(200, found) if found else GONE)

    def client(self, **more: Any) -> AsyncStationThis:
        return AsyncStationThis("k", self.base_url, **more)


@pytest.fixture
def service():
    with Service() as wire:
        yield wire


# The gateway.


async def test_a_block_opens_waits_and_closes(ast: AsyncStationThis) -> None:
    """Within the block there is an address and time; after it the service knows the session no more."""
    session = ast.sessions.open(machine="this-machine", minutes=20)
    assert "not opened" in repr(session)
    with pytest.raises(InvalidInput, match="not opened yet"):
        _ = session.url
    async with session as same:
        assert same is session
        assert session.url.startswith("http")
        assert 19 < session.minutes_left <= 20
        assert session.source.kind == "api"
        assert session.record.org_id is None
        assert [one.id for one in await ast.sessions.list(machine="this-machine")] == [session.id]
        assert (await ast.sessions.get(session.id)).url == session.url
        assert await ast.sessions.list(machine="classic-machine") == []
    assert session.ended
    assert session.minutes_left == 0
    assert await ast.sessions.list() == []
    with pytest.raises(NotFound, match="has ended"):
        await ast.sessions.get(session.id)


async def test_an_error_in_the_block_closes_it_and_stays_the_error(ast: AsyncStationThis) -> None:
    """What the block raised comes out, and the session is gone."""
    with pytest.raises(ZeroDivisionError):
        async with ast.sessions.open(machine="this-machine"):
            raise ZeroDivisionError
    assert await ast.sessions.list() == []


async def test_a_cancelled_block_closes_it(ast: AsyncStationThis) -> None:
    """Task cancellation closes the session before it leaves."""
    inside = asyncio.Event()

    async def work() -> None:
        async with ast.sessions.open(machine="this-machine"):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    assert "Closed session" in caught.value.__notes__[0]
    assert await ast.sessions.list() == []


def test_the_plain_class_does_the_same(st: StationThis) -> None:
    """with, list, extend, refresh, close in plain code; errors in the block close as well."""
    with st.sessions.open(machine="this-machine", minutes=5) as session:
        end = session.ends_at
        assert session.extend(7) is session
        assert session.ends_at == end + timedelta(minutes=7)
        assert session.refresh().ended is False
    assert session.refresh().ended
    assert session.close() is session
    with pytest.raises(ZeroDivisionError), st.sessions.open(machine="this-machine"):
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt, match="Closed session"), st.sessions.open(machine="this-machine"):
        raise KeyboardInterrupt
    assert st.sessions.list() == []


async def test_start_and_close_by_hand(ast: AsyncStationThis) -> None:
    """Whoever holds it longer starts and closes it; twice closed is once closed, and it is not opened again."""
    session = await ast.sessions.open(machine="this-machine").start()
    assert await session.start() is session
    assert (await session.close()).ended
    assert (await session.close(wait=True)).ended
    with pytest.raises(InvalidInput, match="has ended: open another"):
        await session.start()


async def test_what_was_closed_elsewhere_is_no_error(ast: AsyncStationThis) -> None:
    """Two hold the same session: the second close is quiet, and what needs it open says that it has ended."""
    one = await ast.sessions.open(machine="this-machine").start()
    two = await ast.sessions.get(one.id)
    three = await ast.sessions.get(one.id)
    await one.close()
    assert (await two.close()).ended
    with pytest.raises(NotFound, match="has ended"):
        await three.extend(5)
    assert three.ended
    with pytest.raises(NotFound, match="has ended"):
        await (await three.refresh()).snapshot()


async def test_one_that_was_found_may_be_entered(ast: AsyncStationThis) -> None:
    """A block around a session that is open already opens no other, and closes it."""
    one = await ast.sessions.open(machine="this-machine").start()
    async with await ast.sessions.get(one.id) as found:
        assert found.id == one.id
        assert len(await ast.sessions.list()) == 1
    assert (await one.refresh()).ended


def test_a_dynamic_one_can_be_kept() -> None:
    """Its container becomes a version of a new machine; an ordinary session's can't, and says what can."""
    nodes = ["cubiq/ComfyUI_essentials@9d9f4be"]
    with LocalGateway() as own, own.client() as st:
        with st.sessions.open_dynamic(minutes=5, gpu="CPU", dependencies=nodes) as session:
            with pytest.raises(ValidationFailed, match="machine_name"):
                session.snapshot()
            kept = session.snapshot("kept")
            assert kept.version == 1
            assert session.machine_id
        with (
            st.sessions.open(machine="this-machine") as session,
            pytest.raises(ValidationFailed, match="open_dynamic"),
        ):
            session.snapshot()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"machine": "classic-machine"}, InvalidInput, "classic machine"),
        ({"machine": "this-machin"}, NotFound, "Did you mean 'this-machine'"),
        ({"machine": MACHINE}, NotFound, "no session was opened"),
        ({"machine": ""}, InvalidInput, "by name or id"),
        ({"machine": 7}, InvalidInput, "by name or id"),
        ({"machine": "this-machine", "minutes": 0}, InvalidInput, "whole number"),
        ({"machine": "this-machine", "minutes": 2.5}, InvalidInput, "whole number"),
        ({"machine": "this-machine", "minutes": float("nan")}, InvalidInput, "whole number"),
        ({"machine": "this-machine", "minutes": "30"}, InvalidInput, "whole number"),
        ({"machine": "this-machine", "minutes": True}, InvalidInput, "whole number"),
        ({"machine": "this-machine", "gpu": "RTX"}, InvalidInput, "No GPU"),
        ({"machine": "this-machine", "timeout": 0}, InvalidInput, "seconds"),
    ],
)
async def test_what_makes_no_sense_opens_nothing(
    ast: AsyncStationThis, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    """One clear line, and no session."""
    with pytest.raises(error, match=words):
        await ast.sessions.open(**given).start()
    assert await ast.sessions.list() == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dependencies": "a/b"}, "list like"),
        ({"dependencies": [1]}, "list like"),
        ({"machine_version": SESSION}, "give that as well"),
        ({"machine": 7}, "by name or id"),
        ({"python_version": 3.11}, "python_version is a text"),
    ],
)
def test_what_makes_no_sense_for_a_dynamic_one(st: StationThis, given: dict[str, Any], words: str) -> None:
    """Told before anything is sent."""
    with pytest.raises(InvalidInput, match=words):
        st.sessions.open_dynamic(**given)


async def test_the_sixth_is_refused_in_words(ast: AsyncStationThis) -> None:
    """The service's 400 comes out with what is open."""
    held = [await ast.sessions.open(machine="this-machine").start() for _ in range(5)]
    with pytest.raises(ValidationFailed, match="No session was opened; 5 are open on this-machine"):
        await ast.sessions.open(machine="this-machine").start()
    for one in held:
        await one.close()


async def test_more_than_an_hour_is_refused(ast: AsyncStationThis) -> None:
    """The service's limit for extending is passed on, and bad minutes never reach it."""
    async with ast.sessions.open(machine="this-machine") as session:
        with pytest.raises(ValidationFailed, match="60 minutes"):
            await session.extend(500)
        with pytest.raises(InvalidInput, match="whole number"):
            await session.extend(-5)


def test_the_end_of_its_time_is_seen() -> None:
    """When the service's clock has passed the end, refresh finds it ended."""
    with LocalGateway() as own, own.client() as st:
        session = st.sessions.open(machine="this-machine", minutes=5).start()
        own.clock.advance(301)
        assert session.refresh().ended
        assert st.sessions.list() == []


async def test_the_flag_is_off(gateway: RunningGateway) -> None:
    """Nothing is sent: not for opening, listing, getting, nor machines."""
    async with AsyncStationThis(gateway.key, gateway.base_url, flags={"sessions": False}) as st:
        with pytest.raises(FeatureDisabled):
            st.sessions.open(machine="this-machine")
        with pytest.raises(FeatureDisabled):
            st.sessions.open_dynamic()
        with pytest.raises(FeatureDisabled):
            await st.sessions.list(machine="this-machine")
        with pytest.raises(FeatureDisabled):
            await st.sessions.get(SESSION)
        assert st.last_requests == ()


# Odd services.


async def test_the_address_is_waited_for(service: Service) -> None:
    """Url is null until ComfyUI answers; what can't be an address counts as none, and odd polls are survived."""
    said = iter([
        answer(200, row(service.id, url=None)),
        answer(500, b"Internal Server Error", content_type="text/plain"),
        GONE,
        answer(200, row(service.id, url="javascript:alert(1)")),
        CLOSE,
        answer(200, {"id": service.id, "url": "https://x.modal.run", "new": 1}),
    ])  # fmt: skip
    service.get = lambda _: next(said, None)
    async with service.client() as st, st.sessions.open(machine=MACHINE) as session:
        assert session.url == "https://x.modal.run"
        assert session.minutes_left is None
    assert service.asked_for("POST") == 1
    assert service.open == {}


@pytest.mark.parametrize("phase", ["cold start", "total"])
async def test_a_limit_that_runs_out_closes_it(service: Service, phase: str) -> None:
    """The error names the phase and says that the session was closed; it is."""
    service.url = None
    limits = Timeouts(cold_start=1.0) if phase == "cold start" else Timeouts()
    async with service.client(timeouts=limits) as st:
        session = st.sessions.open(machine=MACHINE, timeout=None if phase == "cold start" else 1.0)
        with pytest.raises(TimedOut, match=r"was closed\.") as caught:
            await session.start()
    assert caught.value.phase == phase
    assert session.ended
    assert service.open == {}


async def test_one_that_ends_while_it_is_waited_for(service: Service) -> None:
    """Its machine could not start it: not found, after some looks."""
    service.get = lambda _: GONE
    async with service.client() as st:
        with pytest.raises(NotFound, match="ended before its ComfyUI answered"):
            await st.sessions.open(machine=MACHINE).start()
    assert service.open == {}


async def test_closed_although_it_says_400(service: Service) -> None:
    """Before the runner has answered the service closes and says 400; the second answer, 404, tells."""
    refusals = iter([answer(400, {"detail": "No modal id"})])
    service.delete = lambda _: next(refusals, None)
    async with service.client() as st, st.sessions.open(machine=MACHINE) as session:
        pass
    assert session.ended
    assert service.asked_for("DELETE") == 2


@pytest.mark.parametrize("fails", [False, True], ids=["well", "error"])
async def test_what_can_not_be_closed_is_named(service: Service, fails: bool) -> None:
    """The message has the session and the line that closes it; an error of the block stays the error."""
    service.delete = lambda _: answer(403, {"detail": "no"})

    async def opened_and_left() -> None:
        async with service.client() as st, st.sessions.open(machine=MACHINE):
            if fails:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError if fails else Refused) as caught:
        await opened_and_left()
    said = caught.value.__notes__[0] if fails else caught.value.message
    assert f"st.sessions.get('{service.id}').close()" in said


async def test_closing_is_tried_again(service: Service) -> None:
    """It may be repeated, so a lost answer is no reason to stop."""
    service.delete = iter_of(CLOSE, answer(500, {"detail": "x"}))
    async with service.client() as st, st.sessions.open(machine=MACHINE):
        pass
    assert service.open == {}
    assert service.asked_for("DELETE") == 3


def iter_of(*answers: Any):
    left = iter(answers)
    return lambda _: next(left, None)


@pytest.mark.parametrize("lost", [CLOSE, answer(500, b"Internal Server Error"), answer(200, {"odd": 1})])
async def test_a_lost_answer_is_found_in_the_list(service: Service, lost: Any) -> None:
    """Asked once, and the one new session is taken for the one that was opened."""
    service.open[OTHER] = row(OTHER)
    service.create = lambda _: lost
    async with service.client() as st:
        async with st.sessions.open(machine=MACHINE) as session:
            assert session.id == service.id
        assert [*service.open] == [OTHER]
    assert service.asked_for("POST") == 1


async def test_several_new_ones_are_told_and_left(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of two is the new one can't be known: both are named, none is closed, nothing is sent twice."""
    monkeypatch.setattr("stationthis_sdk.openings.LOOKS", (0.0, 0.05))

    def create(_: Asked) -> Any:
        service.open[OTHER] = row(OTHER)
        return CLOSE

    service.create = create
    async with service.client() as st:
        with pytest.raises(AmbiguousSubmit, match="costs while it is open") as caught:
            await st.sessions.open(machine=MACHINE).start()
    assert service.id in caught.value.message
    assert OTHER in caught.value.message
    assert len(service.open) == 2
    assert service.asked_for("POST") == 1


async def test_somebody_else_s_is_never_taken(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new session of other minutes is not what was asked for."""
    monkeypatch.setattr("stationthis_sdk.openings.LOOKS", (0.0, 0.05))

    def create(_: Asked) -> Any:
        service.open.clear()
        service.open[OTHER] = row(OTHER, timeout=45)
        return CLOSE

    service.create = create
    async with service.client() as st:
        with pytest.raises(AmbiguousSubmit, match="none is to be seen"):
            await st.sessions.open(machine=MACHINE).start()
    assert [*service.open] == [OTHER]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(403, {"detail": "Insufficient balance for requested operation"}), Refused),
        (answer(400, {"detail": "Sessions are only for serverless machines"}), ValidationFailed),
        (answer(404, {"detail": "Machine not found"}), NotFound),
    ],
)
async def test_a_no_is_a_no(service: Service, said: Any, error: type[Exception]) -> None:
    """Plan, machine, credits: typed, and it says that nothing was opened; the list is not searched."""

    def create(_: Asked) -> Any:
        service.open.clear()
        return said

    service.create = create
    async with service.client() as st:
        with pytest.raises(error, match=r"(?i)no session was opened"):
            await st.sessions.open(machine=MACHINE).start()
    assert service.asked_for("GET", "/sessions") == 1


@pytest.mark.parametrize("slow", [0.2, None], ids=["late", "never"])
async def test_cancelled_while_its_answer_is_on_the_way(service: Service, slow: float | None) -> None:
    """The id comes late, or never: the session is closed in both cases."""
    sent = threading.Event()

    def create(_: Asked) -> Any:
        sent.set()
        return HANG if slow is None else service.ended.wait(slow) and None

    service.create = create
    async with service.client() as st:
        task = asyncio.create_task(st.sessions.open(machine=MACHINE).start())
        await asyncio.to_thread(sent.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert service.open == {}
    assert service.asked_for("POST") == 1


async def test_cancelled_while_it_is_waited_for(service: Service) -> None:
    """A session without an address yet is closed, too."""
    service.url = None
    async with service.client() as st:
        task = asyncio.create_task(st.sessions.open(machine=MACHINE).start())
        while not service.asked_for("GET", "/session/"):  # noqa: ASYNC110 - a server in another thread
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert service.open == {}


async def test_cancelled_while_it_is_closed(service: Service) -> None:
    """Closing is carried through."""
    began = threading.Event()

    def delete(_: Asked) -> None:
        began.set()
        service.ended.wait(0.3)

    service.delete = delete
    async with service.client() as st:
        session = await st.sessions.open(machine=MACHINE).start()
        task = asyncio.create_task(session.close())
        await asyncio.to_thread(began.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert session.ended


async def test_opened_twice_at_once(service: Service) -> None:
    """One object is one session, however often it is started."""
    async with service.client() as st:
        session = st.sessions.open(machine=MACHINE)
        both = await asyncio.gather(session.start(), session.start(), return_exceptions=True)
        assert sum(isinstance(one, InvalidInput) for one in both) == 1
        await session.close()
    assert service.asked_for("POST") == 1


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
async def test_extending_is_never_asked_twice(service: Service, done: bool) -> None:
    """A lost answer: the end tells whether it was done."""

    def extend(asked: Asked) -> Any:
        if done:
            end = datetime.fromisoformat(service.open[service.id]["timeout_end"])
            service.open[service.id]["timeout_end"] = (
                end + timedelta(minutes=asked.json["minutes"])
            ).isoformat()
        return CLOSE

    service.extend = extend
    async with service.client() as st, st.sessions.open(machine=MACHINE) as session:
        before = session.ends_at
        if done:
            assert (await session.extend(5)).ends_at == before + timedelta(minutes=5)
        else:
            with pytest.raises(ConnectionLost, match="look at ends_at before"):
                await session.extend(5)
    assert service.asked_for("POST", f"/session/{service.id}") == 1


async def test_extended_though_the_end_can_not_be_read(service: Service) -> None:
    """The minutes are added to what was known."""

    def extend(_: Asked) -> Any:
        service.get = lambda _: answer(403, {"detail": "no"})
        return answer(200, {"message": "ok"})

    service.extend = extend
    async with service.client() as st, st.sessions.open(machine=MACHINE) as session:
        before = session.ends_at
        assert (await session.extend(5)).ends_at == before + timedelta(minutes=5)


async def test_another_session_than_asked_for(service: Service) -> None:
    """An answer about another session is no answer."""
    service.get = lambda _: answer(200, row(OTHER))
    async with service.client() as st:
        with pytest.raises(Exception, match="told of another"):
            await st.sessions.get(service.id)
        with pytest.raises(NotFound, match="is no session id"):
            await st.sessions.get("../machines")


async def test_rows_without_anything(service: Service) -> None:
    """Nulls and missing fields are read."""
    service.open = {
        service.id: {"id": service.id},
        OTHER: row(OTHER, timeout_end=None, timeout=None, gpu=None, org_id="o"),
    }
    async with service.client() as st:
        bare, other = await st.sessions.list()
        assert (bare.url, bare.gpu, bare.ends_at, bare.minutes_left) == (None, None, None, None)
        assert other.record.org_id == "o"
        assert "open" in repr(bare)
        assert URL not in repr(other.record)


async def test_a_failing_service_is_told(service: Service) -> None:
    """When even the list can't be read nothing is opened."""
    service.otherwise = answer(500, {"detail": "x"})
    async with service.client(timeouts=Timeouts(total=1.5)) as st:
        with pytest.raises(ServerError):
            await st.sessions.open(machine=MACHINE).start()
    assert service.asked_for("POST") == 0


def test_created_at_is_utc(st: StationThis) -> None:
    """Times that do not say so are UTC."""
    with st.sessions.open(machine="this-machine") as session:
        assert session.record.created_at.tzinfo is UTC
