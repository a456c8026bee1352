"""Trainings from a ZIP of pictures, and what strangers put into ZIPs."""

import asyncio
import contextlib
import io
import os
import struct
import zipfile

import pytest

from stationthis_sdk.bots.answers import unpacking
from stationthis_sdk.bots.answers.claims import Claims
from stationthis_sdk.bots.answers.taking_up import take_up
from stationthis_sdk.bots.answers.training import settled_up
from stationthis_sdk.bots.answers.unpacking import unpack
from stationthis_sdk.bots.people import Attachment
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.recipes.training.beginning import drawn
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.store.bot_jobs import JobLedger
from tests.bots.answers.conftest import ADA, BOB, PATIENCE, Bot, file, png, zipped

ASKED = "name=my-cat trigger=mycat steps=100"


def dataset(count: int = 12) -> bytes:
    files = {f"cats/cat{number:02d}.png": png(number, (128, 96)) for number in range(count)}
    return zipped(files | {f"cats/cat{number:02d}.txt": b"mycat sits" for number in range(count)})


def archive(content: bytes | None = None):
    return (file(dataset() if content is None else content, "cats.zip", "application/zip"),)


async def test_a_training_is_begun_once_and_told(bot: Bot):
    """The same update twice starts nothing twice; it is listed for whoever began it, and for nobody else."""
    assert "begun no training" in (await bot.answer("train")).text
    assert await bot.answer("train", ASKED, attachments=archive(), key="u-train") is None
    second = await bot.answer("train", ASKED, attachments=archive(), key="u-train")
    assert second.text.startswith("This was asked for already")
    assert [one.deployment for one in await bot.runs()] == ["train-lora"]
    listed = await bot.answer("train")
    assert "my-cat (sdxl)" in listed.text
    assert (await bot.answer("train", user=BOB)).text.startswith("You have begun no training.")


async def test_the_host_is_asked_with_what_it_is_expected_to_cost(opened):
    """Before anything is sent; its no begins nothing, and the same may be asked again."""
    asked = []

    def no(user, deployment, estimate):
        asked.append((user.key, deployment.name))
        return "Ask the owner."

    bot = await opened(authorize=no)
    reply = await bot.answer("train", ASKED, attachments=archive())
    assert (reply.text, asked) == ("Ask the owner.", [(ADA.key, "train-lora")])
    assert not await bot.runs()
    assert not await Claims(bot.desk, "train").of(ADA)


async def test_a_training_whose_answer_was_lost_is_begun_once(bot: Bot):
    """Nobody can tell whether it began: the same update begins nothing, and once it can be told it is listed."""
    bot.gateway.faults.drop_answers(times=1, method="POST", path="*/run/deployment/queue")
    bot.gateway.faults.refuse(403, path="*/runs")
    first = await bot.answer("train", ASKED, attachments=archive(), key="u-train")
    assert "may have started" in first.text
    second = await bot.answer("train", ASKED, attachments=archive(), key="u-train")
    assert second.text.startswith("This was asked for already")
    assert "my-cat: whether it has begun is not known yet." in (await bot.answer("train")).text
    bot.gateway.faults.clear()
    assert "my-cat (sdxl)" in (await bot.answer("train")).text
    assert len(await bot.runs()) == 1


@pytest.mark.parametrize(
    ("text", "content", "told"),
    [
        ("trigger=mycat", None, "Say what the model is to be called"),
        (f"{ASKED} dataset=/etc/passwd", None, "is no word of a recipe"),
        (f"{ASKED} control=/etc", None, "is no word of a recipe"),
        (f"{ASKED} and more", None, "is no word of a recipe"),
        ("name=../x trigger=mycat", None, "name"),
        (ASKED, b"no zip at all", "That is no .zip that can be read"),
        (ASKED, zipped({"readme.md": b"x"}), "0 pictures"),
    ],
)
async def test_what_can_not_be_trained_is_told_and_nothing_is_begun(bot: Bot, text, content, told):
    """Names that are missing or odd, files of the bot's own machine, no pictures."""
    reply = await bot.answer("train", text, attachments=archive(content))
    assert told in reply.text
    assert reply.code is not None
    assert not await bot.runs()


