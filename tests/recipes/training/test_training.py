"""Trainings on the gateway: checked before anything is sent, followed, told of once, found again, and what they leave."""

import asyncio
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import numpy as np
import pytest

from stationthis_sdk import (
    AmbiguousSubmit,
    FeatureDisabled,
    InvalidInput,
    NotFound,
    RunCancelled,
    RunFailed,
    SaveFailed,
    StationThis,
    Timeouts,
)
from stationthis_sdk.clock import Clock
from stationthis_sdk.recipes.training.dataset import Dataset
from stationthis_sdk.recipes.training.folders import clear, made, off_loop
from stationthis_sdk.recipes.training.graph import training_graph
from stationthis_sdk.recipes.training.job import STALLED_AFTER, AsyncTrainingJob
from stationthis_sdk.store.trainings import TrainingLedger
from stationthis_sdk.twins import twin
from tests.recipes.training.conftest import picture
from tests.small_graphs import asked
from tests.wire import CLOSE, Wire, answer

QUICK = {"steps": 100, "resolution": 64}
CAT = {"name": "my-cat", "trigger": "mycat", **QUICK}


def external(kind, input_id, **more):
    """A node that takes an input."""
    told = {"input_id": input_id, "display_name": "", "description": "", **more}
    return {"class_type": f"ComfyUIDeployExternal{kind}", "inputs": told}


TELLS = {
    "1": external("Text", "captions", default_value=""),
    "2": external("ImageBatch", "training_images", images="[]"),
    "3": external("NumberInt", "max_train_steps", default_value=100),
    "4": external("Text", "token", default_value=""),
    "5": external("Boolean", "fast", default_value=False),
    "6": {"class_type": "ComfyDeployOutputText", "inputs": {"text": ["1", 0], "filename_prefix": "c", "file_type": "txt"}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "given"}},
}  # fmt: skip
"""No trainer: it tells what it was given."""


def sent(client):
    """What was asked of the service that is no reading."""
    return [one for method in ("POST", "PUT", "PATCH", "DELETE") for one in asked(client, method)]


def test_a_lora_is_trained_and_told_of(st, cats):
    """Steps, losses, milestones once, the end; weights, samples and the whole curve; what was sent and what was not."""
    job = st.train_lora(cats, base="sdxl", seed=7, rank=8, **CAT)
    assert (job.name, job.base, job.trigger, job.steps, job.code) == ("my-cat", "sdxl", "mycat", 100, None)
    assert job.recipe == {"steps": 100, "learning_rate": 4e-4, "rank": 8}
    assert set(job.left_out) == {
        "alpha", "dropout", "batch_size", "scheduler", "optimizer", "checkpoint_every",
    }  # fmt: skip
    assert (job.dataset["images"], job.dataset["captions"]) == (12, 11)
    events = list(job.follow())
    assert [one.milestone for one in events if one.kind == "milestone"] == [25, 50, 75]
    assert [one.kind for one in events][-1] == "end"
    assert {one.kind for one in events} <= {"state", "progress", "output", "milestone", "end"}
    assert (job.state, job.code, job.step, job.stalled, job.eta) == ("success", "success", 100, False, None)
    assert job.weights.filename == "my-cat.safetensors"
    assert job.samples[0].image().width > 0
    assert len(job.loss) == 100
    assert job.loss.last < job.loss.first
    assert job.cost.estimated == 0.0
    inputs = job.inputs
    assert {name: inputs[name] for name in ("lora_name", "trigger", "steps", "rank", "seed")} == {
        "lora_name": "my-cat", "trigger": "mycat", "steps": 100, "rank": 8, "seed": 7,
    }  # fmt: skip
    assert "my-cat" in repr(job)


def test_waiting_tells_each_milestone_once(st, cats):
    """Also those that were passed before anybody looked; a second wait tells none."""
    told, steps = [], []
    job = st.train_lora(
        cats, wait=True, on_milestone=told.append, on_progress=lambda one: steps.append(one.fraction), **CAT
    )
    assert (told, job.state) == ([25, 50, 75], "success")
    assert steps == sorted(steps)
    job.wait(on_milestone=told.append)
    assert told == [25, 50, 75]


