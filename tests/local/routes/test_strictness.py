"""A strict gateway, over every operation of the contract: no faults of its own, one format of time."""

import re

import openapi_spec_validator
import pytest

from tests.local import conform
from tests.local.routes.belongings import asks, belongings, nothing
from tests.local.routes.people import HOSTILE_IDS
from tests.local.routes.test_walls import say

OWNER = ("user_local", None)
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:[^\"\\]*")
REGULAR = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ELSEWHERE = {
    "machines_check_custom_nodes": {500, 502},
    "machines_update_custom_nodes": {500, 502},
}
"""Operations that ask a server on the internet, which may not answer."""


async def test_every_time_is_told_in_one_format(strict):
    """Whatever is read: RFC 3339 with microseconds and Z."""
    ids = await belongings(strict, OWNER)
    run_id = await strict.submit()
    await strict.ended(run_id)
    found = 0
    for name, ask in asks(ids).items():
        if ask.method == "DELETE" or name in ELSEWHERE:
            continue
        said = await say(strict, ask, strict.key)
        for time in TIME.findall(said.text):
            found += 1
            assert REGULAR.fullmatch(time), (name, time)
    assert found > 100


@pytest.mark.parametrize("whose", ["one's own", "nobody's", *HOSTILE_IDS])
async def test_there_is_no_fault_inside(strict, whose):
    """What the service answers with 500 is told by a declared 4xx of the right kind, whatever the ids are."""
    async with strict.session.get(f"{strict.gateway.base_url.removesuffix('/api')}/openapi.json") as answer:
        document = await answer.json()
    openapi_spec_validator.validate(document)
    declared = {
        item[method]["operationId"]: item[method]["responses"]
        for item in document["paths"].values()
        for method in conform.METHODS
        if method in item
    }
    ids = await belongings(strict, OWNER)
    if whose == "nobody's":
        ids = nothing(ids)
    elif whose != "one's own":
        ids = dict.fromkeys(ids, whose)
    for name, ask in asks(ids).items():
        said = await say(strict, ask, strict.key)
        assert said.status < 500 or said.status in ELSEWHERE.get(name, ()), (name, said)
        too_long = said.status == 400 and said.text.startswith("Got more than")  # no HTTP any more
        assert too_long or str(said.status) in declared[name] or said.status in ELSEWHERE.get(name, ()), name
