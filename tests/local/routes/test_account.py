"""The account: settings of a person or an organisation, keys that are told once, and prices."""

import math
import re

import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.requests.caller import Caller
from stationthis_sdk.local.rows.accounts import settings_of
from stationthis_sdk.local.rows.machines import GPUS
from tests.local.conftest import Api
from tests.local.routes.people import HOSTILE_IDS, NOWHERE

NAIVE = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{6}")
SETTINGS = "/platform/user-settings"
KEYS = "/platform/api-keys"


async def _key_id(api, name):
    return next(one["id"] for one in (await api("GET", KEYS)).body if one["name"] == name)


async def test_settings_are_the_usual_ones_until_they_are_changed(api):
    """Without an id then; a change answers all of them, and what is left out or null stays."""
    before = (await api("GET", SETTINGS)).body
    assert (before["id"], before["output_visibility"], before["api_version"]) == (None, "public", "v2")
    changed = (await api("PUT", SETTINGS, json={"output_visibility": "private", "spend_limit": 12.5})).body
    assert (changed["output_visibility"], changed["spend_limit"]) == ("private", 12.5)
    again = (await api("PUT", SETTINGS, json={"output_visibility": None, "hugging_face_token": "hf"})).body
    assert (again["id"], again["output_visibility"]) == (changed["id"], "private")
    read = (await api("GET", SETTINGS)).body
    assert {**read, "updated_at": ""} == {**again, "updated_at": ""}
    assert NAIVE.fullmatch(read["updated_at"])
    assert read.keys() == before.keys()


async def test_nothing_to_change_is_a_400(api):
    """Whether nothing is sent, nulls, or what nobody knows."""
    for body in ({}, {"output_visibility": None}, {"nothing": 1}):
        assert (await api("PUT", SETTINGS, json=body)).status == 400
    assert (await api("GET", SETTINGS)).body["id"] is None


async def test_files_stay_on_this_machines_disk(api):
    """A store of one's own is refused in words; false is what it is anyway."""
    answer = await api("PUT", SETTINGS, json={"custom_output_bucket": True, "s3_region": "harbour-1"})
    assert answer.status == 400
    assert "own disk" in answer.body["detail"]
    answer = await api("PUT", SETTINGS, json={"custom_output_bucket": False})
    assert (answer.status, answer.body["custom_output_bucket"]) == (200, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("output_visibility", "friends"),
        ("output_visibility", 7),
        ("api_version", "v3"),
        ("spend_limit", -1),
        ("spend_limit", math.nan),
        ("spend_limit", 10**400),
        ("spend_limit", "much"),
        ("use_cloudfront", "perhaps"),
        ("s3_bucket_name", ["a"]),
        ("s3_bucket_name", "x" * 5000),
        ("hugging_face_token", "\ud800"),
    ],
)
async def test_settings_that_do_not_fit(api, field, value):
    """Each is a 422, and nothing is changed."""
    answer = await api("PUT", SETTINGS, json={"s3_region": "harbour-1", field: value})
    assert (answer.status, answer.body["detail"][0]["loc"]) == (422, ["body", field])
    assert (await api("GET", SETTINGS)).body["id"] is None


async def test_settings_are_a_persons_or_a_whole_organisations(people):
    """Members share theirs; nobody else sees or changes them."""
    await people.owner("PUT", SETTINGS, json={"hugging_face_token": "mine"})
    await people.member("PUT", SETTINGS, json={"hugging_face_token": "ours"})
    assert (await people.colleague("GET", SETTINGS)).body["hugging_face_token"] == "ours"
    await people.colleague("PUT", SETTINGS, json={"output_visibility": "private"})
    shared = (await people.member("GET", SETTINGS)).body
    assert (shared["output_visibility"], shared["org_id"]) == ("private", "org_acme")
    mine = (await people.owner("GET", SETTINGS)).body
    assert (mine["hugging_face_token"], mine["output_visibility"]) == ("mine", "public")
    for other in (people.stranger, people.rival):
        assert (await other("GET", SETTINGS)).body["hugging_face_token"] is None


