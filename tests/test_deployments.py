"""Deployments on a real gateway: names, inputs, options, and what reaches the service."""

import asyncio
import io
import json
import uuid
from typing import Any

import pytest

from stationthis_sdk import (
    AmbiguousName,
    AmbiguousSubmit,
    AsyncStationThis,
    ConfigError,
    InvalidInput,
    NoKey,
    NotFound,
    RunFailed,
    StationThis,
    TimedOut,
    Timeouts,
)
from tests.fixtures import RunningGateway
from tests.wire import Drip, Wire, answer


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
        await ast.deployments.get("twins")
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


async def test_a_missing_seed_is_drawn_and_recorded(ast) -> None:
    """Missing, None and -1 draw; two draws differ; what was drawn is what the service keeps."""
    deployment = await ast.deployments.get("text-to-picture")
    seeds = []
    for given in ({}, {"seed": None}, {"seed": -1}):
        run = await deployment(prompt="x", steps=1, width=64, height=64, **given)
        seeds.append(run.inputs["seed"])
        assert (await ast.runs.get(run.id)).inputs["seed"] == run.inputs["seed"]
    assert len(set(seeds)) == 3
    assert all(seed >= 0 for seed in seeds)


async def test_our_submit_id_never_shows_in_inputs(ast) -> None:
    """It is carried and kept by the service, and stripped from what people see."""
    run = await (await ast.deployments.get("text-to-picture"))(
        prompt="x", steps=1, width=64, height=64, seed=1
    )
    assert run.record.submit_id
    assert run.inputs == {"prompt": "x", "steps": 1, "width": 64, "height": 64, "seed": 1}
    again = await ast.runs.get(run.id)
    assert (again.record.submit_id, again.inputs) == (run.record.submit_id, run.inputs)


@pytest.mark.parametrize(
    "bad",
    [
        {"promt": "x"},
        {"prompt": 5},
        {"prompt": None},
        {"steps": 2.5},
        {"steps": 61},
        {"steps": "7"},
        {"steps": True},
        {"style": "duck"},
        {"width": -1},
        {"seed": "seven"},
        {"__stationthis_submit": "x"},
    ],
)
async def test_bad_inputs_never_reach_the_service(ast, bad) -> None:
    """One clear error that lists the inputs, before any request."""
    deployment = await ast.deployments.get("text-to-picture")
    sent = len(ast.last_requests)
    with pytest.raises(InvalidInput, match="was not run") as caught:
        await deployment(**bad)
    assert next(iter(bad)) in str(caught.value)
    assert len(ast.last_requests) == sent


async def test_inputs_may_be_a_mapping(ast) -> None:
    """For names that are no keywords; a name given twice is refused."""
    deployment = await ast.deployments.get("text-to-picture")
    run = await deployment({"prompt": "x", "steps": 1}, width=64, height=64)
    assert run.inputs["prompt"] == "x"
    with pytest.raises(InvalidInput, match="Given twice: prompt"):
        await deployment({"prompt": "x"}, prompt="y")
    with pytest.raises(InvalidInput, match="one mapping"):
        await deployment("a fox")


async def test_allow_unknown_sends_what_is_not_declared(ast) -> None:
    """The service keeps it."""
    deployment = (await ast.deployments.get("text-to-picture")).options(allow_unknown=True)
    run = await deployment(prompt="x", steps=1, width=64, height=64, mood="calm")
    assert (await ast.runs.get(run.id)).inputs["mood"] == "calm"


async def test_pictures_are_uploaded_by_being_passed(ast, tmp_path) -> None:
    """A path, its text, bytes, an open file, a Pillow image and an array all become a link that works."""
    import numpy as np
    from PIL import Image

    picture = Image.new("RGB", (64, 64), "teal")
    path = tmp_path / "teal.png"
    picture.save(path)
    deployment = await ast.deployments.get("picture-to-picture")
    ways: list[Any] = [
        path,
        str(path),
        path.read_bytes(),
        io.BytesIO(path.read_bytes()),
        picture,
        np.asarray(picture),
    ]
    for way in ways:
        run = await deployment(input_image=way, prompt="x", steps=1, strength=0.0, seed=3)
        assert run.inputs["input_image"].startswith("http://127.0.0.1")
        assert (await run.outputs[0].image()).convert("RGB").getpixel((32, 20)) == pytest.approx(
            (0, 128, 128), abs=24
        )


