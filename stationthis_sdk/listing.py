"""What lists return: a list that can become a frame."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar, overload

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Listing"]

T = TypeVar("T")
P = TypeVar("P")


class Listing(Shown, list[T]):
    """A list of runs, deployments and the like, which ``to_frame`` makes a table of.

    It is a list in every respect; slices, copies and sums of it are such lists, too.

    Example:
        >>> listing = Listing([3, 1, 2])
        >>> listing[:2], listing == [3, 1, 2], type(listing[:2]).__name__
        ([3, 1], True, 'Listing')
    """

    def __init__(
        self,
        items: Iterable[T] = (),
        frame: "Callable[..., pd.DataFrame] | None" = None,
        *,
        ways: tuple[str, ...] = (),
    ) -> None:
        super().__init__(items)
        self._frame = frame
        self._ways = ways  # what to_frame's per may be

    def to_frame(self, *, per: str | None = None) -> "pd.DataFrame":
        """A pandas frame of it, one row each: typed, times in UTC, safe for Parquet; the same columns without any row.

        per: of runs, ``"output"`` gives one row for each of their outputs. What nobody has told is missing, not 0.

        Raises:
            InvalidInput: ``per`` is something else; or outputs are wanted of runs of a list that does not tell them.
            MissingExtra: pandas is not installed.
        """
        if self._frame is None:
            raise InvalidInput(
                "This list was not made by st.….list(): pd.DataFrame(…) makes a frame of anything."
            )
        if per is None:
            return self._frame(self)
        if per not in self._ways:
            known = " or ".join(map(repr, self._ways)) or "for frames of runs only"
            raise InvalidInput(f"per is {known}, not {per!r}.")
        return self._frame(self, per=per)

    @overload
    def __getitem__(self, place: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> "Listing[T]": ...
    def __getitem__(self, place: SupportsIndex | slice) -> "T | Listing[T]":
        return (
            self._like(super().__getitem__(place)) if isinstance(place, slice) else super().__getitem__(place)
        )

    def __add__(self, other: list[Any]) -> "Listing[Any]":
        return self._like(super().__add__(other))

    def copy(self) -> "Listing[T]":
        """Another list of the same."""
        return self._like(self)

    def _map(self, change: Callable[[T], P]) -> "Listing[P]":
        """The same list with each thing changed."""
        return self._like(map(change, self))

    def _like(self, items: Iterable[P]) -> "Listing[P]":
        return Listing(items, self._frame, ways=self._ways)
