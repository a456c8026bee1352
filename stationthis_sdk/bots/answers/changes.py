"""What is said in answer to a result: changes to it, or talk about it. Pure."""

from stationthis_sdk.bots.commands.arguments import words_in

__all__ = ["is_changes"]


def is_changes(text: str) -> bool:
    """Whether it says inputs and nothing else: anything more is talk, and starts no run.

    >>> is_changes('cfg=9 style="deep sea"'), is_changes("love = this, see https://x.org/?a=b"), is_changes("wow")
    (True, False, False)
    """
    rest, given = words_in(text)
    return bool(given) and not rest
