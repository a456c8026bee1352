"""Files of one name in one folder, numbered; what was seen there, so that the thousandth costs what the first did."""

import functools
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Numbered", "numbered"]


class Numbered:
    """``name.png``, ``name (2).png``, …: which of them are taken, and by what, as far as this process has seen.

    >>> [path.name for path in itertools.islice(Numbered(Path("/no/such"), "a", ".png").places("this"), 3)]
    ['a.png', 'a (2).png', 'a (3).png']
    """

    def __init__(self, folder: Path, stem: str, ending: str) -> None:
        self._folder, self._stem, self._ending = folder, stem, ending
        self._lock = threading.Lock()
        self._next = 1
        self._number_of: dict[str, int] = {}

    def places(self, what: str) -> Iterator[Path]:
        """Where this is or may go: where it was seen, then what nobody has looked at; all, where files are gone."""
        with self._lock:
            known, following = self._number_of.get(what), self._next
        if not all(self._path(number).exists() for number in {1, known or 1, following - 1} if following > 1):
            with self._lock:
                self._next, self._number_of = 1, {}
            known, following = None, 1
        if known is not None:
            yield self._path(known)
        yield from map(self._path, itertools.count(following))

    def saw(self, path: Path, what: str | None) -> None:
        """This name is taken, by what; None where its file does not tell."""
        number = self._numbered(path)
        with self._lock:
            self._next = max(self._next, number + 1)
            if what is not None:
                self._number_of[what] = number

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._stem}{f' ({number})' if number > 1 else ''}{self._ending}"

    def _numbered(self, path: Path) -> int:
        middle = path.name.removeprefix(self._stem).removesuffix(self._ending)
        return int(middle[2:-1]) if middle else 1


numbered = functools.lru_cache(maxsize=64)(Numbered)
"""What was seen of the names that were last asked for, one for all threads."""
