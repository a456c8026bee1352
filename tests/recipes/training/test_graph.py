"""The graph that trains on a ComfyUI: what it is made of, and how it comes to a deployment."""

import json

import pytest

from stationthis_sdk import InvalidInput, NotFound
from stationthis_sdk.entities import RunState
from stationthis_sdk.graphs.external import is_link
from stationthis_sdk.inputs.fields import inputs_in
from stationthis_sdk.recipes.training.graph import CHECKPOINTS, install, training_graph
from stationthis_sdk.recipes.training.recipes import RECIPES
from stationthis_sdk.recipes.training.words import fit
from tests.wire import Wire, answer

_ = RunState
