"""The ledger of the store's tests."""

from pathlib import Path

import pytest

from stationthis_sdk.store.ledger import Ledger
from stationthis_sdk.store.ledger_file import LedgerFile

SERVICE, ACCOUNT = "https://api.example/api", "user_1"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of the test's own."""
    return Ledger(LedgerFile(tmp_path / "home" / "ledger.db"), SERVICE, ACCOUNT)
