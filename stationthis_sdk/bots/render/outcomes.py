"""What may become of a message that is sent or edited."""

__all__ = ["Closed", "Impossible", "NotSent", "Unsure"]


class NotSent(Exception):
    """Nothing arrived; the same may be sent again after ``retry_after`` seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Unsure(Exception):
    """The answer was lost: it may have arrived."""


class Impossible(Exception):
    """The platform will never take this here: no right to, the chat is gone, too large."""


class Closed(Impossible):
    """Nothing at all is taken there: no right to, the chat is gone. What was to be sent stays as it is."""
