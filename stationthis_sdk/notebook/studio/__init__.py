"""The studio: a form made from a deployment's inputs."""

__all__ = ["Studio"]


class Studio:
    """A form."""
