"""Files for an input: dropped, chosen or pasted in the page, written as a path or an address, or given in Python."""

import asyncio
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import attrs
import orjson
import traitlets as t

from stationthis_sdk import portal
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.file_types import UNKNOWN, safe_name
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, media_of
from stationthis_sdk.notebook.studio.code import Named, literal
from stationthis_sdk.notebook.studio.fields import ABSENT, Control
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.thumbnails import thumbnail_of_bytes
from stationthis_sdk.notebook.widgets import shut

__all__ = ["Files"]

_HERE: Final = Path(__file__).parent
_WORDS: Final = {
    "image": ("a picture", "image/*"), "images": ("pictures", "image/*"), "video": ("a video", "video/*"),
    "audio": ("a sound", "audio/*"),
}  # fmt: skip
_PREVIEW_PIXELS: Final = 192
_PREVIEW_BYTES: Final = 14_000
_MOST_READ: Final = 64 << 20


class DropArea(anywidget.AnyWidget):
    """The part of it that is in the page."""

    _esm = _HERE / "drop.js"
    _css = _HERE / "drop.css"
    items = t.List(t.Dict()).tag(sync=True)
    label = t.Unicode().tag(sync=True)
    hint = t.Unicode().tag(sync=True)
    note = t.Unicode().tag(sync=True)
    accept = t.Unicode().tag(sync=True)
    multiple = t.Bool().tag(sync=True)
    most = t.Int(MAX_UPLOAD_BYTES).tag(sync=True)


@attrs.define(eq=False)
class _Item:
    """One file: what is sent, what it is called, how the code says it."""

    value: Any
    name: str
    code: Any
    preview: str = ""


@attrs.define(eq=False)
class _Coming:
    """A file whose bytes are on their way from the page."""

    path: Path
    size: int
    file: Any
    written: int = 0


