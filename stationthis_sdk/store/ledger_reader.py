"""Reading the ledger on the very thread that wants to know: to wake the ledger's own takes longer than to read."""

from typing import TYPE_CHECKING, TypeVar

from stationthis_sdk.store.ledger_handle import LedgerHandle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["LedgerReader"]

T = TypeVar("T")


class LedgerReader(LedgerHandle):
    """A connection of its own to a ledger that is there, so that nobody waits for who reads, and who reads for nobody."""

    def read(self, work: "Callable[[sqlite3.Connection], T]") -> tuple[T] | None:
        """What one statement finds; None where that can't be told just now, for whatever reason."""
        # By another thread; or by this one, into which a signal's handler has come.
        if self._at_work.locked():
            return None
        with self._at_work:
            try:
                return (work(self._open()),)
            except Exception:  # noqa: BLE001 - the ledger's own thread tells what is wrong with it
                self._close()
                return None

    def close(self) -> None:
        """Close the file."""
        with self._at_work:
            self._close()

    def _connect(self) -> "sqlite3.Connection":
        import sqlite3  # noqa: PLC0415 - some Pythons have none

        address = f"{self.path.absolute().as_uri()}?mode=rw"  # never makes one
        database = sqlite3.connect(
            address, uri=True, timeout=0, isolation_level=None, check_same_thread=False
        )
        database.row_factory = sqlite3.Row
        return database
