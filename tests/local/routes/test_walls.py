"""The walls between accounts, for every operation of the contract."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest

from stationthis_sdk.local import Gateway
from stationthis_sdk.local.rows.table import TABLES
from tests.local.conftest import Api
from tests.local.routes.belongings import WORD, Ask, asks, belongings, kept, nothing, operations

MEMBER = ("user_local", "org_acme")
COLLEAGUE = ("user_two", "org_acme")
FOREIGN = [("user_two", None), ("user_local", None), ("user_two", "org_rival")]
TOLD_APART = {
    "runs_get": 403,
    "logs_stream": 403,
    "logs_archived": 403,
    "progress_stream": 403,
    "shares_get_output": 403,
    "shares_get_deployment": 401,
    "shares_studio_url": 401,
}
"""Where the service says that something is another's; a strict gateway never does."""
OPEN = {
    "models_list",
    "deployments_list_community",
    "account_gpu_pricing",
    "account_gpu_credits",
    "shared_workflows_list",
    "shared_workflows_get",
    "shared_workflows_view",
    "shared_workflows_download",
    "shares_get_output",
    "shares_get_deployment",
    "shares_studio_url",
}
"""Operations that need no key."""


@attrs.frozen
class Said:
    """An answer as far as it can be compared."""

    status: int
    kind: str
    text: str


async def say(api: Api, ask: Ask, key: str | None) -> Said:
    """Ask; of a stream, what comes at first."""
    url = api.gateway.base_url + ask.path
    headers = {"Connection": "close"}  # as the gateway closes after a fault inside, without saying so
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    async with (
        aiohttp.ClientSession() as session,
        session.request(ask.method, url, headers=headers, allow_redirects=False, **ask.more()) as answer,
    ):
        if answer.content_type == "text/event-stream":
            try:
                async with asyncio.timeout(2):
                    text = (await answer.content.readany()).decode()
            except TimeoutError:
                text = ""
        else:
            text = await answer.text()
        return Said(answer.status, answer.content_type, text)


def without(said: Said, ids: dict[str, str]) -> Said:
    """With names in place of ids, so that two answers are the same when they say the same."""
    text = re.sub("X-Amz-Signature=[0-9a-f]+", "", said.text)
    for name, value in sorted(ids.items(), key=lambda one: -len(one[1])):
        text = text.replace(value, f"<{name}>") if value else text
    return attrs.evolve(said, text=text)


@pytest.fixture(params=[False, True], ids=["like the service", "strict"])
async def gateway(request, tmp_path: Path):
    """A gateway in both manners."""
    gateway = Gateway(tmp_path / "data", strict=request.param)
    await gateway.start()
    yield gateway
    await gateway.stop()


def test_there_is_a_request_for_every_operation():
    """None of the contract is left out."""
    ids = dict.fromkeys(
        ["workflow_id", "machine_id", "deployment_id", "share_deployment_id", "version_id", "slug", "run_id",
         "live_id", "share_id", "output_id", "uploadId", "key", "objectKey", "asset_id", "machine_version_id",
         "custom_id", "secret_id", "session_id", "file_id", "key_id"], "a_b")  # fmt: skip
    assert set(asks(ids)) == operations()


@pytest.mark.parametrize("account", FOREIGN, ids=["another person", "oneself alone", "another organisation"])
async def test_nobody_sees_or_changes_what_is_anothers(gateway, api, account):
    """An id of another's is answered as one that nobody has; no answer tells of it, and all of it stays as it was."""
    mine = Api(gateway, api.session, await gateway.add_key(*MEMBER))
    ids = await belongings(mine, MEMBER)
    none = nothing(ids)
    key = await gateway.add_key(*account)
    before = await kept(mine)
    real, unreal = asks(ids), asks(none)
    problems = []
    for name in sorted(operations()):
        said = await say(api, real[name], key)
        made_up = await say(api, unreal[name], key)
        sent = json.dumps([real[name].path, dict(real[name].query), real[name].body])
        if not gateway.services.strict and name in TOLD_APART:
            assert said.status == TOLD_APART[name], (name, said)
        elif name not in _NEW and without(said, ids) != without(made_up, none):
            problems.append((name, "told apart", said, made_up))
        leaks = [one for one in ids if ids[one] in said.text and ids[one] not in sent and ids[one]]
        if leaks or (WORD in said.text and WORD not in sent):
            problems.append((name, "leaks", leaks, said))
        after = await kept(mine)
        changed = [place for place, row in before.items() if after.get(place) != row]
        if changed:
            problems.append((name, "changed", changed))
            before = after
        before |= {place: row for place, row in after.items() if place not in before and place[0] == "keys"}
    assert not problems, "\n".join(map(str, problems))


