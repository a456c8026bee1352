"""What the host, or the desk itself, does not let somebody do."""

__all__ = ["Denied"]


class Denied(Exception):
    """No; ``text`` is what the user is told, ``code`` the product's word for it.

    >>> Denied("That is for members.").text
    'That is for members.'
    """

    def __init__(self, text: str, code: str = "unauthorized") -> None:
        super().__init__(text)
        self.text = text
        self.code = code
