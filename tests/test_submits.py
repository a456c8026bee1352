"""Submits on a real gateway: what is checked, drawn, uploaded and sent, and what comes of odd answers."""

import asyncio
import io
import uuid
from typing import Any

import pytest

from stationthis_sdk import (
    AmbiguousSubmit,
    AsyncStationThis,
    InvalidInput,
    RunFailed,
    StationThis,
)
from tests.fixtures import RunningGateway
from tests.wire import Drip, Wire, answer


def _text_graph(**fields: Any) -> dict[str, Any]:
    text = {"input_id": "words", "default_value": "hello", "display_name": "", "description": "", **fields}
    return {
        "1": {"class_type": "ComfyUIDeployExternalText", "inputs": text},
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }


async def test_a_missing_seed_is_drawn_and_recorded(ast) -> None:
    """T24: missing, None, -1 and an empty text draw; two draws differ; what was drawn is what the service keeps."""
    deployment = await ast.deployments.get("text-to-picture")
    seeds = []
    for given in ({}, {"seed": None}, {"seed": -1}, {"seed": ""}):
        run = await deployment(prompt="x", steps=1, width=64, height=64, **given)
        seeds.append(run.inputs["seed"])
        assert (await ast.runs.get(run.id)).inputs["seed"] == run.inputs["seed"]
    assert len(set(seeds)) == 4
    assert all(type(seed) is int and seed >= 0 for seed in seeds)


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
    """T16: one clear error that lists the inputs, before any request."""
    deployment = await ast.deployments.get("text-to-picture")
    sent = len(ast.last_requests)
    with pytest.raises(InvalidInput, match="was not run") as caught:
        await deployment(**bad)
    assert next(iter(bad)) in str(caught.value)
    assert len(ast.last_requests) == sent


async def test_a_prompt_of_megabytes_is_sent_whole(ast) -> None:
    """A large body goes in pieces, without a warning, and arrives as it was."""
    drawing = await ast.deployments.get("text-to-picture")
    prompt = "a harbour " * 300_000
    run = await drawing.submit(prompt=prompt, steps=1, width=64, height=64)
    assert (await ast.runs.get(run.id)).inputs["prompt"] == prompt
    await run.wait()


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
    """T23: a graph with a node the engine lacks fails; the error carries the run and says it was not repeated."""
    graph = {**_text_graph(), "3": {"class_type": "KSampler", "inputs": {"seed": 1}},
             "4": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}}}  # fmt: skip
    await asyncio.to_thread(gateway.deploy, "cannot-run", graph)
    deployment = await ast.deployments.get("cannot-run")
    with pytest.raises(RunFailed, match="not repeated") as caught:
        await deployment(words="x")
    assert caught.value.run_id == caught.value.run.id
    assert caught.value.run.state == "failed"


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
                await (await st.deployments.get("w")).options(timeout=1.5)()


@pytest.mark.parametrize("option", ["timeout", "cache", "gpu", "on_interrupt"])
async def test_an_option_given_as_an_input_is_told_apart(ast, option) -> None:
    """The advice is the copy that has it, not sending it anyway."""
    with pytest.raises(InvalidInput, match=rf"no input but an option: \.options\({option}="):
        await (await ast.deployments.get("text-to-picture"))(prompt="x", **{option: 1})
