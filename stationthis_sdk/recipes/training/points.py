"""What a training costs in a host's points, as the product has counted it. Pure: nothing here knows of dollars."""

from stationthis_sdk.errors import InvalidInput

__all__ = ["training_points"]


def training_points(images: int, steps: int) -> int:
    """The price in points: 1000, and 50 for each picture, and 20 for each hundred steps begun.

    Raises:
        InvalidInput: fewer than none of either.

    >>> training_points(20, 1000), training_points(4, 1500), training_points(4, 1501)
    (2200, 1500, 1520)
    """
    if images < 0 or steps < 0:
        raise InvalidInput(f"There are no {images} pictures and {steps} steps.")
    return 1000 + 50 * images + 20 * -(-steps // 100)
