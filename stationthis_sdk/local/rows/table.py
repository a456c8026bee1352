"""Declaring a table: a frozen attrs class, its name, and what it is searched by."""

import uuid
from collections.abc import Callable
from typing import Any, Final, TypeVar

import attrs

from stationthis_sdk.local.clock import now

__all__ = ["JSON", "TABLES", "Table", "new_id", "now", "table"]

Kind = TypeVar("Kind", bound=type[Any])

JSON: Final = {"json": True}


@attrs.frozen
class Table:
    """A table's name, and the columns its indexes are made of."""

    name: str
    unique: tuple[str, ...]
    index: tuple[str, ...]


TABLES: Final[dict[type[Any], Table]] = {}
"""Every table by its row class; each module of rows adds its own."""


def table(name: str, *, unique: tuple[str, ...] = (), index: tuple[str, ...] = ()) -> Callable[[Kind], Kind]:
    """Make an attrs class a table's row; ``unique`` and ``index`` hold columns such as ``"workflow_id, version"``."""

    def declare(kind: Kind) -> Kind:
        TABLES[kind] = Table(name, unique, index)
        return kind

    return declare


def new_id() -> str:
    """A new random row id."""
    return str(uuid.uuid4())
