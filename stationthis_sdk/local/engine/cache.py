"""Results of earlier runs: a node whose class, inputs and whole ancestry are unchanged is not worked again.

A node's *base* is made of its class, its literals and the keys of its sources. Its *key* adds what it found outside
the graph: the content of the files it read, or, when it drew random numbers, something nobody else has. So a node
is known as unchanged before it has worked: its base is known, and its files still have the content they had.
"""

import hashlib
import json
import random
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final

import attrs
import numpy as np

from stationthis_sdk.local.engine.graph import Planned
from stationthis_sdk.local.engine.limits import LIMITS
from stationthis_sdk.local.engine.validation import Link

__all__ = ["Cache", "Known", "Watch", "base_of", "digest", "key_of", "letters_of", "sealed", "size_of"]

_KNOWN_LIMIT: Final = 20_000

Results = tuple[Any, ...]
Reads = tuple[tuple[str, str | None], ...]
"""What a node read: names, and digests of the content; None where there was nothing."""


@attrs.frozen
class Known:
    """What is known of a node that has worked once; its results may have been dropped.

    ``put`` is what it put out, ``numbers`` how far it counted its files.
    """

    key: str
    reads: Reads
    put: tuple[tuple[dict[str, list[Any]], bool], ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()


class Cache:
    """Knowledge and results, the least recently used dropped first; of one owner alone."""

    def __init__(self, limit: int = LIMITS.cached) -> None:
        self._limit = limit
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._results: OrderedDict[str, tuple[Results, int]] = OrderedDict()
        self._held = 0
        self._told = 0

    @property
    def held(self) -> int:
        """Bytes of the results."""
        return self._held

    def known(self, base: str) -> Known | None:
        """What is known of a node of this base."""
        found = self._known.get(base)
        if found is not None:
            self._known.move_to_end(base)
        return found

    def results(self, key: str) -> Results | None:
        """The results of this key, None when they were dropped."""
        found = self._results.get(key)
        if found is None:
            return None
        self._results.move_to_end(key)
        return found[0]

    def keep(self, base: str, known: Known, results: Results) -> None:
        """Keep what a node gave."""
        self._forget(base)
        self._known[base] = known
        self._told += letters_of(known.put)
        while len(self._known) > _KNOWN_LIMIT or self._told > self._limit:
            self._forget(next(iter(self._known)))
        size, lasting = size_of(results)
        if not lasting or size > self._limit:
            return
        self._drop(known.key)
        self._results[known.key] = (results, size)
        self._held += size
        while self._held > self._limit:
            self._drop(next(iter(self._results)))

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
        self._results.clear()
        self._held = self._told = 0

    def _forget(self, base: str) -> None:
        known = self._known.pop(base, None)
        if known is not None:
            self._told -= letters_of(known.put)

    def _drop(self, key: str) -> None:
        _, size = self._results.pop(key, ((), 0))
        self._held -= size


def base_of(node: Planned, keys: Mapping[str, str]) -> str:
    """A node's base; ``keys`` has those of its sources."""
    values = [
        [name, "link", keys[value.node_id], value.index]
        if isinstance(value, Link)
        else [name, "value", value]
        for name, value in node.values.items()
    ]
    # what an output node puts out carries its id; two such nodes make two files
    whose = node.node_id if node.node_class.is_output else ""
    text = json.dumps([node.node_class.name, whose, values], sort_keys=True, default=repr)
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()


@attrs.define
class Watch:
    """Notes what a node at work finds outside its inputs; ``read`` is the run's own reading."""

    read: Callable[[str], bytes | None]
    found: dict[str, str | None] = attrs.Factory(dict)
    _dice: Any = attrs.Factory(random.getstate)

    def reading(self, name: str) -> bytes | None:
        """Read for the node, noting what was there."""
        content = self.read(name)
        self.found[name] = digest(content)
        return content

    def reads(self) -> Reads:
        """What was read."""
        return tuple(sorted(self.found.items()))

    def key(self, base: str) -> str:
        """The node's key, now that it has worked."""
        if random.getstate() != self._dice:
            return secrets.token_hex(20)  # a random seed: nobody's result but this run's
        return key_of(base, self.reads())


def key_of(base: str, reads: Reads) -> str:
    """The key of a node that drew nothing."""
    return (
        hashlib.blake2b(f"{base} {json.dumps(reads)}".encode(), digest_size=20).hexdigest() if reads else base
    )


def digest(content: bytes | None) -> str | None:
    """What tells one content of a file from another."""
    return None if content is None else hashlib.blake2b(content, digest_size=20).hexdigest()


def size_of(results: Results) -> tuple[int, bool]:
    """Bytes of a node's results, and whether they may outlive their run, which only what is known here may.

    >>> size_of((np.zeros((2, 2), np.float32), 5)), size_of((object(),))
    ((16, True), (0, False))
    """
    total, lasting = 0, True
    seen: set[int] = set()
    for part in _parts(results):
        match part:
            case np.ndarray():
                root = _root(part)
                total += 0 if id(root) in seen else root.nbytes  # views share one memory
                seen.add(id(root))
                lasting = lasting and not isinstance(root, np.memmap)
            case str() | bytes():
                width = 1 if isinstance(part, bytes) or part.isascii() else 4
                total += 0 if id(part) in seen else width * len(part)
                seen.add(id(part))
            case None | bool() | int() | float() | Fraction():
                pass
            case _:
                lasting = False
    return total, lasting


def letters_of(data: Any) -> int:
    """How many characters there are to tell, anything but a text as one.

    >>> letters_of({"text": ["abc"], "animated": [True]})
    4
    """
    return sum(len(part) if isinstance(part, str) else 1 for part in _parts(data))


def _root(array: Any) -> Any:
    """The array that owns a view's memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _parts(value: Any) -> Iterator[Any]:
    ahead = [value]
    while ahead:
        part = ahead.pop()
        if isinstance(part, tuple | list):
            ahead += part
        elif isinstance(part, dict):
            ahead += part.values()
        elif attrs.has(type(part)):
            ahead += [getattr(part, field.name) for field in attrs.fields(type(part))]
        else:
            yield part


def sealed(results: Results) -> None:
    """Let nobody write into arrays that several nodes and runs share."""
    for part in _parts(results):
        if isinstance(part, np.ndarray):
            part.flags.writeable = False
