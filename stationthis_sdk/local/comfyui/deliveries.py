"""What a prompt put out, on its way from ComfyUI's folders to the run's own files."""

import asyncio
import contextlib
import json
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import attrs

from stationthis_sdk.local.comfyui.client import Client, TooLarge
from stationthis_sdk.local.comfyui.course import Executed
from stationthis_sdk.local.comfyui.outgoing import fit
from stationthis_sdk.local.comfyui.outputs_of_plugin import Wanted
from stationthis_sdk.local.comfyui.pictures import converted
from stationthis_sdk.local.comfyui.translate import Translated
from stationthis_sdk.local.comfyui.words import one_line
from stationthis_sdk.local.engine.output_files import Place, place
from stationthis_sdk.local.engines import Files, NodeFailed, NodeOutput, Report

__all__ = ["Deliveries", "Limits"]

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"})
_FOLDERS: Final = ("output", "temp", "input")
_MEGABYTE: Final = 2**20
_NOWHERE: Final = ("", ".", "..")


@attrs.frozen
class Limits:
    """How much one run may bring: bytes of a file and of all files, how many, and characters of all texts."""

    file: int = 2**30
    run: int = 2**32
    files: int = 1000
    text: int = 2**22


@attrs.define
class Deliveries:
    """Brings each output node's files and values, once. ``scratch`` is a folder on the disk of the files."""

    client: Client
    given: Translated
    files: Files
    report: Report
    scratch: Path
    limits: Limits
    _done: set[str] = attrs.Factory(set)
    _bytes: int = 0
    _count: int = 0
    _characters: int = 0
    _named: Counter[Place] = attrs.Factory(Counter)

    async def bring(self, executed: Executed) -> None:
        """Bring what a node put out; raises NodeFailed for what can't be had or is too much."""
        node_id = self.given.owners.get(executed.node_id, executed.node_id)
        if node_id in self._done:
            return
        self._done.add(node_id)
        class_type = self.given.classes.get(node_id, "")
        try:
            await self._bring(node_id, class_type, executed.output)
        except NodeFailed as problem:
            where = f"node {node_id} ({class_type}): {problem}"
            raise NodeFailed(where, node_id, class_type) from problem

    async def _bring(self, node_id: str, class_type: str, output: Mapping[str, Any]) -> None:
        wanted = self.given.wanted.get(node_id)
        if wanted is not None and wanted.kind == "file":
            output = {"files": [await self._file_at(_first_text(output), wanted)]}
        if wanted is not None and wanted.kind == "text":
            item = await self._text(_first_text(output), wanted)
            self.report(NodeOutput(node_id, class_type, {"files": [item]}, uploaded=True))
            return
        items, values = _sorted(output)
        data: dict[str, list[Any]] = {}
        for item in items:
            brought = _elsewhere(item) or await self._file(item, wanted)
            kind = "images" if _suffix(brought["filename"]) in _PICTURES else "files"
            data.setdefault(kind, []).append(brought)
        if data:
            self.report(NodeOutput(node_id, class_type, data, uploaded=True))
        if values:
            values = fit(values)
            self._count_text(len(str(values)))
            if wanted is not None and wanted.kind == "value":
                values = {wanted.name: values.get("text", [])}
                values |= {"output_id": [wanted.output_id]} if wanted.output_id else {}
            self.report(NodeOutput(node_id, class_type, values, uploaded=False))

    async def _file(self, item: Mapping[str, Any], wanted: Wanted | None) -> dict[str, Any]:
        begun, name = time.perf_counter(), str(item["filename"])
        path = await self._fetched(item)
        if path is None:
            raise NodeFailed(
                f"its file {one_line(name, 100)} is gone from ComfyUI's {item.get('type') or 'output'} folder: "
                "change something in the graph, so that ComfyUI makes it again"
            )
        return await self._kept(item, path, wanted, begun)

    async def _kept(
        self, item: Mapping[str, Any], path: Path, wanted: Wanted | None, begun: float
    ) -> dict[str, Any]:
        name = str(item["filename"])
        suffix = _suffix(name)
        target = path.with_suffix(".converted")
        try:
            if wanted is not None and wanted.kind == "image" and wanted.file_type != "png":
                await asyncio.to_thread(_convert, path, target, wanted)
                suffix = f".{wanted.file_type}"
                name = f"{name.removesuffix('.png')}{suffix}"
                url = await asyncio.to_thread(self.files.keep_file, target, suffix)
            else:
                url = await asyncio.to_thread(self.files.keep_file, path, suffix)
        finally:
            await asyncio.to_thread(_forget, path, target)
        output_id = wanted.output_id if wanted is not None else item.get("output_id")
        return _item(url, name, item.get("subfolder"), output_id, begun)

    async def _text(self, text: str, wanted: Wanted) -> dict[str, Any]:
        """A text as a file, as the plugin writes it."""
        begun = time.perf_counter()
        self._count_text(len(text))
        at = place(wanted.name)
        if wanted.file_type == "json":
            with contextlib.suppress(ValueError, RecursionError):  # what is no JSON is kept as it is
                text = json.dumps(json.loads(text), indent=2)
        number = self._named[at] = self._named[at] + 1
        content, suffix = text.encode("utf-8", "replace"), f".{wanted.file_type}"
        url = await asyncio.to_thread(self.files.keep, content, suffix)
        name = f"{at.name.replace('%batch_num%', '0')}_{number:05d}_{suffix}"
        return _item(url, name, at.subfolder, wanted.output_id, begun)

    def _count_text(self, length: int) -> None:
        self._characters += length
        if self._characters > self.limits.text:
            raise NodeFailed(f"the run put out more than {self.limits.text:,} characters: shorten its texts")

    async def _file_at(self, place: str, wanted: Wanted) -> dict[str, Any]:
        """The file at a path on ComfyUI's machine, if it is in one of the folders that are served."""
        for item in _candidates(place):
            path = await self._fetched(item)
            if path is not None:
                return await self._kept(item, path, wanted, time.perf_counter())
        raise NodeFailed(
            f"there is no file {one_line(PurePosixPath(place).name, 100)!r} in ComfyUI's output, temp or input folder"
        )

    async def _fetched(self, item: Mapping[str, Any]) -> Path | None:
        self._count += 1
        if self._count > self.limits.files:
            raise NodeFailed(f"the run put out more than {self.limits.files} files: ask for fewer")
        path = self.scratch / secrets.token_hex(16)
        allowed = min(self.limits.file, self.limits.run - self._bytes)
        try:
            if not await self.client.fetch(item, path, allowed):
                return None
            self._bytes += (await asyncio.to_thread(path.stat)).st_size
        except TooLarge:
            await asyncio.to_thread(_forget, path)
            raise NodeFailed(
                f"its file {one_line(item.get('filename'), 100)} is too large: this gateway keeps "
                f"{self.limits.file // _MEGABYTE} MB a file and {self.limits.run // _MEGABYTE} MB a run"
            ) from None
        except BaseException:
            await asyncio.to_thread(_forget, path)
            raise
        return path


