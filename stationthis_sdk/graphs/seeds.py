"""Seeds that a graph has of its own, which no input feeds: the service draws them anew for each run. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from stationthis_sdk.graphs.external import is_link

__all__ = ["unexposed_seeds"]

_FIELDS: Final = ("seed", "noise_seed")
"""The fields that the deploy plugin overwrites by random numbers before it runs a graph."""


def unexposed_seeds(graph: Mapping[str, Any]) -> tuple[str, ...]:
    """The literal seeds of an API-format graph, as ``node.field``.

    Two runs with the same inputs differ by them. Which are kept, because their node says "fixed" in the editor, the
    API format does not tell: all count.

    >>> unexposed_seeds({"3": {"class_type": "KSampler", "inputs": {"seed": 7, "model": ["4", 0]}}})
    ('3.seed',)
    >>> unexposed_seeds({"3": {"class_type": "KSampler", "inputs": {"seed": ["9", 0], "model": ["4", 0]}}})
    ()
    """
    return tuple(
        f"{node_id}.{field}"
        for node_id, node in graph.items()
        if isinstance(node, Mapping) and isinstance(inputs := node.get("inputs"), Mapping)
        for field in _FIELDS
        if field in inputs and not is_link(inputs[field])
    )
