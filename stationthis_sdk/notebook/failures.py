"""Files that could not be shown: for a minute nobody asks for them again, as each look would wait for them anew."""

import threading
import time
from typing import Any, Final

__all__ = ["Failures", "failures"]

_SECONDS: Final = 60.0


class Failures:
    """What failed of late, by the address of the file and what was wanted of it; asked from several loops at once.

    >>> failed = Failures()
    >>> failed.note("https://example.org/a.png")
    >>> failed.has("https://example.org/a.png"), failed.has("https://example.org/a.png", "as text")
    (True, False)
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._until: dict[tuple[str, Any], float] = {}
        self._lock = threading.Lock()

    def note(self, address: str, wanted: Any = None) -> None:
        """It failed just now; what has no address is not remembered."""
        now = time.monotonic()
        with self._lock:
            self._until = {key: end for key, end in self._until.items() if end > now}
            if address:
                self._until[address, wanted] = now + self._seconds

    def has(self, address: str, wanted: Any = None) -> bool:
        """Whether it failed within the last minute."""
        with self._lock:
            return self._until.get((address, wanted), 0.0) > time.monotonic()


failures: Final = Failures()
"""Of this kernel."""
