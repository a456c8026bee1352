"""What is answered on Telegram: replies as messages, forms as messages to answer to, and who was asked for more."""

import asyncio
from collections import OrderedDict
from typing import Final

import attrs
from telegram import CallbackQuery
from telegram.error import BadRequest, TelegramError

from stationthis_sdk.bots.answers.answering import answer, press
from stationthis_sdk.bots.answers.reply import Form, Reply
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Unsure
from stationthis_sdk.bots.people import Asked, Place, Pressed, User
from stationthis_sdk.bots.render.text import cut, split
from stationthis_sdk.bots.telegram.sender import TelegramSender
from stationthis_sdk.logs import logger

__all__ = ["Replies", "is_form"]

_MOST_QUESTIONS: Final = 1000
_FORM: Final = "✎ "
_SHOWN: Final = 300
_SECRET: Final = frozenset({"session"})
"""Commands whose answers nobody else in a group may read."""
_STARTS: Final = frozenset({"run", "again", "vary", "tweak", "batch", "train"})


class Replies:
    """Answers what was asked and pressed. Nobody waits for a run here, and nothing is raised but what nobody expects."""

    def __init__(self, desk: Desk, catalogue: Catalogue, sender: TelegramSender, *, reactions: bool) -> None:
        self._desk = desk
        self._catalogue = catalogue
        self._sender = sender
        self._reactions = reactions
        self._questions: OrderedDict[tuple[str, str], Asked] = OrderedDict()

    async def answer(self, asked: Asked) -> None:
        """Answer a command, with 🤔 and 👌 under it where it starts something."""
        command = self._catalogue.find(asked.command)
        starts = asked.command in _STARTS or (command is not None and command.deployment is not None)
        reacts = starts and self._reactions
        thinking = asyncio.create_task(self._sender.react(asked.place, "🤔")) if reacts else None
        reply = await answer(self._desk, self._catalogue, asked)
        if thinking is not None:
            await thinking
            await self._sender.react(asked.place, "👌" if reply is None else None)
        if reply is None:
            return
        message = await self._reply(asked.place, reply, secret=asked.command in _SECRET)
        if message is not None and reply.asks:
            self._questions[asked.place.chat, message] = asked
            while len(self._questions) > _MOST_QUESTIONS:
                self._questions.popitem(last=False)

    async def press(self, query: CallbackQuery, pressed: Pressed, *, spends: bool) -> None:
        """Answer a press; one of long ago that would cost something is dropped."""
        try:
            await query.answer()
        except BadRequest:
            if spends:
                # Telegram takes no answer any more: whoever pressed it has gone.
                logger("bots").info("A press of long ago is dropped.")
                return
        except TelegramError as error:
            logger("bots").info("A press could not be acknowledged: %s", type(error).__name__)
        reply = await press(self._desk, self._catalogue, pressed)
        if reply is not None:
            await self._reply(pressed.place, reply)

    async def tweak(self, asked: Asked, *, form: bool) -> None:
        """Answer an answer to a form, or ``name=value`` words under a result; under anything else they mean nothing."""
        job = None if asked.answers is None else await self._desk.job_of_message(asked.place, asked.answers)
        if job is not None:
            await self.answer(attrs.evolve(asked, job=job.id))
        elif form:
            await self.answer(asked)

    def question(self, chat: str, message: str, user: User) -> Asked | None:
        """The command that somebody was asked for more about by a message, if it is this user's."""
        asked = self._questions.get((chat, message))
        return asked if asked is not None and asked.user.key == user.key else None

    async def _reply(self, place: Place, reply: Reply, *, secret: bool = False) -> str | None:
        """Send a reply; the id of its last message. In a group errors are for all to read, secrets for nobody else."""
        try:
            if reply.form is not None:
                return await self._form(place, reply.text, reply.form)
            parts = split(reply.text, self._sender.limits.text, utf16=True) or ("…",)
            message = None
            for at, part in enumerate(parts, start=1):
                buttons = reply.buttons if at == len(parts) else ()
                message = await self._sender.say(place, part, buttons, private=reply.private and secret)
        except (NotSent, Unsure, Impossible) as error:
            logger("bots").warning("An answer in chat %s did not arrive: %s", place.chat, error)
            return None
        return message

    async def _form(self, place: Place, words: str, form: Form) -> str:
        """A form as a message to answer to: Telegram has no forms."""
        lines = [f"{_FORM}{form.title}", *([words] if words else [])]
        lines += [f"{one.name} = {cut(one.value, _SHOWN)}" for one in form.fields]
        short = [one for one in form.fields if not one.long and one.value]
        example = " ".join(f"{one.name}={one.value}" for one in short[:2]) or "name=value"
        message = await self._sender.ask(place, "\n".join(lines), example)
        await self._desk.remember(place, message, form.job)
        return message


def is_form(said: str | None) -> bool:
    """Whether a text of ours is a form; known by its beginning, so that it is after a restart, too."""
    return (said or "").startswith(_FORM)
