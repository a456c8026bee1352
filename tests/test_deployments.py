"""Deployments on a real gateway: names, inputs, options, and what reaches the service."""

import asyncio
import json
import uuid
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as some

from stationthis_sdk import (
    AmbiguousName,
    AsyncDeployment,
    AsyncStationThis,
    ConfigError,
    InvalidInput,
    NoKey,
    NotFound,
    StationThis,
    TimedOut,
    Timeouts,
)
from stationthis_sdk.deployments import _Known
from stationthis_sdk.entities import DeploymentRecord, Source, Told
from stationthis_sdk.names import loosely
from tests.fixtures import RunningGateway
from tests.wire import Wire, answer


def _text_graph(**fields: Any) -> dict[str, Any]:
    text = {"input_id": "words", "default_value": "hello", "display_name": "", "description": "", **fields}
    return {
        "1": {"class_type": "ComfyUIDeployExternalText", "inputs": text},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


async def test_a_deployment_is_found_by_name_id_and_loose_spelling(ast: AsyncStationThis) -> None:
    """Exact name, other case and spaces, id: the same deployment."""
    found = await ast.deployments.get("text-to-picture")
    assert (await ast.deployments.get("Text To Picture")).id == found.id
    assert (await ast.deployments.get(found.id)).name == "text-to-picture"
    assert (await ast.deployments["text-to-picture"]).id == found.id
    assert [one.name async for one in ast.deployments][-1:] == [(await ast.deployments.list())[-1].name]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("text-to-pictur", "text-to-picture"),
        ("pictur-to-picture", "picture-to-picture"),
        ("to-picture", "text-to-picture"),
    ],
)
async def test_an_unknown_name_is_answered_with_near_ones(ast, name, suggestion) -> None:
    """Typos and fragments lead to what was meant."""
    with pytest.raises(NotFound, match="Did you mean") as caught:
        await ast.deployments.get(name)
    assert suggestion in caught.value.suggestions


async def test_an_unknown_id_is_not_found_although_the_service_says_500(ast) -> None:
    """The service answers 500 to a deployment it does not have; it is asked once."""
    before = len(ast.last_requests)
    with pytest.raises(NotFound, match="No deployment"):
        await ast.deployments.get(str(uuid.uuid4()))
    statuses = [note.status for note in ast.last_requests[before:]]
    assert statuses.count(500) == 1


async def test_production_comes_first_and_environment_picks(gateway: RunningGateway, ast) -> None:
    """One workflow in two environments is no ambiguity; two workflows of one name are."""
    first = await asyncio.to_thread(gateway.deploy, "twins", _text_graph(), environment="staging")
    assert (await ast.deployments.get("twins")).environment == "staging"
    second = await asyncio.to_thread(gateway.deploy, "twins", _text_graph(), environment="production")
    with pytest.raises(AmbiguousName) as caught:
        await ast.deployments.get("twins", refresh=True)
    assert set(caught.value.candidates) == {first, second}
    assert (await ast.deployments.get("twins", environment="staging")).id == first
    with pytest.raises(NotFound):
        await ast.deployments.get("twins", environment="preview")


def test_tab_completes_names(st: StationThis) -> None:
    """IPython is given the names of the deployments."""
    assert "text-to-picture" in st.deployments._ipython_key_completions_()


async def test_inputs_include_the_seed_the_service_leaves_out(ast) -> None:
    """The union of input_types and the graph: a seed is never unknown."""
    deployment = await ast.deployments.get("text-to-picture")
    listed = {one["input_id"] for one in deployment.record.input_types}
    assert "seed" not in listed
    assert deployment.inputs["seed"].kind == "seed"
    assert set(deployment.inputs) > listed


async def test_options_make_a_copy(ast) -> None:
    """The original stays; wrong options are refused at once."""
    deployment = await ast.deployments.get("text-to-picture")
    quick = deployment.options(timeout=1.5)
    assert (quick.id, quick.name) == (deployment.id, deployment.name)
    with pytest.raises(TimedOut) as caught:
        await quick(prompt="slow", steps=60, width=1024, height=1024)
    assert (caught.value.phase, caught.value.limit) == ("total", 1.5)
    run = await ast.runs.get(str(caught.value.run_id))
    assert not run.state.final
    assert await run.cancel() == "cancelled"
    for wrong in ({"timeout": 0}, {"timeout": True}, {"webhook": "not a url"}, {"on_interrupt": "explode"}):
        with pytest.raises(InvalidInput):
            deployment.options(**wrong)


def test_what_was_unknown_when_it_was_got_stays_open() -> None:
    """A deployment of which nothing is told takes whatever it is given, also after more was heard of it."""
    context = AsyncStationThis("k", "http://127.0.0.1:9")._ready.context
    record = DeploymentRecord("1", "portrait", "")
    bare, full = (
        AsyncDeployment(context, one, Source.now())
        for one in (record, attrs.evolve(record, environment="staging"))
    )
    bare._hear(Told(full.record, Source.now()))
    assert bare._options.allow_unknown
    assert not full._options.allow_unknown