class Files(Control):
    """One file, or several where the input takes several."""

    wide = True

    def __init__(self, field: InputField) -> None:
        super().__init__(field)
        self.several = field.kind == "images"
        what, accept = _WORDS.get(field.kind, ("a file", ""))
        self.widget = DropArea(
            label=clean(field.label or field.name),
            hint=f"Drop {what} here, click, or paste · {MAX_UPLOAD_BYTES >> 20} MiB at most",
            accept=accept,
            multiple=self.several,
        )
        self._items: list[_Item] = []
        self._whole: Any = ABSENT
        self._dropped: dict[Path, _Item] = {}
        self._coming: dict[str, _Coming] = {}
        self._checking = 0
        self._changed: list[Callable[[], None]] = []
        self._folder: Path | None = None
        me = weakref.WeakMethod(self._heard)
        self.widget.on_msg(lambda _, content, buffers: (here := me()) and here(content, buffers))

    def _value(self) -> Any:
        return self._told(lambda item: item.value)

    def _shown(self) -> Any:
        return self._told(lambda item: item.code)

    def _told(self, part: Callable[[_Item], Any]) -> Any:
        if not self._items:
            return ABSENT
        if self._whole is not ABSENT or not self.several:
            return part(self._items[0])
        return [part(item) for item in self._items]

    def _trouble(self) -> str | None:
        if self._coming or self._checking:
            return "the file is still being read: press Run again in a moment"
        return None

    def _put(self, value: Any) -> bool:
        self._items, self._whole = [], ABSENT
        if value is not ABSENT:
            several = _listed(value) if self.several else None
            if self.several and several is None:
                self._whole = value
            self._items = [self._item_of(one) for one in (several or [value])]
            for item in self._items:
                if not item.preview:
                    portal.begin(self._looked_at(item))
        self._draw()
        return True

    def _watch(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def _close(self) -> None:
        for coming in self._coming.values():
            coming.file.close()
        self._coming.clear()
        shut(self.widget)

    def add(self, item: Any) -> None:
        """One more, or another in place of the one there is."""
        if not self.several or self._whole is not ABSENT:
            self._items.clear()
        self._whole = ABSENT
        self._items.append(item)
        self._draw()
        portal.begin(self._looked_at(item))

    def _item_of(self, value: Any) -> _Item:
        dropped = self._dropped.get(value) if isinstance(value, Path) else None
        return dropped or _given(value)

    def _draw(self) -> None:
        self.widget.items = [
            {"name": clean(item.name)[:200], "preview": item.preview} for item in self._items
        ]
        for changed in self._changed:
            changed()

    def _heard(self, content: Any, buffers: Any) -> None:
        """What the page says; it may be anything."""
        kind, id_ = content.get("kind"), str(content.get("id"))
        if kind == "written" and isinstance(content.get("text"), str):
            text = content["text"]
            self.widget.note = ""
            self.add(_Item(text, text, text))
        elif (
            kind == "remove"
            and isinstance(place := content.get("place"), int)
            and 0 <= place < len(self._items)
        ):
            del self._items[place]
            self._whole = ABSENT
            self.widget.note = ""
            self._draw()
        elif kind == "begin":
            self._begin(id_, content)
        elif kind == "piece" and id_ in self._coming and buffers:
            self._piece(id_, self._coming[id_], buffers[0])
        elif kind == "end" and id_ in self._coming:
            self._end(self._coming.pop(id_))

    def _begin(self, id_: str, content: Any) -> None:
        size, name = content.get("size"), str(content.get("name") or "file")
        go = isinstance(size, int) and 0 < size <= MAX_UPLOAD_BYTES
        if go:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="stationthis-studio-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            place = Path(tempfile.mkdtemp(dir=self._folder))
            path = place / (safe_name(name, UNKNOWN) or "file")
            self._coming[id_] = _Coming(path, size, path.open("wb"))
        else:
            self.widget.note = (
                f"{clean(name)[:80]} is empty." if size == 0 else f"{clean(name)[:80]} is too large."
            )
        self.widget.send({"kind": "got", "id": id_, "go": go})

    def _piece(self, id_: str, coming: _Coming, piece: Any) -> None:
        coming.written += len(memoryview(piece).cast("B"))
        go = coming.written <= coming.size
        if go:
            coming.file.write(piece)
        else:
            coming.file.close()
            del self._coming[id_]
        self.widget.send({"kind": "got", "id": id_, "go": go})

    def _end(self, coming: _Coming) -> None:
        coming.file.close()
        if coming.written != coming.size:
            self.widget.note = f"{coming.path.name} did not arrive whole: drop it again."
            return
        self._checking += 1
        portal.begin(self._arrived(coming.path))

    async def _arrived(self, path: Path) -> None:
        """A file is taken when the SDK would take it."""
        try:
            await asyncio.to_thread(media_of, path, "image" if self.several else self.field.kind)
        except InvalidInput as error:
            self.widget.note = clean(f"{path.name} was not taken: it {error.message}.")
        else:
            self.widget.note = ""
            note = (
                f"{path.name} was dropped into the form: have it beside the notebook, or write its path here"
            )
            item = self._dropped[path] = _Item(path, path.name, Named(literal(path.name), note))
            self.add(item)
        finally:
            self._checking -= 1

    async def _looked_at(self, item: _Item) -> None:
        """Show what is on this machine small; nothing is fetched for it."""
        data = await asyncio.to_thread(_bytes_of, item.value)
        if not data:
            return
        kind = "video" if self.field.kind == "video" else "image"
        small = await asyncio.to_thread(
            thumbnail_of_bytes, data, pixels=_PREVIEW_PIXELS, most_bytes=_PREVIEW_BYTES, kind=kind
        )
        if small is not None and item in self._items:
            item.preview = small.uri
            self._draw()


def _listed(value: Any) -> list[Any] | None:
    """The single files of several, None where they are one thing: an array of pictures."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return None
    return list(value) if isinstance(value, list | tuple) and value else None


def _given(value: Any) -> _Item:
    if isinstance(value, str | Path):
        text = str(value)
        if text[:5].lower() == "data:":
            return _Item(value, "a data address", Named("value", "the data address that the form was given"))
        return _Item(value, text, text)
    name = getattr(value, "filename", None) or getattr(value, "name", None)
    name = name if isinstance(name, str) and name else type(value).__name__
    return _Item(value, name, value)


def _bytes_of(value: Any) -> bytes | None:
    try:
        if isinstance(value, bytes | bytearray):
            return bytes(value)
        if isinstance(value, str) and value[:4].lower() in {"http", "data"}:
            return None
        if isinstance(value, str | Path):
            path = Path(value).expanduser()
            return path.read_bytes() if path.is_file() and path.stat().st_size <= _MOST_READ else None
        if hasattr(value, "__array_interface__") or hasattr(value, "getbands"):
            media = media_of(value, "image")
            content = getattr(media, "content", None)
            return content if isinstance(content, bytes) else None
    except (OSError, ValueError, RuntimeError):
        return None
    return None
