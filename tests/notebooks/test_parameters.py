"""Papermill understands the parameters of every guide, so that people can give others."""

import logging

import papermill
import pytest

from tests.notebooks.claims import GUIDES


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_papermill_knows_the_parameters(guide, caplog):
    """Where it runs and how large pictures are can be given; nothing is said about lines that it can't read."""
    with caplog.at_level(logging.WARNING):
        known = papermill.inspect_notebook(guide)
    assert {"base_url", "local", "size"} <= known.keys()
    assert known["local"]["default"] == "True"
    assert all(one["help"] for name, one in known.items() if name in {"base_url", "local", "size"})
    assert caplog.text == ""