async def test_an_unknown_gpu_is_refused_before_anything_is_sent(ast) -> None:
    """The error lists those there are."""
    deployment = await ast.deployments.get("text-to-picture")
    with pytest.raises(InvalidInput, match="H100"):
        deployment.options(gpu="RTX9999")
    assert not [note for note in ast.last_requests if note.method == "POST"]


def test_options_reach_the_request() -> None:
    """A GPU and a webhook go out as the contract says."""
    deployment = {"id": str(uuid.uuid4()), "environment": "production", "workflow": {"name": "w"}}

    def reply(asked):
        return answer(200, {"run_id": str(uuid.uuid4())} if asked.method == "POST" else [deployment])

    with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
        st.deployments["w"].options(gpu="A10G", webhook="https://h.example/hook").submit()
        body = wire.asked[-1].json
    assert (body["gpu"], body["webhook"], body["deployment_id"]) == (
        "A10G",
        "https://h.example/hook",
        deployment["id"],
    )


async def test_a_workflow_that_declares_our_reserved_input_is_refused(gateway: RunningGateway, ast) -> None:
    """The name is ours; running it would hide the person's value."""
    await asyncio.to_thread(gateway.deploy, "reserved", _text_graph(input_id="__stationthis_submit"))
    deployment = await ast.deployments.get("reserved")
    with pytest.raises(InvalidInput, match="reserved"):
        await deployment()


async def test_texts_come_back_as_texts(gateway: RunningGateway, ast, tmp_path) -> None:
    """A text output is read without a download and saved as .txt."""
    await asyncio.to_thread(gateway.deploy, "words", _text_graph())
    run = await (await ast.deployments.get("words"))(words="line one\nline two")
    assert await run.outputs["text"].text() == "line one\nline two"
    (path,) = await run.save(tmp_path)
    assert (path.suffix, path.read_text()) == (".txt", "line one\nline two")


def test_without_a_key_nothing_is_made() -> None:
    """The error says where a key may be put, and how to do without."""
    with pytest.raises(NoKey, match=r"STATIONTHIS_API_KEY.*local=True"):
        StationThis()
    with pytest.raises(ConfigError, match="local=True has its own key"):
        StationThis("k", local=True)


def test_a_wrong_key_is_told_as_one(gateway: RunningGateway) -> None:
    """401 says what to check."""
    from stationthis_sdk import AuthError

    with (
        StationThis("wrong-key", gateway.base_url) as st,
        pytest.raises(AuthError, match="stationthis login"),
    ):
        st.deployments.list()


async def test_time_limits_are_named_by_phase(ast) -> None:
    """T22: a run stuck behind another runs out of the queue limit, and the error says so."""
    deployment = (await ast.deployments.get("text-to-picture")).options(timeout=Timeouts(queue=1.0))
    first = await deployment.submit(prompt="x", steps=60, width=1024, height=1024)
    second = await deployment.submit(prompt="y", steps=1)
    with pytest.raises(TimedOut, match="queue limit") as caught:
        await second.wait()
    assert (caught.value.phase, caught.value.state) == ("queue", "queued")
    assert [await second.cancel(), await first.cancel()] == ["cancelled", "cancelled"]


async def test_json_of_the_graph_is_reachable(ast) -> None:
    """For those who want to see what runs."""
    graph = (await ast.deployments.get("text-to-picture")).record.graph
    assert "StationThisPicture" in json.dumps(graph)


@pytest.mark.parametrize("name", ["", "🎨", "text-to-picture!!", None, 7])
async def test_no_other_deployment_is_handed_out(ast, name) -> None:
    """Only case, spaces, dashes and underscores are forgiven."""
    with pytest.raises((InvalidInput, NotFound)):
        await ast.deployments.get(name)


def test_names_can_be_asked_for(st: StationThis) -> None:
    """`in` answers for names."""
    assert "text-to-picture" in st.deployments
    assert "nonsense" not in st.deployments


async def test_making_a_local_client_does_not_hold_the_loop_up() -> None:
    """Joining the gateway, or starting it, happens beside the loop: the detector of blocking calls is the witness."""
    async with AsyncStationThis(local=True) as st:
        assert st.base_url.startswith("http://127.0.0.1")


@pytest.mark.parametrize("slug", ["ann_portrait", "ann/portrait"])
def test_a_share_is_found_by_its_slug(slug: str) -> None:
    """As it is kept, and as its address has it; a deployment only the second list shows is there, too."""
    shared = {"id": str(uuid.uuid4()), "environment": "public-share", "share_slug": "ann_portrait",
              "workflow": {"name": "Portrait", "id": "w"}}  # fmt: skip
    lists = lambda asked: answer(200, [shared] if "is_fluid=true" in asked.path else [])  # noqa: E731 - one line
    with Wire(lists) as wire, StationThis("k", wire.base_url) as st:
        assert st.deployments[slug].id == shared["id"]


