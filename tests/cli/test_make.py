"""`stationthis make` on a real gateway: files, lines, JSON, exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stationthis_sdk.testing import local_gateway
from tests.cli.conftest import Quick, Shell
from tests.fixtures import RunningGateway
from tests.recipes.images import graphs

SMALL = ("--steps", "1", "--width", "32", "--height", "32")
ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = ("--workflow", "text-to-picture")


def test_saved_paths_are_all_that_is_on_standard_output(shell: Shell, tmp_path: Path) -> None:
    """Each path is a line and a file; what was left out is told on standard error."""
    ran = shell(
        "make",
        "a fox",
        *TEXT,
        "-n",
        "2",
        "--seed",
        "7",
        *SMALL,
        "--set",
        "cfg=5",
        "--save",
        "out",
        cwd=tmp_path,
    )
    assert ran.code == 0, ran
    assert ran.out == "out/text-to-picture-7.png\nout/text-to-picture-8.png\n"
    assert (tmp_path / "out/text-to-picture-8.png").read_bytes().startswith(b"\x89PNG")
    assert "stationthis: left out: cfg: 'text-to-picture' has no input for it" in ran.err.splitlines()


def test_json_is_one_document_that_tells_all(quick: Quick, tmp_path: Path) -> None:
    """What was used, what was tried, where each input is from, what each run was."""
    ran = quick(
        "make", "a fox", "-w", "gone", "--fallback", "text-to-picture", "--seed", "3,9", "-n", "2", *SMALL, "--set",
        "style=sea", "--json", "--save", str(tmp_path),
    )  # fmt: skip
    made = ran.json
    assert ran.code == 0, ran
    assert (made["code"], made["deployment"], made["seeds"]) == ("success", "text-to-picture", [3, 9])
    assert made["tried"][0].startswith("gone: No deployment 'gone'")
    assert (made["inputs"]["style"], made["came_from"]["style"]) == ("sea", "call")
    assert [Path(run["outputs"][0]["saved"]).is_file() for run in made["runs"]] == [True, True]
    assert made["cost"] == 0.0


def test_a_picture_and_a_further_step(quick: Quick, tmp_path: Path) -> None:
    """--image takes a path, --then a deployment; without --save each run is a line."""
    first = quick("make", "-", *TEXT, *SMALL, "--save", str(tmp_path), stdin="a fox\n")
    assert first.code == 0, first
    ran = quick("make", "at dawn", "--image", first.out.strip(), "--steps", "1", "--set", "strength=0.2")
    assert ran.code == 0, ran
    assert ran.out.startswith("success ")
    ran = quick("make", "a fox", *TEXT, "--then", "picture-to-picture", *SMALL, "--json")
    assert ran.json["deployment"] == "picture-to-picture"
    refused = quick("make", "a fox", "--then", "picture-to-picture")
    assert (refused.code, "--workflow names it" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((" , ",), "prompt: says nothing"),
        (("a fox", "-n", "0"), "n: how many, from 1 to 100"),
        (("a fox", "--seed", "x"), "'x' is no whole number"),
        (("a fox", "--set", "cfg"), "is no key=value"),
        (("a fox", "--set", "mood=3"), "no word or input 'mood'"),
        (("a fox", "-w", "text-to-pictre"), "mean 'text-to-picture'"),
        (("a fox", "--image", "/no/such.png", "-w", "picture-to-picture"), "there is no file"),
        (("@/no/such.txt",), "can't read"),
        ((), "say what to make"),
    ],
)
def test_what_cant_be_meant_is_wrong_usage(quick: Quick, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, one line, nothing sent."""
    ran = quick("make", *(words if "-w" in words else (*TEXT, *words)))
    assert (ran.code, ran.out) == (2, ""), ran
    assert said in ran.err