async def test_what_is_no_picture_is_refused(ast, tmp_path) -> None:
    """A text called .png, an empty file, a missing one: nothing is sent."""
    deployment = await ast.deployments.get("picture-to-picture")
    text, empty = tmp_path / "cat.png", tmp_path / "empty.png"
    text.write_text("I am a cat")
    empty.touch()
    sent = len(ast.last_requests)
    for bad in (text, empty, tmp_path / "none.png", b"GIF", 7, tmp_path):
        with pytest.raises(InvalidInput, match="input_image"):
            await deployment(prompt="x", input_image=bad)
    with pytest.raises(InvalidInput, match="needs a picture"):
        await deployment(prompt="x")
    assert len(ast.last_requests) == sent


async def test_options_make_a_copy(ast) -> None:
    """The original stays; wrong options are refused at once."""
    deployment = await ast.deployments.get("text-to-picture")
    quick = deployment.options(timeout=0.05)
    assert (quick.id, quick.name) == (deployment.id, deployment.name)
    with pytest.raises(TimedOut) as caught:
        await quick(prompt="slow", steps=60, width=1024, height=1024)
    assert (caught.value.phase, caught.value.limit) == ("total", 0.05)
    run = await ast.runs.get(str(caught.value.run_id))
    assert not run.state.final
    assert await run.cancel() == "cancelled"
    for wrong in ({"timeout": 0}, {"timeout": True}, {"webhook": "not a url"}, {"on_interrupt": "explode"}):
        with pytest.raises(InvalidInput):
            deployment.options(**wrong)


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


async def test_cache_returns_the_earlier_run(ast, tmp_path) -> None:
    """The same version, inputs and file contents with a given seed are paid for once; anything else anew."""
    from PIL import Image

    deployment = (await ast.deployments.get("picture-to-picture")).options(cache=True)
    one, same, other = tmp_path / "1.png", tmp_path / "2.png", tmp_path / "3.png"
    Image.new("RGB", (64, 64), "red").save(one)
    same.write_bytes(one.read_bytes())
    Image.new("RGB", (64, 64), "blue").save(other)
    given = {"prompt": "x", "steps": 1, "seed": 5}
    first = await deployment(input_image=one, **given)
    found = await deployment(input_image=same, **given)
    assert (found.id, found.from_cache, first.from_cache) == (first.id, True, False)
    assert (await deployment(input_image=other, **given)).id != first.id
    assert (await deployment(input_image=one, prompt="x", steps=1)).id != first.id
    plain = await ast.deployments.get("picture-to-picture")
    assert (await plain(input_image=one, **given)).id != first.id


async def test_a_failed_run_raises_with_the_run(gateway: RunningGateway, ast) -> None:
    """A graph with a node the engine lacks fails; the error carries the run and says it was not repeated."""
    graph = {**_text_graph(), "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
             "4": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}}}  # fmt: skip
    await asyncio.to_thread(gateway.deploy, "cannot-run", graph)
    deployment = await ast.deployments.get("cannot-run")
    with pytest.raises(RunFailed, match="not repeated") as caught:
        await deployment(words="x")
    assert caught.value.run_id == caught.value.run.id
    assert caught.value.run.state == "failed"


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
    """A run stuck behind another runs out of the queue limit, and the error says so."""
    deployment = (await ast.deployments.get("text-to-picture")).options(timeout=Timeouts(queue=0.2))
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


