"""`stationthis deployments`: lists for people and for programs."""

from datetime import datetime

from tests.cli.conftest import Quick


def test_the_list_is_tab_separated_in_a_pipe(quick: Quick) -> None:
    """Name, environment, version, inputs; --environment narrows it."""
    rows = [line.split("\t") for line in quick("deployments", "--environment", "production").out.splitlines()]
    found = {row[0]: row[1:] for row in rows}
    assert found["text-to-picture"][:2] == ["production", "1"]
    assert "steps 1–60 = 20" in found["text-to-picture"][2]
    empty = quick("deployments", "--environment", "private-share")
    assert (empty.code, empty.out) == (0, "")
    assert "No deployments in private-share" in empty.err


def test_the_list_as_json(quick: Quick) -> None:
    """Options may stand before the command, too."""
    found = {one["name"]: one for one in quick("deployments", "--json").json}
    assert found["picture-to-picture"]["inputs"][0] == "prompt"
    shown = quick("deployments", "--json", "show", "picture-to-picture").json
    assert shown["id"] == found["picture-to-picture"]["id"]


def test_show_lists_the_inputs(quick: Quick) -> None:
    """Kinds, ranges, defaults and help."""
    rows = {
        line.split("\t")[0]: line.split("\t")[1:]
        for line in quick("deployments", "show", "picture-to-picture").out.splitlines()
    }
    assert rows["steps"] == ["integer", "1–60", "20", "More steps, finer detail"]
    assert rows["strength"][:3] == ["number", "0–1 by 0.05", "0.6"]
    assert rows["input_image"][0] == "image, required"
    assert rows["seed"][:3] == ["seed", "0–4294967295", "drawn"]
    assert rows["style"][1].startswith("auto|")
    fields = {
        field["name"]: field
        for field in quick("deployments", "show", "text-to-picture", "--json").json["inputs"]
    }
    assert (fields["steps"]["minimum"], fields["steps"]["maximum"], fields["steps"]["default"]) == (1, 60, 20)
    assert fields["style"]["options"][0] == "auto"
    assert quick("deployments", "show", "nothing-like-it").code == 2


def test_it_says_where_the_list_comes_from(quick: Quick) -> None:
    """--refresh asks the service; an environment that does not exist is a wrong word, exit code 2."""
    for one in quick("deployments", "--json", "--refresh").json:
        assert one["source"] == "api"
        assert datetime.fromisoformat(one["asked_at"]).tzinfo is not None
    assert quick("deployments", "show", "text-to-picture", "--refresh", "--json").json["source"] == "api"
    wrong = quick("deployments", "--environment", "prodution")
    assert (wrong.code, wrong.out) == (2, "")
    assert "did you mean 'production'" in wrong.error
