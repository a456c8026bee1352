"""Looking at the pieces of a cook: a gallery to pick from, and a sheet."""

from typing import TYPE_CHECKING, Any

from stationthis_sdk.galleries import gallery
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from pathlib import Path

    from stationthis_sdk.notebook.gallery import Gallery

__all__ = ["Reviewed"]


class Reviewed(Shown):
    """A cook, of either colour."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def batch(self) -> Any: ...  # noqa: D102 - each colour has its own

    def review(self, *, columns: int | None = None, pixels: int = 192) -> "Gallery":
        """Its pictures side by side: a click shows what a piece was made of, and picks it; what is picked is accepted.

        Raises:
            MissingExtra: the notebook's packages are not installed.
        """
        return gallery(self.batch, columns=columns, pixels=pixels)

    def contact_sheet(self, path: "str | Path", *, columns: int | None = None, pixels: int = 256) -> "Path":
        """Write all its pictures as one PNG, and return its path.

        Raises:
            InvalidInput: the file is no .png, or there are too many pictures for one sheet.
            MissingExtra: the notebook's packages are not installed.
            SaveFailed: it can't be written.
        """
        return self.review(columns=columns).contact_sheet(path, columns=columns, pixels=pixels)