async def test_pictures_come_as_one_zip(bot: Bot):
    """Single pictures and words without any are told what to send."""
    for files in ((file(png()),), (*archive(), *archive()), ()):
        assert "one .zip" in (await bot.answer("train", ASKED, attachments=files)).text


async def test_a_training_is_a_job_that_is_reviewed_settled_and_delivered(opened):
    """Its texts are reviewed before it begins and its outputs before they are shown; it ends in the chat; no again of it."""
    reviewed, settled = [], []

    def review(what):
        reviewed.append(what)

    bot = await opened(review=review, settle=lambda user, run, key: settled.append((user.key, run.id, key)))
    assert await bot.answer("train", ASKED, attachments=archive()) is None
    job = await bot.ended()
    [run] = await bot.runs()
    assert (job.state, job.run_id) == ("done", run.id)
    assert (reviewed[0]["name"], reviewed[0]["captions"].splitlines()[0]) == ("my-cat", "mycat sits")
    assert len(reviewed) == 2
    assert bot.platform.sent
    async with asyncio.timeout(PATIENCE):
        while not settled:  # noqa: ASYNC110 - it is told beside all else
            await asyncio.sleep(0.02)
    assert settled == [(ADA.key, run.id, run.id)]
    assert (await bot.answer("again")).text.startswith("There is nothing of yours to repeat")
    assert "can't be repeated here" in (await bot.answer("again", job.id[:5])).text
    assert len(await bot.runs()) == 1


async def test_captions_that_the_host_does_not_want_begin_nothing(opened):
    """They are reviewed before anything is sent."""
    bot = await opened(review=lambda what: "No cats." if "mycat sits" in str(what) else None)
    assert (await bot.answer("train", ASKED, attachments=archive())).text == "No cats."
    assert not await bot.runs()
    assert not await Claims(bot.desk, "train").of(ADA)


async def test_a_training_whose_answer_was_lost_is_settled_after_a_restart(opened):
    """Once it is known what came of it, the host is told, once."""
    settled = []
    hooks = {"settle": lambda user, run, key: settled.append((user.key, key))}
    bot = await opened(**hooks)
    bot.gateway.faults.drop_answers(times=1, method="POST", path="*/run/deployment/queue")
    bot.gateway.faults.refuse(403, path="*/runs")
    await bot.answer("train", ASKED, attachments=archive())
    await bot.desk.close()
    bot.gateway.faults.clear()
    again = await opened(**hooks)
    await take_up(again.desk)
    async with asyncio.timeout(PATIENCE):
        while not settled:  # noqa: ASYNC110 - it is told beside all else
            await asyncio.sleep(0.02)
    await again.answer("train")
    await again.all_ended()
    assert settled == [(ADA.key, (await bot.runs())[0].id)]


@pytest.mark.parametrize("restarted", [False, True])
async def test_somebody_elses_training_of_the_same_name_is_not_theirs(opened, tmp_path, restarted):
    """A process that ended before it sent anything began none: the host's own, called the same, is told and charged to nobody."""
    settled = []
    bot = await opened(settle=lambda user, run, key: settled.append((user.key, key)))
    await Claims(bot.desk, "train").make(ADA, "u-train", f"submit:{drawn()}:my-cat")
    await asyncio.to_thread(unpack, dataset(), tmp_path)
    pictures = await asyncio.to_thread(Dataset.from_folder, tmp_path)
    own = await bot.st.train_lora(pictures, name="my-cat", trigger="mycat", steps=100)
    await own.wait()
    if restarted:
        await settled_up(bot.desk)
    else:
        listed = await bot.answer("train")
        assert "my-cat: whether it has begun is not known yet." in listed.text
        assert "(sdxl)" not in listed.text
    assert not bot.desk._courses
    known = JobLedger(bot.st._ready.context.ledger, bot.desk.bot)
    assert await known.of_asked(f"run:{own.id}") is None
    assert not settled


