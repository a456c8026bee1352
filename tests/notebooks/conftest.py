"""What the tests of notebooks share."""

from pathlib import Path

import pytest

from tests.notebooks.executing import Executor


@pytest.fixture
def executed(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Executor:
    """``executed(path, **parameters)`` runs a notebook from top to bottom."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    return Executor(folder, capfd, monkeypatch)