def test_found_again_by_its_id(own, st, cats, tmp_path):
    """In a new client: the same numbers and curve, no milestone twice; on another machine by its run's inputs."""
    job = st.train_lora(cats, wait=True, **CAT)
    with own.client(home=tmp_path / "home") as again:
        [listed] = again.trainings.list()
        assert (listed.id, listed.step, listed.state) == (job.id, 100, "success")
        found = again.trainings.get(job.id)
        assert (found.base, found.trigger, found.loss, found.recipe) == (
            "sdxl",
            "mycat",
            job.loss,
            job.recipe,
        )
        assert [one.kind for one in found.follow() if one.kind == "milestone"] == []
        frame = again.trainings.list().to_frame()
        assert frame[["name", "state", "images"]].to_dict("records") == [
            {"name": "my-cat", "state": "success", "images": 12}
        ]
    with own.client(home=tmp_path / "elsewhere") as other:
        assert other.trainings.list() == []
        adopted = other.trainings.get(job.id)
        assert (adopted.name, adopted.trigger, adopted.steps, adopted.loss) == (
            "my-cat",
            "mycat",
            100,
            job.loss,
        )
        assert [
            one.id for one in other.trainings.list()
        ] == []  # its run is in the ledger of whoever began it
        run = other.deployments["text-to-picture"](prompt="x", steps=1, width=16, height=16)
        with pytest.raises(NotFound, match="no training") as told:
            other.trainings.get(run.id)
        assert told.value.code == "lora_not_found"