def test_a_failed_run_is_told_with_its_code(quick: Quick, gateway: RunningGateway, tmp_path: Path) -> None:
    """Exit code 1; the error document has the product's code and the run; what others made is saved."""
    wide = {
        **graphs.PRODUCT,
        "8": {**graphs.PRODUCT["8"], "inputs": {**graphs.PRODUCT["8"]["inputs"], "width": ["2", 0]}},
    }
    gateway.deploy("wide", wide)
    ran = quick("make", "a fox", "-w", "wide", "--seed", "0", "--steps", "1", "--json")
    error = ran.json["error"]
    assert (ran.code, error["type"], error["code"]) == (1, "RunFailed", "generation_failed")
    ran = quick(
        "make", "a fox", "-w", "wide", "-n", "2", "--seed", "32,0", "--steps", "1", "--save", str(tmp_path)
    )
    assert (ran.code, ran.out) == (1, f"{tmp_path}/wide-32.png\n")
    assert "1 of 2 were made" in ran.err


def test_preferences_of_a_user_hold(quick: Quick, gateway: RunningGateway) -> None:
    """--user says whose."""
    from stationthis_sdk import StationThis

    with StationThis(gateway.key, gateway.base_url, home=quick.home) as st:
        st.preferences.set("text-to-picture", style="sea", user="ada")
    ran = quick("make", "a fox", *TEXT, *SMALL, "--user", "ada", "--json")
    assert (ran.json["inputs"]["style"], ran.json["came_from"]["style"]) == ("sea", "preference")


def test_the_script_is_the_command(shell: Shell, tmp_path: Path) -> None:
    """scripts/make_image.py takes the same arguments."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "make_image.py", "a fox", *TEXT, *SMALL, "--json"],
        env=shell.environ, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["code"] == "success", done.stderr


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("prompt=x", "the prompt is the argument"),
        ("n=3", "-n says that"),
        ("user=", "--user says that"),
        ("workflow=", "--workflow says that"),
        ("on_progress=", "no such word"),
        ("wait=false", "always waits"),
        ("self=1", "no such word"),
        ("steps=5", "said twice, by --steps as well"),
    ],
)
def test_what_is_no_word_is_wrong_usage(quick: Quick, word: str, said: str) -> None:
    """What an option says, and what is said twice."""
    ran = quick("make", "a fox", *TEXT, *SMALL, "--set", word)
    assert (ran.code, ran.out) == (2, ""), ran
    assert said in ran.err


def test_json_of_what_failed_in_part_is_one_document(
    quick: Quick, gateway: RunningGateway, tmp_path: Path
) -> None:
    """It has the error and what was made all the same."""
    wide = {
        **graphs.PRODUCT,
        "8": {**graphs.PRODUCT["8"], "inputs": {**graphs.PRODUCT["8"]["inputs"], "width": ["2", 0]}},
    }
    gateway.deploy("wide-too", wide)
    ran = quick(
        "make", "a fox", "-w", "wide-too", "-n", "2", "--seed", "32,0", "--steps", "1", "--save", str(tmp_path), "--json"
    )  # fmt: skip
    assert ran.code == 1, ran
    assert ran.json["error"]["type"] == "RunFailed"
    runs = ran.json["made"]["runs"]
    assert [Path(one["saved"]).name for run in runs for one in run["outputs"]] == ["wide-too-32.png"]
    assert len(runs) == 2


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_delivers_what_is_there(tmp_path: Path, number: signal.Signals) -> None:
    """Two of three had ended well: they are saved, and the ids of all are told."""
    with local_gateway() as gateway:
        gateway.faults.stall(at="queued", times=1)
        environ = {
            **os.environ, "STATIONTHIS_API_KEY": gateway.key, "STATIONTHIS_BASE_URL": gateway.base_url,
            "STATIONTHIS_HOME": str(tmp_path / "home"),
        }  # fmt: skip
        command = [
            sys.executable,
            str(ROOT / "scripts" / "make_image.py"),
            "a fox",
            *TEXT,
            *SMALL,
            "-n",
            "3",
            "--seed",
            "5",
        ]
        with subprocess.Popen(
            [*command, "--save", str(tmp_path / "out")],
            env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as script:  # fmt: skip
            gateway.until(
                lambda: sorted(run.state for run in gateway.runs()) == ["queued", "success", "success"], 45
            )
            script.send_signal(number)
            out, err = script.communicate(timeout=45)
        assert script.returncode == 128 + number, err
        assert len(out.splitlines()) == 2, (out, err)
        assert all(Path(line).is_file() for line in out.splitlines())
        assert all(run.id in err for run in gateway.runs())
        assert sorted(run.state for run in gateway.runs()) == ["cancelled", "success", "success"]
