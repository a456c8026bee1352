"""A client of a service that nobody asks: for things that are made of data alone."""

import functools

from stationthis_sdk import AsyncStationThis
from stationthis_sdk.context import Context


@functools.cache
def context() -> Context:
    """Made when the first test wants it, in the folders of the tests."""
    return AsyncStationThis("st-a-key-of-the-tests", "http://127.0.0.1:9/api")._ready.context
