"""The contract and what belongs to it, read once for all tests: reading them takes seconds."""

import copy
import functools
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

OPENAPI = Path(__file__).resolve().parents[2] / "openapi"


@functools.cache
def _read(name: str) -> Any:
    return YAML(typ="safe").load(OPENAPI / name)


def document(name: str) -> dict[str, Any]:
    """One of the files in openapi/, for whoever asks to change as they like."""
    found: dict[str, Any] = copy.deepcopy(_read(name))
    return found
