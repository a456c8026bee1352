"""Files for an input: dropped, chosen or pasted in the page, written as a path or an address, or given in Python."""

import asyncio
import contextlib
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import attrs
import traitlets as t

from stationthis_sdk import portal
from stationthis_sdk.entities import InputField
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.inputs.file_types import UNKNOWN, safe_name
from stationthis_sdk.inputs.media import MAX_UPLOAD_BYTES, media_of
from stationthis_sdk.notebook.links import unsigned_text
from stationthis_sdk.notebook.studio.code import Named, literal
from stationthis_sdk.notebook.studio.fields import ABSENT, Control
from stationthis_sdk.notebook.studio.several import listed
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
_SILENCE: Final = 30.0
"""Seconds without a piece after which a file does not come any more: its page was closed or loaded anew."""


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
    """A file whose bytes are on their way from the page, and then looked at."""

    path: Path
    size: int
    file: Any
    written: int = 0
    heard_at: float = attrs.field(factory=time.monotonic)
    whole: bool = False

    @property
    def broken_off(self) -> bool:
        """Whether nothing more is to be expected of it."""
        return not self.whole and time.monotonic() - self.heard_at > _SILENCE

    def drop(self) -> None:
        """It is not wanted any more."""
        with contextlib.suppress(OSError):  # a full disk is told when it is written to
            self.file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class Files(Control):
    """One file, or several where the input takes several.

    What the page says is heard on the kernel's thread, what came of a file on the SDK's loop: the last word counts.
    """

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
        self._items: tuple[_Item, ...] = ()
        self._whole: Any = ABSENT
        self._dropped: dict[Path, _Item] = {}
        self._coming: dict[str, _Coming] = {}
        # Reentrant: what is collected is closed wherever the collector happens to run.
        self._lock = threading.RLock()
        self._changed: list[Callable[[], None]] = []
        self._folder: Path | None = None
        me = weakref.WeakMethod(self._heard)
        self.widget.on_msg(lambda _, content, buffers: (here := me()) and here(content, buffers))

    def _value(self) -> Any:
        return self._told(lambda item: item.value)

    def _shown(self) -> Any:
        return self._told(lambda item: item.code)

    def _told(self, part: Callable[[_Item], Any]) -> Any:
        with self._lock:
            items, whole = self._items, self._whole
        if not items:
            return ABSENT
        if whole is not ABSENT or not self.several:
            return part(items[0])
        return [part(item) for item in items]

    def _trouble(self) -> str | None:
        """A file that was broken off is told of once, and then forgotten: without it nothing is sent unasked."""
        with self._lock:
            broken = [id_ for id_, one in self._coming.items() if one.broken_off]
            names = ", ".join(self._coming[id_].path.name for id_ in broken)
            self._forget(*broken)
            coming = bool(self._coming)
        if broken:
            self._draw()
            return f"{names} did not arrive: drop it again, or press Run again to go without it"
        if coming:
            return "the file is still being read: press Run again in a moment, or take it out by its ×"
        return None

    def _put(self, value: Any) -> bool:
        several = listed(value) if self.several and value is not ABSENT else None
        with self._lock:
            self._forget(*self._coming)
            self._whole = value if self.several and several is None else ABSENT
            if value is ABSENT:
                self._items = ()
            else:
                self._items = tuple(self._item_of(one) for one in (several or [value]))
            items = self._items
        for item in items:
            if not item.preview:
                portal.begin(self._looked_at(item))
        self._draw()
        return True

    def _watch(self, changed: Callable[[], None]) -> None:
        self._changed.append(changed)

    def _close(self) -> None:
        with self._lock:
            self._forget(*self._coming)
        shut(self.widget)

    def _forget(self, *ids: str) -> None:
        """Files that were on their way are not waited for any more; under the lock."""
        for id_ in ids:
            if (one := self._coming.pop(id_, None)) is not None:
                one.drop()

    def add(self, item: Any) -> None:
        """One more, or another in place of the one there is."""
        with self._lock:
            self._take(item)
        self._draw()
        portal.begin(self._looked_at(item))

    def _take(self, item: Any) -> None:
        keep = self._items if self.several and self._whole is ABSENT else ()
        self._items, self._whole = (*keep, item), ABSENT

    def _item_of(self, value: Any) -> _Item:
        dropped = self._dropped.get(value) if isinstance(value, Path) else None
        return dropped or _given(value)

    def _draw(self) -> None:
        with self._lock:  # what is shown is what is sent, whichever thread was first
            shown = [
                {"name": clean(item.name)[:200], "preview": item.preview, "coming": ""}
                for item in self._items
            ]
            shown += [
                {"name": clean(one.path.name)[:200], "preview": "", "coming": id_}
                for id_, one in self._coming.items()
            ]
            self.widget.items = shown
        for changed in self._changed:
            changed()

    def _heard(self, content: Any, buffers: Any) -> None:
        """What the page says; it may be anything."""
        kind, id_ = content.get("kind"), clean(content.get("id"))
        if kind == "written" and isinstance(content.get("text"), str):
            self.widget.note = ""
            self._make_way()
            self.add(_given(content["text"]))
        elif kind == "remove":
            self._remove(content.get("place"))
        elif kind == "drop" and id_ in self._coming:
            with self._lock:
                self._forget(id_)
            self.widget.note = ""
            self._draw()
        elif kind == "begin":
            self._begin(id_, content)
        elif kind == "piece":
            self._piece(id_, buffers[0] if buffers else b"")
        elif kind == "end":
            self._end(id_)

    def _make_way(self) -> None:
        """What comes now takes the place of what was on its way; of several, of what was broken off."""
        with self._lock:
            self._forget(*[id_ for id_, one in self._coming.items() if not self.several or one.broken_off])

    def _remove(self, place: Any) -> None:
        with self._lock:
            if not isinstance(place, int) or not 0 <= place < len(self._items):
                return
            self._items, self._whole = (*self._items[:place], *self._items[place + 1 :]), ABSENT
            self._make_way()
        self.widget.note = ""
        self._draw()

    def _begin(self, id_: str, content: Any) -> None:
        size, name = content.get("size"), str(content.get("name") or "file")
        go = isinstance(size, int) and 0 < size <= MAX_UPLOAD_BYTES
        if go:
            self._make_way()
            try:
                path = self._place() / (safe_name(name, UNKNOWN) or "file")
                coming = _Coming(path, size, path.open("wb"))
            except OSError as error:
                go = False
                self.widget.note = clean(f"{name[:80]} can't be kept here: {error.strerror}.")
            else:
                with self._lock:
                    if id_ in self._coming:
                        self._forget(id_)
                    self._coming[id_] = coming
                self._draw()
        else:
            self.widget.note = (
                f"{clean(name)[:80]} is empty." if size == 0 else f"{clean(name)[:80]} is too large."
            )
        self._answer(id_, go=go)

    def _place(self) -> Path:
        """A new folder, which ends with the control."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="stationthis-studio-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _piece(self, id_: str, piece: Any) -> None:
        """One more piece; the page hears whether it is to go on."""
        note = ""
        with self._lock:
            coming = self._coming.get(id_)
            if coming is not None and not coming.whole:
                coming.heard_at = time.monotonic()
                coming.written += len(memoryview(piece).cast("B"))
                try:
                    if coming.written <= coming.size:
                        coming.file.write(piece)
                    else:
                        note = f"{coming.path.name} is larger than was said: drop it again."
                except OSError as error:
                    note = f"{coming.path.name} can't be kept here: {error.strerror}."
                if note:
                    self._forget(id_)
        if note:
            self.widget.note = clean(note)
            self._draw()
        self._answer(id_, go=coming is not None and not note)

    def _answer(self, id_: str, *, go: bool) -> None:
        self.widget.send({"kind": "got", "id": id_, "go": go})

    def _end(self, id_: str) -> None:
        with self._lock:
            coming = self._coming.get(id_)
            if coming is None or coming.whole:
                return
            try:
                coming.file.close()
                coming.whole = coming.written == coming.size
            except OSError:  # the last of it did not fit
                coming.whole = False
            if not coming.whole:
                self._forget(id_)
        if coming.whole:
            portal.begin(self._arrived(id_, coming))
        else:
            self.widget.note = clean(f"{coming.path.name} did not arrive whole: drop it again.")
            self._draw()

    async def _arrived(self, id_: str, coming: _Coming) -> None:
        """A file is taken when the SDK would take it, and nothing else was put in its place meanwhile."""
        path, why = coming.path, ""
        try:
            await asyncio.to_thread(media_of, path, "image" if self.several else self.field.kind)
        except InvalidInput as error:
            why = f"{path.name} was not taken: it {error.message}."
        except Exception as error:  # noqa: BLE001 - a file may hold whatever breaks its reader
            why = f"{path.name} can't be read: {error}"
        note = f"{path.name} was dropped into the form: have it beside the notebook, or write its path here"
        item = _Item(path, path.name, Named(literal(path.name), note))
        with self._lock:
            if self._coming.get(id_) is not coming:
                return
            del self._coming[id_]
            self.widget.note = clean(why)
            if not why:
                self._dropped[path] = item
                self._take(item)
        self._draw()
        if not why:
            await self._looked_at(item)

    async def _looked_at(self, item: _Item) -> None:
        """Show what is on this machine small; nothing is fetched for it."""
        data = await asyncio.to_thread(_bytes_of, item.value)
        if not data:
            return
        kind = "video" if self.field.kind == "video" else "image"
        small = await asyncio.to_thread(
            thumbnail_of_bytes, data, pixels=_PREVIEW_PIXELS, most_bytes=_PREVIEW_BYTES, kind=kind
        )
        if small is not None:
            item.preview = small.uri
            self._draw()


def _given(value: Any) -> _Item:
    if isinstance(value, str | Path):
        text = str(value)
        if text[:5].lower() == "data:":
            return _Item(value, "a data address", Named("value", "the data address that the form was given"))
        return _Item(value, unsigned_text(text), text)
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
