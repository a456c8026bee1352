"""Every notebook of notebooks/ is kept as readers and papermill need it, and the rules for that find what they say."""

import doctest
from pathlib import Path

import pytest
from nbformat import read, v4, writes

import strip_notebooks
from tests.notebooks.kept import faults, listed

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
FILES = sorted(FOLDER.glob("*.ipynb"))


def test_every_notebook_is_well_kept():
    """Format 4.5 with ids, nothing of a run in it, a title, parameters, nobody's places, no keys."""
    assert {path.name: found for path in FILES if (found := faults(path))} == {}


def test_every_notebook_is_listed():
    """The README of the folder says which to read for what: it links to all of them and to no other."""
    assert sorted(listed(FOLDER / "README.md")) == [path.name for path in FILES]


def test_every_notebook_is_executed_by_a_test():
    """What it claims is checked by a test that names it."""
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [path.name for path in FILES if path.name not in tests] == []


def sample(*cells, **metadata):
    """A notebook as it should be, with these cells after its first two."""
    start = [v4.new_markdown_cell("# A sample"), v4.new_code_cell("steps = 4\nname: str = 'fox'\nsize = -1")]
    start[1].metadata.tags = ["parameters"]
    return v4.new_notebook(
        cells=[*start, *cells], metadata={"kernelspec": strip_notebooks.KERNEL, **metadata}
    )


def spoiled(change):
    """A sample that somebody has changed."""
    notebook = sample()
    change(notebook)
    return notebook


def as_of_old(notebook):
    """Make it a notebook of a format that has no ids of cells."""
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]


RAN = v4.new_code_cell("1 + 1", execution_count=1)
SHOWN = v4.new_code_cell("1", outputs=[v4.new_output("stream", text="1")])
SPOILED = {
    "outputs, counts": [
        sample(RAN),
        sample(SHOWN),
        sample(language_info={"name": "python", "version": "3.11"}),
    ],
    "not 4.5": [spoiled(as_of_old)],
    "no title": [spoiled(lambda one: one.cells.pop(0)), spoiled(lambda one: one.cells.clear())],
    "tagged parameters": [
        spoiled(lambda one: one.cells[1].metadata.clear()),
        sample(v4.new_code_cell("steps = 5", metadata={"tags": ["parameters"]})),
    ],
    "not only names and literals": [
        spoiled(lambda one, code=code: one.cells[1].update(source=code))
        for code in ("import os", "steps = 2 * n", "a = b = 1", "a[0] = 1", "print(1)", "# nothing", "x: int")
    ],
    "no Python": [spoiled(lambda one: one.cells[1].update(source="steps ="))],
    "somebody's machine": [
        sample(v4.new_code_cell(code))
        for code in ("open('/home/ana/a.png')", "p = 'C:\\\\pictures'", "'/tmp/x'")
    ],
    "has a key": [
        sample(v4.new_code_cell(code))
        for code in (
            "StationThis(api_key='abc')",
            "os.environ['STATIONTHIS_API_KEY'] = 'x'",
            "k = 'eyJhbGciOiJI'",
        )
    ],
}


@pytest.mark.parametrize(("reason", "notebooks"), SPOILED.items())
def test_each_fault_is_found(tmp_path, reason, notebooks):
    """By its name, and as the only one."""
    for notebook in notebooks:
        path = tmp_path / "sample.ipynb"
        path.write_text(writes(notebook) + "\n", "utf-8")
        [first, *more] = faults(path)
        assert reason in first + "".join(more)
        assert not more or not notebook.cells


def test_a_good_one_has_no_faults(tmp_path):
    """Addresses and folders beside the notebook are nobody's places."""
    code = v4.new_code_cell("open('out/a.png'), 'https://example.com/home/x', 3 / 4\nStationThis(local=True)")
    (tmp_path / "sample.ipynb").write_text(writes(sample(code)) + "\n", "utf-8")
    assert faults(tmp_path / "sample.ipynb") == []
    (tmp_path / "sample.ipynb").write_text("{}", "utf-8")
    assert "no notebook" in faults(tmp_path / "sample.ipynb")[0]


def test_what_is_listed(tmp_path):
    """Links to notebooks, once each; nothing without a README."""
    (tmp_path / "README.md").write_text(
        "[one](1-one.ipynb) and [that](REFERENCE.md), [again](1-one.ipynb)", "utf-8"
    )
    assert listed(tmp_path / "README.md") == ["1-one.ipynb"]
    assert listed(tmp_path / "NOWHERE.md") == []


def test_stripping(tmp_path, monkeypatch, capsys):
    """--check tells and changes nothing; without it the file is as it should be, and stays so."""
    path = tmp_path / "ran.ipynb"
    notebook = sample(RAN, SHOWN, language_info={"name": "python"})
    ids = [cell.id for cell in notebook.cells]
    path.write_text(writes(notebook), "utf-8")
    before = path.read_bytes()

    def strip(*options):
        monkeypatch.setattr("sys.argv", ["strip_notebooks.py", *options, str(path)])
        return strip_notebooks.main(), capsys.readouterr().out

    exit_code, told = strip("--check")
    assert exit_code == 1
    assert "ran.ipynb" in told
    assert path.read_bytes() == before
    assert strip()[0] == 0
    assert faults(path) == []
    assert [cell.id for cell in read(path, as_version=4).cells] == ids
    assert strip("--check") == (0, "")


def test_the_example_of_stripping():
    """The one in the script's docstring is true."""
    assert doctest.testmod(strip_notebooks) == (0, 1)
