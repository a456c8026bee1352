"""What editors and type checkers know of deployments: a stub for each, with its inputs as keywords.

They are a package of their own, ``stationthis_deployed``, that exists as stubs only: pyright finds it in the folder
``typings``, mypy by its ``mypy_path``, and ``stationthis_sdk.deployed`` takes it in. A stub of a part of
``stationthis_sdk`` itself would do for pyright; mypy does not look at it.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from stationthis_sdk.entities import DeploymentRecord, InputField
from stationthis_sdk.errors import SaveFailed
from stationthis_sdk.inputs.kinds import ImageLike, ImagesLike, MediaLike, choices_of, is_keyword, type_of
from stationthis_sdk.inputs.signatures import About, mapping_name, text_about
from stationthis_sdk.python_names import class_names, names_of
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["PACKAGE", "Changes", "stubs_of", "write_stubs"]

PACKAGE: Final = "stationthis_deployed"
MARK: Final = "# Written by `stationthis stubs`: what is changed here is lost."
_HEAD: Final = f"""{MARK}
# A deployment takes its own inputs, not any, as the class does.
# mypy: disable-error-code="override"
# pyright: basic, reportIncompatibleMethodOverride=false
"""
_IMPORTS: Final = """
import typing as _t
from collections.abc import Collection as _Collection, Mapping as _Mapping

import stationthis_sdk as _sdk
from stationthis_sdk.inputs import kinds as _kinds
"""
_OPTIONS: Final = """
    def options(
        self,
        *,
        timeout: float | _sdk.Timeouts | None = ...,
        gpu: str | None = ...,
        webhook: str | None = ...,
        cache: bool | None = ...,
        allow_unknown: bool | None = ...,
        on_interrupt: _t.Literal["cancel", "detach"] | None = ...,
        tags: _Collection[str] | str | None = ...,
        progress: _t.Any = ...,
    ) -> _t.Self: ...
"""


class _Deployment(About, Protocol):
    """What a stub is written of."""

    @property
    def record(self) -> DeploymentRecord: ...


@attrs.frozen
class Changes:
    """What was done, or is to be done: files ``written`` and ``removed``; the others, ``same``, are as they should be."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    same: tuple[Path, ...]


def stubs_of(deployments: Iterable[_Deployment]) -> dict[str, str]:
    """The package's files by name, each a valid stub whatever strangers have called things."""
    found = names_of(deployments).found
    classes = class_names(found)
    files = {"__init__.pyi": _package(classes)}
    for name, deployment in found.items():
        files[f"_{name}.pyi"] = "\n".join(_module(deployment, classes[name]))
    for text in files.values():
        ast.parse(text)
    return files


def write_stubs(folder: Path, files: Mapping[str, str], *, check: bool = False) -> Changes:
    """Bring the package in this folder up to date; ``check`` only tells what would be done.

    Only files that were written here before are replaced or removed.

    Raises:
        SaveFailed: somebody else's file is where one of ours should be, or writing fails.
    """
    package = folder / PACKAGE
    wanted = {package / name: text for name, text in files.items()}
    if foreign := [path for path in wanted if (path.exists() or path.is_symlink()) and not _is_ours(path)]:
        names = ", ".join(map(str, foreign))
        raise SaveFailed(
            f"Not written by `stationthis stubs`, so left alone: {names}. Move it, or name another folder."
        )
    there = set(package.glob("*.pyi"))
    stale = sorted(path for path in there - set(wanted) if _is_ours(path))
    new = [path for path, text in wanted.items() if path not in there or path.read_bytes() != text.encode()]
    if not check:
        try:
            package.mkdir(parents=True, exist_ok=True)
            for path in new:
                write_atomically(path, wanted[path].encode())
            for path in stale:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise SaveFailed(f"Can't write stubs into {package}: {error.strerror}.") from None
    return Changes(tuple(new), tuple(stale), tuple(path for path in wanted if path not in new))


def _is_ours(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.readline(200).rstrip() == MARK.encode()


def _package(classes: Mapping[str, str]) -> str:
    lines = [_HEAD]
    lines += [f"from ._{name} import {one} as {one}" for name, one in classes.items()]
    exported = ", ".join(f'"{one}"' for one in sorted([*classes, *classes.values()]))
    lines += ["", f"__all__ = [{exported}]", ""]
    return "\n".join([*lines, *(f"{name}: {one}" for name, one in classes.items()), ""])


def _module(deployment: _Deployment, name: str) -> Iterator[str]:
    fields = deployment.inputs
    # Without the version: what has not changed for callers is up to date.
    told = _literal_lines(text_about(deployment, numbered=False))
    run = f"{name}Run"
    yield _HEAD + _IMPORTS
    yield f"class {name}(_sdk.Deployment):"
    yield from (f"    {line}" if line else "" for line in told)
    for method in ("__call__", "submit"):
        yield ""
        yield f"    def {method}("
        yield from _parameters(fields)
        yield f"    ) -> {run}:"
        yield from (f"        {line}" if line else "" for line in told)
    yield _OPTIONS
    yield f"class {run}(_sdk.Run):"
    yield "    def again("
    yield from _parameters(fields, all_optional=True)
    yield "    ) -> _t.Self: ..."
    yield ""


def _parameters(fields: Mapping[str, InputField], *, all_optional: bool = False) -> Iterator[str]:
    keywords = [field for name, field in fields.items() if is_keyword(name)]
    yield f"        {mapping_name(fields, '_self') if 'self' in fields else 'self'},"
    if len(keywords) < len(fields) and not all_optional:
        yield f"        {mapping_name(fields)}: _Mapping[str, _t.Any] | None = ...,"
    yield "        /,"
    if keywords:
        yield "        *,"
    for field in keywords:
        optional = all_optional or not field.required
        yield f"        {field.name}: {_type(field)}{' = ...' if optional else ''},"
    if len(keywords) < len(fields) and all_optional:
        yield f"        **{mapping_name(fields, 'more')}: _t.Any,"


def _type(field: InputField) -> str:
    """An input's type as the stub writes it."""
    if choices := choices_of(field):
        return f"_t.Literal[{', '.join(ast.unparse(ast.Constant(one)) for one in choices)}]"
    kind: Any = type_of(field)
    for name, alias in (("ImageLike", ImageLike), ("ImagesLike", ImagesLike), ("MediaLike", MediaLike)):
        if kind == alias:
            return f"_kinds.{name}"
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _literal_lines(text: str) -> list[str]:
    """A docstring's lines; nothing in the text ends it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{escaped}\n"""'.split("\n")
