"""What is answered on Telegram: replies as messages, forms as messages to answer to, and who was asked for more."""

import asyncio
from functools import partial
from typing import Final

import attrs
from telegram import CallbackQuery
from telegram.error import BadRequest, TelegramError

from stationthis_sdk.bots.answers.answering import answer, press
from stationthis_sdk.bots.answers.reply import Form, Reply, give
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.people import Asked, Place, Pressed, User
from stationthis_sdk.bots.render.buttons import read
from stationthis_sdk.bots.render.text import cut
from stationthis_sdk.bots.telegram.questions import Questions
from stationthis_sdk.bots.telegram.sender import TelegramSender
from stationthis_sdk.bots.telegram.texts import text
from stationthis_sdk.errors import StationThisError
from stationthis_sdk.logs import logger

__all__ = ["Replies", "is_form"]

_FORM: Final = "✎ "
_SHOWN: Final = 300
_OWNERS: Final = frozenset({"cancel", "resend"})
"""Buttons that only who asked may press."""


class Replies:
    """Answers what was asked and pressed. Nobody waits for a run here, and nothing is raised but what nobody expects."""

    def __init__(
        self,
        desk: Desk,
        catalogue: Catalogue,
        sender: TelegramSender,
        questions: Questions,
        *,
        reactions: bool,
    ) -> None:
        self.questions = questions
        self._desk = desk
        self._catalogue = catalogue
        self._sender = sender
        self._reactions = reactions
        self._reacting: set[asyncio.Task[None]] = set()

    async def answer(self, asked: Asked, *, question: str | None = None) -> None:
        """Answer a command, with 🤔 and 👌 under it where it starts something; ``question``: the message that asked for more."""
        command = self._catalogue.find(asked.command)
        thinking = self._react(asked.place, "🤔") if command is not None and command.runs else None
        reply = await answer(self._desk, self._catalogue, asked)
        if reply is not None:
            secret = command is not None and command.secret
            message = await self._reply(asked.place, reply, asked.user, secret=secret)
            if message is not None and reply.asks:
                await self.questions.put(asked.place.chat, message, asked)
        if question is not None:
            await self.questions.answered(asked.place.chat, question)
        if thinking is not None:
            self._react(asked.place, "👌" if reply is None else None, after=thinking)

    async def press(self, query: CallbackQuery, pressed: Pressed, *, may_be_old: bool) -> None:
        """Answer a press; of one that Telegram takes no answer to any more nobody knows how old it is."""
        try:
            await query.answer()
        except BadRequest:
            if may_be_old:
                logger("bots").info("A press of long ago is dropped.")
                told = Reply(text("press_again", pressed.user.language))
                await self._reply(pressed.place, told, pressed.user)
                return
        except TelegramError as error:
            logger("bots").info("A press could not be acknowledged: %s", type(error).__name__)
        reply = await press(self._desk, self._catalogue, await self._as_chat(pressed))
        if reply is not None:
            await self._reply(pressed.place, reply, pressed.user)

    async def tweak(self, asked: Asked, *, form: bool) -> None:
        """Answer an answer to a form, also where its job is not known any more, or ``name=value`` words under a result.

        Such words under anything else mean nothing.
        """
        job = None if asked.answers is None else await self._desk.job_of_message(asked.place, asked.answers)
        if job is not None:
            await self.answer(attrs.evolve(asked, job=job.id))
        elif form:
            await self.answer(asked)

    async def close(self) -> None:
        """No more reactions."""
        for task in self._reacting:
            task.cancel()
        await asyncio.gather(*self._reacting, return_exceptions=True)

    async def _as_chat(self, pressed: Pressed) -> Pressed:
        """Who asked in the name of a chat presses as themselves: those who run that chat are taken for it."""
        verb, job_id = read(pressed.data) or ("", "")
        if verb not in _OWNERS:
            return pressed
        try:
            whose = (await self._desk.job(job_id)).user
        except StationThisError:
            return pressed
        if not whose.id.startswith("-") or not await self._sender.is_admin(whose.id, pressed.user.id):
            return pressed
        return attrs.evolve(pressed, user=attrs.evolve(whose, language=pressed.user.language))

    def _react(
        self, place: Place, emoji: str | None, *, after: "asyncio.Task[None] | None" = None
    ) -> "asyncio.Task[None] | None":
        """React beside all else, in turn: nobody waits for a reaction."""
        if not self._reactions:
            return None

        async def react() -> None:
            if after is not None:
                await asyncio.wait([after])
            await self._sender.react(place, emoji)

        task = asyncio.create_task(react(), name="stationthis: a reaction")
        self._reacting.add(task)
        task.add_done_callback(self._reacting.discard)
        return task

    async def _reply(self, place: Place, reply: Reply, user: User, *, secret: bool = False) -> str | None:
        """Send a reply; the id of its last message. In a group errors are for all to read, secrets for nobody else."""
        if reply.form is None:
            reply = attrs.evolve(reply, private=reply.private and secret)
            return await give(self._sender, place, reply, partial(self._sender.say, waits=True))
        try:
            return await self._form(place, reply.text, reply.form, user)
        except (NotSent, Unsure, Impossible) as error:
            logger("bots").warning("An answer in chat %s did not arrive: %s", place.chat, error)
            return None

    async def _form(self, place: Place, words: str, form: Form, user: User) -> str:
        """A form as a message to answer to: Telegram has no forms."""
        lines = [f"{_FORM}{form.title}", *([words] if words else [])]
        lines += [f"{one.name} = {cut(one.value, _SHOWN)}" for one in form.fields]
        short = [one for one in form.fields if not one.long and one.value]
        example = " ".join(f"{one.name}={one.value}" for one in short[:2]) or "name=value"
        message = await self._sender.ask(place, "\n".join(lines), example, user)
        await self._desk.remember(place, message, form.job)
        return message


def is_form(said: str | None) -> bool:
    """Whether a text of ours is a form; known by its beginning, so that it is after a restart, too."""
    return (said or "").startswith(_FORM)