async def test_what_is_anothers_cant_be_mixed_with_ones_own(gateway, api):
    """One id of another's among one's own is answered as one that nobody has, and leaves everything as it was."""
    theirs = Api(gateway, api.session, await gateway.add_key(*MEMBER))
    mine = Api(gateway, api.session, await gateway.add_key(*COLLEAGUE[:1], None))
    others, own = await belongings(theirs, MEMBER), await belongings(mine, (COLLEAGUE[0], None))
    none = nothing(others)
    plain = asks(own)
    before = await kept(mine)
    problems, tried = [], set()
    for field in others:
        mixed, unreal = asks({**own, field: others[field]}), asks({**own, field: none[field]})
        for name, ask in mixed.items():
            if ask == plain[name] or name in TOLD_APART:
                continue
            tried.add(name)
            said, made_up = await say(mine, ask, mine.key), await say(mine, unreal[name], mine.key)
            if without(said, others) != without(made_up, none):
                problems.append((name, field, "told apart", said, made_up))
        after = await kept(mine)
        problems += [(field, "changed", place) for place, row in before.items() if after.get(place) != row]
    assert {"deployments_update", "secrets_attach", "sessions_create_dynamic", "machines_rollback"} <= tried
    assert not problems, "\n".join(map(str, problems))


_NEW = {
    "files_upload",
    "assets_create_folder",
    "assets_upload",
    "assets_presign",
    "machines_import",
    "machines_create_serverless",
    "machines_create_custom",
    "machines_list",
    "machines_list_all",
    "assets_list",
    "volumes_add_file",
    "volumes_add_file_again",
    "volumes_upload_url",
    "volumes_start_multipart",
    "account_api_keys_create",
    "account_api_keys_list",
    "deployments_list",
    "account_settings_update",
    "account_settings_get",
    "workflows_list",
}
"""Their answers differ each time: they make something, or list what was made so."""


async def test_a_key_is_needed_for_all_but_a_few(gateway, api):
    """Without one, with a wrong and with a revoked one: 401, and nothing changes."""
    mine = Api(gateway, api.session, await gateway.add_key(*MEMBER))
    ids = await belongings(mine, MEMBER)
    revoked = await gateway.add_key(*MEMBER)
    caller = gateway.services.keys.caller(revoked)
    rows: Any = await gateway.services.database.do(
        lambda tables: [row for (name, _), row in _rows(tables).items() if name == "keys"]
    )
    (row,) = [one for one in rows if one.shown == revoked[-4:]]
    await gateway.services.keys.revoke(caller, row.id)
    before = await kept(mine)
    for name, ask in asks(ids).items():
        for key in (None, "wrong", revoked):
            said = await say(api, ask, key)
            if key is None and name in OPEN:
                assert said.status != 500, (name, said)
            else:
                assert said.status == 401, (name, key, said)
            assert WORD not in said.text, (name, said)
    after = await kept(mine)
    assert {place for place, row in before.items() if after.get(place) != row} == set()


def _rows(tables: Any) -> dict[Any, Any]:
    return {(TABLES[kind].name, row.id): row for kind in TABLES for row in tables.find(kind)}


async def test_colleagues_see_what_is_the_organisations(gateway, api):
    """Every reading answers them as it does the one who made it; an output's share is its maker's alone."""
    mine = Api(gateway, api.session, await gateway.add_key(*MEMBER))
    ids = await belongings(mine, MEMBER)
    theirs = await gateway.add_key(*COLLEAGUE)
    for name, ask in asks(ids).items():
        if ask.method != "GET" or name in {
            "assets_presign",
            "progress_stream",
            "machines_check_custom_nodes",
        }:
            continue
        maker, colleague = await say(api, ask, mine.key), await say(api, ask, theirs)
        if name in {"shares_get_output", "shares_list_outputs"}:
            assert WORD in maker.text
            assert WORD not in colleague.text
        elif name in _TIMED:
            assert colleague.status == maker.status == 200, (name, maker, colleague)
        else:
            assert colleague == maker, name
            assert maker.status in {200, 404}, (name, maker)


_TIMED = {"machines_export", "workflows_export", "account_settings_get"}
"""Their answers have a moment in them."""
