"""`stationthis train` on a real gateway: one command from a folder to the volume; dry runs, refusals, and coming back."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stationthis_sdk.testing import LocalGateway
from tests.cli.conftest import Quick, Shell
from tests.cli.test_run import ID
from tests.fixtures import RunningGateway
from tests.recipes.training.conftest import NODES, picture
from tests.wire import Wire, answer

QUICK = ("--steps", "100", "--set", "resolution=64", "--seed", "3")


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """A folder of twelve pictures with captions."""
    folder = tmp_path / "cats"
    folder.mkdir()
    for number in range(12):
        picture(number).save(folder / f"cat{number:02d}.png")
        (folder / f"cat{number:02d}.txt").write_text(f"mycat {number}")
    return folder


@pytest.fixture(autouse=True)
def _volume_is_emptied(st, request):
    """No test leaves a LoRA in the shared gateway's volume."""
    yield
    for model in st.models.list("loras", refresh=True):
        model.delete()


@pytest.mark.slow
def test_from_a_folder_to_the_volume(shell: Shell, cats: Path, tmp_path: Path) -> None:
    """Milestones on standard error; one line at the end; what was trained is usable by its name."""
    ran = shell("train", str(cats), "--name", "my-cat", "--trigger", "mycat", *QUICK)
    assert ran.code == 0, ran
    assert re.fullmatch(rf"success {ID} loras/my-cat.safetensors\n", ran.out)
    assert [line for line in ran.err.splitlines() if " % of " in line] == [
        f"{percent} % of 100 steps" for percent in (25, 50, 75)
    ]
    made = shell(
        "run",
        "picture-with-lora",
        "lora=my-cat.safetensors",
        "steps=1",
        "width=32",
        "height=32",
        "--save",
        str(tmp_path),
    )
    assert made.code == 0, made
    again = shell("train", "--resume", ran.out.split()[1], "--json")
    assert again.code == 0, again
    told = json.loads(again.out)
    assert (told["state"], told["name"], told["step"], told["registered"], told["code"]) == (
        "success", "my-cat", 100, "loras/my-cat.safetensors", "success",
    )  # fmt: skip
    assert " % of " not in again.err


def test_detached_and_taken_up(quick: Quick, cats: Path, tmp_path: Path) -> None:
    """The run id is all that is printed; --resume waits, saves and registers."""
    begun = quick("train", str(cats), "--name", "left-cat", "--trigger", "mycat", "--detach", *QUICK)
    assert begun.code == 0, begun
    assert re.fullmatch(rf"{ID}\n", begun.out)
    ran = quick("train", "--resume", begun.out.strip(), "--save", str(tmp_path / "out"), "--no-register")
    assert ran.code == 0, ran
    names = {Path(line).name for line in ran.out.splitlines()}
    assert any(name.endswith(".safetensors") for name in names)
    assert len(names) == 6, names  # weights, four samples, losses
    assert quick("train", "--resume", "5ea8723e-4701-4d69-8604-8932801f2083").code == 2


def test_a_dry_run_tells_all_and_begins_nothing(quick: Quick, st, cats: Path) -> None:
    """The report, the recipe, time, price; with what is wrong it exits with 2."""
    runs = len(st.runs.list(deployment="train-lora", limit=None))
    good = quick("train", str(cats), "--name", "my-cat", "--trigger", "mycat", "--dry-run", *QUICK)
    assert good.code == 0, good
    for words in ("12 pictures, 12 captions", "steps 100", "1620 points"):
        assert words in good.out
    (cats / "ghost.txt").write_text("nobody")
    bad = quick(
        "train", str(cats), "--name", "my-cat", "--trigger", "", "--steps", "10", "--dry-run", "--json"
    )
    assert bad.code == 2
    told = json.loads(bad.out)
    assert (told["ok"], told["code"]) == (False, "invalid_params")
    assert {one["code"] for one in told["findings"] if one["level"] == "error"} == {"orphan_caption"}
    assert len(told["problems"]) == 3
    refused = quick("train", str(cats), "--name", "my-cat", "--trigger", "", "--steps", "10", "--json")
    assert (refused.code, len(refused.json["error"]["problems"])) == (2, 3)
    assert len(st.runs.list(deployment="train-lora", limit=None)) == runs


