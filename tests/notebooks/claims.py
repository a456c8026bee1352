"""What every guide has to keep, whatever it is about."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import papermill
from nbformat import NotebookNode, writes
from PIL import Image

from stationthis_sdk import StationThis
from tests.notebooks.executing import ENCRYPTED

GUIDES = Path(__file__).resolve().parents[2] / "notebooks"
_MOST_BYTES = 5_000_000
_KEY = re.compile(r"eyJ[\w-]{8,}")
_BASE64 = re.compile(r"base64,[\w+/=]+")
_NO_TEXT = re.compile(r"^(?:image|application)/")


def check_kept(done: NotebookNode, home: Path) -> None:
    """The saved file is small, and no key is in it: not the gateway's, nor anything that looks like one."""
    saved = writes(done)
    assert len(saved.encode()) < _MOST_BYTES
    assert (home / "local" / "key").read_text("utf-8").strip() not in saved
    assert _KEY.findall(_BASE64.sub("", json.dumps([_texts(cell) for cell in done.cells]))) == []


def once_more(path: Path, home: Path, **parameters: Any) -> None:
    """Run a notebook again where it ran, with all that it has left there; the environment still names that."""
    settings = {
        "kernel_name": "python3",
        "cwd": home.parent / "work",
        "progress_bar": False,
        "config": ENCRYPTED,
    }
    papermill.execute_notebook(path, home.parent / path.name, parameters, **settings)


def home_of(folder: Path) -> Path:
    """Where the only notebook that was run in this folder kept everything."""
    [home] = folder.glob("*/home")
    return home


def work_of(folder: Path) -> Path:
    """Where it ran."""
    [work] = folder.glob("*/work")
    return work


def runs_of(home: Path, deployment: str) -> list[Any]:
    """All runs of a deployment, as the gateway of that folder knows them, with their inputs."""
    with StationThis(local=True, home=home) as st:
        return list(st.runs.list(deployment=deployment, inputs=True, limit=None))


def all_differ(pictures: Sequence[Image.Image]) -> bool:
    """Whether there are several, and no two are the same."""
    return len(pictures) == len({picture.convert("RGB").tobytes() for picture in pictures}) > 1


def _texts(cell: NotebookNode) -> list[Any]:
    """What is said in a cell's outputs, without pictures' bytes."""
    said: list[Any] = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        said += [output.get("text"), *output.get("traceback", [])]
        said += [value for kind, value in data.items() if not _NO_TEXT.match(kind)]
    return said