async def test_an_organisation_and_a_person_of_one_name_have_settings_of_their_own(api):
    """A person may be called as an organisation is."""
    person = Api(api.gateway, api.session, await api.gateway.add_key("acme"))
    organisation = Api(api.gateway, api.session, await api.gateway.add_key("user_two", "acme"))
    await person("PUT", SETTINGS, json={"output_visibility": "private"})
    assert (await organisation("GET", SETTINGS)).body["output_visibility"] == "public"
    database = api.gateway._running.database
    for caller, visibility in ((Caller("acme"), "private"), (Caller("user_two", "acme"), "public")):
        found = await database.do(lambda tables, caller=caller: settings_of(tables, caller))
        assert found.output_visibility == visibility


async def test_a_new_key_works_at_once_and_is_told_once(api):
    """It is its maker's; lists have its last four characters only."""
    key = (await api("POST", KEYS, json={"name": "studio"})).body["key"]
    other = Api(api.gateway, api.session, key)
    assert (await other("GET", "/machines")).body == (await api("GET", "/machines")).body
    listed = (await api("GET", KEYS)).body
    assert [one["name"] for one in listed] == ["studio", "gateway"]
    assert (listed[0]["key"], listed[0]["revoked"]) == (f"****{key[-4:]}", False)
    assert NAIVE.fullmatch(listed[0]["created_at"])
    assert key not in str(listed)


async def test_keys_are_searched_and_paged(api, strict):
    """A limit that is no number is a 500, as in the service; a strict gateway says 422."""
    for name in ("one", "two", "three"):
        await api("POST", KEYS, json={"name": name})
    assert [one["name"] for one in (await api("GET", f"{KEYS}?search=T&limit=2")).body] == ["three", "two"]
    assert [one["name"] for one in (await api("GET", f"{KEYS}?limit=1&offset=2")).body] == ["one"]
    assert (await api("GET", f"{KEYS}?limit=-1&offset=-1")).body == []
    answer = await api("GET", f"{KEYS}?limit=x")
    assert (answer.status, answer.body) == (500, b"Internal Server Error")
    assert (await strict("GET", f"{KEYS}?limit=x")).status == 422


@pytest.mark.parametrize("body", [{}, {"name": None}, {"name": ""}])
async def test_a_key_needs_a_name(api, body):
    """The refusal has a shape of its own."""
    answer = await api("POST", KEYS, json=body)
    assert (answer.status, answer.body) == (400, {"error": "Name is required"})


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"{oops", b'{"name": 7}', b'{"name": "\\ud800"}', b'{"name": "' + b"x" * 9000 + b'"}'],
)
async def test_bodies_that_make_no_key(api, sent):
    """400 too, and no key is made."""
    answer = await api("POST", KEYS, data=sent, headers={"Content-Type": "application/json"})
    assert (answer.status, list(answer.body)) == (400, ["error"])
    assert [one["name"] for one in (await api("GET", KEYS)).body] == ["gateway"]


async def test_a_revoked_key_is_taken_no_more(api):
    """At once; the answer does not tell the key again; a second time it is not found."""
    key = (await api("POST", KEYS, json={"name": "studio"})).body["key"]
    path = f"{KEYS}/{await _key_id(api, 'studio')}"
    revoked = (await api("DELETE", path)).body
    assert (revoked["revoked"], revoked["key"]) == (True, f"****{key[-4:]}")
    assert key not in str(revoked)
    answer = await Api(api.gateway, api.session, key)("GET", "/machines")
    assert (answer.status, answer.body) == (401, {"detail": "Revoked token"})
    assert (await api("DELETE", path)).status == 404
    assert "studio" not in [one["name"] for one in (await api("GET", KEYS)).body]