def test_what_is_wrong_is_told_at_once_and_nothing_is_sent(st, draw):
    """A caption without a picture, a damaged JPEG, no trigger, ten steps, doubles, a wrong word: one error has all."""
    folder = draw(12)
    (folder / "ghost.txt").write_text("nobody")
    (folder / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (folder / "double.png").write_bytes((folder / "cat003.png").read_bytes())
    with pytest.raises(InvalidInput) as told:
        st.train_lora(Dataset.from_folder(folder), name="My Cat", trigger="", steps=10, stepz=5)
    for words in ("ghost.txt", "cut.jpg", "double.png", "name:", "trigger:", "steps: 10", "stepz"):
        assert any(words in problem for problem in told.value.problems), words
    assert told.value.code == "invalid_params"
    assert sent(st) == []
    assert st.runs.list() == []


@pytest.mark.parametrize(
    ("count", "base", "captions", "code"),
    [(3, "sdxl", True, "insufficient_images"), (9, "sdxl", True, "insufficient_images"),
     (5, "sd15", False, "missing_captions")],
)  # fmt: skip
def test_codes_of_datasets(st, draw, count, base, captions, code):
    """The product's own words for too few pictures and for captions that lack."""
    with pytest.raises(InvalidInput) as told:
        st.train_lora(Dataset.from_folder(draw(count, captions=captions)), base=base, **CAT)
    assert told.value.code == code
    assert sent(st) == []


def test_a_deployment_that_is_stopped_too_early_is_refused(st, cats):
    """By the recipe where nothing was trained yet, by earlier trainings where something was; what to do is told."""
    st.deployments["train-lora"].update(run_timeout=1)
    with pytest.raises(
        InvalidInput, match=r"stopped after 1 s, and 5000 steps take about .*update\(run_timeout="
    ):
        st.train_lora(cats, **CAT | {"steps": 5000})
    assert st.runs.list() == []
    assert st.trainings.plan(cats, **CAT | {"steps": 5000}).seconds == pytest.approx(105.0)
    st.deployments["train-lora"].update(run_timeout=300)
    job = st.train_lora(cats, wait=True, **CAT)
    took = job.run.record.run_duration
    assert st.trainings.plan(cats, **CAT).seconds == pytest.approx(took * 1.05, abs=0.06)


def test_what_is_off_sends_nothing(own, cats):
    """The flags training and uploads."""
    for flag in ("training", "uploads"):
        with own.client(flags={flag: False}) as st:
            with pytest.raises(FeatureDisabled):
                st.train_lora(cats, **CAT)
            assert st.last_requests == ()
            if flag == "training":
                for work in (
                    lambda: st.trainings.get("x"),
                    st.trainings.install,
                    lambda: st.trainings.plan(cats, **CAT),
                ):
                    with pytest.raises(FeatureDisabled):
                        work()


def test_without_a_deployment_that_trains(st, cats):
    """Named or not; what else is wrong is told with it."""
    with pytest.raises(NotFound) as told:
        st.train_lora(cats, deployment="train-lorra", **CAT)
    assert "train-lora" in told.value.suggestions
    assert told.value.code == "workflow_not_found"
    with pytest.raises(InvalidInput, match="no input for a dataset") as refused:
        st.train_lora(cats, deployment="text-to-picture", **CAT)
    assert refused.value.code == "invalid_params"
    st.workflows.get("train-lora").delete()
    with pytest.raises(NotFound, match=r"install\(\)"):
        st.train_lora(cats, **CAT)
    with pytest.raises(InvalidInput) as all_of_it:
        st.train_lora(cats, **CAT | {"trigger": ""})
    assert len(all_of_it.value.problems) == 2


def test_a_deployment_that_takes_pictures_and_captions(own, st, draw):
    """The list of pictures, the captions as a JSON list in the same order; words by other names; an input of its own."""
    own.deploy("lister", TELLS)
    folder = draw(4)
    told = Dataset.from_folder(folder)
    plan = st.trainings.plan(told, base="sd15", deployment="lister", fast=True, **CAT)
    assert [one.partition(": ")[2] for one in plan.problems] == [
        "1 of 4 pictures have no caption, and sd15 wants one for each"
    ]
    (folder / "cat000.txt").write_text("mycat, the first")
    dataset = Dataset.from_folder(folder)
    job = st.train_lora(dataset, base="sd15", deployment="lister", fast=True, wait=True, **CAT)
    captions = json.loads(next(one for one in job.outputs if one.kind != "image").text())
    assert captions == ["mycat, the first", *(f"mycat, number {number}" for number in (1, 2, 3))]
    assert len(job.samples) == 4
    assert {one.image().size for one in job.samples} == {(64, 64)}
    assert (job.inputs["fast"], job.inputs["max_train_steps"], job.inputs["token"]) == (True, 100, "mycat")
    assert {"learning_rate", "name", "rank"} <= set(job.left_out)
    with pytest.raises(NotFound, match=r"no \.safetensors"):
        _ = job.weights


def test_the_dataset_arrives_as_it_was_packed(st, draw):
    """The very ZIP: pictures and captions, the trigger where there was none."""
    job = st.train_lora(Dataset.from_folder(draw(10)), **CAT)
    address = job.inputs["dataset"]
    job.cancel()
    with urllib.request.urlopen(address) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as archive:
        assert len(archive.namelist()) == 20
        assert archive.read("cat000.txt") == b"mycat\n"
        assert archive.read("cat003.txt") == b"mycat, number 3\n"


def test_pictures_behind_addresses_are_fetched_and_checked(st, tmp_path):
    """Without the key; what can't be fetched is told with all else, and nothing is sent."""
    urls = []
    for number in range(10):
        path = tmp_path / f"{number}.png"
        picture(number).save(path)
        urls.append(st.files.upload(path).url)
    dataset = Dataset.from_urls(urls, captions=[f"mycat {number}" for number in range(10)])
    report = st.trainings.plan(dataset, **CAT).report
    assert (report.ok, report.images, "not_looked_at" in report.codes) == (True, 10, False)
    before = len(sent(st))
    broken = Dataset.from_urls([*urls, urls[0] + "x", urls[1]])
    with pytest.raises(InvalidInput) as told:
        st.train_lora(broken, **CAT)
    assert len(told.value.problems) == 2  # one is not there, one is there twice
    assert len(sent(st)) == before
    job = st.train_lora(dataset, wait=True, **CAT)
    assert job.state == "success"


def test_cancelled_it_has_no_milestone_to_tell(st, cats):
    """An end that is no success: its code, its error, no milestone that was not reached."""
    job = st.train_lora(cats, name="long-cat", trigger="mycat", steps=12_000, resolution=64)
    assert job.cancel() == "cancelled"
    told = []
    with pytest.raises(RunCancelled) as ended:
        job.wait(on_milestone=told.append)
    assert (ended.value.code, job.code, told) == ("training_failed", "training_failed", [])
    assert ended.value.run.id == job.id


def test_a_training_that_fails_says_why(own, st, cats):
    """The machine's own words, and the product's code."""
    graph = {
        "1": external("File", "dataset", file_url=""),
        "2": {"class_type": "NoSuchTrainer", "inputs": {"data": ["1", 0]}},
        "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}},
    }
    own.deploy("broken", graph)
    job = st.train_lora(cats, deployment="broken", **CAT)
    with pytest.raises(RunFailed) as ended:
        job.wait()
    assert ended.value.code == "training_failed"
    assert "NoSuchTrainer" in job.reason


async def test_fifteen_silent_minutes_are_stalled_and_not_failed(ast, cats):
    """By a clock that is given: nothing moved for so long; told once, gone when it moves, kept in the ledger."""
    job = await ast.train_lora(cats, **CAT)
    run, context = job.run, job.run._context
    row = await TrainingLedger(context.ledger).get(job.id)
    now = [time.time() + 10]

    def at(state, fraction, status):
        run._record = attrs.evolve(
            run._record, state=type(run.state)(state), fraction=fraction, live_status=status
        )

    at("running", 0.3, "step 30/100 loss 0.5")
    quiet = AsyncTrainingJob(context, run, row)
    quiet._now = lambda: now[0]
    assert [one.kind for one in await quiet._events([])] == ["milestone"]
    now[0] += STALLED_AFTER - 1
    assert not quiet.stalled
    now[0] += 1
    assert (quiet.stalled, quiet.state, quiet.code) == (True, "running", None)
    assert "stalled" in repr(quiet)
    assert [one.kind for one in await quiet._events([])] == ["stalled"]
    assert await quiet._events([]) == []
    again = AsyncTrainingJob(context, run, await TrainingLedger(context.ledger).get(job.id))
    again._now = lambda: now[0]
    await again._hear()
    assert again._passed() == []
    assert again.stalled  # found again in a new process, it has still not moved
    at("running", 0.31, "step 31/100 loss 0.4")
    assert await again._events([]) == []
    assert (again.stalled, again.step, again.loss.last) == (False, 31, 0.4)
    now[0] += 60
    at("running", 0.41, "step 41/100 loss 0.3")
    await again._hear()
    assert again.eta == pytest.approx(59 * 6.0)
    await job.cancel()


async def test_two_who_follow_share_the_milestones(ast, cats):
    """Whoever comes first tells; nobody tells twice."""
    job = await ast.train_lora(cats, **CAT)
    other = await ast.trainings.get(job.id)

    async def told(one):
        return [event.milestone async for event in one.follow() if event.kind == "milestone"]

    first, second = await asyncio.gather(told(job), told(other))
    assert sorted([*first, *second]) == [25, 50, 75]


async def test_hours_are_few_requests(monkeypatch):
    """Two hours are some two hundred looks, where a run of minutes is looked at every three seconds."""
    now = [0.0]

    class Loop:
        def time(self):
            return now[0]

    monkeypatch.setattr("stationthis_sdk.clock.asyncio.get_running_loop", Loop)

    def looks(clock):
        now[0], count = 0.0, 0
        while now[0] < 7200:
            clock.deadline("execution")
            now[0] += clock.pause(nearby=False)
            count += 1
        return count

    limits = Timeouts(execution=None)
    assert looks(Clock(limits, 0.0, 60.0)) < 220
    assert looks(Clock(limits, 0.0)) > 2000


async def test_a_training_is_looked_at_that_seldom(ast, cats):
    """Its run has that pace, and no limit of its own on how long it may work."""
    job = await ast.train_lora(cats, **CAT)
    assert job.run._slowest_poll == 60.0
    assert job.run._timeouts.execution is None
    again = await ast.trainings.get(job.id)
    assert again.run._slowest_poll == 60.0
    assert again.run._timeouts.execution is None
    await job.wait()


def test_a_plan_tells_all_and_sends_nothing(st, cats):
    """The recipe, the report, how long, what it costs, what can't be sent; in a text for people, too."""
    plan = st.trainings.plan(cats, **CAT)
    assert plan.ok
    assert (plan.deployment, plan.recipe.steps, plan.points, plan.cost) == ("train-lora", 100, 1620, 0.0)
    assert plan.inputs["lora_name"] == "my-cat"
    assert "dataset" not in plan.inputs
    for words in ("few_images", "steps 100", "1620 points", "not sent"):
        assert words in str(plan)
    assert sent(st) == []
    bad = st.trainings.plan(cats, name="my-cat", trigger="mycat", steps=1)
    assert (bad.ok, bad.code) == (False, "invalid_params")


def test_a_thing_that_is_no_dataset(st):
    """Told as such."""
    with pytest.raises(InvalidInput, match="dataset is a Dataset"):
        st.train_lora("cats/", **CAT)


def test_both_colours(st, cats):
    """A synchronous job has its asynchronous twin behind it; a deployment may be passed as it is."""
    assert isinstance(st, StationThis)
    job = st.train_lora(cats, deployment=st.deployments["train-lora"], **CAT)
    assert isinstance(twin(job), AsyncTrainingJob)
    assert job.wait() is job
    assert job.refresh().save is not None


async def test_interrupted_it_is_cancelled_and_left_it_goes_on(ast, cats):
    """As with any run: whoever breaks out of the loop leaves it running, a cancelled task cancels it on the service."""
    long = {"name": "long-cat", "trigger": "mycat", "steps": 12_000, "resolution": 64}
    job = await ast.train_lora(cats, **long)
    async for _ in job.follow():
        break
    assert not (await job.refresh()).state.final

    working = asyncio.Event()

    async def following():
        async for event in job.follow():
            if event.progress.phase == "execution":
                working.set()

    task = asyncio.create_task(following())
    await working.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await job.refresh()).state == "cancelled"


