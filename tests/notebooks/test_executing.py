"""The harness of the notebooks' own tests is tried on a small notebook: it tells what runs, fails and is too loud."""

import papermill
import pytest
from nbformat import v4, write

from strip_notebooks import KERNEL
from tests.notebooks.executing import cell_with, html, pictures, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PARAMETERS = 'prompt = "a harbour"\nsteps = 1'
RUN = """\
from stationthis_sdk import StationThis

st = StationThis(local=True)
run = st.deployments["text-to-picture"](prompt=prompt, steps=steps, width=64, height=64)
print(run.state, run.inputs["prompt"], run.inputs["steps"])
"""
SHOWN = """\
import base64
from IPython.display import HTML, display

picture = run.outputs[0].image()
display(picture)
HTML(f'<b>bold</b><img src="data:image/png;base64,{base64.b64encode(run.outputs[0].bytes()).decode()}">')
"""


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of these code cells; the first has the parameters."""

    def make(*cells):
        made = [v4.new_markdown_cell("# A sample"), *map(v4.new_code_cell, cells)]
        made[1].metadata.tags = ["parameters"]
        path = tmp_path / "sample.ipynb"
        write(v4.new_notebook(cells=made, metadata={"kernelspec": KERNEL}), path)
        return path

    return make


def test_a_notebook_runs_on_a_gateway_of_its_own(executed, notebook):
    """Parameters replace its own, its picture is found both ways, the gateway's folder is the notebook's."""
    where = "import os\nprint(os.getcwd(), os.environ['STATIONTHIS_HOME'])"
    done = executed(notebook(PARAMETERS, RUN, SHOWN, where), prompt="a lighthouse")
    assert text(cell_with(done, "StationThis(")).splitlines()[0] == "success a lighthouse 1"
    shown = cell_with(done, "IPython.display")
    assert "<b>bold</b>" in html(shown)
    assert [picture.size for picture in pictures(shown)] == [(64, 64)] * 2
    work, home = text(cell_with(done, "getcwd")).split()
    assert work.startswith(str(executed.folder))
    assert home.startswith(str(executed.folder))


def test_a_cell_that_fails_fails_the_test(executed, notebook):
    """With the cell's own error."""
    with pytest.raises(papermill.PapermillExecutionError, match="ZeroDivisionError"):
        executed(notebook(PARAMETERS, "1 / 0"))


@pytest.mark.parametrize(
    "loud",
    [
        "import sys\nprint('oh', file=sys.stderr)",
        "import os\nos.write(2, b'oh')",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import sys; sys.stderr.write(\"oh\")'])",
    ],
)
def test_what_is_written_to_standard_error_fails_the_test(executed, notebook, loud):
    """By a cell, past Python, by a process that it starts."""
    with pytest.raises(AssertionError, match="oh"):
        executed(notebook(PARAMETERS, loud))


def test_a_warning_fails_the_test(executed, notebook):
    """It is an error in the cell that caused it."""
    warn = "import warnings\nwarnings.warn('beware', UserWarning, stacklevel=1)"
    with pytest.raises(papermill.PapermillExecutionError, match="UserWarning: beware"):
        executed(notebook(PARAMETERS, warn))