async def test_a_key_may_revoke_itself(api):
    """Its own answer still comes."""
    key = (await api("POST", KEYS, json={"name": "studio"})).body["key"]
    other = Api(api.gateway, api.session, key)
    assert (await other("DELETE", f"{KEYS}/{await _key_id(api, 'studio')}")).status == 200
    assert (await other("GET", "/machines")).status == 401


async def test_revoking_outlives_the_gateway(tmp_path, session):
    """A key revoked before a restart is refused after it, and one that was not is taken."""
    gateway = Gateway(tmp_path / "again")
    await gateway.start()
    api = Api(gateway, session)
    kept, revoked = [(await api("POST", KEYS, json={"name": name})).body["key"] for name in ("a", "b")]
    await api("DELETE", f"{KEYS}/{await _key_id(api, 'b')}")
    await gateway.stop()
    gateway = Gateway(tmp_path / "again")
    await gateway.start()
    assert (await Api(gateway, session, kept)("GET", "/machines")).status == 200
    assert (await Api(gateway, session, revoked)("GET", "/machines")).status == 401
    await gateway.stop()


async def test_the_key_in_the_folder_stays(api):
    """It would come back at the next start, so revoking it is refused."""
    answer = await api("DELETE", f"{KEYS}/{await _key_id(api, 'gateway')}")
    assert answer.status == 403
    assert (await api("GET", "/machines")).status == 200


async def test_nobody_elses_keys_are_seen_or_revoked(people):
    """Keys made for an organisation are all its members'."""
    api = people.owner
    await api("POST", KEYS, json={"name": "studio"})
    mine = await _key_id(api, "studio")
    for other in people.foreign:
        assert (await other("DELETE", f"{KEYS}/{mine}")).status == 404
        assert "studio" not in [one["name"] for one in (await other("GET", KEYS)).body]
    key = (await people.member("POST", KEYS, json={"name": "ours"})).body["key"]
    theirs = await _key_id(people.colleague, "ours")
    assert (await people.colleague("DELETE", f"{KEYS}/{theirs}")).status == 200
    assert (await Api(api.gateway, api.session, key)("GET", "/machines")).status == 401


@pytest.mark.parametrize("odd", [NOWHERE, *HOSTILE_IDS])
async def test_ids_that_are_no_keys(api, odd):
    """Not found, whatever they are."""
    assert (await api("DELETE", f"{KEYS}/{odd}")).status == 404


async def test_keys_are_kept_as_hashes(api):
    """Neither the key nor more than its last four characters is anywhere in the folder."""
    key = (await api("POST", KEYS, json={"name": "studio"})).body["key"]
    for path in api.gateway._folder.iterdir():
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path.name


async def test_prices_are_told_to_everybody(api):
    """Nothing costs anything here: each card is 0 dollars, and no kind of credit is known. No key is needed."""
    for headers in ({"Authorization": ""}, {}):
        answer = await api("GET", "/platform/gpu-pricing", headers=headers)
        assert (answer.status, answer.body) == (200, dict.fromkeys(GPUS, 0.0))
        assert (await api("GET", "/platform/gpu-credit-schema", headers=headers)).body == {}
    wrong = {"Authorization": "Bearer wrong"}
    assert (await api("GET", "/platform/gpu-pricing", headers=wrong)).status == 401


async def test_everything_else_needs_a_key(api):
    """Machines, secrets, sessions and the account answer 401 to whoever has none."""
    for method, path in (
        ("GET", SETTINGS),
        ("PUT", SETTINGS),
        ("GET", KEYS),
        ("POST", KEYS),
        ("DELETE", f"{KEYS}/{NOWHERE}"),
        ("GET", "/machines/all"),
        ("POST", "/machine/custom"),
        ("POST", "/machine/serverless"),
        ("GET", "/machine/secrets/all"),
        ("POST", "/machine/secret"),
        ("GET", "/sessions"),
        ("POST", "/session"),
    ):
        answer = await api(method, path, headers={"Authorization": ""})
        assert (answer.status, answer.body) == (401, {"detail": "Invalid or missing token"}), path
