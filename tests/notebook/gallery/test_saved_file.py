"""What a notebook's file holds of a large batch: as a runner without a front end saves it, and nothing else."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.fast_service import FastService
from tests.notebook.safe import read

BATCH = """
from stationthis_sdk import StationThis, grid
st = StationThis()
rows = grid(words=[f"{number} " + "of a long prompt with many words, " * 20 for number in range(ROWS)])
batch = st.deployments["fast"].map(rows, name="large")
"""


def executed(cells: list[str], service: FastService, folder: Path) -> tuple[nbformat.NotebookNode, int]:
    """The notebook after its run, and how many bytes its file has."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    environment = {**os.environ, **service.environment(folder / "home"), "PATH": os.environ["PATH"]}
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(env=environment, cwd=str(folder))
    nbformat.write(notebook, folder / "run.ipynb")
    return notebook, (folder / "run.ipynb").stat().st_size


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_thousand_rows(fast_pictures: FastService, tmp_path: Path) -> None:
    """The grid and the batch's own display take less than 5 MB, and the grid has every picture."""
    notebook, size = executed(
        [BATCH.replace("ROWS", "1000"), "batch.grid()", "batch"], fast_pictures, tmp_path
    )
    assert size < 5_000_000
    html = notebook.cells[1].outputs[0].data["text/html"]
    assert html.count("data:image/webp") == 1_000
    assert "901–1,000" in read(html)
    assert notebook.cells[1].outputs[1].data["text/plain"] == ""
    assert "widgets" not in notebook.metadata or len(str(notebook.metadata["widgets"])) < 100_000
