"""Rendering: a finished run as a plan of messages, progress and errors as sentences; pure."""

from stationthis_sdk.bots.render.buttons import of_result as buttons_of_result
from stationthis_sdk.bots.render.hints import hints_of, notes_in
from stationthis_sdk.bots.render.limits import DISCORD, LIMITS, TELEGRAM, Limits
from stationthis_sdk.bots.render.plan import plan
from stationthis_sdk.bots.render.sentences import sentence
from stationthis_sdk.bots.render.steps import Button, Made, SentFile, Step
from stationthis_sdk.bots.render.text import split

__all__ = [
    "DISCORD",
    "LIMITS",
    "TELEGRAM",
    "Button",
    "Limits",
    "Made",
    "SentFile",
    "Step",
    "buttons_of_result",
    "hints_of",
    "notes_in",
    "plan",
    "sentence",
    "split",
]
