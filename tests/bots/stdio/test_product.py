"""The product's own names, spellings, words and codes."""

import urllib.request

import pytest

from tests.bots.stdio.talking import LONG, SMALL, Talk


@pytest.mark.parametrize("spelling", ["deploymentId", "deployment_id", "deployment"])
def test_a_handler_of_the_product_goes_on_working(talk: Talk, spelling: str) -> None:
    """Submit, look, get: in its spellings, with completed for success."""
    made = talk.ask("submit_request", **{spelling: "text-to-picture"}, inputs=SMALL, userId="42")
    assert made["success"]
    assert made["runId"] == made["run_id"]
    while (told := talk.ask("check_status", runId=made["runId"]))["status"] != "completed":
        assert told["success"]
        assert told["status"] not in {"failed", "cancelled", "timeout"}
    assert (told["progress"], told["code"]) == (1.0, "success")
    results = talk.ask("get_results", run_id=made["run_id"])
    assert results["success"]
    with urllib.request.urlopen(results["images"][0]["url"]) as answer:
        assert answer.read(4) == b"\x89PNG"
    assert [one["url"] for one in results["files"]] == [one["url"] for one in results["images"]]


def test_t16_internal_words_beside_the_inputs_are_no_inputs(talk: Talk) -> None:
    """T16: deploymentId and deployment_id are one; what stands beside the inputs never becomes one."""
    made = talk.ask("submit_request", deploymentId="text-to-picture", inputs=SMALL, metadata={"user": "x"})
    assert set(talk.ask("get", run_id=made["run_id"])["inputs"]) == {*SMALL, "seed"}


def test_t10_what_cannot_be_asked_is_no_failed_run(talk: Talk) -> None:
    """T10: a run that is not there is an error with a code; a run that was cancelled is a status with a code."""
    error = talk.refused("check_status", run_id="5ea8723e-4701-4d69-8604-8932801f2083")
    assert error["data"]["code"] == "generation_error"
    made = talk.ask("submit_request", deploymentId="text-to-picture", inputs=LONG, webhook=None, key=None)
    early = talk.ask("get_results", runId=made["runId"], run_id=None)
    assert (early["success"], early["error"], early["images"]) == (False, None, [])
    assert talk.ask("cancel_request", runId=made["runId"]) == {
        "success": True,
        "status": "cancelled",
        "run_id": made["run_id"],
        "runId": made["run_id"],
    }
    results = talk.ask("get_results", runId=made["runId"])
    assert (results["success"], results["status"], results["code"]) == (
        False,
        "cancelled",
        "generation_failed",
    )
    assert results["error"]
    assert talk.refused("submit_request", deploymentId="gone")["data"]["code"] == "invalid_workflow"


def test_files_in_both_ways(talk: Talk) -> None:
    """An address to put a file to, with its headers; and a file handed over."""
    content = bytes.fromhex("504b0304")
    made = talk.ask("get_upload_url", type="application/zip", file_size=len(content), filename="two models")
    assert made["uploadUrl"] == made["upload_url"]
    request = urllib.request.Request(made["upload_url"], content, made["headers"], method="PUT")
    urllib.request.urlopen(request).close()
    told = talk.ask("upload_file", base64="UEsDBA==", filename="two models")
    assert (told["success"], told["filename"]) == (True, "two models.zip")
    assert told["url"].startswith("http")


def test_hello_says_that_they_are_for_the_transition(talk: Talk) -> None:
    """A note that names them, for whoever reads logs."""
    assert any(
        "DeprecationWarning" in note and "submit_request" in note for note in talk.ask("hello")["notes"]
    )