def test_the_graph_of_comfyui_is_installed_once(st, gpu):
    """With time enough for its recipe; the same again makes no new version; a family without a graph is told."""
    made = st.trainings.install(machine="gpu")
    assert (made.name, made.change.kind, made.version) == ("train-lora-sdxl", "new", 1)
    assert made.record.run_timeout >= 1260
    again = st.trainings.install(machine="gpu")
    assert (again.id, again.change.kind, again.version) == (made.id, "unchanged", 1)
    with pytest.raises(InvalidInput, match="kontext"):
        st.trainings.install(base="kontext", machine="gpu")


def test_the_installed_graph_is_what_trains_then(st, gpu, draw):
    """Its inputs are found: pictures as a list, a name of the run's own; that captions are not sent is told clearly."""
    st.trainings.install(machine=gpu)
    plan = st.trainings.plan(Dataset.from_folder(draw(12)), **CAT)
    assert (plan.ok, plan.deployment) == (True, "train-lora-sdxl")
    assert {"trigger", "lora_name", "run_name", "steps", "rank", "resolution"} <= set(plan.inputs)
    assert set(plan.left_out) == {
        "captions",
        "alpha",
        "dropout",
        "scheduler",
        "optimizer",
        "checkpoint_every",
    }
    assert any("11 captions are not sent" in str(one) for one in plan.report.warnings)


