"""What the tests of the notebook share."""

import pytest

from stationthis_sdk.notebook import budget


@pytest.fixture(autouse=True)
def _own_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test is a notebook of its own: what others show takes no room from its pictures."""
    monkeypatch.setattr(budget, "_budget", None)
