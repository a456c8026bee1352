"""A folder of recorded answers, one file an operation; written as a whole, and over nothing but an earlier recording."""

import contextlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from stationthis_sdk.errors import InvalidInput, SaveFailed
from stationthis_sdk.store.atomic import write_atomically

__all__ = ["Recording"]

_PARTS: Final = {"operation", "request", "status", "body"}
_STAGED: Final = (".stationthis-", ".part")


class Recording:
    """Answers on their way to a folder, which stays as it is until ``finish``.

    Raises:
        InvalidInput: the folder holds something else, or nothing can be written there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, bytes] = {}
        self._earlier()
        self._try_out()

    def add(self, operation: str, request: dict[str, Any], status: int, body: Any) -> None:
        """Keep one redacted answer."""
        document = {"operation": operation, "request": request, "status": status, "body": body}
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        self._files[f"{operation}.json"] = f"{text}\n".encode()

    def finish(self) -> int:
        """Put the files in place, take those of an earlier recording away, and say how many there are now.

        Without any answer an earlier recording stays.

        Raises:
            InvalidInput: meanwhile the folder holds something else.
            SaveFailed: it can't be written; the folder is as it was.
        """
        if not self._files:
            return 0
        try:
            with _folder(self.folder):
                earlier = self._earlier()
                prefix, suffix = _STAGED
                with tempfile.TemporaryDirectory(prefix=prefix, suffix=suffix, dir=self.folder) as staged:
                    for name, content in self._files.items():
                        _stage(Path(staged, name), content, self.folder)
                    with _put_back(self.folder, earlier, self._files):
                        for name in self._files:
                            Path(staged, name).replace(self.folder / name)
                        for path in earlier:
                            if path.name not in self._files:
                                path.unlink(missing_ok=True)
        except SaveFailed:
            raise
        except OSError as error:
            raise SaveFailed(f"Can't record in {self.folder}: {error.strerror or error}.") from None
        return len(self._files)

    def _try_out(self) -> None:
        """Nobody should hear after minutes that nothing can be written there."""
        nearest = next(path for path in (self.folder, *self.folder.absolute().parents) if path.exists())
        prefix, suffix = _STAGED
        try:
            with tempfile.TemporaryDirectory(prefix=prefix, suffix=suffix, dir=nearest):
                pass
        except OSError as error:
            raise _unusable(self.folder, error) from None

    def _earlier(self) -> list[Path]:
        """The files of an earlier recording, which are all that the folder may hold."""
        try:
            if "\0" in str(self.folder):
                raise ValueError("there is a NUL in the name")  # noqa: TRY301 - as iterdir does
            if not self.folder.exists() and not self.folder.is_symlink():
                return []
            held = sorted(self.folder.iterdir())
        except (OSError, ValueError) as error:
            raise _unusable(self.folder, error) from None
        prefix, suffix = _STAGED
        held = [path for path in held if not (path.name.startswith(prefix) and path.name.endswith(suffix))]
        for path in held:
            if not _is_recorded(path):
                raise InvalidInput(
                    f"Won't record in {self.folder}: {path.name} there is from no recording. "
                    "Choose a new or empty folder."
                )
        return held


def _unusable(folder: Path, error: OSError | ValueError) -> InvalidInput:
    why = getattr(error, "strerror", None) or error
    return InvalidInput(f"Can't record in {folder}: {why}. Choose a new or empty folder.")


def _stage(path: Path, content: bytes, folder: Path) -> None:
    try:
        write_atomically(path, content)
    except SaveFailed as error:
        # Nobody knows the folder in between.
        raise SaveFailed(error.message.replace(str(path.parent), str(folder))) from None


@contextlib.contextmanager
def _folder(folder: Path) -> Iterator[None]:
    """Make the folder, and take it away again when nothing was put into it."""
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        raise


@contextlib.contextmanager
def _put_back(folder: Path, earlier: Sequence[Path], names: Iterable[str]) -> Iterator[None]:
    """When the files can't all be put in place, or Ctrl-C comes in the middle, those of before are there again."""
    contents = {path: path.read_bytes() for path in earlier}
    try:
        yield
    except BaseException:
        for name in names:
            if folder / name not in contents:
                (folder / name).unlink(missing_ok=True)
        for path, content in contents.items():
            write_atomically(path, content)
        raise


def _is_recorded(path: Path) -> bool:
    """Whether this is a file that a recording has written."""
    try:
        if path.suffix != ".json" or path.is_symlink() or not path.is_file():
            return False
        document = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and set(document) == _PARTS and document["operation"] == path.stem
