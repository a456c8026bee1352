"""Discord's documented limits, as the stand-in enforces them, with Discord's own error codes."""

import re
from typing import Any

import attrs

MIB = 1 << 20
NAME = re.compile(r"^[-_'\w]{1,32}$")
KINDS = {3: str, 4: int, 5: bool, 10: float, 11: str}
ROWS, A_ROW, MOST_TEXT, MOST_FILES, CUSTOM_ID = 5, 5, 2000, 10, 100
MOST_COMMANDS, MOST_MENUS, MOST_OPTIONS, MOST_FIELDS = 100, 5, 25, 5


@attrs.define
class Refused(Exception):
    """An answer that says no: HTTP's status, Discord's code, and what it says."""

    status: int
    code: int
    message: str


def form(why: str) -> Refused:
    """What Discord says to a body it does not take."""
    return Refused(400, 50035, f"Invalid Form Body: {why}")


def check_components(rows: list[dict[str, Any]]) -> None:
    """Five rows of five buttons, each with an own id of at most a hundred characters, or a link."""
    if len(rows) > ROWS:
        raise form("components: at most 5 rows")
    seen = set()
    for row in rows:
        if row["type"] != 1 or not 1 <= len(row["components"]) <= A_ROW:
            raise form("components: a row has 1 to 5 buttons")
        for one in row["components"]:
            if one["type"] == 2 and one.get("style") != 5:
                custom = one.get("custom_id", "")
                if not 1 <= len(custom) <= CUSTOM_ID or custom in seen:
                    raise form("custom_id: 1 to 100 characters, each once")
                seen.add(custom)
            if len(one.get("label") or "") > 80:
                raise form("label: at most 80 characters")


def check_message(
    payload: dict[str, Any], files: list[tuple[str, bytes]], upload: int, *, had: bool = False
) -> None:
    """A message has something in it, and neither too much nor too many."""
    if len(payload.get("content") or "") > MOST_TEXT:
        raise form("content: at most 2000 characters")
    if len(files) > MOST_FILES:
        raise form("attachments: at most 10")
    if any(len(data) > upload for _, data in files):
        raise Refused(413, 40005, "Request entity too large")
    check_components(payload.get("components") or [])
    if len(str(payload.get("nonce") or "")) > 25:
        raise form("nonce: at most 25 characters")
    if not had and not (payload.get("content") or files or payload.get("components")):
        raise Refused(400, 50006, "Cannot send an empty message")


def check_modal(data: dict[str, Any]) -> None:
    """A title, an id, and one to five fields."""
    if not 1 <= len(data.get("title", "")) <= 45 or not 1 <= len(data.get("custom_id", "")) <= CUSTOM_ID:
        raise form("modal: title of at most 45 characters, custom_id of at most 100")
    if not 1 <= len(data["components"]) <= MOST_FIELDS:
        raise form("components: 1 to 5 fields")
    for row in data["components"]:
        label = row.get("label", "x") if row["type"] == 18 else "x"
        inside = row["component"] if row["type"] == 18 else row["components"][0]
        if not 1 <= len(label) <= 45 or len(row.get("description") or "") > 100:
            raise form("label: 1 to 45 characters, description at most 100")
        if inside["type"] == 4:
            most, value = inside.get("max_length") or 4000, inside.get("value") or ""
            if len(value) > min(most, 4000) or len(inside.get("placeholder") or "") > 100:
                raise form("value: at most 4000 characters")
        elif inside["type"] == 3 and not 1 <= len(inside["options"]) <= 25:
            raise form("options: 1 to 25")


def check_command(body: dict[str, Any]) -> None:
    """Names, descriptions, options and choices as Discord takes them."""
    menu = body.get("type", 1) != 1
    if menu:
        if not 1 <= len(body["name"]) <= 32 or body.get("description"):
            raise form("name: a menu has a name of at most 32 characters and no description")
        return
    if not NAME.match(body["name"]) or body["name"] != body["name"].lower():
        raise form("name: lower-case, 1 to 32")
    if not 1 <= len(body.get("description", "")) <= 100:
        raise form("description: 1 to 100 characters")
    options = body.get("options") or []
    if len(options) > MOST_OPTIONS or len({one["name"] for one in options}) < len(options):
        raise form("options: at most 25, each name once")
    required = [bool(one.get("required")) for one in options]
    if required != sorted(required, reverse=True):
        raise form("options: required ones come first")
    for one in options:
        _check_option(one)


def _check_option(one: dict[str, Any]) -> None:
    if not NAME.match(one["name"]) or one["name"] != one["name"].lower():
        raise form("options: names are lower-case, 1 to 32")
    if not 1 <= len(one.get("description", "")) <= 100 or one["type"] not in KINDS:
        raise form("options: description of 1 to 100 characters, a type that there is")
    choices = one.get("choices") or []
    if len(choices) > 25 or any(not 1 <= len(str(choice["value"])) <= 100 for choice in choices):
        raise form("choices: at most 25 of 1 to 100 characters")
    if any(not 1 <= len(choice["name"]) <= 100 for choice in choices):
        raise form("choices: names of 1 to 100 characters")
    bounds = [one[name] for name in ("min_value", "max_value") if one.get(name) is not None]
    if bounds and (one["type"] not in {4, 10} or any(abs(bound) > 2**53 for bound in bounds)):
        raise form("min_value, max_value: numbers within 2**53")