def test_a_plain_training_takes_what_can_run(st, draw):
    """A deployment whose machine is known to lack its nodes is passed over for one that has them."""
    st.deployments.publish(training_graph(), "train-lora-sdxl", machine="this-machine")
    dataset = Dataset.from_folder(draw(12))
    assert st.trainings.plan(dataset, **CAT).deployment == "train-lora"
    assert st.trainings.plan(dataset, deployment="train-lora-sdxl", **CAT).deployment == "train-lora-sdxl"


def test_what_each_picture_was_made_of_goes_along(st, draw):
    """A control set is in the ZIP, in a folder of its own, where the deployment has no input for it."""
    control = Dataset.from_folder(draw(15, name="before", captions=False))
    dataset = Dataset.from_folder(draw(15)).with_control(control)
    job = st.train_lora(dataset, base="kontext", name="edit", trigger="edit", steps=200, resolution=64)
    with urllib.request.urlopen(job.inputs["dataset"]) as answer:
        names = zipfile.ZipFile(io.BytesIO(answer.read())).namelist()
    job.cancel()
    assert len([name for name in names if name.startswith("control/")]) == 15
    assert "control/cat003.jpg" in names


def test_whoever_only_looks_takes_no_milestone_away(st, cats):
    """refresh() moves the job; what was passed meanwhile is told to whoever waits then."""
    job = st.train_lora(cats, **CAT)
    while not job.refresh().state.final:
        pass
    told = []
    job.wait(on_milestone=told.append)
    assert told == [25, 50, 75]


