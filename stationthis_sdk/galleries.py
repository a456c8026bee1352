"""Pictures side by side, for notebooks: of anything that has some, and of batches that are compared."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from stationthis_sdk.showing import notebook_part

if TYPE_CHECKING:
    from stationthis_sdk.notebook.gallery import Comparison, Gallery

__all__ = ["compare", "gallery"]


def gallery(items: Any, *, columns: int | None = None, pixels: int = 192) -> "Gallery":
    """The pictures of these things side by side: a click shows how one was made, and picks it.

    items: runs, outputs, batches, pairs (batch, row), lists of them, frames with a column ``picture``, paths of saved
    files, or a mix. columns: how many stand in a line, else as many as there is room for. pixels: a picture's longer side.

    Raises:
        MissingExtra: the notebook's packages are not installed.
        InvalidInput: something has no picture, or there is nothing; ``problems`` has every fault.

    >>> from stationthis_sdk import StationThis
    >>> with StationThis(local=True) as st:
    ...     run = st.deployments["text-to-picture"](prompt="a fox", seed=1, steps=1, width=64, height=64)
    ...     gallery([run, run.outputs[0]])
    <Gallery 'gallery' of 2: 2 pictures>
    """
    made: Gallery = notebook_part("gallery").Gallery(items, columns=columns, pixels=pixels)
    return made


def compare(
    batch: Any, other: Any, *more: Any, on: str | Iterable[str] | None = None, pixels: int = 192
) -> "Comparison":
    """Two batches or more side by side, joined on their inputs: what stands in a line was made of the same.

    on: the inputs or columns to join on. Without it those that all have, but for inputs that have no value in common, as
    ``steps`` of another sweep or seeds that were derived: those are what is compared, and stand in the head. A row without
    a partner has an empty side.

    Raises:
        MissingExtra: the notebook's packages are not installed.
        InvalidInput: no such column, or nothing to join on; ``problems`` has every fault.

    >>> from stationthis_sdk import StationThis, grid
    >>> with StationThis(local=True) as st:
    ...     drawing, few = st.deployments["text-to-picture"], {"prompt": ["a fox", "a hare"], "width": 64, "height": 64}
    ...     rough = drawing.map(grid(few, seed=7, steps=1), name="example-rough")
    ...     fine = drawing.map(grid(few, seed=7, steps=2), name="example-fine")
    ...     both = compare(rough, fine)
    >>> both.on, both.differing
    (('prompt', 'seed', 'width', 'height'), {'steps': ('1', '2')})
    """
    made: Comparison = notebook_part("gallery").Comparison((batch, other, *more), on=on, pixels=pixels)
    return made
