"""The jobs of bots in the ledger: written once for each update, kept apart by bot and account, never lost in silence."""

import asyncio
from pathlib import Path

import attrs
import pytest

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.bot_jobs import JobLedger, JobRow, new_job_id, new_submit_id
from stationthis_sdk.store.ledger import Ledger, SubmitRow
from stationthis_sdk.store.ledger_file import LedgerFile

ROW = JobRow(
    "u1",
    {"platform": "telegram", "id": "1", "name": "Ada", "language": "en"},
    "telegram:1",
    {"chat": "1", "message": None, "thread": None, "private": True, "more": {}},
    "portrait",
    {"prompt": "a fox", "seed": 2**63},
)
STEPS = [{"kind": "photo", "text": str(at)} for at in range(3)]


@pytest.fixture
def ledger(tmp_path: Path):
    """The ledger of one account."""
    file = LedgerFile(tmp_path / "ledger.db")
    yield Ledger(file, "https://example.org", "org_1")
    file.close()


@pytest.fixture
def jobs(ledger: Ledger) -> JobLedger:
    """The jobs of one bot of it."""
    return JobLedger(ledger, "telegram:99")


async def test_one_update_is_one_job(jobs: JobLedger, ledger: Ledger) -> None:
    """What one update asked for is made once; another bot's update of the same number is another's."""
    first = await jobs.make(ROW)
    assert first == ROW
    again = await jobs.make(attrs.evolve(ROW, id=new_job_id(), submit_id=new_submit_id()))
    assert (again.id, again.submit_id) == (ROW.id, ROW.submit_id)
    other = JobLedger(ledger, "discord:99")
    assert await other.get(ROW.id) is None
    assert await other.of_asked("u1") is None
    theirs = await other.make(attrs.evolve(ROW, id=new_job_id()))
    assert theirs.id != ROW.id
    assert [one.id for one in await jobs.unfinished()] == [ROW.id]
    assert await JobLedger(attrs.evolve(ledger, account="org_2"), "telegram:99").get(ROW.id) is None


async def test_what_becomes_of_it(jobs: JobLedger) -> None:
    """States, problems and hints are kept; what has ended is not unfinished; unsettled are those whose run has ended."""
    await jobs.make(ROW)
    late = await jobs.make(attrs.evolve(ROW, id=new_job_id(), asked="u2", made_at=ROW.made_at + 1))
    await jobs.change(ROW.id, state="live", run_id="r1", began_at=5.0, hints={"send-as": "document"})
    assert await jobs.served() == {"telegram:1": 5.0}
    assert await jobs.unsettled() == []
    await jobs.change(ROW.id, state="failed", problem="It failed.", code="generation_failed")
    assert [one.id for one in await jobs.unsettled()] == [ROW.id]
    await jobs.change(ROW.id, settled_at=6.0)
    assert await jobs.unsettled() == []
    kept = await jobs.get(ROW.id)
    assert (kept.state, kept.problem, kept.hints) == ("failed", "It failed.", {"send-as": "document"})
    assert [one.id for one in await jobs.unfinished()] == [late.id]
    assert [one.id for one in await jobs.of_user("telegram:1", newest=1)] == [late.id]
    assert [one.id for one in await jobs.of_user("telegram:1")] == [ROW.id, late.id]
    assert await jobs.of_user("telegram:2") == []


async def test_what_ended_long_ago_is_forgotten(jobs: JobLedger, ledger: Ledger) -> None:
    """Runs that ended before a time go with their parts and messages; what lives, what is untold and charges stay."""

    async def make(asked: str, bot: JobLedger = jobs, **columns: object) -> str:
        row = await bot.make(attrs.evolve(ROW, id=new_job_id(), asked=asked, **columns))
        await bot.plan(row.id, STEPS)
        await bot.sent(row.id, 0, "1", [asked])
        return row.id

    told = {"state": "done", "run_id": "r1", "settled_at": 5.0}
    gone = [await make("u1", **told), await make("u2", state="failed")]
    stay = [
        await make("u3", state="live", run_id="r3"),
        await make("u4", state="done", run_id="r4"),
        await make("u5", **told, kind="charge"),
        await make("u6", **told, kind="adopted"),
    ]
    theirs = JobLedger(ledger, "discord:99")
    other = await make("u1", theirs, **told)
    assert await jobs.prune(ROW.made_at - 1) == 0
    assert await jobs.prune(ROW.made_at + 1) == len(gone)
    for job_id, asked in zip(gone, ("u1", "u2"), strict=True):
        assert (await jobs.get(job_id), await jobs.parts(job_id), await jobs.job_of("1", asked)) == (
            None,
            [],
            None,
        )
    for job_id, asked in zip(stay, ("u3", "u4", "u5", "u6"), strict=True):
        assert len(await jobs.parts(job_id)) == len(STEPS)
        assert (await jobs.job_of("1", asked)).id == job_id
    assert (await theirs.job_of("1", "u1")).id == other


