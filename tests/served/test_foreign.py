"""Clients that other people wrote work on the gateway unchanged."""

import json
import shutil
import subprocess
import sys
import time

import comfydeploy
import pydantic
import pytest
from comfydeploy.models import errors

SMALL = {"prompt": "a test", "seed": 1, "steps": 1, "width": 64, "height": 64}
ENDLESS = {**SMALL, "steps": 60, "width": 2048, "height": 2048}


@pytest.fixture
def vendor(gateway):
    """The vendor's own Python SDK, pointed at the gateway."""
    with comfydeploy.ComfyDeploy(bearer=gateway.key, server_url=gateway.base_url) as client:
        yield client


def deployment_of(gateway):
    found = gateway.ask("/deployments")
    return next(one["id"] for one in found if one["workflow"]["name"] == "text-to-picture")


def state(gateway, run_id):
    return gateway.ask(f"/run/{run_id}")["status"]


def until(gateway, run_id, wanted):
    for _ in range(2000):
        if state(gateway, run_id) in wanted:
            return
        time.sleep(0.01)
    raise AssertionError(f"run {run_id} is {state(gateway, run_id)}, not one of {wanted}")


def test_the_vendors_sdk_queues_a_run_that_is_done(vendor, gateway):
    """Its queue gives the run's id, and the run succeeds."""
    answer = vendor.run.deployment.queue(
        request={
            "deployment_id": deployment_of(gateway),
            "inputs": SMALL,
            "webhook_intermediate_status": True,
        }
    )
    until(gateway, answer.create_run_response.run_id, {"success"})


def test_the_vendors_sdk_cancels(vendor, gateway):
    """Its cancel ends the run."""
    request = {"deployment_id": deployment_of(gateway), "inputs": ENDLESS}
    run_id = vendor.run.deployment.queue(request=request).create_run_response.run_id
    vendor.run.cancel(run_id=run_id)
    until(gateway, run_id, {"cancelled"})


def test_the_vendors_sdk_reads_a_run_as_far_as_the_service_lets_it(vendor, gateway):
    """Its get misses the one field that the service's answers lack, and nothing else."""
    request = {"deployment_id": deployment_of(gateway), "inputs": SMALL}
    run_id = vendor.run.deployment.queue(request=request).create_run_response.run_id
    until(gateway, run_id, {"success"})
    with pytest.raises(pydantic.ValidationError) as caught:
        vendor.run.get(run_id=run_id)
    assert [(one["type"], one["loc"]) for one in caught.value.errors()] == [
        ("missing", ("body", "workflow_api"))
    ]


async def test_the_vendors_asynchronous_sdk_queues_too(gateway):
    """The same through its other half."""
    async with comfydeploy.ComfyDeploy(bearer=gateway.key, server_url=gateway.base_url) as client:
        answer = await client.run.deployment.queue_async(
            request={"deployment_id": deployment_of(gateway), "inputs": SMALL}
        )
    assert answer.create_run_response.run_id


def test_refusals_are_the_vendors_own_errors(vendor):
    """A bad id is its validation error, an unknown deployment its API error with our words."""
    with pytest.raises(errors.HTTPValidationError):
        vendor.run.deployment.queue(request={"deployment_id": "no-uuid"})
    with pytest.raises(errors.SDKError, match="Deployment not found"):
        vendor.run.deployment.queue(request={"deployment_id": "11111111-1111-4111-8111-111111111111"})


def test_a_wrong_key_is_a_401(gateway):
    """The vendor's SDK tells it as such."""
    with (
        comfydeploy.ComfyDeploy(bearer="wrong", server_url=gateway.base_url) as client,
        pytest.raises(errors.SDKError) as caught,
    ):
        client.run.get(run_id="11111111-1111-4111-8111-111111111111")
    assert caught.value.status_code == 401


PLAIN = """
import json, os, sys, urllib.request
base, key, deployment = os.environ["BASE"], os.environ["KEY"], sys.argv[1]
request = urllib.request.Request(
    base + "/run/deployment/queue",
    json.dumps({"deployment_id": deployment, "inputs": {"prompt": "a test", "width": 64, "height": 64}}).encode(),
    {"Authorization": "Bearer " + key, "Content-Type": "application/json"},
)
print(json.load(urllib.request.urlopen(request))["run_id"])
"""


def test_a_program_without_any_sdk_queues(gateway):
    """Nothing but the documented address, header and body is needed."""
    environment = {"BASE": gateway.base_url, "KEY": gateway.key}
    command = [sys.executable, "-c", PLAIN, deployment_of(gateway)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    until(gateway, done.stdout.strip(), {"success"})


def curl(gateway, method, path, *more):
    """What curl prints, asked as the vendor's documentation asks it."""
    command = ["curl", "--silent", "--show-error", "--fail-with-body", "--request", method]
    command += ["--url", gateway.base_url + path, "--header", f"Authorization: Bearer {gateway.key}", *more]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_does_as_the_vendors_documentation_says(gateway, tmp_path):
    """A file is uploaded, a run of it queued, read, its picture fetched; another run is cancelled."""
    from PIL import Image

    Image.new("RGB", (64, 48), "teal").save(tmp_path / "mine.png")
    form = ("--header", "Content-Type: multipart/form-data", "--form", f"file=@{tmp_path / 'mine.png'}")
    uploaded = json.loads(curl(gateway, "POST", "/file/upload", *form))
    found = gateway.ask("/deployments")
    deployment_id = next(one["id"] for one in found if one["workflow"]["name"] == "picture-to-picture")

    def queue(**inputs):
        body = {"deployment_id": deployment_id, "inputs": {"input_image": uploaded["file_url"], **inputs}}
        told = ("--header", "Content-Type: application/json", "--data", json.dumps(body))
        return json.loads(curl(gateway, "POST", "/run/deployment/queue", *told))["run_id"]

    run_id = queue(prompt="a test", steps=1)
    until(gateway, run_id, {"success"})
    run = json.loads(curl(gateway, "GET", f"/run/{run_id}?queue_position=false"))
    url = run["outputs"][0]["data"]["images"][0]["url"]
    picture = subprocess.run(["curl", "--silent", "--fail", url], capture_output=True, check=True).stdout
    assert picture.startswith(b"\x89PNG")
    run_id = queue(prompt="a test", steps=60)
    assert json.loads(curl(gateway, "POST", f"/run/{run_id}/cancel"))["status"] == "success"
    assert state(gateway, run_id) in {"cancelled", "success"}
