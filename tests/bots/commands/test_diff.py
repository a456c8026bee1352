"""Only what has changed is registered."""

from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk.bots.commands.command import Command, Option
from stationthis_sdk.bots.commands.diff import diff
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.payload import payload

UPSCALE = Command(
    "upscale",
    "Larger",
    (
        Option("image", "attachment", "A picture", required=True, input="image"),
        Option("factor", "number", "How much", minimum=1, maximum=4, input="factor"),
        Option("style", "text", "How", choices=("soft", "sharp"), input="style"),
    ),
    "upscale",
)
MENU = Command("Use for upscale", "", deployment="upscale", menu=True)
COMMANDS = (*FIXED, UPSCALE, MENU)


def told_by_discord(command, number=1):
    """As Discord's API answers: with ids and much that nobody sent."""
    body = payload(command, "discord")
    options = [
        {"name_localizations": None, "description_localizations": None, **one}
        | ({"choices": [{**choice, "name_localizations": None} for choice in one["choices"]]} if "choices" in one else {})
        for one in body.get("options", [])
    ]  # fmt: skip
    more = {
        "id": str(10**17 + number), "application_id": "1", "version": "2", "default_member_permissions": None, "nsfw": False,
        "type": 1, "description": "", "name_localizations": None, "description_localizations": None, "dm_permission": True,
        "contexts": None, "integration_types": [0], "guild_id": None,
    }  # fmt: skip
    return {**more, **body} | ({"options": options} if options else {})


def test_nothing_is_sent_when_all_is_registered_t19():
    """T19: a second boot changes nothing, whatever the server has added to what it was sent."""
    assert not diff(COMMANDS, [told_by_discord(one, number) for number, one in enumerate(COMMANDS)])
    assert not diff(FIXED, [payload(one, "telegram") for one in reversed(FIXED)])


@given(some.sets(some.sampled_from(COMMANDS)), some.sets(some.sampled_from(COMMANDS)))
def test_what_is_sent_makes_what_is_registered_what_is_wanted(wanted, there):
    """Adding and removing lead from any state to any other, and touch nothing else."""
    registered = {(one.menu, one.name): told_by_discord(one) for one in there}
    found = diff([*wanted], [*registered.values()])
    assert {*found.add} == wanted - there
    assert {(one.get("type") == 3, one["name"]) for one in found.remove} == {
        (one.menu, one.name) for one in there - wanted
    }
    assert not found.change
    assert bool(found) == (wanted != there)


def test_what_differs_is_changed_under_its_own_id():
    """Another description, another choice, another bound: one change, and no other command is sent."""
    there = [told_by_discord(one, number) for number, one in enumerate(COMMANDS)]
    for change in (
        lambda body: body.update(description="Otherwise"),
        lambda body: body["options"][2]["choices"].pop(),
        lambda body: body["options"][1].update(max_value=8),
        lambda body: body["options"][0].update(required=False),
        lambda body: body["options"].reverse(),
    ):
        other = told_by_discord(UPSCALE, 77)
        change(other)
        found = diff(COMMANDS, [other if one["name"] == "upscale" else one for one in there])
        assert [(one.command.name, one.registered["id"]) for one in found.change] == [
            ("upscale", other["id"])
        ]
        assert not found.add
        assert not found.remove


def test_the_hosts_own_commands_are_left_alone():
    """What the host keeps is neither removed nor changed, also where its name is one of ours."""
    own = [
        {"id": "1", "name": "ban", "type": 1},
        {"id": "2", "name": "help", "type": 1, "description": "Ours"},
    ]
    found = diff(FIXED, own, keep={"ban", "help"})
    assert not found.remove
    assert not found.change
    assert {one.name for one in found.add} == {one.name for one in FIXED} - {"help"}


def test_what_is_of_another_kind_is_never_ours():
    """A menu of users, and what starts an activity, are somebody else's."""
    others = [{"id": "1", "name": "launch", "type": 4}, {"id": "2", "name": "Report", "type": 2}]
    assert not diff((), others)