async def test_a_charge_is_in_nobodys_list(jobs: JobLedger) -> None:
    """What is only to be settled is taken up and settled like all else, and is none of what somebody asked for."""
    await jobs.make(ROW)
    charge = await jobs.make(
        attrs.evolve(ROW, id=new_job_id(), asked="run:r1", kind="charge", state="live", run_id="r1")
    )
    assert [one.id for one in await jobs.unfinished()] == [ROW.id, charge.id]
    assert [one.id for one in await jobs.of_user("telegram:1")] == [ROW.id]
    assert [one.id for one in await jobs.of_user("telegram:1", newest=1)] == [ROW.id]
    await jobs.change(charge.id, state="done")
    assert [one.id for one in await jobs.unsettled()] == [charge.id]


async def test_parts_and_their_messages(jobs: JobLedger) -> None:
    """A plan is written once; what was sent stays so, and its messages lead to the job; what is in doubt is sent again."""
    await jobs.make(ROW)
    parts = await jobs.plan(ROW.id, STEPS)
    assert [(one.number, one.state, one.step["text"]) for one in parts] == [
        (at, "waiting", str(at)) for at in range(3)
    ]
    assert await jobs.plan(ROW.id, STEPS[:1]) == parts
    await jobs.sent(ROW.id, 0, "chat", ["m1", "m2"])
    await jobs.part(ROW.id, 1, state="unsure")
    await jobs.part(ROW.id, 2, state="impossible", problem="too large")
    await jobs.add_part(ROW.id, {"kind": "text", "text": "notice"})
    assert [one.state for one in await jobs.parts(ROW.id)] == ["sent", "unsure", "impossible", "waiting"]
    assert (await jobs.job_of("chat", "m2")).id == ROW.id
    assert await jobs.job_of("another chat", "m2") is None
    assert not await jobs.again(ROW.id, {})
    await jobs.change(ROW.id, state="done", problem="It is missing.", code="undelivered")
    assert await jobs.again(ROW.id, {3: {"kind": "text", "text": "heeded"}})
    assert [one.state for one in await jobs.parts(ROW.id)] == ["sent", "waiting", "waiting", "sent"]
    assert ((await jobs.get(ROW.id)).state, (await jobs.get(ROW.id)).problem) == ("delivering", None)
    assert not await jobs.again(ROW.id, {})
    await jobs.replace(ROW.id, 1, [{"kind": "document", "text": at} for at in "ab"])
    assert [one.step["text"] for one in await jobs.parts(ROW.id)] == ["0", "a", "2", "heeded", "b"]


async def test_messages_that_belong_to_a_job(jobs: JobLedger) -> None:
    """A status, and whatever is remembered, leads to its job; the newest word counts."""
    await jobs.make(ROW)
    other = await jobs.make(attrs.evolve(ROW, id=new_job_id(), asked="u2"))
    await jobs.said(ROW.id, "chat", "m1")
    assert (await jobs.get(ROW.id)).status_message == "m1"
    await jobs.remember("chat", "m1", other.id)
    assert (await jobs.job_of("chat", "m1")).id == other.id


async def test_a_submit_is_known_or_surely_not_sent(jobs: JobLedger, ledger: Ledger) -> None:
    """A submit is read from the ledger whole; None is said only where it can be read and has none."""
    assert await jobs.submit("0" * 32) is None
    await ledger.sending(SubmitRow("0" * 32, "portrait"))
    assert (await jobs.submit("0" * 32)).state == "sending"


async def test_a_ledger_that_cannot_be_used(tmp_path: Path) -> None:
    """Money hangs on it: what can't be read is not taken for nothing, and nothing is begun that can't be written."""
    (tmp_path / "file").write_text("no folder")
    file = LedgerFile(tmp_path / "file" / "ledger.db")
    jobs = JobLedger(Ledger(file, "https://example.org", "org_1"), "telegram:99")
    for asked in (jobs.make(ROW), jobs.submit("0" * 32), jobs.unfinished(), jobs.parts("a"), jobs.served()):
        with pytest.raises(SaveFailed):
            await asked
    await asyncio.to_thread(file.close)


async def test_a_submit_that_was_taken_over_is_never_sent(ledger: Ledger) -> None:
    """Who takes a job over under another submit makes sure that the one before is not sent any more, by whoever has it."""
    jobs = JobLedger(ledger, "telegram:1")
    job = await jobs.make(ROW)
    assert await jobs.submit_anew(job, job.submit_id, "b" * 32)
    with pytest.raises(SaveFailed, match="another process"):
        await ledger.sending(SubmitRow(job.submit_id, "portrait"))
    await ledger.sending(SubmitRow("b" * 32, "portrait"))
    assert not await jobs.submit_anew(job, "b" * 32, "c" * 32)  # it may have been sent
    await ledger.settled("b" * 32, "refused")
    assert await jobs.submit_anew(job, "b" * 32, "c" * 32)
    assert (await jobs.submit("b" * 32)).state == "refused"
