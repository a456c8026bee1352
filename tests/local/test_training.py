"""The gateway's deployments that train and apply a LoRA, asked as the service is."""

import io
import json

import aiohttp
import numpy as np
import pytest
from PIL import Image

from stationthis_sdk.local.engine.training.weights import KIND
from tests.local.engine.made import archive
from tests.local.engine.test_training import BOMB, BROKEN_JPEG, losses, pictures


async def uploaded(api, content, name="set.zip"):
    """The URL of an upload."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", io.BytesIO(content), filename=name)
    answer = await api("POST", "/file/upload", data=form)
    assert answer.status == 200, answer
    return answer.body["file_url"]


async def begun(api, content=None, **more):
    """A training that has been queued; small unless said otherwise."""
    given = {
        "lora_name": "my-cat",
        "trigger": "mycat",
        "steps": 40,
        "learning_rate": 2e-3,
        "rank": 4,
        "seed": 7,
    }
    url = await uploaded(api, archive(pictures()) if content is None else content)
    body = {
        "deployment_id": (await api.deployment("train-lora"))["id"],
        "inputs": {"dataset": url, **given, **more},
    }
    answer = await api("POST", "/run/deployment/queue", json=body)
    assert answer.status == 200, answer
    return answer.body["run_id"]


def items_of(run):
    """The run's files by their output ids."""
    found = {}
    for output in run["outputs"]:
        found[output["output_id"]] = [item for items in output["data"].values() for item in items]
    return found


async def content_of(api, item):
    """A file that a run put out."""
    async with api.session.get(item["url"]) as answer:
        assert answer.status == 200
        return await answer.read()


async def registered(api, content, name="my-cat.safetensors", folder="loras"):
    """Put a file into the account's models as an upload."""
    body = {"filename": name, "contentType": "application/octet-stream", "size": len(content)}
    made = (await api("POST", "/volume/file/generate-upload-url", json=body)).body
    async with api.session.put(
        made["uploadUrl"], data=content, headers={"Content-Type": body["contentType"]}
    ) as put:
        assert put.status == 200, await put.text()
    add = {
        "source": "link",
        "folderPath": folder,
        "downloadLink": "x",
        "filename": name,
        "isTemporaryUpload": True,
    }
    answer = await api("POST", "/volume/model", json={**add, "s3ObjectKey": made["objectKey"]})
    assert answer.status == 200, answer


async def drawn(api, **inputs):
    """A picture of the deployment that applies a LoRA, once its run has ended."""
    return await api.ended(await api.submit("picture-with-lora", inputs))


async def pixels(api, run):
    """The picture of a run."""
    assert run["status"] == "success", run
    (item,) = items_of(run)["picture"]
    return np.asarray(Image.open(io.BytesIO(await content_of(api, item))).convert("RGB")).astype(float)


async def test_a_training_gives_weights_samples_and_losses(api):
    """Three outputs by their ids, whose numbers fit each other; the loss has truly fallen."""
    run = await api.ended(await begun(api))
    assert (run["status"], run["progress"]) == ("success", 1.0)
    found = items_of(run)
    assert {name: [item["filename"] for item in items] for name, items in found.items()} == {
        "weights": ["my-cat.safetensors"],
        "samples": [f"samples_{number:05}_.png" for number in range(1, 5)],
        "loss": ["loss.csv"],
    }
    assert found["weights"][0]["url"].endswith(".safetensors")
    weights = await content_of(api, found["weights"][0])
    words = json.loads(weights[8 : 8 + int.from_bytes(weights[:8], "little")])["__metadata__"]
    fell = losses(await content_of(api, found["loss"][0]))
    assert (words["kind"], words["trigger"]) == (KIND, "mycat")
    assert (len(fell), fell[-1]) == (40, float(words["final_loss"]))
    assert fell[-1] < 0.5 * fell[0]
    sample = Image.open(io.BytesIO(await content_of(api, found["samples"][0])))
    assert (sample.size, "no diffusion model" in sample.text["Comment"].replace("not a", "no")) == (
        (576, 192),
        True,
    )