async def test_every_node_that_takes_a_value_has_its_say(gateway: RunningGateway, ast) -> None:
    """Two nodes with one input_id both get the value: it must suit both."""
    graph = {
        "1": {"class_type": "ComfyUIDeployExternalNumber", "inputs": {"input_id": "cfg", "default_value": 5}},
        "2": {"class_type": "ComfyUIDeployExternalNumberSlider",
              "inputs": {"input_id": "cfg", "default_value": 5, "min_value": "1", "max_value": "20"}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }  # fmt: skip
    await asyncio.to_thread(gateway.deploy, "two-nodes", graph)
    deployment = await ast.deployments.get("two-nodes")
    with pytest.raises(InvalidInput, match="1–20"):
        await deployment(cfg=50)
    assert (await deployment(cfg=7)).state == "success"


def test_a_list_of_pictures_comes_back_in() -> None:
    """The JSON text in which a list is sent passes when a run is repeated."""
    graph = {
        "1": {"class_type": "ComfyUIDeployExternalImageBatch", "inputs": {"input_id": "pics", "images": "[]"}}
    }
    record = {"id": str(uuid.uuid4()), "environment": "production", "workflow": {"name": "w", "id": "w"},
              "version": {"id": "v", "workflow_api": graph}, "workflow_version_id": "v", "workflow_id": "w"}  # fmt: skip
    run_id = str(uuid.uuid4())

    def reply(asked):
        if asked.method == "POST":
            return answer(200, {"run_id": run_id})
        return answer(200, {"id": run_id, "status": "success"} if "/run/" in asked.path else [record])

    with Wire(reply) as wire, StationThis("k", wire.base_url) as st:
        run = st.deployments["w"](pics=["https://h/a.png", "https://h/b.png"])
        assert run.inputs == {"pics": '["https://h/a.png","https://h/b.png"]'}
        assert run.again().inputs == run.inputs


@pytest.mark.parametrize("name", ["", "🎨", "text-to-picture!!", None, 7])
async def test_no_other_deployment_is_handed_out(ast, name) -> None:
    """Only case, spaces, dashes and underscores are forgiven."""
    with pytest.raises((InvalidInput, NotFound)):
        await ast.deployments.get(name)


def test_names_can_be_asked_for(st: StationThis) -> None:
    """`in` answers for names."""
    assert "text-to-picture" in st.deployments
    assert "nonsense" not in st.deployments


async def test_a_machine_that_does_not_take_the_run_is_told(gateway: RunningGateway) -> None:
    """The service passes its machine's 404 or 400 on, although the run was made and failed."""
    deployment = {"id": str(uuid.uuid4()), "environment": "production", "workflow": {"name": "w"}}
    for status in (400, 404):
        refusal = answer(status, {"detail": f"Error creating run: {status} Not Found"})

        def reply(asked, refusal=refusal):
            return refusal if asked.method == "POST" else answer(200, [deployment])

        with Wire(reply) as wire:
            async with AsyncStationThis("k", wire.base_url) as st:
                with pytest.raises(RunFailed, match="made and failed at once"):
                    await (await st.deployments.get("w")).submit()


@pytest.mark.parametrize("nonsense", [None, 5, [], "", "../../x", "\u001b[31m"])
async def test_a_submit_answered_with_no_id_is_ambiguous(nonsense) -> None:
    """The run may exist; the submit id finds it."""
    deployment = {"id": str(uuid.uuid4()), "environment": "production", "workflow": {"name": "w"}}

    def reply(asked):
        return answer(200, {"run_id": nonsense} if asked.method == "POST" else [deployment])

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(AmbiguousSubmit):
                await (await st.deployments.get("w")).submit()


async def test_the_total_limit_holds_for_a_submit_that_drips() -> None:
    """An answer that comes byte by byte ends with the limit, and the run may exist."""
    deployment = {"id": str(uuid.uuid4()), "environment": "production", "workflow": {"name": "w"}}

    def reply(asked):
        return (
            Drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            if asked.method == "POST"
            else answer(200, [deployment])
        )

    with Wire(reply) as wire:
        async with AsyncStationThis("k", wire.base_url) as st:
            with pytest.raises(AmbiguousSubmit, match="No whole answer"):
                await (await st.deployments.get("w")).options(timeout=0.4)()


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


@pytest.mark.parametrize("option", ["timeout", "cache", "gpu", "on_interrupt"])
async def test_an_option_given_as_an_input_is_told_apart(ast, option) -> None:
    """The advice is the copy that has it, not sending it anyway."""
    with pytest.raises(InvalidInput, match=rf"no input but an option: \.options\({option}="):
        await (await ast.deployments.get("text-to-picture"))(prompt="x", **{option: 1})


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
