"""Where a model comes from, and where in the volume it goes: links, pages, repositories, folders, names. Pure."""

import re
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import attrs

from stationthis_sdk.entities import FoundModel
from stationthis_sdk.errors import InvalidInput

__all__ = ["ModelSource", "folder_of", "name_of", "source_of"]

_CIVITAI: Final = frozenset({"civitai.com", "www.civitai.com"})
_HUGGING_FACE: Final = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_REPO: Final = re.compile(r"[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95}", re.ASCII)
_LONGEST: Final = 255


@attrs.frozen
class ModelSource:
    """What a download is made of. ``kind`` is civitai, repository, repository file, hub file or link.

    ``address`` is the link, the page or the repository's id; ``name`` is what the file is called there, if that is
    told; ``check`` is what is to be asked of a hub first. Addresses may hold tokens: they are not shown.
    """

    kind: str
    address: str = attrs.field(repr=False)
    name: str | None = None
    check: str | None = attrs.field(default=None, repr=False)


def source_of(what: Any) -> ModelSource:
    """A link, a page of Civitai or Hugging Face, a repository's id, or what a search found.

    Raises:
        InvalidInput: it is none of these.

    >>> source_of("owner/name/flux/ink.safetensors")
    ModelSource(kind='repository file', name='ink.safetensors')
    >>> source_of("https://example.com/models/ink.safetensors?token=secret")
    ModelSource(kind='link', name='ink.safetensors')
    """
    if isinstance(what, FoundModel):
        return _of_found(what)
    if not isinstance(what, str) or not what.strip():
        raise InvalidInput(f"A model is added from a link or a repository's id, not {_shown(what)}.")
    text = what.strip()
    if "://" not in text:
        return _of_repository(text)
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise InvalidInput("That is no link: give it as https://…, or a repository as owner/name.")
    if parts.hostname in _CIVITAI:
        return _of_civitai(text, parts)
    if parts.hostname in _HUGGING_FACE:
        return _of_hugging_face(parts)
    return ModelSource("link", text, _last(parts.path))


def folder_of(given: Any) -> str:
    """A folder of the volume, without slashes around it.

    Raises:
        InvalidInput: it is no plain chain of names.

    >>> folder_of("/loras/flux/")
    'loras/flux'
    """
    if not isinstance(given, str) or not given.strip("/ "):
        raise InvalidInput(
            f"Say which folder of the volume: folder='loras', 'checkpoints', 'vae', …; got {given!r}."
        )
    folder = given.strip("/ ")
    if any(_odd(part) for part in folder.split("/")):
        raise InvalidInput(
            f"{given!r} is no folder of a volume: give names with / between them, as loras/flux."
        )
    return folder


def name_of(given: Any) -> str:
    """The name of a file in a volume.

    Raises:
        InvalidInput: it is none.

    >>> name_of("ink wash.safetensors")
    'ink wash.safetensors'
    """
    if not isinstance(given, str) or "/" in given or _odd(given):
        raise InvalidInput(
            f"{_shown(given)} is no name of a file: give one like ink.safetensors, without a path."
        )
    return given


def _of_found(found: FoundModel) -> ModelSource:
    address = found.download_url or found.page_url
    if not address:
        raise InvalidInput(f"The search told no link to {found.name!r}: add it by a link of its own.")
    source = source_of(address)
    # A search tells the name; a link to a hub's API often has none.
    return attrs.evolve(source, name=found.filename or source.name) if source.kind != "civitai" else source


def _of_civitai(text: str, parts: SplitResult) -> ModelSource:
    if re.match(r"/models/\d{1,18}(/|$)", parts.path):
        version = parse_qs(parts.query).get("modelVersionId")
        page = f"https://{parts.hostname}{parts.path}" + (f"?modelVersionId={version[0]}" if version else "")
        return ModelSource("civitai", page, None, page)
    if parts.path.startswith("/api/download/"):
        return ModelSource("hub file", text)
    raise InvalidInput("That page of Civitai is no model: give one like https://civitai.com/models/1234.")


def _of_hugging_face(parts: SplitResult) -> ModelSource:
    names = [unquote(name) for name in parts.path.split("/") if name]
    repo = "/".join(names[:2])
    if len(names) < 2 or not _REPO.fullmatch(repo) or names[0] in {"datasets", "spaces"}:
        raise InvalidInput(
            "That page of Hugging Face is no model: give one like https://huggingface.co/owner/name."
        )
    if len(names) == 2 or (len(names) <= 4 and names[2] == "tree"):
        return ModelSource("repository", repo, None, repo)
    if len(names) >= 5 and names[2] in {"resolve", "blob"}:
        # The page of a file shows it; its bytes are beside it.
        path = parts.path.replace("/blob/", "/resolve/", 1)
        return ModelSource("hub file", f"https://huggingface.co{path}", names[-1], repo)
    raise InvalidInput("That page of Hugging Face is no file: give the link to the file, or owner/name.")


def _of_repository(text: str) -> ModelSource:
    names = text.split("/")
    repo = "/".join(names[:2])
    if not _REPO.fullmatch(repo) or any(_odd(name) for name in names):
        raise InvalidInput(
            f"{_shown(text)} is no link and no repository: give https://…, owner/name, or owner/name/file.safetensors."
        )
    if len(names) == 2:
        return ModelSource("repository", repo, None, repo)
    return ModelSource("repository file", text, names[-1], repo)


def _last(path: str) -> str | None:
    """The name that a link ends in; none when it looks like no file."""
    name = unquote(path.rpartition("/")[2])
    return name if "." in name and "/" not in name and not _odd(name) else None


def _odd(name: str) -> bool:
    """Whether this can't be the name of a file or a folder."""
    too_long = len(name.encode("utf-8", "replace")) > _LONGEST
    return (
        name.strip() != name or name in {"", ".", ".."} or "\\" in name or too_long or not name.isprintable()
    )


def _shown(given: Any) -> str:
    """A value as messages show it: short, and never the query of a link."""
    text = given.partition("?")[0] if isinstance(given, str) else given
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