NAMES = some.sampled_from(["Fox", "fox", "a fox", "A-Fox", "owl", "ada_fox"])


@given(
    known=some.lists(
        some.builds(
            DeploymentRecord,
            id=some.uuids().map(str),
            name=NAMES,
            environment=some.sampled_from(["production", "staging", "public-share"]),
            workflow_id=some.sampled_from(["1", "2"]),
            share_slug=some.sampled_from([None, "ada_fox"]),
        ),
        max_size=6,
    ),
    name=NAMES | some.sampled_from(["ada/fox", "FOX", "elk"]),
    environment=some.sampled_from([None, "production", "staging"]),
)
def test_one_of_many_is_found_as_if_each_was_looked_at(
    known: list[DeploymentRecord], name: str, environment: str | None
) -> None:
    """By its very name, else its slug, else loosely, in the environment that is asked for; two workflows are too many."""
    here = [one for one in known if environment in {None, one.environment}]
    found = (
        [one for one in here if one.name == name]
        or [one for one in here if one.share_slug and name in {one.share_slug, "ada/fox"}]
        or [one for one in here if loosely(one.name) == loosely(name)]
    )
    names = _Known(tuple(known))
    if not found:
        with pytest.raises(NotFound):
            names.find(name, environment)
    elif len({one.workflow_id for one in found}) > 1:
        with pytest.raises(AmbiguousName) as caught:
            names.find(name, environment)
        assert list(caught.value.candidates) == [one.id for one in found]
    else:
        ranks = ["production", "staging", "public-share"]
        assert names.find(name, environment) is min(found, key=lambda one: ranks.index(one.environment))


def test_long_lists_are_read_page_by_page() -> None:
    """Until a short page, or until nothing new comes from a service that ignores pages."""
    rows = [
        {"id": str(uuid.uuid4()), "environment": "staging", "workflow": {"name": f"w{n:03}"}}
        for n in range(250)
    ]

    def paged(asked):
        query = dict(part.split("=") for part in asked.path.partition("?")[2].split("&"))
        start = int(query["offset"])
        return answer(200, rows[start : start + int(query["page_size"])])

    for reply in (paged, lambda _asked: answer(200, rows)):
        with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
            assert [one.name for one in st.deployments] == [f"w{n:03}" for n in range(250)]


async def test_another_environment_is_named(ast) -> None:
    """Where the deployment is, when it is not where it was looked for."""
    with pytest.raises(NotFound, match="it is deployed to production"):
        await ast.deployments.get("text-to-picture", environment="preview")


@pytest.mark.parametrize(
    "wrong", [{"total": -5}, {"read": "5"}, {"queue": 0}, {"connect": True}, {"total": float("nan")}]
)
def test_time_limits_are_numbers_above_zero(wrong) -> None:
    """A typo in a limit is told at once."""
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        Timeouts(**wrong)


async def test_a_copy_never_says_that_something_is_not_there(gateway: RunningGateway, ast) -> None:
    """What was deployed past this client is found, whatever it remembers: by name, by `in`, from a run."""
    for name, found in (
        ("unheard-of", lambda: ast.deployments.get("unheard-of")),
        ("unasked-for", lambda: ast.deployments._has("unasked-for")),
    ):
        await ast.deployments.list(refresh=True)
        deployment_id = await asyncio.to_thread(gateway.deploy, name, _text_graph())
        assert await found()
        body = {"deployment_id": deployment_id, "inputs": {}}
        run_id = (await asyncio.to_thread(gateway.ask, "/run/deployment/queue", body))["run_id"]
        run = await (await ast.runs.get(run_id)).wait()
        assert (await run.again()).record.deployment_id == deployment_id
    await ast.deployments.list(refresh=True)
    deployment_id = await asyncio.to_thread(gateway.deploy, "unseen", _text_graph())
    body = {"deployment_id": deployment_id, "inputs": {}}
    run_id = (await asyncio.to_thread(gateway.ask, "/run/deployment/queue", body))["run_id"]
    assert (await (await ast.runs.get(run_id)).again()).record.deployment_id == deployment_id


async def test_refreshing_one_outdates_what_is_kept_of_the_list(gateway: RunningGateway, ast) -> None:
    """A version deployed past this client: once it is seen, the name leads to it as well."""
    deployment_id = await asyncio.to_thread(gateway.deploy, "outdated", _text_graph())
    deployment = await ast.deployments.get("outdated")
    workflow = deployment.record.workflow_id
    body = {"workflow": {}, "workflow_api": _text_graph(input_id="letters")}
    version = await asyncio.to_thread(gateway.ask, f"/workflow/{workflow}/version", body)
    body = {
        "workflow_id": workflow,
        "workflow_version_id": version["id"],
        "machine_id": deployment.record.machine_id,
        "environment": "production",
    }
    assert (await asyncio.to_thread(gateway.ask, "/deployment", body))["id"] == deployment_id
    assert list((await deployment.refresh()).inputs) == ["letters"]
    assert list((await ast.deployments.get("outdated")).inputs) == ["letters"]
