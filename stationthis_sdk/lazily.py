"""Names of a package that are loaded when somebody first asks for one of them."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

__all__ = ["lazily"]


def lazily(package: str, where: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """A package's ``__getattr__`` (PEP 562); ``where`` has the names of each of the modules within stationthis_sdk.

    >>> lazily("stationthis_sdk.entities", {"entities.basics": ["is_uuid"]})("is_uuid")("no")
    False
    """
    module_of = {name: module for module, names in where.items() for name in names}

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"stationthis_sdk.{module_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