@pytest.mark.parametrize(
    ("words", "told"),
    [((), "name a folder"), (("cats",), "--name"), (("cats", "--resume", "x"), "--resume"),
     (("cats", "--name", "x", "--detach", "--save", "out"), "--save"),
     (("cats", "--name", "x", "--set", "rank"), "KEY=VALUE"), (("nowhere", "--name", "x"), "no folder"),
     (("--resume", "x", "--dry-run"), "--dry-run"), (("--resume", "x", "--steps", "5"), "--steps"),
     (("--resume", "x", "--base", "sdxl"), "--base"), (("--resume", "x", "--set", "rank=5"), "--set"),
     (("--resume", "x", "--install"), "--install"),
     (("cats", "--name", "x", "--set", "dataset=x"), "that is FOLDER"), (("cats", "--name", "x", "--set", "self=1"), "self"),
     (("cats", "--name", "x", "--set", "name=y"), "that is --name"),
     (("cats", "--name", "x", "--set", "rank=1", "--set", "rank=2"), "given twice"),
     (("cats", "--name", "x", "--register-as", "My Cat"), "'my-cat' would be"),
     (("cats", "--name", "x", "--register-as", "y", "--no-register"), "--register-as")],
)  # fmt: skip
def test_wrong_words(quick: Quick, cats: Path, words, told) -> None:
    """Each is told in one line, and nothing is begun."""
    ran = quick("train", *(str(cats) if word == "cats" else word for word in words))
    assert ran.code == 2
    assert told in ran.error


def test_what_can_not_be_registered_is_trained_all_the_same(
    quick: Quick, st, cats: Path, tmp_path: Path
) -> None:
    """The volume has another file of that name: refused before; where it comes up later, a line says how to try again."""
    taken = tmp_path / "taken.safetensors"
    taken.write_bytes(b"weights")
    st.models.upload(taken, folder="loras")
    words = ("train", str(cats), "--name", "taken", "--trigger", "mycat", *QUICK)
    refused = quick(*words)
    assert (refused.code, "--register-as NAME" in refused.err) == (2, True), refused
    begun = quick(*words, "--detach")
    ran = quick("train", "--resume", begun.out.strip())
    assert ran.code == 1, ran
    assert re.fullmatch(rf"success {ID}\n", ran.out)
    assert "Not registered: 'loras/taken.safetensors' is in the volume already" in ran.err
    assert f"stationthis train --resume {begun.out.strip()} --register-as taken-2" in ran.err
    again = quick("train", "--resume", begun.out.strip(), "--register-as", "taken-2")
    assert (again.code, again.out.split()[-1]) == (0, "loras/taken-2.safetensors"), again


@pytest.mark.slow
def test_ctrl_c_cancels_it(shell: Shell, st, cats: Path) -> None:
    """As any run that is waited for: the line says so, and the service knows."""
    words = ("--name", "long", "--trigger", "mycat", "--steps", "12000", "--set", "resolution=64")
    with shell.start("train", str(cats), *words) as process:
        begun = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=45)
    assert process.returncode == 130, err
    assert "ancelled" in err
    assert st.runs.get(begun.split()[-1]).state == "cancelled"


def test_digits_for_an_input_that_takes_text(quick: Quick, cats: Path) -> None:
    """They are text there, and numbers where the recipe counts."""
    words = ("--name", "x", "--trigger", "mycat", "--dry-run", "--set", "lora_name=2024", *QUICK)
    ran = quick("train", str(cats), *words, "--json")
    assert ran.code == 0, ran
    assert ran.json["inputs"]["lora_name"] == "2024"


def test_installing_alone(quick: Quick) -> None:
    """The graph of ComfyUI's own nodes is uploaded and deployed; the same again changes nothing; a dry run does nothing."""
    told = answer(200, {one: {} for one in NODES})
    with LocalGateway() as own, Wire(otherwise=told) as comfyui:
        where = {"STATIONTHIS_BASE_URL": own.base_url, "STATIONTHIS_API_KEY": own.key}
        with own.client() as client:
            client.machines.create_custom("gpu", f"http://127.0.0.1:{comfyui.port}/")
            there = len(client.deployments.list(refresh=True))
        words = ("train", "--install", "--machine", "gpu")
        dry = quick(*words, "--dry-run", environ=where)
        assert (dry.code, dry.out.startswith("would be done: train-lora-sdxl")) == (0, True), dry
        assert quick(*words, "--dry-run", "--json", environ=where).json["dry_run"] is True
        with own.client() as client:
            assert len(client.deployments.list(refresh=True)) == there
        lacking = quick("train", "--install", "--machine", "this-machine", environ=where)
        assert (lacking.code, "has no CheckpointLoaderSimple" in lacking.err) == (2, True), lacking
        first = quick(*words, environ=where)
        assert first.code == 0, first
        assert first.out.startswith("train-lora-sdxl (a new workflow) in production: new, version 1")
        again = quick(*words, "--json", environ=where)
        assert (again.code, again.json["kind"], again.json["deployment"]) == (
            0,
            "unchanged",
            "train-lora-sdxl",
        )


@pytest.mark.slow
def test_the_script_is_the_command(cats: Path, gateway: RunningGateway, tmp_path: Path) -> None:
    """scripts/train_lora.py takes the same words."""
    script = Path(__file__).resolve().parents[2] / "scripts" / "train_lora.py"
    done = subprocess.run(
        [sys.executable, script, cats, "--name", "x", "--trigger", "x", "--dry-run"],
        env={**gateway.environment(), "STATIONTHIS_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "12 pictures" in done.stdout