async def test_each_step_is_told_with_its_loss(api):
    """In the run's live status, its log and its stream of progress."""
    run_id = await begun(api, steps=30)
    run = await api.ended(run_id)
    assert run["live_status"] != ""
    api.gateway.clock.advance(30)
    lines = [line["log"] for line in (await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body]
    told = [line for line in lines if line.startswith("step ")]
    assert [line.split()[1] for line in told] == [f"{step}/30" for step in range(1, 31)]
    assert all(float(line.split(" loss ")[1]) > 0 for line in told)
    assert any("4 pictures and 4 captions" in line for line in lines)


async def test_the_same_seed_gives_the_same_files(api, gateway):
    """Weights and losses; the name is in the weights only."""

    async def files(name):
        run = await api.ended(await begun(api, lora_name=name))
        found = items_of(run)
        return [await content_of(api, found[one][0]) for one in ("weights", "loss")]

    one = await files("my-cat")
    again = await files("my-cat")
    other = await files("my-dog")
    assert one == again
    assert one[1] == other[1]
    assert one[0] != other[0]  # the name is in it


async def test_a_training_is_cancelled_in_the_middle(api):
    """Its live status stays at the step it had, and the machine takes the next run."""
    run_id = await begun(api, steps=20_000)
    run = await api.until(run_id, lambda it: str(it["live_status"]).startswith("step "))
    assert run["live_status"].startswith("step ")
    assert "/20000 loss " in run["live_status"]
    assert 0 <= run["progress"] < 1
    assert (await api("POST", f"/run/{run_id}/cancel")).status == 200
    run = await api.ended(run_id)
    assert (run["status"], run["outputs"]) == ("cancelled", [])
    assert (await api.ended(await begun(api)))["status"] == "success"


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [
        (BOMB, {}, "unpacks to more than"),
        (archive({**pictures(), "../x.png": b""}), {}, "leads out of its archive"),
        (
            archive({**pictures(), "x.jpg": BROKEN_JPEG}),
            {},
            "'x.jpg' in the dataset: the picture can't be read",
        ),
        (archive({"x.txt": b"a cat"}), {}, "the dataset has no pictures"),
        (b"no archive", {}, "the zip file can't be read"),
        (None, {"trigger": ""}, "the trigger is blank"),
        (None, {"dataset": "https://127.0.0.1:9/none.zip"}, "the dataset is no file that could be read"),
    ],
)
async def test_a_bad_dataset_is_refused_with_the_reason(api, content, more, words):
    """The run fails, and its error output and log say why."""
    run_id = await begun(api, content, **more)
    assert (await api.ended(run_id))["status"] == "failed"
    api.gateway.clock.advance(30)
    told = json.dumps((await api("GET", f"/v2/clickhouse-run-logs/{run_id}")).body)
    assert words in told
    assert "StationThisTrainLora" in told


async def test_a_trained_lora_changes_a_picture(api):
    """Once it is in the account's models it is applied by name; strength 0 leaves the picture as it was."""
    run = await api.ended(await begun(api, steps=150))
    await registered(api, await content_of(api, items_of(run)["weights"][0]))
    words = {"prompt": "the sea", "seed": 3, "steps": 1, "lora": "my-cat.safetensors"}
    plain = await pixels(api, await drawn(api, **{**words, "lora": ""}))
    same = await pixels(api, await drawn(api, **words, lora_strength=0))
    half = await pixels(api, await drawn(api, **words, lora_strength=0.5))
    full = await pixels(api, await drawn(api, **words, lora_strength=1))
    assert np.array_equal(plain, same)

    def redness(picture):
        return picture[..., 0].mean() - picture[..., 2].mean()

    assert redness(plain) + 20 < redness(half) < redness(full) - 20


@pytest.mark.parametrize(
    ("lora", "words"),
    [
        ("other.safetensors", "the account's models have no 'loras/other.safetensors'"),
        ("../../gateway.sqlite", "leads out of the volume"),
        ("..", "the account's models have no 'loras/..'"),
        ("a" * 5000, "the account's models have no 'loras/aaaa"),
        ("foreign.safetensors", "'loras/foreign.safetensors' is no .safetensors file"),
    ],
)
async def test_a_lora_that_is_not_there(api, lora, words):
    """Missing, out of the folder, or no such file: the reason names it."""
    await registered(api, b"something else", "foreign.safetensors")
    run = await drawn(api, lora=lora)
    assert run["status"] == "failed"
    api.gateway.clock.advance(30)
    assert words in json.dumps((await api("GET", f"/v2/clickhouse-run-logs/{run['id']}")).body)


async def test_the_models_of_one_account_are_no_others(api, gateway):
    """A LoRA is found in its own account's folder, or in the one that all share."""
    run = await api.ended(await begun(api))
    content = await content_of(api, items_of(run)["weights"][0])
    other = type(api)(gateway, api.session, await gateway.add_key("somebody"))
    await registered(other, content)
    assert (await drawn(api, lora="my-cat.safetensors"))["status"] == "failed"
    folder = gateway._folder / "models" / "public" / "loras"
    folder.mkdir(parents=True)
    (folder / "my-cat.safetensors").write_bytes(content)
    assert (await drawn(api, lora="my-cat.safetensors"))["status"] == "success"
