"""Two small parts in the page: the tiles of what was made, and the code that is copied."""

from pathlib import Path
from typing import Final

import anywidget
import traitlets as t

__all__ = ["CodeView", "Tiles"]

_HERE: Final = Path(__file__).parent


class Tiles(anywidget.AnyWidget):
    """What was made; ``chosen`` is the id of the one that was clicked."""

    _esm = _HERE / "tiles.js"
    _css = _HERE / "tiles.css"
    tiles = t.List(t.Dict()).tag(sync=True)
    chosen = t.Unicode().tag(sync=True)


class CodeView(anywidget.AnyWidget):
    """The code, and the button that copies it."""

    _esm = _HERE / "copy.js"
    _css = _HERE / "copy.css"
    code = t.Unicode().tag(sync=True)
