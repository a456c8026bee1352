"""Commands: one for each deployment, and those that every bot has; pure, but for the catalogue that reads them."""

from stationthis_sdk.bots.commands.arguments import inputs_from
from stationthis_sdk.bots.commands.catalogue import Catalogue
from stationthis_sdk.bots.commands.command import Command, Option
from stationthis_sdk.bots.commands.diff import Diff, diff
from stationthis_sdk.bots.commands.fixed import FIXED
from stationthis_sdk.bots.commands.names import command_name, unique_names
from stationthis_sdk.bots.commands.payload import payload

__all__ = [
    "FIXED",
    "Catalogue",
    "Command",
    "Diff",
    "Option",
    "command_name",
    "diff",
    "inputs_from",
    "payload",
    "unique_names",
]
