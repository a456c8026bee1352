"""Notebooks that are run as their readers run them, and what is then in their cells."""

import base64
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import attrs
import papermill
import pytest
from nbformat import NotebookNode
from PIL import Image
from traitlets.config import Config

from tests.browser.servers import own_folders

_KINDS = ("image/png", "image/webp", "image/jpeg")
_DATA = re.compile(r'src="data:image/[\w+.-]+;base64,([\w+/=]+)"')
_KERNELS_OWN = "ignore::PendingDeprecationWarning:ipykernel.kernelbase"
"""The one warning that ipykernel has of itself, when it ends."""
_ENDED_WHILE_BUSY = "[IPKernelApp] ERROR | KeyboardInterrupt caught in kernel.\n"
"""Jupyter interrupts a kernel before it ends it; now and then that meets the kernel's last message."""
# The connection between this process and the kernel is encrypted: else each kernel warns that it is not.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "required"}})


@attrs.frozen
class Executor:
    """Runs notebooks, each in a working folder of its own, where a gateway starts when it is asked for."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    patch: pytest.MonkeyPatch

    def __call__(self, path: Path, **parameters: Any) -> NotebookNode:
        """Run a notebook from top to bottom with these parameters; what it is then.

        The kernel is this Python, with warnings as errors. A cell that fails raises
        ``papermill.PapermillExecutionError``; what the kernel or a cell writes to standard error fails the test.
        """
        home = self.folder / f"{path.stem}-{len(list(self.folder.iterdir()))}"
        work = home / "work"
        work.mkdir(parents=True)
        for name, value in _own_folders(home).items():
            self.patch.setenv(name, value)
        self.patch.delenv("PYTEST_CURRENT_TEST", raising=False)  # kernels behave in another way with it
        self.capture.readouterr()
        done: NotebookNode = papermill.execute_notebook(
            path,
            home / path.name,
            parameters,
            kernel_name="python3",
            cwd=work,
            progress_bar=False,
            config=ENCRYPTED,
        )
        said = self.capture.readouterr().err.replace(_ENDED_WHILE_BUSY, "")
        assert said == "", f"the kernel of {path.name} wrote to standard error: {said}"
        written = [text for cell in done.cells for text in _streams(cell, "stderr")]
        assert written == [], f"cells of {path.name} wrote to standard error: {written}"
        return done


def _own_folders(home: Path) -> dict[str, str]:
    """The environment in which Jupyter and the SDK keep everything in this folder; its kernel takes no warning."""
    kernel = home / "specs" / "kernels" / "python3"
    kernel.mkdir(parents=True)
    command = [sys.executable, "-W", "error", "-W", _KERNELS_OWN, "-m", "ipykernel_launcher"]
    spec = {
        "argv": [*command, "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"supported_encryption": ["curve"]},
    }
    (kernel / "kernel.json").write_text(json.dumps(spec), "utf-8")
    return {
        **own_folders(home),
        "JUPYTER_PATH": str(home / "specs"),
    }


def cell_with(notebook: NotebookNode, words: str) -> NotebookNode:
    """The only code cell that has these words in its code."""
    [found] = [cell for cell in notebook.cells if cell.cell_type == "code" and words in cell.source]
    return found


def text(cell: NotebookNode) -> str:
    """What a cell printed, and what its results are as text."""
    return "\n".join([*_streams(cell, "stdout"), *_results(cell, "text/plain")])


def html(cell: NotebookNode) -> str:
    """What a cell shows as HTML."""
    return "\n".join(_results(cell, "text/html"))


def pictures(cell: NotebookNode) -> list[Image.Image]:
    """The pictures that a cell shows, as outputs of their own or inside of its HTML."""
    shown = [one.data for one in cell.get("outputs", []) if "data" in one]
    encoded = [next((data[kind] for kind in _KINDS if kind in data), "") for data in shown]
    encoded += _DATA.findall(html(cell))
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in encoded if one]


def _streams(cell: NotebookNode, name: str) -> list[str]:
    return [one.text for one in cell.get("outputs", []) if one.output_type == "stream" and one.name == name]


def _results(cell: NotebookNode, kind: str) -> list[str]:
    return [one.data[kind] for one in cell.get("outputs", []) if kind in one.get("data", {})]
