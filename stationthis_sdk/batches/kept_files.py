"""Files of a plan: named in it by path and content, and found again when their row's turn comes.

What was given as bytes, pictures or arrays is kept in the data folder under its hash, so that a batch goes on in another
process. Files that people have are left where they are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from stationthis_sdk.batches.identity import sha256_of
from stationthis_sdk.entities import Media, WebFile
from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["found_again", "has_no_files", "kept"]

_FILE: Final = "$file"


def kept(media: Any, folder: Path) -> Any:
    """What stands in the plan for a file, or for a list of files and addresses.

    Raises:
        InvalidInput: its address must not be written down.
        SaveFailed: it can't be kept.
    """
    if isinstance(media, list):
        return [kept(one, folder) for one in media]
    if not isinstance(media, Media):
        return media
    if isinstance(media.content, WebFile):
        raise InvalidInput("an address that holds a bot's token is not kept in a plan; pass the file's bytes")
    digest = sha256_of(media)
    path = media.content if isinstance(media.content, Path) and media.keeper is None else None
    if path is None:
        path = folder / digest[:2] / f"{digest}{Path(media.filename).suffix}"
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = media.content.read_bytes() if isinstance(media.content, Path) else media.content
            write_atomically(path, content, mode=0o600)
    return {_FILE: str(path.absolute()), "sha256": digest}


def found_again(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan's inputs stand for. Blocking: files are read.

    Raises:
        InvalidInput: a file is gone, or is another one by now.
    """
    return {name: _found(value) for name, value in inputs.items()}


def has_no_files(inputs: Mapping[str, Any]) -> bool:
    """Whether a plan's inputs are what they stand for, as those of most rows are."""
    return not any(isinstance(value, list | Mapping) for value in inputs.values())


def _found(value: Any) -> Any:
    if isinstance(value, list):
        return [_found(one) for one in value]
    if not isinstance(value, Mapping) or _FILE not in value:
        return value
    path = Path(value[_FILE])
    if sha256_of(Media(path, path.name, "")) != value["sha256"]:
        raise InvalidInput(f"{path} is another file than when the batch was planned")
    return path