def test_a_milestone_that_could_not_be_told_is_told_the_next_time(st, cats, caplog):
    """Whoever is told fails: the wait goes on, a warning says so once, and a later wait tells it."""

    def fails(percent):
        raise RuntimeError("telegram is down")

    job = st.train_lora(cats, **CAT)
    assert job.wait(on_milestone=fails).state == "success"
    assert sum("telegram is down" in one.getMessage() for one in caplog.records) == 1
    told = []
    st.trainings.get(job.id).wait(on_milestone=told.append)
    assert told == [25, 50, 75]


@pytest.mark.parametrize("text", ["a\rb", "x" * 140_000, '"unterminated'])
def test_no_output_breaks_a_training_that_has_ended_well(own, st, cats, text):
    """Whatever its texts are: there is no curve in them, and that is all."""
    graph = {
        "1": external("File", "dataset", file_url=""), "2": external("Text", "trigger", default_value=""),
        "3": external("Text", "note", default_value=text),
        "4": {"class_type": "ComfyDeployOutputText", "inputs": {"text": ["3", 0], "filename_prefix": "loss", "file_type": "txt"}},
        "5": {"class_type": "PreviewAny", "inputs": {"source": ["3", 0]}},
    }  # fmt: skip
    own.deploy("teller", graph)
    job = st.train_lora(cats, deployment="teller", wait=True, **CAT)
    assert (job.state, len(job.loss)) == ("success", 0)


def test_pictures_and_what_they_were_made_of_stay_together(own, st, draw):
    """Two lists in one order, whatever order the control set came in; without an input for it nothing is sent."""
    graph = {
        "1": external("ImageBatch", "training_images", images="[]"), "2": external("ImageBatch", "control_images", images="[]"),
        "3": external("Text", "token", default_value=""),
        "4": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "t"}},
        "5": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "c"}},
    }  # fmt: skip
    own.deploy("pairs", graph)
    own.deploy("alone", {number: node for number, node in graph.items() if number not in {"2", "5"}})
    folder = draw(15)
    paths = sorted(folder.glob("*.png"), reverse=True)
    control = Dataset.from_frame([{"p": str(path)} for path in paths], image="p")
    dataset = Dataset.from_folder(folder).with_control(control)
    wish = {"base": "kontext", "name": "k", "trigger": "mycat", "steps": 200, "resolution": 64}
    job = st.train_lora(dataset, deployment="pairs", **wish)
    job.cancel()
    assert job.inputs["training_images"] == job.inputs["control_images"]
    with pytest.raises(InvalidInput, match="no input for a control set"):
        st.train_lora(dataset, deployment="alone", **wish)


