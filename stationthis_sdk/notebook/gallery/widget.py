"""The gallery's front end: a widget that holds no pictures itself, so that nothing of them is kept in its saved state."""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, ClassVar, Final

import anywidget
import traitlets

__all__ = ["BoardWidget"]

_HERE: Final = files("stationthis_sdk.notebook.gallery")


class BoardWidget(anywidget.AnyWidget):
    """What shows it. ``ident`` is the class of the copy that it stands for."""

    _esm: ClassVar[str] = (_HERE / "board.js").read_text("utf-8")
    _css: ClassVar[str] = (_HERE / "board.css").read_text("utf-8")
    ident = traitlets.Unicode("").tag(sync=True)

    def __init__(self, ident: str, hear: Callable[[Mapping[str, Any]], None]) -> None:
        super().__init__(ident=ident)
        self._hear = hear
        self.on_msg(self._told)

    def _told(self, _widget: Any, content: Any, _buffers: Sequence[Any]) -> None:
        if isinstance(content, Mapping):
            self._hear(content)
