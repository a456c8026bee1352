"""Commands, from a message on Telegram to the pictures in the chat: the real library, a real gateway, real HTTP between them."""

from typing import Any

import pytest

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.bots import telegram
from stationthis_sdk.bots.people import User
from stationthis_sdk.testing import LocalGateway
from tests.bots.telegram.chats import RIGHTS, Chat, Person
from tests.bots.telegram.conftest import FAST, build, deploy, png, running, runs, until
from tests.bots.telegram.graphs import ALBUM, INVERT, PORTRAIT
from tests.bots.telegram.rules import Refused
from tests.bots.telegram.served import BotApi, Fault


@pytest.fixture
async def mounted(api: BotApi, st: AsyncStationThis) -> Any:
    application = build(api)
    made = telegram.install(application, st, limits=FAST)
    async with running(application):
        yield made


def done(chat: Chat, count: int = 1, *kinds: str) -> Any:
    """That so many files are there, and no status any more that could be cancelled."""
    return lambda: len(chat.files(*kinds)) >= count and not carrying(chat, "st:cancel")


def carrying(chat: Chat, data: str) -> list[dict[str, Any]]:
    """The bot's messages with a button that carries this."""
    return [one for one in chat.of_bot if data in str(one.get("reply_markup"))]


def user_of(person: Person) -> User:
    """Somebody as the desk knows them."""
    return User("telegram", str(person.id), "Ada")


def photo_in(chat: Chat) -> dict[str, Any]:
    """The last picture."""
    return [one for one in chat.of_bot if "photo" in one][-1]