def test_a_step_takes_what_it_took_at_that_size(own, st, cats):
    """Of another size nothing was learnt; where steps can't be sent nobody knows how long it is."""
    st.train_lora(cats, wait=True, **CAT)
    small = st.trainings.plan(cats, name="x", trigger="mycat", steps=1000, resolution=64).seconds
    assert small != pytest.approx(21.0)
    assert st.trainings.plan(cats, name="x", trigger="mycat", steps=1000).seconds == pytest.approx(21.0)
    own.deploy(
        "stepless",
        {
            "1": external("File", "dataset", file_url=""),
            "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
        },
    )
    plan = st.trainings.plan(cats, deployment="stepless", **CAT | {"steps": 100_000})
    assert (plan.ok, plan.seconds, plan.cost) == (True, None, None)
    assert "nobody knows how long" in str(plan)


def test_numbers_of_any_library_are_numbers(st, cats):
    """Whole ones become such; what is too large is told before any picture is made."""
    plan = st.trainings.plan(
        cats, name="x", trigger="mycat", steps=np.int64(100), resolution=64.0, rank=np.float32(8)
    )
    assert (plan.recipe.steps, plan.recipe.resolution, plan.recipe.rank) == (100, 64, 8)
    assert {type(one) for one in (plan.recipe.steps, plan.recipe.resolution, plan.recipe.rank)} == {int}
    job = st.train_lora(
        cats, name="x", trigger="mycat", steps=100.0, resolution=64.0, learning_rate=np.float32(1e-3)
    )
    job.cancel()
    with pytest.raises(InvalidInput, match="resolution: 200000 is too much"):
        st.train_lora(cats, **CAT | {"resolution": 200_000})


def test_a_full_disk_is_told_and_nothing_is_sent(st, cats, monkeypatch):
    """With what to do; likewise where the memory is too small."""
    for error, words in (
        (OSError(28, "No space left on device"), "Make room"),
        (MemoryError(), "smaller resolution"),
    ):

        def fails(*_, error=error, **__):
            raise error

        monkeypatch.setattr("stationthis_sdk.recipes.training.packing.prepared", fails)
        with pytest.raises(SaveFailed, match=words):
            st.train_lora(cats, **CAT)
    assert sent(st) == []
    assert st.trainings.list() == []


def test_a_run_whose_steps_are_text_is_a_training_too(own, st, cats):
    """It is opened, and neither plans nor lists fall over it."""
    own.deploy("odd", {"1": external("File", "dataset", file_url=""), "2": external("Text", "steps", default_value=""),
                       "3": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}}})  # fmt: skip
    address = st.files.upload(cats.samples[0].picture).url
    for steps, known in (("1000", 1000), ("many", None)):
        run = st.deployments["odd"](dataset=address, steps=steps)
        assert st.trainings.get(run.id).steps == known
    assert st.trainings.plan(cats, deployment="odd", **CAT).deployment == "odd"
    assert len(st.trainings.list().to_frame()) == 2


def test_a_lost_answer_loses_no_training(own, st, cats, monkeypatch):
    """What was begun is written down before it is sent: once its run is found, all is known of it."""

    async def nobody(context, row, lost):
        raise AmbiguousSubmit("nobody knows", submit_id=row.id)

    own.faults.drop_answers(times=1, method="POST", path="/run/*")
    with monkeypatch.context() as patched:
        patched.setattr("stationthis_sdk.submits.settle", nobody)
        with pytest.raises(AmbiguousSubmit):
            st.train_lora(cats, **CAT)
    own.faults.clear()
    assert st.trainings.list() == []
    [settled] = st.reconcile()
    [job] = st.trainings.list()
    assert (job.id, job.name, job.base, job.dataset["images"]) == (settled.run_id, "my-cat", "sdxl", 12)
    assert st.trainings.get(settled.run_id).base == "sdxl"


def test_what_was_refused_leaves_no_training(st, cats):
    """The service knows no such deployment any more: nothing was begun."""
    deployment = st.deployments["train-lora"]
    st.workflows.get("train-lora").delete()
    with pytest.raises(NotFound):
        st.train_lora(cats, deployment=deployment, **CAT)
    assert asyncio.run(TrainingLedger(twin(deployment)._context.ledger).all()) == []


