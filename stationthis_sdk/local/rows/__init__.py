"""What the gateway keeps, one frozen class for each table. Times are microseconds since 1970, UTC.

Importing this package declares every table.
"""

import pkgutil
from importlib import import_module

__all__: list[str] = []

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
