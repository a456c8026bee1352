"""`stationthis run` on a real gateway: files, lines, JSON, refusals."""

import contextlib
import json
import re
import resource
import sqlite3
from pathlib import Path

from tests.cli.conftest import SMALL, Quick, Shell
from tests.fixtures import RunningGateway

ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def test_saved_paths_are_all_that_is_on_standard_output(shell: Shell, tmp_path: Path) -> None:
    """Each path is a line and a file, its inputs beside it; progress is lines on standard error."""
    ran = shell(
        "run", "text-to-picture", "prompt=a lighthouse", "seed=7", *SMALL, "--save", "pictures", cwd=tmp_path
    )
    assert ran.code == 0, ran
    assert ran.out == "pictures/text-to-picture-7.png\n"
    assert (tmp_path / "pictures/text-to-picture-7.png").read_bytes().startswith(b"\x89PNG")
    note = json.loads((tmp_path / "pictures/text-to-picture-7.png.json").read_text())
    assert note["inputs"] == {"prompt": "a lighthouse", "seed": 7, "steps": 1, "width": 32, "height": 32}
    submitted, *lines = ran.err.splitlines()
    assert re.fullmatch(rf"run {ID} of text-to-picture: submitted", submitted)
    assert lines[-1] == "success"
    assert "\x1b" not in ran.err


def test_without_saving_one_line_tells_state_id_and_address(shell: Shell) -> None:
    """Words become what the inputs want: text from standard input, numbers, an option."""
    ran = shell("run", "Text to Picture", "prompt=-", "style=sea", *SMALL, stdin="dusk\nover the sea\n")
    assert ran.code == 0, ran
    assert re.fullmatch(rf"success {ID} http://\S+\.png\n", ran.out)
    got = shell("runs", "get", ran.out.split()[1], "--json").json
    assert got["inputs"]["prompt"] == "dusk\nover the sea"
    assert got["inputs"]["style"] == "sea"


def test_json_is_one_document_that_tells_all(quick: Quick, tmp_path: Path) -> None:
    """Run id, state, inputs with the drawn seed, outputs with paths, times."""
    ran = quick("run", "text-to-picture", "prompt=Füchse", *SMALL, "--json", "--save", str(tmp_path))
    made = ran.json
    assert ran.code == 0
    assert re.fullmatch(ID, made["run_id"])
    assert (made["state"], made["deployment"], made["from_cache"]) == ("success", "text-to-picture", False)
    assert made["inputs"]["prompt"] == "Füchse"
    assert isinstance(made["inputs"]["seed"], int)
    (output,) = made["outputs"]
    assert (output["kind"], output["name"], output["text"]) == ("image", "picture", None)
    assert output["url"].startswith("http://")
    assert Path(output["saved"]).is_file()
    assert made["timings"]["ended_at"] > made["timings"]["created_at"]
    assert made["timings"]["duration"] > 0


def test_a_picture_is_uploaded_by_its_path(quick: Quick, tmp_path: Path) -> None:
    """Media inputs take paths; the run shows where the file went."""
    first = quick("run", "text-to-picture", *SMALL, "--save", str(tmp_path))
    ran = quick("run", "picture-to-picture", f"input_image={first.out.strip()}", "steps=1", "--json")
    assert ran.code == 0, ran
    assert ran.json["inputs"]["input_image"].startswith("http://")


def test_texts_are_printed_as_texts(quick: Quick, gateway: RunningGateway) -> None:
    """A text output follows the line of its run, without what a terminal would obey."""
    graph = {
        "1": {
            "class_type": "ComfyUIDeployExternalText",
            "inputs": {"input_id": "words", "default_value": ""},
        },
        "2": {"class_type": "PreviewAny", "inputs": {"source": ["1", 0]}},
    }
    gateway.deploy("echo", graph)
    ran = quick("run", "echo", "words=a \x1b[31mfox\nand an owl")
    assert ran.code == 0, ran
    first, *rest = ran.out.splitlines()
    assert first.startswith("success ")
    assert rest == ["a [31mfox", "and an owl"]
    assert quick("run", "echo", "words=@@fox", "--json").json["outputs"][0]["text"] == "@fox"


def test_every_problem_is_listed_and_nothing_is_sent(quick: Quick) -> None:
    """What can't be read and what does not fit are told in one go."""
    words = ("steps=99", "style=se", "width=-3", "height=tall", "fast", "prompt=@/no/such", "sed=1")
    ran = quick("run", "text-to-picture", *words)
    assert (ran.code, ran.out) == (2, "")
    for part in ("fast: is no key=value", "prompt: can't read", "1–60, got 99", "mean 'sea'?", "height: wants a number",
                 "16–2048, got -3", "no input 'sed'; did you mean 'seed'?"):  # fmt: skip
        assert part in ran.error
    as_json = quick("run", "text-to-picture", *words, "--json")
    error = as_json.json["error"]
    assert (as_json.code, as_json.err) == (2, "")
    assert (error["type"], error["run_id"], error["retryable"]) == ("InvalidInput", None, False)
    assert len(error["problems"]) == len(words)


def test_forgotten_quotes_are_told_once(quick: Quick) -> None:
    """With what to write instead; nothing is sent."""
    ran = quick("run", "text-to-picture", "prompt=a", "fox", "in", "the", "snow", "seed=1")
    assert (ran.code, ran.out) == (2, "")
    assert "prompt: quotes are missing, write prompt='a fox in the snow'." in ran.error
    assert "no key=value" not in ran.error