async def test_a_clock_that_is_ahead_keeps_nothing_alive(ast, cats):
    """By the service's word it began in an hour: it is stalled after fifteen silent minutes all the same."""
    job = await ast.train_lora(cats, **CAT)
    run, context = job.run, job.run._context
    later = datetime.now(UTC) + timedelta(hours=1)
    run._record = attrs.evolve(
        run._record,
        state=type(run.state)("running"),
        fraction=0.1,
        live_status="step 10/100 loss 1",
        started_at=later,
    )
    quiet = AsyncTrainingJob(context, run, await TrainingLedger(context.ledger).get(job.id))
    now = [time.time()]
    quiet._now = lambda: now[0]
    await quiet._hear()
    now[0] += STALLED_AFTER + 1
    assert quiet.stalled
    now[0] += 3600
    assert quiet.stalled
    await job.cancel()


def test_addresses_are_counted_before_any_is_fetched(st):
    """Too many, or too few: nobody is asked; a host that gives nothing is left alone soon."""
    page = answer(200, b"x")
    with Wire(otherwise=page) as wire:
        urls = [f"http://127.0.0.1:{wire.port}/{number}.png" for number in range(200)]
        plan = st.trainings.plan(Dataset.from_urls(urls), **CAT)
        assert any("200 pictures" in one for one in plan.problems)
        assert wire.asked == []
    with Wire(otherwise=CLOSE) as wire:
        urls = [f"http://127.0.0.1:{wire.port}/{number}.png" for number in range(60)]
        plan = st.trainings.plan(Dataset.from_urls(urls), name="No Name", trigger="", steps=5)
        assert {one.partition(":")[0] for one in plan.problems} >= {"name", "trigger", "steps"}
        assert sum("at 127.0.0.1" in one for one in plan.problems) == 60
        assert 0 < len(wire.asked) < 30


def test_of_a_file_that_is_too_large_no_more_is_read(st, monkeypatch):
    """It is told by its length, or cut at the limit."""
    monkeypatch.setattr("stationthis_sdk.recipes.training.fetching.MOST_BYTES", 1 << 20)
    with Wire(otherwise=answer(200, bytes(2 << 20), content_type="image/png")) as wire:
        urls = [f"http://127.0.0.1:{wire.port}/{number}.png" for number in range(10)]
        plan = st.trainings.plan(Dataset.from_urls(urls), **CAT)
    assert sum("more than 1 MiB" in one for one in plan.problems) == 10


def test_a_name_that_is_taken_is_told_while_planning(st, cats):
    """A warning: what is trained can be registered under another."""
    job = st.train_lora(cats, wait=True, **CAT)
    assert "name_taken" not in st.trainings.plan(cats, **CAT).report.codes
    st.models.register_lora(job)
    plan = st.trainings.plan(cats, **CAT)
    assert (plan.ok, "name_taken" in plan.report.codes) == (True, True)
    st.models.get("loras/my-cat.safetensors").delete()
    assert "name_taken" not in st.trainings.plan(cats, **CAT).report.codes


async def test_who_gives_up_waits_for_one_picture_only(cats, monkeypatch):
    """The work on pictures stops between two; nothing is written after that."""
    looked, going = [], threading.Event()

    def slow(*, check):
        while True:
            check()
            looked.append(1)
            going.set()

    task = asyncio.create_task(off_loop(slow))
    await asyncio.to_thread(going.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before = len(looked)
    await asyncio.to_thread(lambda: None)
    assert len(looked) == before


def test_what_killed_processes_leave_is_taken_away(tmp_path, monkeypatch):
    """The folders of those who live are left."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import sys, time; from stationthis_sdk.recipes.training.folders import made; print(made(), flush=True); time.sleep(60)"
    ran = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )
        for _ in range(2)
    ]
    left = [Path(one.stdout.readline().strip()) for one in ran]
    ran[0].kill()
    ran[0].wait()
    mine = made()
    assert (left[0].exists(), left[1].exists(), mine.exists()) == (False, True, True)
    clear(mine)
    assert not mine.exists()
    ran[1].kill()
    for one in ran:
        one.communicate()
