"""The contract that the generated client was made from, as it is shipped inside it."""

from importlib import resources
from typing import Any

import orjson

__all__ = ["shipped_contract"]


def shipped_contract() -> dict[str, Any]:
    """The OpenAPI document, read anew.

    >>> shipped_contract()["openapi"]
    '3.1.0'
    """
    document: dict[str, Any] = orjson.loads(
        resources.files("comfydeploy_client").joinpath("contract.json").read_bytes()
    )
    return document
