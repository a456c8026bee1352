"""Secrets: values told in lists and nowhere else, attached to machines by a switch."""

import re

import pytest

from tests.local.routes.people import HOSTILE_IDS, NOWHERE, machine_named

SHORT = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{3}Z")
VARIABLES = [{"key": "GLAZE", "value": "celadon"}, {"key": "CONE", "value": ""}]


async def _made(api, machine_id=None, name="glazes", variables=VARIABLES):
    machine_id = machine_id or await machine_named(api)
    body = {"secret_name": name, "machine_id": machine_id, "secret": variables}
    answer = await api("POST", "/machine/secret", json=body)
    assert answer.status == 200, answer
    return answer.body


async def test_a_new_secret_is_attached_and_its_values_are_not_told_again(api):
    """The answer has the names of the variables, and nothing of their values."""
    here = await machine_named(api)
    made = await _made(api, here)
    assert [one["key"] for one in made["environment_variables"]] == ["GLAZE", "CONE"]
    assert "celadon" not in str(made)
    assert SHORT.fullmatch(made["updated_at"])
    (listed,) = (await api("GET", "/machine/secrets/all")).body
    assert (listed["environment_variables"], listed["machines"]) == (VARIABLES, [here])


async def test_replacing_all_variables(api):
    """What is not sent is gone; the answer tells no value and no time of change."""
    made = await _made(api)
    body = {"secret": [{"key": "HEAT", "value": "1280"}]}
    changed = (await api("PATCH", f"/machine/secret/{made['id']}/envs", json=body)).body
    assert "1280" not in str(changed["environment_variables"])
    assert "updated_at" not in changed
    (listed,) = (await api("GET", "/machine/secrets/all")).body
    assert listed["environment_variables"] == body["secret"]
    assert (await api("PATCH", f"/machine/secret/{made['id']}/envs", json={"secret": []})).status == 200


async def test_attaching_is_a_switch(api):
    """A repeated call undoes the first, and the lists of both kinds follow."""
    here, other = await machine_named(api), await machine_named(api, "classic-machine")
    made = await _made(api, here)

    async def ids(kind):
        return [one["id"] for one in (await api("GET", f"/machine/{other}/secrets/{kind}")).body]

    for attached in (True, False, True):
        body = {"machine_id": other, "secret_id": made["id"]}
        answer = (await api("PATCH", "/machine/secret", json=body)).body
        assert (answer["is_selected"], answer["status"]) == (attached, 200)
        assert await ids("linked") == ([made["id"]] if attached else [])
        assert await ids("unlinked") == ([] if attached else [made["id"]])
    (linked,) = (await api("GET", f"/machine/{here}/secrets/linked")).body
    assert linked["environment_variables"] == VARIABLES
    assert "machines" not in linked


async def test_deleting_detaches_it_everywhere(api):
    """And a second time there is none."""
    here = await machine_named(api)
    made = await _made(api, here)
    path = f"/machine/secret/{made['id']}"
    assert (await api("DELETE", path)).status == 200
    assert (await api("GET", f"/machine/{here}/secrets/linked")).body == []
    assert (await api("DELETE", path)).status == 404
    body = {"machine_id": here, "secret_id": made["id"]}
    assert (await api("PATCH", "/machine/secret", json=body)).status == 404


async def test_an_unknown_machine_is_a_500_in_lists_and_a_404_elsewhere(api, strict):
    """Never 404 in lists, as in the service; a strict gateway says so there too."""
    for kind in ("linked", "unlinked"):
        assert (await api("GET", f"/machine/{NOWHERE}/secrets/{kind}")).status == 500
        assert (await strict("GET", f"/machine/{NOWHERE}/secrets/{kind}")).status == 404
    body = {"secret_name": "a", "machine_id": NOWHERE, "secret": VARIABLES}
    assert (await api("POST", "/machine/secret", json=body)).status == 404


async def test_nobody_else_sees_or_changes_a_secret(people):
    """Others find neither the secret nor the machine, in no operation; a machine of theirs can't be given it."""
    api = people.owner
    here = await machine_named(api)
    made = await _made(api, here)
    path = f"/machine/secret/{made['id']}"
    for other in people.foreign:
        assert (await other("GET", "/machine/secrets/all")).body == []
        for kind in ("linked", "unlinked"):
            assert (await other("GET", f"/machine/{here}/secrets/{kind}")).status == 500
        assert (await other("PATCH", f"{path}/envs", json={"secret": []})).status == 404
        assert (await other("DELETE", path)).status == 404
        theirs = (await other("POST", "/machine/serverless", json={"name": "k", "gpu": "CPU"})).body["id"]
        body = {"machine_id": theirs, "secret_id": made["id"]}
        assert (await other("PATCH", "/machine/secret", json=body)).status == 404
        body = {"secret_name": "a", "machine_id": here, "secret": VARIABLES}
        assert (await other("POST", "/machine/secret", json=body)).status == 404
    (listed,) = (await api("GET", "/machine/secrets/all")).body
    assert listed["environment_variables"] == VARIABLES


async def test_an_organisation_shares_its_secrets(people):
    """A colleague reads them, the member's own key does not."""
    made = (await people.member("POST", "/machine/serverless", json={"name": "k", "gpu": "CPU"})).body
    secret = await _made(people.member, made["id"])
    assert [one["id"] for one in (await people.colleague("GET", "/machine/secrets/all")).body] == [
        secret["id"]
    ]
    assert (await people.owner("GET", "/machine/secrets/all")).body == []


@pytest.mark.parametrize(
    "change",
    [
        {"secret_name": None},
        {"secret_name": 7},
        {"secret_name": "x" * 2000},
        {"machine_id": "abc"},
        {"machine_id": None},
        {"secret": None},
        {"secret": {}},
        {"secret": ["GLAZE=celadon"]},
        {"secret": [{"key": "GLAZE"}]},
        {"secret": [{"value": "celadon"}]},
        {"secret": [{"key": "two words", "value": ""}]},
        {"secret": [{"key": "", "value": ""}]},
        {"secret": [{"key": "A", "value": None}]},
        {"secret": [{"key": "A", "value": 1}]},
        {"secret": [{"key": "A", "value": "\ud800"}]},
        {"secret": [{"key": "A\n", "value": ""}]},
    ],
)
async def test_bodies_that_do_not_fit(api, change):
    """Each is a 422, and no secret is made."""
    body = {"secret_name": "glazes", "machine_id": await machine_named(api), "secret": VARIABLES, **change}
    assert (await api("POST", "/machine/secret", json=body)).status == 422
    assert (await api("GET", "/machine/secrets/all")).body == []


@pytest.mark.parametrize("odd", HOSTILE_IDS)
async def test_ids_that_are_none(api, odd):
    """422 everywhere."""
    for method, path in (
        ("PATCH", f"/machine/secret/{odd}/envs"),
        ("DELETE", f"/machine/secret/{odd}"),
        ("GET", f"/machine/{odd}/secrets/linked"),
        ("GET", f"/machine/{odd}/secrets/unlinked"),
    ):
        assert (await api(method, path, json={"secret": []})).status == 422, path


async def test_values_are_in_no_log_and_no_representation(api, caplog):
    """Not even when a row is shown in an error."""
    from stationthis_sdk.local.rows.secrets import Secret

    caplog.set_level("DEBUG")
    await _made(api)
    assert "celadon" not in caplog.text
    assert "celadon" not in repr(Secret(user_id="a", name="b", variables=VARIABLES))
