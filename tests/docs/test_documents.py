"""The documents hold what they promise: their code runs, and every setting, error and command is in them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stationthis_sdk import errors

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TOLD = README + (ROOT / "notebooks" / "REFERENCE.md").read_text("utf-8")
SOURCES = list((ROOT / "stationthis_sdk").rglob("*.py"))


def test_the_readme_is_short() -> None:
    """Under two hundred lines."""
    assert len(README.splitlines()) < 200


@pytest.mark.timeout(150)
def test_the_readme_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """Its Python blocks, one after the other, as a newcomer would paste them."""
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    program = "\n".join(blocks)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "STATIONTHIS_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
        timeout=140,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert len(list((tmp_path / "out" / "harbours").glob("*.png"))) == 4


def test_every_setting_is_documented() -> None:
    """Each environment variable that the code reads has its row, in the README or the reference."""
    read = {
        name
        for path in SOURCES
        for name in re.findall(r'"((?:STATIONTHIS|COMFY_DEPLOY)_[A-Z_]+)"', path.read_text("utf-8"))
    }
    assert read
    assert not [name for name in sorted(read) if f"`{name}`" not in TOLD]


def test_every_error_is_documented() -> None:
    """Each class of the tree has its place in the README or the reference."""
    assert not [name for name in errors.__all__ if f"`{name}`" not in TOLD and name != "Exchange"]


def test_every_command_is_documented() -> None:
    """Each command of `stationthis --help` is named in the README."""
    told = subprocess.run(
        [sys.executable, "-m", "stationthis_sdk.cli", "--help"], capture_output=True, text=True, check=True
    ).stdout
    commands = re.findall(
        r"^  ([\w-]+) ", told[told.index("Commands:") : told.index("Exit codes")], re.MULTILINE
    )
    assert len(commands) >= 8
    assert not [name for name in commands if not re.search(rf"\b{re.escape(name)}\b", README)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    """A docstring at the top of each file."""
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_the_house_is_drawn_as_it_stands() -> None:
    """CONTRIBUTING names each module and folder at the top of the package."""
    drawn = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    package = ROOT / "stationthis_sdk"
    names = [
        one.name + ("/" if one.is_dir() else "") for one in package.iterdir() if not one.name.startswith("__")
    ]
    assert not [name for name in names if name != "py.typed" and name not in drawn]
