"""The methods of the Bot API that a bot of ours calls, on a world of chats, within the documented limits."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tests.bots.telegram import rules
from tests.bots.telegram.chats import BOT_ID, QUERY_LIVES, Chat, World
from tests.bots.telegram.rules import Refused, bad

__all__ = ["SENDS", "Call", "call"]

Given = Mapping[str, Any]
Files = Mapping[str, "tuple[str, bytes]"]
_METHODS: dict[str, Callable[["Call"], Any]] = {}
SENDS: Final = frozenset(
    f"send{kind}" for kind in ("Message", "Photo", "Animation", "Video", "Audio", "Document", "MediaGroup")
)
_RIGHTS: Final = {
    "photo": "photos", "video": "videos", "audio": "audios", "document": "documents", "animation": "animations",
}  # fmt: skip


@attrs.frozen
class Call:
    """One call: what was given, and the files that came with it."""

    world: World
    given: Given
    files: Files = attrs.Factory(dict)
    rated: bool = False

    def chat(self) -> Chat:
        return self.world.chat(self.given["chat_id"])

    def file(self, given: Any, kind: str) -> str:
        """The id of a file that is uploaded with this call, or was before."""
        name, content = self._content(given)
        return self.world.keep(name, rules.upload(content), kind)

    def _content(self, given: Any) -> tuple[str, bytes]:
        name = str(given).removeprefix("attach://") if str(given).startswith("attach://") else ""
        if name in self.files:
            return self.files[name]
        if given in self.world.files:
            return self.world.files[given]
        raise bad("wrong file identifier/HTTP URL specified")

    def reply(self, chat: Chat) -> dict[str, Any]:
        """The message that is answered, if it is still there."""
        if not self.given.get("reply_parameters"):
            return {}
        wanted = json.loads(self.given["reply_parameters"])
        found = chat.messages.get(int(wanted["message_id"]))
        if found is None:
            if not wanted.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
            return {}
        return {"reply_to_message": {key: value for key, value in found.items() if key != "reply_to_message"}}

    def rate(self, chat: Chat, count: int) -> None:
        """Twenty messages a minute in a group; one a second in any chat, but for bursts; thirty a second in all."""
        now = time.monotonic()
        if self.rated:
            group = chat.kind != "private"
            for told, most, seconds in (
                (chat.sent_at, 20 if group else 8, 60 if group else 5),
                ([at for one in self.world.chats.values() for at in one.sent_at], 30, 1),
            ):
                late = sorted(at for at in told if now - at < seconds)
                if (
                    len(late) + min(count, 3 if not group else count) > most
                ):  # nobody knows what an album counts
                    wait = int(seconds - (now - late[0])) + 1 if late else 1
                    raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
        chat.sent_at.extend([now] * min(count, 3 if chat.kind == "private" else count))


def call(name: str, made: Call) -> Any:
    """What a method answers."""
    if name not in _METHODS:
        raise Refused(404, "Not Found")
    with made.world.lock:
        return _METHODS[name](made)


def method(name: str) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    def keep(made: Callable[[Call], Any]) -> Callable[[Call], Any]:
        _METHODS[name] = made
        return made

    return keep


@method("getMe")
def _me(made: Call) -> Any:
    return {**made.world.bot, "can_join_groups": True, "can_read_all_group_messages": False}


@method("deleteWebhook")
@method("setWebhook")
@method("sendChatAction")
def _yes(made: Call) -> Any:
    return True


@method("getMyCommands")
def _commands(made: Call) -> Any:
    return made.world.commands.get(made.given.get("scope", ""), [])


@method("setMyCommands")
def _set_commands(made: Call) -> Any:
    made.world.commands[made.given.get("scope", "")] = rules.commands(json.loads(made.given["commands"]))
    return True


@method("deleteMyCommands")
def _delete_commands(made: Call) -> Any:
    made.world.commands.pop(made.given.get("scope", ""), None)
    return True


@method("sendMessage")
def _message(made: Call) -> Any:
    chat = made.chat()
    chat.check("text messages")
    return _put(made, chat, {"text": rules.text_of(made.given)})


def _media(kind: str) -> Callable[[Call], Any]:
    def send(made: Call) -> Any:
        chat = made.chat()
        chat.check(_RIGHTS[kind])
        said: dict[str, Any] = {kind: _sent(made, made.given.get(kind, f"attach://{kind}"), kind)}
        if caption := rules.text_of(made.given, caption=True):
            said["caption"] = caption
        return _put(made, chat, said)

    return send


for _kind in _RIGHTS:
    _METHODS[f"send{_kind.capitalize()}"] = _media(_kind)


@method("sendMediaGroup")
def _album(made: Call) -> Any:
    chat = made.chat()
    media = rules.medias(made.given)
    for one in media:
        chat.check(_RIGHTS[one["type"]])
    kept = [(one, _sent(made, one["media"], one["type"])) for one in media]
    made.rate(chat, len(kept))
    group = str(made.world.number())
    reply = made.reply(chat)
    return [
        made.world.put(chat, made.world.bot, **reply, media_group_id=group,
                       **{one["type"]: sent}, **({"caption": one["caption"]} if one.get("caption") else {}))
        for one, sent in kept
    ]  # fmt: skip


def _sent(made: Call, given: Any, kind: str) -> Any:
    """A file as a message tells of it."""
    name, content = made._content(given)
    rules.upload(content)
    if kind == "photo":
        rules.picture(content)
        return made.world.photo(content, name)
    file_id = made.world.keep(name, content, kind)
    told = {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_name": name, "file_size": len(content)}
    sized = {"width": 16, "height": 16, "duration": 1}
    return told | {"video": sized, "animation": sized, "audio": {"duration": 1}}.get(kind, {})


def _put(made: Call, chat: Chat, said: dict[str, Any]) -> dict[str, Any]:
    markup = rules.keyboard(made.given)
    reply = made.reply(chat)
    made.rate(chat, 1)
    if markup is not None and "inline_keyboard" in markup:
        said["reply_markup"] = markup
    return made.world.put(chat, made.world.bot, **said, **reply)


def _ours(made: Call, what: str) -> tuple[Chat, dict[str, Any]]:
    chat = made.chat()
    found = chat.messages.get(int(made.given["message_id"]))
    if found is None:
        raise bad(f"message to {what} not found")
    if found["from"]["id"] != BOT_ID:
        raise bad("message can't be edited" if what == "edit" else "message can't be deleted")
    return chat, found


@method("editMessageText")
def _edit(made: Call) -> Any:
    chat, found = _ours(made, "edit")
    if "text" not in found:
        raise bad("there is no text in the message to edit")
    return _changed(made, chat, found, {"text": rules.text_of(made.given)})


@method("editMessageReplyMarkup")
def _edit_markup(made: Call) -> Any:
    return _changed(made, *_ours(made, "edit"), {})


def _changed(made: Call, chat: Chat, found: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    markup = rules.keyboard(made.given)
    now = {**more, **({"reply_markup": markup} if markup and markup.get("inline_keyboard") else {})}
    before = {key: found[key] for key in (*more, "reply_markup") if key in found}
    if now == before:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
    made.rate(chat, 1)
    found.pop("reply_markup", None)
    found.update(now)
    chat.edits.append((found["message_id"], found.get("text", "")))
    return found


@method("deleteMessage")
def _delete(made: Call) -> Any:
    chat, found = _ours(made, "delete")
    chat.gone[found["message_id"]] = chat.messages.pop(found["message_id"])
    return True


@method("answerCallbackQuery")
def _answer(made: Call) -> Any:
    number = str(made.given["callback_query_id"])
    asked = made.world.queries.pop(number, None)
    if asked is None or time.time() - asked > QUERY_LIVES:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if len(str(made.given.get("text", ""))) > 200:
        raise bad("MESSAGE_TOO_LONG")
    made.world.answered.append(dict(made.given))
    return True


@method("setMessageReaction")
def _react(made: Call) -> Any:
    chat = made.chat()
    if int(made.given["message_id"]) not in chat.messages:
        raise bad("message to react not found")
    for one in json.loads(made.given.get("reaction") or "[]"):
        if one.get("emoji") not in rules.REACTIONS:
            raise bad("REACTION_INVALID")
        chat.reactions.append((int(made.given["message_id"]), one["emoji"]))
    return True


@method("getFile")
def _file(made: Call) -> Any:
    file_id = made.given["file_id"]
    if file_id not in made.world.files:
        raise bad("invalid file_id")
    _, content = made.world.files[file_id]
    claimed = _claimed(made.world, file_id)
    if max(len(content), claimed) > rules.DOWNLOAD:
        raise bad("file is too big")
    return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(content),
            "file_path": f"documents/{file_id}"}  # fmt: skip


def _claimed(world: World, file_id: str) -> int:
    """What its message says of its size."""
    for chat in world.chats.values():
        for message in chat.messages.values():
            for told in message.values():
                if isinstance(told, dict) and told.get("file_id") == file_id:
                    return int(told.get("file_size", 0))
    return 0


@method("getChat")
def _chat(made: Call) -> Any:
    return {**made.chat().json, "accent_color_id": 0, "max_reaction_count": 1, "accepted_gift_types": {
        "unlimited_gifts": False, "limited_gifts": False, "unique_gifts": False, "premium_subscription": False,
        "gifts_from_channels": False,
    }}  # fmt: skip


@method("getChatMember")
def _member(made: Call) -> Any:
    user = int(made.given["user_id"])
    owns = made.chat().owner == user
    return {
        "status": "creator" if owns else "member",
        "user": {"id": user, "is_bot": False, "first_name": "x"},
        **({"is_anonymous": True} if owns else {}),
    }
