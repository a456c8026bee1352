"""Where a run's input values land in its graph, as the comfyui-deploy plugin puts them."""

import copy
from collections.abc import Mapping
from typing import Any

from stationthis_sdk.graphs.external import EXTERNAL_CLASSES

__all__ = ["with_inputs"]


def with_inputs(graph: Any, inputs: Mapping[str, Any]) -> Any:
    """A copy of the graph with a run's values in it.

    A node whose ``input_id`` is a key of ``inputs`` has it overwritten with the value, then also the field its class
    keeps values in. Unknown keys change nothing.

    >>> graph = {"1": {"class_type": "ComfyUIDeployExternalText", "inputs": {"input_id": "prompt"}}}
    >>> with_inputs(graph, {"prompt": "a fox", "other": 1})["1"]["inputs"]
    {'input_id': 'a fox', 'default_value': 'a fox'}
    """
    graph = copy.deepcopy(graph)
    for node in graph.values() if isinstance(graph, dict) else ():
        fields = node.get("inputs") if isinstance(node, dict) else None
        if not isinstance(fields, dict) or not isinstance(fields.get("input_id"), str):
            continue
        name = fields["input_id"]
        if name not in inputs:
            continue
        fields["input_id"] = inputs[name]
        external = EXTERNAL_CLASSES.get(str(node.get("class_type")))
        if external is not None:
            fields[external.lands_in] = inputs[name]
    return graph
