"""What asks the gateway as others do."""

from pathlib import Path

import pytest


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where slow tests are left out the cases of schemathesis are not even made: that takes longer than most tests."""
    left_out = "not slow" in config.option.markexpr
    return True if left_out and collection_path.name == "test_schemathesis.py" else None
