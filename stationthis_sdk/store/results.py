"""Which run made which result: so that ``options(cache=True)`` does not pay for the same thing twice.

One small file a result, named by a fingerprint; it holds a run id and nothing else. Deleting the folder loses
nothing but the memory.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from stationthis_sdk.config import data_folder
from stationthis_sdk.entities import Media
from stationthis_sdk.logs import logger
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["Results", "fingerprint"]


class Results:
    """Run ids by fingerprint, in the data folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or data_folder() / "results"

    def recall(self, key: str) -> str | None:
        """The run that made this result, if any is remembered."""
        try:
            text = (self._folder / key[:2] / key).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return text if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) else None

    def remember(self, key: str, run_id: str) -> None:
        """Remember a run; whether it ended well is looked up when it is recalled."""
        path = self._folder / key[:2] / key
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, run_id.encode(), mode=0o600)
        except (
            OSError
        ) as error:  # SaveFailed is one: the run is started, and a memory is no reason to lose it
            logger("store").warning("Run %s is not remembered for cache=True: %s", run_id, error)


def fingerprint(scope: list[str | None], inputs: Mapping[str, Any]) -> str:
    """One name for the same deployment, version and inputs; files count by their content, not their name."""
    contents = {name: _content(value) for name, value in inputs.items()}
    return hashlib.sha256(orjson.dumps([scope, contents], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _content(value: Any) -> Any:
    if isinstance(value, Media):
        if isinstance(value.content, Path):
            with value.content.open("rb") as file:
                return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
        return {"sha256": hashlib.sha256(value.content).hexdigest()}
    if isinstance(value, list):
        return [_content(one) for one in value]
    return value
