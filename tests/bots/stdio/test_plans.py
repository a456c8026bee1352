"""Plans and commands for bots in other languages."""

from tests.bots.stdio.talking import LONG, SMALL, Talk


def test_a_plan_for_a_run(talk: Talk) -> None:
    """What was made is sent as the platform takes it, with hints and buttons of the caller's."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=SMALL)
    talk.ask("wait", run_id=made["run_id"])
    button = {"label": "Again", "data": "again:1", "url": ""}
    for platform in ("telegram", "discord"):
        told = talk.ask(
            "render", platform=platform, run_id=made["run_id"], caption="A fox", buttons=[[button]]
        )
        (step,) = told["steps"]
        assert (step["kind"], step["text"], step["buttons"]) == ("photo", "A fox", [[button]])
    told = talk.ask("render", platform="telegram", run_id=made["run_id"], hints={"send-as": "document"})
    assert [step["kind"] for step in told["steps"]] == ["document"]


def test_a_run_that_has_not_ended_well_has_no_such_plan(talk: Talk) -> None:
    """While it goes on there is nothing to send; of one that was cancelled that is said."""
    made = talk.ask("submit", deployment="text-to-picture", inputs=LONG)
    error = talk.refused("render", platform="telegram", run_id=made["run_id"])
    assert error["code"] == -32010
    assert "wait for its end" in error["message"]
    talk.ask("cancel", run_id=made["run_id"])
    (step,) = talk.ask("render", platform="telegram", run_id=made["run_id"])["steps"]
    assert (step["kind"], step["files"]) == ("text", [])
    assert "cancelled" in step["text"]


def test_a_plan_for_outputs_that_somebody_else_knows(talk: Talk) -> None:
    """Eleven pictures are an album of ten and one; limits may be others; one that there is not is refused."""
    outputs = [
        {
            "kind": "image",
            "filename": f"{place}.png",
            "size": 1000,
            "width": 64,
            "height": 64,
            "url": "https://example.org/x",
        }
        for place in range(11)
    ]
    told = talk.ask("render", platform="telegram", outputs=outputs)
    assert [len(step["files"]) for step in told["steps"] if step["files"]] == [10, 1]
    small = talk.ask("render", platform="telegram", outputs=outputs[:1], limits={"upload": 10, "photo": 10})
    assert [step["kind"] for step in small["steps"]] == ["text"]
    assert talk.refused("render", platform="telegram", outputs=[], limits={"uplaod": 1})["code"] == -32010
    for limits in ({"upload": None}, {"album": None}, {"album": 2.5}):
        assert talk.refused("render", platform="telegram", outputs=outputs, limits=limits)["code"] == -32010
    assert talk.ask("render", platform="telegram", outputs=outputs, limits={"album": 11.0, "photo": None})[
        "steps"
    ]
    assert talk.refused("render", platform="telegram")["code"] == -32602


def test_commands_and_what_has_to_change(talk: Talk) -> None:
    """One for each deployment; what is registered already is not sent again."""
    for platform, name in (("telegram", "command"), ("discord", "name")):
        told = talk.ask("commands", platform=platform)
        assert told["diff"] is None
        assert "text_to_picture" in [one[name] for one in told["commands"]]
        same = talk.ask("commands", platform=platform, registered=told["commands"])["diff"]
        assert same == {"add": [], "change": [], "remove": []}
        first, *rest = told["commands"]
        odd = {**rest[0], "description": "of before"}
        diff = talk.ask("commands", platform=platform, registered=[odd, *rest[1:], {**first, name: "gone"}])[
            "diff"
        ]
        assert [one[name] for one in diff["add"]] == [first[name]]
        assert [one["command"][name] for one in diff["change"]] == [rest[0][name]]
        assert [one[name] for one in diff["remove"]] == ["gone"]
