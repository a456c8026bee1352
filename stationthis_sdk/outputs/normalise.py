"""One normaliser: every shape in which outputs have been seen becomes a tuple of ``OutputItem``.

Shapes: the service's list of entries ``{"data": {kind: [item]}, "node_meta": …}``; the same without the envelope;
an object keyed by node id; ``images``, ``gifs``, ``files``, ``text``, ``result`` on their own; one item; a bare
URL; a bare text; and any of these in a list. What can't be made sense of is skipped; it never raises.
"""

import json
import re
from collections.abc import Mapping
from posixpath import splitext
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import attrs

from stationthis_sdk.entities import OutputItem

__all__ = ["extension_of", "normalise", "type_of"]

_MIME_OF_EXTENSION: Final[Mapping[str, str]] = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp", "bmp": "image/bmp",
    "tif": "image/tiff", "tiff": "image/tiff", "avif": "image/avif", "svg": "image/svg+xml", "exr": "image/x-exr",
    "gif": "image/gif", "apng": "image/apng",
    "mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "mkv": "video/x-matroska", "avi": "video/x-msvideo",
    "m4v": "video/mp4",
    "flac": "audio/flac", "mp3": "audio/mpeg", "wav": "audio/wav", "ogg": "audio/ogg", "opus": "audio/opus", "m4a": "audio/mp4",
    "glb": "model/gltf-binary", "gltf": "model/gltf+json", "obj": "model/obj", "ply": "model/ply", "stl": "model/stl",
    "txt": "text/plain", "md": "text/markdown", "json": "application/json", "csv": "text/csv", "zip": "application/zip",
    "safetensors": "application/octet-stream",
}  # fmt: skip
_KIND_OF_KEY: Final[Mapping[str, str]] = {
    "images": "image", "image": "image", "gifs": "video", "videos": "video", "video": "video", "audio": "audio",
    "mesh": "mesh", "3d": "mesh", "text": "text", "string": "text", "tags": "text", "result": "text",
    "text_file": "file", "files": "file", "file": "file", "model_file": "file",
}  # fmt: skip
# What stands beside outputs in an entry and is none itself.
_ASIDE: Final = frozenset({"output_id", "animated", "error", "node_errors"})
_TEXT_FILES: Final = frozenset({"text/plain", "text/markdown", "application/json"})
_MAX_DEPTH: Final = 8
# Made once: of these kinds each answer is asked many times.
_OBJECT: Final = (dict, Mapping)
_LIST: Final = (list, tuple)
_NESTED: Final = (dict, list)
_DATA: Final = (dict, list, str)
_NUMBER: Final = (bool, int, float)
_USUAL_URL: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?([/?#][!-~]*)?")
"""What is seen at a glance to be one; others are looked at closely."""


def normalise(raw: Any) -> tuple[OutputItem, ...]:
    """Read outputs in any known shape, in their order; the same thing twice is one.

    >>> [item.kind for item in normalise([{"data": {"gifs": [{"url": "https://h/v.mp4", "filename": "v.mp4"}]}}])]
    ['video']
    >>> normalise("https://h/a.png")[0].kind, normalise("a caption")[0].text
    ('image', 'a caption')
    """
    found: list[OutputItem] = []
    _walk(raw, _NOWHERE, "", 0, found)
    once: dict[Any, OutputItem] = {}
    for item in found:
        once.setdefault(item.identity, item)
    return tuple(once.values())


def extension_of(name: str) -> str:
    """The extension of a file name or URL when it is one we know, else nothing: it may go into a path.

    >>> extension_of("https://h/x/out.PNG?sig=1"), extension_of("../../etc/passwd"), extension_of("a.p/../ng")
    ('png', '', '')
    """
    try:
        path = unquote(urlsplit(name).path) if "://" in name else name
    except ValueError:
        return ""
    extension = splitext(path)[1].removeprefix(".").lower()
    return extension if extension in _MIME_OF_EXTENSION else ""


def type_of(name: str) -> str | None:
    """The media type that a file's name claims, if we know its ending.

    >>> type_of("a.JPG"), type_of("a.doc")
    ('image/jpeg', None)
    """
    return _MIME_OF_EXTENSION.get(extension_of(name))


@attrs.frozen
class _Where:
    """What is known of the place at which an output stands."""

    output_id: str | None = None
    node_id: str | None = None
    node_class: str | None = None
    entry_id: str | None = None

    def text(self, text: str) -> OutputItem:
        """A text that stands here."""
        return OutputItem(
            "text", None, text, "", None, self.output_id, self.node_id, self.node_class, self.entry_id
        )

    def file(
        self, kind: str, url: str, filename: str, mime: str | None, raw: Mapping[str, Any]
    ) -> OutputItem:
        """A file that stands here; its own name goes before the place's."""
        output_id = _first_text(raw.get("output_id")) or self.output_id
        public = raw.get("is_public")
        return OutputItem(
            kind,
            url,
            None,
            filename,
            mime,
            output_id,
            self.node_id,
            self.node_class,
            self.entry_id,
            public if isinstance(public, bool) else None,
        )


_NOWHERE: Final = _Where()


def _walk(raw: Any, where: _Where, key: str, depth: int, found: list[OutputItem]) -> None:
    """Put what is in it into ``found``."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(raw, str):
        _from_text(raw, where, key, found)
    elif isinstance(raw, _LIST):
        for one in raw:
            _walk(one, where, key, depth + 1, found)
    elif isinstance(raw, _OBJECT):
        _from_object(raw, where, key, depth, found)
    elif isinstance(raw, _NUMBER) and key in {"result", "text", "string"}:
        found.append(where.text(json.dumps(raw)))


def _from_object(
    raw: Mapping[str, Any], where: _Where, key: str, depth: int, found: list[OutputItem]
) -> None:
    if (url := _url_of(raw)) is not None:
        found.append(_from_media(raw, url, where, key))
        return
    if "exception_type" in raw:
        # What a node died of comes with the inputs it had: they are no outputs.
        return
    if isinstance(raw.get("data"), _DATA):
        _walk(raw["data"], _where_in(raw), key, depth + 1, found)
        return
    if "outputs" in raw and not _KIND_OF_KEY.keys() & raw.keys():
        _walk(raw["outputs"], where, key, depth + 1, found)
        return
    named = _first_text(raw.get("output_id"))
    inner = attrs.evolve(where, output_id=named) if named else where
    for name, value in raw.items():
        if not isinstance(name, str) or name in _ASIDE:
            continue
        if name in _KIND_OF_KEY:
            _walk(value, inner, name, depth + 1, found)
        elif isinstance(value, _NESTED):
            # An object keyed by node id, as ComfyUI's own history has it; or a kind nobody has told us of.
            at_node = re.fullmatch(r"\d+(:\d+)*", name)
            there = attrs.evolve(inner, node_id=name) if at_node and inner.node_id is None else inner
            _walk(value, there, key if at_node else name, depth + 1, found)


def _where_in(raw: Mapping[str, Any]) -> _Where:
    meta = raw.get("node_meta")
    meta = meta if isinstance(meta, _OBJECT) else {}
    node_id = meta.get("node_id") or raw.get("node_id")
    return _Where(
        output_id=_first_text(raw.get("output_id")),
        node_id=None if node_id is None else str(node_id),
        node_class=_first_text(meta.get("node_class")),
        entry_id=_first_text(raw.get("id")),
    )


def _from_text(raw: str, where: _Where, key: str, found: list[OutputItem]) -> None:
    if key != "text" and _is_url(raw.strip()):
        found.append(_from_media({}, raw.strip(), where, key))
    elif key in {"", "text", "string", "tags", "result"}:
        found.append(where.text(raw))


def _from_media(raw: Mapping[str, Any], url: str, where: _Where, key: str) -> OutputItem:
    filename = raw.get("filename") or raw.get("name") or _name_asked_for(url)
    filename = filename if isinstance(filename, str) else ""
    mime = _mime_of(raw, url, filename)
    return where.file(_kind_of(raw, url, mime, key), url, filename, mime, raw)


def _mime_of(raw: Mapping[str, Any], url: str, filename: str) -> str | None:
    """The type by ``format``, then by file name, then by URL."""
    by_name = _MIME_OF_EXTENSION.get(extension_of(filename) or extension_of(url))
    told = raw.get("format") or raw.get("mime_type") or raw.get("content_type")
    if isinstance(told, str) and re.fullmatch(r"(image|video|audio|model|text|application)/[\w.+-]+", told):
        # Some nodes say "video/h264-mp4": the registered name of the same family is better.
        told = told.lower()
        return by_name if by_name and by_name.partition("/")[0] == told.partition("/")[0] else told
    return by_name


def _name_asked_for(url: str) -> str:
    """The file's name in links like ``/view?filename=a.png``, where the path is the same for all."""
    asked = parse_qs(urlsplit(url).query)
    return (asked.get("filename") or asked.get("file") or [""])[0]


def _kind_of(raw: Mapping[str, Any], url: str, mime: str | None, key: str) -> str:
    if mime is not None:
        if mime in {"image/gif", "image/apng"}:
            return "animation"
        family = mime.partition("/")[0]
        if family in {"image", "video", "audio"}:
            return family
        return "mesh" if family == "model" else "file"
    subfolder = raw.get("subfolder")
    folder = subfolder.strip("/").partition("/")[0] if isinstance(subfolder, str) else ""
    if folder in {"video", "image", "images", "audio"}:
        return folder.removesuffix("s") if folder == "images" else folder
    kind = _KIND_OF_KEY.get(key, "file")
    if kind in {"text", "file"}:
        return "image" if "/images/" in urlsplit(url).path else "file"
    return kind


def is_text_file(item: OutputItem) -> bool:
    """Whether the file's bytes are text that can be read out."""
    return item.mime in _TEXT_FILES


def _url_of(raw: Mapping[str, Any]) -> str | None:
    for name in ("url", "download_url", "file_url"):
        value = raw.get(name)
        # Names of files may hold spaces, and not everybody quotes them.
        if isinstance(value, str) and _is_url(value := value.strip().replace(" ", "%20")):
            return value
    return None


def _is_url(text: str) -> bool:
    if _USUAL_URL.fullmatch(text):
        return True
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and text.isprintable()
            and " " not in text
        )
    except ValueError:
        return False


def _first_text(value: Any) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) and value else None