async def test_whom_the_host_allows_nothing_has_no_zip_fetched(opened):
    """Its word comes first, and is asked for once; so do words that make no sense."""
    asked, read = [], []

    async def reads():
        read.append(True)
        return dataset()

    def no(user, deployment, estimate):
        asked.append(deployment.name)
        return "Ask the owner."

    bot = await opened(authorize=no)
    sent = (Attachment("cats.zip", "application/zip", 9, reads),)
    assert (await bot.answer("train", ASKED, attachments=sent)).text == "Ask the owner."
    wrong = await bot.answer("train", "name=../x trigger=mycat", attachments=sent)
    assert "name" in wrong.text
    assert "pictures" not in wrong.text
    assert (asked, read) == (["train-lora"], [])


async def test_what_is_begun_is_written_down_before_under_its_submit(bot: Bot):
    """While it is being sent the claim has the id of the run's submit."""
    bot.gateway.faults.drop_answers(times=1, method="POST", path="*/run/deployment/queue")
    bot.gateway.faults.refuse(403, path="*/runs")
    await bot.answer("train", ASKED, attachments=archive(), key="u-train")
    claimed = (await Claims(bot.desk, "train").of(ADA))["u-train"]
    bot.gateway.faults.clear()
    assert "my-cat (sdxl)" in (await bot.answer("train")).text
    [run] = await bot.runs()
    assert (await Claims(bot.desk, "train").of(ADA))["u-train"] == run.id
    known = await bot.st.runs.get(run.id)
    assert claimed == f"submit:{known.record.submit_id}:my-cat"


def test_a_zip_writes_nothing_outside_its_folder(tmp_path):
    """Whatever its names are: up, absolute, of Windows, hidden, links."""
    names = [
        "../../up.png",
        "/etc/cron.png",
        "C:\\x.png",
        "a/../../b.png",
        ".hidden/c.png",
        "__MACOSX/._d.png",
        "run.sh",
    ]
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    link = zipfile.ZipInfo("link.png")
    link.external_attr = 0o120777 << 16
    stream = io.BytesIO(zipped({name: png() for name in names}))
    with zipfile.ZipFile(stream, "a") as pack:
        pack.writestr(link, "/etc/passwd")
    assert unpack(stream.getvalue(), folder) == 5
    found = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(found) == 5
    assert all(path.parent == folder and not path.is_symlink() for path in found)


def test_captions_stay_with_their_pictures(tmp_path):
    """Folders become part of the name, those that all are in do not; names in any script stay apart."""
    names = [
        "set/a/1.PNG",
        "set/a/1.txt",
        "set/b/1.png",
        "set/b/1.txt",
        "set/кот.png",
        "set/пёс.png",
        "set/x*.png",
        "set/x?.png",
    ]
    unpack(zipped({name: name.encode() for name in names}), tmp_path)
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found["a-1.png"] == "set/a/1.PNG"
    assert found["a-1.txt"] == "set/a/1.txt"
    assert found["b-1.txt"] == "set/b/1.txt"
    assert len(found) == len(names)


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    """What it says of its sizes is not believed."""
    monkeypatch.setattr(unpacking, "_ONE", 1 << 20)
    bomb = bytearray(zipped({"bomb.png": bytes(64 << 20)}))
    place = bomb.rindex(b"PK\x01\x02")
    bomb[place + 24 : place + 28] = struct.pack("<I", 100)
    with pytest.raises(InvalidInput):
        unpack(bytes(bomb), tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 2 << 20
    with pytest.raises(InvalidInput, match="holds too much"):
        unpack(zipped({"other.png": bytes(64 << 20)}), tmp_path)


def test_too_many_files_damaged_and_locked_ones_are_refused(tmp_path, monkeypatch):
    """Each in a sentence, never by an exception of the library."""
    monkeypatch.setattr(unpacking, "MOST_FILES", 3)
    with pytest.raises(InvalidInput, match="has 4 files"):
        unpack(zipped({f"{number}.png": b"x" for number in range(4)}), tmp_path)
    whole = bytearray(zipped({"a.png": os.urandom(5000)}))
    for place in range(0, len(whole), 97):
        folder = tmp_path / f"d{place}"
        folder.mkdir()
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        with contextlib.suppress(InvalidInput):
            unpack(bytes(damaged), folder)
    locked = bytearray(whole)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + at] |= 1
    with pytest.raises(InvalidInput, match="locked"):
        unpack(bytes(locked), tmp_path)