def _item(url: str, filename: str, subfolder: Any, output_id: Any, begun: float) -> dict[str, Any]:
    """What tells of a file; its name and folder are ComfyUI's, and must lead nobody who saves it astray."""
    inside = [part for part in re.split(r"[/\\]", one_line(subfolder or "", 1000)) if part not in _NOWHERE]
    return {
        "url": url,
        "type": "output",
        "filename": re.split(r"[/\\]", one_line(filename, 255))[-1],
        "is_public": True,
        "subfolder": "/".join(inside),
        "upload_duration": time.perf_counter() - begun,
        **({"output_id": one_line(output_id, 255)} if output_id else {}),
    }


def _elsewhere(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """A file that the node has put somewhere itself; None for one in ComfyUI's folders."""
    match item.get("url"):
        case str() as url if url.startswith(("http://", "https://")):
            return _item(
                url, item["filename"], item.get("subfolder"), item.get("output_id"), time.perf_counter()
            )
    return None


def _sorted(output: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """Files, without those that are only for looking at; and all other values, by their names."""
    items: list[dict[str, Any]] = []
    values: dict[str, list[Any]] = {}
    for name, held in output.items():
        if not isinstance(held, list):
            continue
        rest = [_no_file_of_ours(one) for one in held if not _is_file(one)]
        items.extend(one for one in held if _is_file(one) and one.get("type") != "temp")
        if rest:
            values[str(name)] = rest
    if any(_is_file(one) for held in output.values() if isinstance(held, list) for one in held):
        values.pop("animated", None)  # it is about the files
    return items, values


def _no_file_of_ours(value: Any) -> Any:
    """A value that does not pass for one of the gateway's own files, which may be somebody else's."""
    if isinstance(value, dict) and str(value.get("url")).startswith("/"):
        return {name: one for name, one in value.items() if name != "url"}
    return value


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("filename"), str)


def _first_text(output: Mapping[str, Any]) -> str:
    match output.get("text"):
        case [str() as text, *_]:
            return text
    return ""


def _candidates(place: str) -> list[dict[str, str]]:
    """The served folders that a path may lie in: by its own words, else each.

    >>> _candidates("/srv/comfy/output/a/b.zip")
    [{'filename': 'b.zip', 'subfolder': 'a', 'type': 'output'}]
    """
    parts = PurePosixPath(place.replace("\\", "/")).parts
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] in _FOLDERS:
            inside = "/".join(parts[index + 1 : -1])
            return [{"filename": parts[-1], "subfolder": inside, "type": parts[index]}]
    if not parts or parts[0] == "/":
        return []
    inside = "/".join(parts[:-1])
    return [{"filename": parts[-1], "subfolder": inside, "type": folder} for folder in _FOLDERS]


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,12}", suffix) else ""


def _convert(path: Path, target: Path, wanted: Wanted) -> None:
    try:
        converted(path, target, wanted.file_type, wanted.quality)
    except Exception as problem:  # Pillow's writers raise all kinds
        raise NodeFailed(f"its picture can't be made {wanted.file_type}: {problem}") from problem


def _forget(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
