"""The studio: a form made from a deployment's inputs."""

from stationthis_sdk.notebook.studio.studio import Studio

__all__ = ["Studio"]