async def test_from_command_to_picture_to_rerun(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """/portrait: a status with a button, edits, the picture with its buttons; Again makes another; each run is one."""
    gateway.faults.stall(at="running", times=1)
    ada.says("/portrait a lighthouse")
    status = await until(lambda: ada.chat.of_bot and ada.chat.of_bot[0])
    assert status["reply_markup"]["inline_keyboard"][0][0]["callback_data"].startswith("st:cancel:")
    await until(lambda: "running" in str(ada.chat.edits))
    gateway.faults.clear()
    await until(done(ada.chat, 1, "photo"))
    photo = photo_in(ada.chat)
    await until(lambda: not ada.chat.texts)
    labels = [button["text"] for button in photo["reply_markup"]["inline_keyboard"][0]]
    assert [label.split()[1] for label in labels] == ["Again", "Vary", "Tweak", "Info"]
    assert [emoji for _, emoji in ada.chat.reactions] == ["🤔", "👌"]
    ada.presses(photo, "Again")
    await until(done(ada.chat, 2, "photo"))
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a lighthouse"] * 2
    assert len(api.world.answered) == 1


async def test_an_album_of_eleven(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """Eleven pictures are an album of ten and one more; the buttons are there, once, and on no album."""
    await deploy(gateway, mounted, "album", ALBUM)
    ada.says("/album foxes")
    await until(done(ada.chat, 11, "photo"))
    await until(lambda: any("reply_markup" in one for one in ada.chat.of_bot if "Cancel" not in str(one)))
    albums = [one for one in ada.chat.of_bot if "media_group_id" in one]
    assert len(albums) == 10
    assert not any("reply_markup" in one for one in albums)
    await until(lambda: sum("reply_markup" in one for one in ada.chat.of_bot) == 1)


async def test_a_reply_to_a_picture(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """Who answers to a picture with a command has it run on that; T14: no link of Telegram and no token is passed on."""
    await deploy(gateway, mounted, "invert", INVERT)
    picture = ada.shows(png(color="black"))
    ada.says("/invert", to=picture)
    await until(done(ada.chat, 1, "photo"))
    [file] = ada.chat.files("photo")
    assert api.world.files[file][1] != png(color="black")
    [run] = await runs(gateway)
    assert run.inputs["picture"].startswith(gateway.base_url.removesuffix("/api"))


async def test_the_picture_that_was_asked_for(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """A command without its picture is told so; the picture as an answer to that is enough. Others' answers are not."""
    await deploy(gateway, mounted, "invert", INVERT)
    group = api.world.group()
    here = ada.within(group)
    here.says("/invert")
    question = await until(lambda: group.of_bot and group.of_bot[0])
    assert "picture" in question["text"]
    api.world.person("Bob").within(group).shows(png(), to=question)
    here.shows(png(), to=question)
    await until(done(group, 1, "photo"))
    assert len(await runs(gateway)) == 1


async def test_an_album_with_batch(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """/batch under an album: a run for each picture, though Telegram tells them one by one, and in no order."""
    await deploy(gateway, mounted, "invert", INVERT)
    ada.album([png(color="black"), png(color="blue"), png(color="green")], "/batch invert", order=[2, 0, 1])
    await until(done(ada.chat, 3, "photo"))
    assert len({run.inputs["picture"] for run in await runs(gateway)}) == 3


async def test_batch_as_an_answer(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """/batch as an answer to one picture of an album means all of them, once each."""
    await deploy(gateway, mounted, "invert", INVERT)
    album = ada.album([png(color="black"), png(color="blue")])
    ada.says("/batch invert", to=album[1])
    await until(done(ada.chat, 2, "photo"))
    assert len({run.inputs["picture"] for run in await runs(gateway)}) == len(await runs(gateway)) == 2


async def test_tweak_by_button_and_reply(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """✎ asks what is to change, with what there is; the answer to that runs it so; a chat about the result does not."""
    ada.says("/portrait a fox")
    await until(done(ada.chat, 1, "photo"))
    photo = photo_in(ada.chat)
    ada.says("wow, how nice", to=photo)
    ada.presses(photo, "Tweak")
    form = await until(lambda: next((one for one in ada.chat.of_bot if "✎" in one.get("text", "")), None))
    assert "a fox" in form["text"]
    ada.says("a hare", to=form)
    await until(done(ada.chat, 2, "photo"))
    ada.says('prompt="a wolf"', to=photo)
    await until(done(ada.chat, 3, "photo"))
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a fox", "a hare", "a wolf"]


async def test_settings_and_forget(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """What is set holds where nothing is said, gives way to what is said, and is gone when it is forgotten."""
    ada.says('/settings portrait prompt="a castle"')
    await until(lambda: ada.chat.texts)
    for count, command in enumerate(["/portrait", "/portrait a fox"], start=1):
        ada.says(command)
        await until(done(ada.chat, count, "photo"))
    ada.says("/forget")
    await until(lambda: "Forgotten" in str(ada.chat.texts))
    ada.says("/portrait")
    await until(done(ada.chat, 3, "photo"))
    assert [run.inputs.get("prompt") for run in await runs(gateway)][:2] == ["a castle", "a fox"]
    assert (await runs(gateway))[2].inputs.get("prompt") in {None, "a fox"}


@pytest.mark.parametrize("rights", [RIGHTS - {"photos"}, RIGHTS - {"photos", "documents"}])
async def test_no_right_to_send_pictures(
    rights: frozenset[str], mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """A group without photos has a document, or one sentence with a button; with the right back, nothing was lost."""
    group = api.world.group()
    group.rights = rights
    here = ada.within(group)
    here.says("/portrait a fox")
    if "documents" in rights:
        await until(done(group, 1, "document"))
        return
    told = (await until(lambda: carrying(group, "st:resend")))[0]
    assert "text" in told
    await until(lambda: not mounted.desk._courses)
    group.rights = RIGHTS
    here.presses(told, "Send again")
    await until(done(group, 1, "document"))
    [run] = await runs(gateway)
    assert run.state == "success"


async def test_blocked(
    mounted: Any, ada: Person, gateway: LocalGateway, caplog: pytest.LogCaptureFixture
) -> None:
    """Who has blocked the bot can't be answered: nothing is run for them, and the bot goes on for others."""
    ada.chat.refuses = "bot was blocked by the user"
    ada.says("/portrait a fox")
    bob = ada.world.person("Bob")
    bob.says("/portrait a hare")
    await until(done(bob.chat, 1, "photo"))
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a hare"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("/invert", "picture"),
        ("/gone a fox", "find that. Did you mean"),
        ("/portrait steps=many a fox", "steps"),
        ("/run nothing-like-that a fox", "find that. Did you mean"),
    ],
)
async def test_bad_input_is_one_clear_reply(
    said: str, expected: str, mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """What can't be run is said in one message, before anything is sent."""
    await deploy(gateway, mounted, "invert", INVERT)
    await deploy(gateway, mounted, "gone", PORTRAIT)
    await (await mounted.desk.st.workflows.get("gone")).delete()
    ada.says(said)
    [text] = await until(lambda: ada.chat.texts)
    assert expected in text
    assert len(await runs(gateway)) == 0


async def test_a_film_of_60_mb(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """Telegram gives no bot a file of 60 MB: one sentence with the size, and nothing is run."""
    await deploy(gateway, mounted, "invert", INVERT)
    film = b"0" * 100
    ada.sends("document", film, "huge.png", "image/png", "/invert", size=60 << 20)
    [text] = await until(lambda: ada.chat.texts)
    assert "huge.png" in text
    assert "60 MB" in text
    assert await runs(gateway) == ()


@pytest.mark.parametrize(
    ("kind", "name", "mime"), [("audio", "a.mp3", "audio/mpeg"), ("document", "a.zip", "application/zip")]
)
async def test_a_file_of_another_kind(
    kind: str, name: str, mime: str, mounted: Any, ada: Person, gateway: LocalGateway
) -> None:
    """A sound, or an archive, where a picture is wanted: one clear reply, and nothing is run."""
    await deploy(gateway, mounted, "invert", INVERT)
    ada.sends(kind, b"0" * 100, name, mime, "/invert")
    [text] = await until(lambda: ada.chat.texts)
    assert "picture" in text or "image" in text
    assert await runs(gateway) == ()


async def test_a_picture_that_is_none(mounted: Any, ada: Person, gateway: LocalGateway) -> None:
    """What calls itself a picture and is none: one clear reply, whoever finds it out."""
    await deploy(gateway, mounted, "invert", INVERT)
    ada.sends("document", b"no picture at all", "fox.png", "image/png", "/invert")
    await until(lambda: ada.chat.texts and not carrying(ada.chat, "st:cancel"))
    await until(lambda: not mounted.desk._courses)
    assert len(ada.chat.of_bot) == 1


async def test_old_and_edited_messages_start_nothing(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """T25: what was said while the bot was away for long is dropped, so is what is edited, and another bot's command."""
    ada.says("/portrait an old fox", ago=16 * 60)
    said = ada.says("/portrait@other_bot a fox")
    api.world.update(
        edited_message={**said, "text": "/portrait an edited fox", "edit_date": said["date"] + 1}
    )
    ada.says("/portrait a new fox")
    await until(done(ada.chat, 1, "photo"))
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a new fox"]


async def test_an_update_told_twice(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """The same message, and the same press, told again by Telegram after a crash, start nothing again."""
    message = ada.says("/portrait a fox")
    await until(done(ada.chat, 1, "photo"))
    api.world.update(message=message)
    press = ada.presses(photo_in(ada.chat), "Again")
    await until(done(ada.chat, 2, "photo"))
    api.world.queries[press["callback_query"]["id"]] = 1e12
    api.world.update(callback_query=press["callback_query"])
    ada.says("/portrait a hare")
    await until(done(ada.chat, 3, "photo"))
    assert [run.inputs["prompt"] for run in await runs(gateway)] == ["a fox", "a fox", "a hare"]


async def test_a_press_of_long_ago(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """T25: a press that Telegram takes no answer to any more starts nothing."""
    ada.says("/portrait a fox")
    await until(done(ada.chat, 1, "photo"))
    press = ada.presses(photo_in(ada.chat), "Again")
    api.world.queries.clear()
    await until(lambda: api.named("answerCallbackQuery"))
    ada.says("/portrait a hare")
    await until(done(ada.chat, 2, "photo"))
    assert press
    assert len(await runs(gateway)) == 2


async def test_buttons_in_a_group(mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway) -> None:
    """Anybody in a group may have a result again, as theirs; only who asked may cancel, and others are told so."""
    group = api.world.group()
    bob = api.world.person("Bob").within(group)
    ada.within(group).says("/portrait a fox")
    await until(done(group, 1, "photo"))
    bob.presses(photo_in(group), "Again")
    await until(done(group, 2, "photo"))
    bobs = await mounted.desk.jobs(user_of(bob), live=False)
    assert [job.inputs["prompt"] for job in bobs] == ["a fox"]
    gateway.faults.stall(at="running")
    ada.within(group).says("/portrait a hare")
    status = (await until(lambda: carrying(group, "st:cancel")))[0]
    bob.presses(status, "Cancel")
    await until(lambda: len(group.texts) == 2)
    [job] = await mounted.desk.jobs(user_of(ada))
    ada.within(group).presses(status, "Cancel")
    await until(lambda: not mounted.desk._courses)
    assert (await mounted.desk.job(job.id)).state == "cancelled"


@pytest.mark.parametrize("started", [True, False])
async def test_secrets_are_for_one(started: bool, mounted: Any, api: BotApi) -> None:
    """What /session tells goes into the user's own chat; where that is closed the group hears how to open it, no more."""
    group, ada = api.world.group(), api.world.person(started=started)
    ada.within(group).says("/session")
    await until(lambda: ada.chat.texts or group.texts)
    assert len(ada.chat.texts) == started
    assert ("t.me/stationthis_bot" in str(group.texts)) is not started
    assert "SharedSession" not in str(group.texts)


async def test_a_topic_of_a_forum(mounted: Any, api: BotApi, ada: Person) -> None:
    """What is asked in a topic is answered in it."""
    group = api.world.group()
    opened = {"forum_topic_created": {"name": "Foxes", "icon_color": 1}, "message_thread_id": 7}
    topic = ada.within(group)._says({**opened, "is_topic_message": True})
    ada.within(group).says("/portrait a fox", to=topic, message_thread_id=7, is_topic_message=True)
    await until(done(group, 1, "photo"))
    assert {given["message_thread_id"] for given in api.named("sendPhoto") + api.named("sendMessage")} == {
        "7"
    }


async def test_flood_waits_while_delivering(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """Telegram asks for a pause at the picture: it is waited for, and the picture comes once."""
    refusal = Refused(429, "Too Many Requests: retry after 1", retry_after=1)
    api.faults.append(Fault("refuse", frozenset({"sendPhoto"}), refusal=refusal))
    ada.says("/portrait a fox")
    await until(done(ada.chat, 1, "photo"))
    assert len(api.named("sendPhoto")) == 2
    assert len(ada.chat.files("photo")) == 1


async def test_a_lost_answer_is_told_with_a_button(
    mounted: Any, api: BotApi, ada: Person, gateway: LocalGateway
) -> None:
    """The picture's answer is lost and nothing has arrived: nobody sends it twice, a button does when it is pressed."""
    api.faults.append(Fault("drop", frozenset({"sendPhoto"})))
    ada.says("/portrait a fox")
    notice = await until(
        lambda: next((one for one in ada.chat.of_bot if "st:resend:" in str(one.get("reply_markup"))), None)
    )
    assert ada.chat.files("photo") == []
    await until(lambda: not mounted.desk._courses)
    ada.presses(notice, "Send again")
    await until(done(ada.chat, 1, "photo"))
    assert len(await runs(gateway)) == 1


@pytest.mark.slow
async def test_at_telegrams_own_pace(api: BotApi, st: AsyncStationThis, gateway: LocalGateway) -> None:
    """With the limits as they are, a server that counts refuses nothing for coming too often: not in a group, not in chats."""
    api.rated = True
    application = build(api)
    made = telegram.install(application, st)
    async with running(application):
        await deploy(gateway, made, "album", ALBUM)
        people, group = [api.world.person(f"P{at}") for at in range(6)], api.world.group()
        for at, one in enumerate(people):
            one.says("/album foxes" if at < 2 else "/portrait a fox")
            if at > 3:
                one.within(group).says("/portrait a hare")
        await until(
            lambda: all(one.chat.files("photo") for one in people) and len(group.files("photo")) == 2, 55
        )
        await until(
            lambda: len(people[0].chat.files("photo")) == len(people[1].chat.files("photo")) == 11, 50
        )
    assert [refusal.description for _, refusal in api.refused] == []


async def test_fifty_people_at_once(mounted: Any, api: BotApi, gateway: LocalGateway) -> None:
    """Fifty people ask at once: everyone has their own picture, by a run of their own, and nobody another's."""
    people = [api.world.person(f"P{at}") for at in range(50)]
    for at, one in enumerate(people):
        one.says(f"/portrait fox number {at}")
    await until(lambda: all(len(one.chat.files("photo")) == 1 for one in people), 50)
    assert sorted(run.inputs["prompt"] for run in await runs(gateway)) == sorted(
        f"fox number {at}" for at in range(50)
    )
