"""The node classes of the built-in engine: importing this package adds every one of them."""

import pkgutil
from importlib import import_module

__all__: list[str] = []

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
