"""The desk of a bot: who asked for what, whose turn it is, and what was sent; on disk, so that no restart loses any."""

from stationthis_sdk.bots.desk.desk import Desk
from stationthis_sdk.bots.desk.job import Job
from stationthis_sdk.bots.desk.sender import Impossible, NotSent, Sender, Unsure
from stationthis_sdk.bots.desk.verdicts import Denied

__all__ = ["Denied", "Desk", "Impossible", "Job", "NotSent", "Sender", "Unsure"]