def test_unknown_names_suggest_known_ones(quick: Quick) -> None:
    """A misspelt deployment, and inputs sent although nobody declared them."""
    ran = quick("run", "text-to-pictur", "--environment", "production")
    assert ran.code == 2
    assert "mean 'text-to-picture'" in ran.error
    refused = quick("run", "text-to-picture", "mood=calm", *SMALL)
    assert "--allow-unknown sends it anyway" in refused.error
    sent = quick("run", "text-to-picture", "mood=calm", *SMALL, "--allow-unknown", "--json")
    assert sent.json["inputs"]["mood"] == "calm"


def test_a_missing_picture_is_told_before_anything_is_sent(quick: Quick, tmp_path: Path) -> None:
    """No such file, no picture at all, and a file that is none."""
    (tmp_path / "notes.png").write_text("no picture")
    for words, part in (
        (["input_image=/no/such.png"], "there is no file '/no/such.png'"),
        ([], "needs a picture"),
        ([f"input_image={tmp_path / 'notes.png'}"], "wants an image file"),
    ):
        ran = quick("run", "picture-to-picture", *words)
        assert (ran.code, ran.out) == (2, "")
        assert part in ran.error


def test_detach_prints_the_id_at_once(quick: Quick) -> None:
    """The run goes on and can be watched; saving makes no sense yet."""
    ran = quick("run", "text-to-picture", *SMALL, "--detach")
    assert ran.code == 0
    assert re.fullmatch(ID + "\n", ran.out)
    assert quick("runs", "watch", ran.out.strip()).out.startswith("success ")
    assert quick("run", "text-to-picture", "--detach", "--save", "x").code == 2


def test_the_cache_finds_an_equal_run(quick: Quick) -> None:
    """The second run is the first one, and says so."""
    first, second = (
        quick("run", "text-to-picture", "seed=11", *SMALL, "--cache", "--json").json for _ in range(2)
    )
    assert (first["from_cache"], second["from_cache"]) == (False, True)
    assert first["run_id"] == second["run_id"]


def test_a_full_disk_leaves_nothing_half_written(shell: Shell, tmp_path: Path) -> None:
    """One line, exit 1, no file; the run is named, for it was paid."""
    folder = tmp_path / "out"

    def nearly_full() -> None:
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (600_000, 600_000)
        )  # room for the ledger, none for the picture

    words = ("run", "text-to-picture", "steps=2", "width=1024", "height=1024", "--save", str(folder))
    ran = shell(*words, prepare=nearly_full)
    assert (ran.code, ran.out) == (1, "")
    last = ran.err.splitlines()[-1]
    assert "Can't save" in last
    assert re.search(f"stationthis runs get {ID} --save DIR", last)
    assert list(folder.iterdir()) == []
    error = shell(*words, "--json", prepare=nearly_full).json["error"]
    assert error["type"] == "SaveFailed"
    assert re.fullmatch(ID, error["run_id"])


def test_a_disk_that_takes_nothing_pays_for_nothing(
    shell: Shell, gateway: RunningGateway, tmp_path: Path
) -> None:
    """What can't be written down is not sent: one line, exit 1, no run."""

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    prompt = "a harbour on a full disk"
    ran = shell("run", "text-to-picture", f"prompt={prompt}", "--save", str(tmp_path / "out"), prepare=full)
    assert (ran.code, ran.out) == (1, "")
    assert "Nothing was sent" in ran.err.splitlines()[-1]
    with contextlib.closing(sqlite3.connect(gateway.data / "gateway.sqlite")) as database:
        assert (
            database.execute("SELECT 1 FROM runs WHERE workflow_inputs LIKE ?", (f"%{prompt}%",)).fetchall()
            == []
        )


def test_a_time_limit_leaves_the_run_and_says_how_to_go_on(shell: Shell, gateway: RunningGateway) -> None:
    """Exit 75, in commands instead of Python."""
    ran = shell(
        "run", "text-to-picture", "steps=60", "width=2048", "height=2048", "--timeout", "0.3", "--json"
    )
    error = ran.json["error"]
    assert ran.code == 75
    assert (error["type"], error["retryable"]) == ("TimedOut", True)
    assert f"stationthis runs watch {error['run_id']}" in error["message"]
    early = shell("runs", "get", error["run_id"], "--save", "x")
    assert early.code == 75
    assert "nothing was saved yet" in early.error
    assert shell("runs", "cancel", error["run_id"]).out == f"cancelled {error['run_id']}\n"
    assert gateway.ask(f"/run/{error['run_id']}")["status"] == "cancelled"


def test_a_failed_run_is_exit_1_and_named(quick: Quick, gateway: RunningGateway) -> None:
    """The error names the run, on its line and in JSON, also when watched."""
    gateway.deploy("broken", {"1": {"class_type": "NoSuchNode", "inputs": {}}})
    ran = quick("run", "broken", "--json")
    error = ran.json["error"]
    assert (ran.code, error["type"]) == (1, "RunFailed")
    watched = quick("runs", "watch", error["run_id"], "--json")
    *events, last = map(json.loads, watched.out.splitlines())
    assert (watched.code, last["error"]["type"]) == (1, "RunFailed")
    assert events[-1]["event"] == "end"
    assert quick("runs", "get", error["run_id"]).out.startswith("failed ")
