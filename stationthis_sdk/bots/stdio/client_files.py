"""The Node client that is shipped with the package, for whoever wants it beside their own code."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["NAMES", "write_client"]

NAMES: Final = ("client.mjs", "client.d.ts", "schema.json")


def write_client(folder: Path) -> list[Path]:
    """Write the client into a folder, which is made; the paths of its files.

    Raises:
        SaveFailed: it can't be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name in NAMES:
            content = files("stationthis_sdk.bots.stdio").joinpath(name).read_bytes()
            write_atomically(folder / name, content)
            written.append(folder / name)
    except OSError as problem:
        raise SaveFailed(f"The client can't be written to {folder}: {problem.strerror}.") from None
    return written
