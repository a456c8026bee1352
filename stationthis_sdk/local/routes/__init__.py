"""What the gateway answers: one module for each family of operations, each with its ``routes()``."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from aiohttp import web

__all__ = ["all_routes"]

_MODULES = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]


def all_routes() -> Iterator[web.RouteDef]:
    """The routes of every module here."""
    for module in _MODULES:
        yield from module.routes()
