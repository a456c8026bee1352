"""A dataset: pictures and what each shows, from a folder, a frame or web addresses. Pure data, nothing is sent."""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import attrs

from stationthis_sdk.errors import InvalidInput
from stationthis_sdk.galleries import gallery
from stationthis_sdk.recipes.training.pictures import ENDINGS, is_address, name_of, prepared
from stationthis_sdk.recipes.training.report import DatasetReport
from stationthis_sdk.shown import Shown

__all__ = ["Dataset", "Sample"]

_MOST_CAPTION: Final = 64 << 10
_OTHER_PICTURES: Final = (".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jfif", ".psd", ".jp2")
_SHOWN_PIXELS: Final = 384


@attrs.frozen
class Sample:
    """One picture and its caption; ``name`` is what both are called, ``where`` what messages call it."""

    picture: Any = attrs.field(repr=False)
    caption: str | None
    name: str
    where: str


@attrs.frozen(repr=False)
class Dataset(Shown):
    """Pictures, and what each shows, to train a model with.

    >>> dataset = Dataset.from_urls(["https://example.com/a.png", "https://example.com/b.png"], captions=["a", None])
    >>> dataset
    <dataset of 2 pictures, 1 with a caption>
    """

    samples: tuple[Sample, ...]
    orphans: tuple[str, ...] = ()
    """Files of captions that have no picture."""
    strays: tuple[str, ...] = ()
    """Pictures of formats that nobody trains with."""
    unread: tuple[str, ...] = ()
    """Files of captions that can't be read."""
    doubled: tuple[str, ...] = ()
    """Files of captions for pictures that have another already."""
    lost: tuple[str, ...] = ()
    """Links to pictures or captions that lead nowhere."""
    control: "Dataset | None" = None
    """What each picture was made of, for models that edit."""

    @classmethod
    def from_folder(cls, path: str | Path) -> Self:
        """The pictures of a folder, by name, each with the caption of the .txt of its name.

        PNG, JPEG and WebP count; what is in folders inside it does not.

        Raises:
            InvalidInput: there is no such folder.
        """
        folder = Path(path).expanduser()
        try:
            there = sorted(folder.iterdir(), key=lambda one: one.name)
            files = [one for one in there if one.is_file()]
            lost = [one for one in there if one.is_symlink() and not one.exists()]
        except OSError as error:
            raise InvalidInput(f"{str(folder)!r} is no folder that can be read: {error.strerror}.") from None
        files = [one for one in files if not one.name.startswith(".")]
        pictures = [one for one in files if one.suffix.lower() in ENDINGS]
        written = [one for one in files if one.suffix.lower() == ".txt"]
        texts = {one.stem: one for one in reversed(written)}
        doubled = [f"{texts[one.stem].name} and {one.name}" for one in written if texts[one.stem] is not one]
        captions, unread = {}, []
        for stem, text in texts.items():
            try:
                captions[stem] = _caption_in(text)
            except (OSError, ValueError):
                unread.append(text.name)
        stems = {one.stem for one in pictures}
        return cls(
            tuple(Sample(one, captions.get(one.stem), one.stem, one.name) for one in pictures),
            orphans=tuple(text.name for text in written if text.stem not in stems),
            strays=tuple(one.name for one in files if one.suffix.lower() in _OTHER_PICTURES),
            unread=tuple(unread),
            doubled=tuple(doubled),
            lost=tuple(one.name for one in lost if one.suffix.lower() in {*ENDINGS, ".txt"}),
        )

    @classmethod
    def from_frame(cls, frame: Any, *, image: str, caption: str | None = None) -> Self:
        """The pictures of a frame's column, with captions from another: a DataFrame, or a list of dicts.

        A picture is a path, a web address, bytes, a Pillow image, or a dict that has ``bytes`` or ``path``.

        Raises:
            InvalidInput: it has no such column.
        """
        pictures = _column(frame, image)
        captions = (
            [None] * len(pictures) if caption is None else [_text(one) for one in _column(frame, caption)]
        )
        return cls(_samples([_held(one) for one in pictures], captions, "row"))

    @classmethod
    def from_urls(cls, urls: Sequence[str], *, captions: Sequence[str | None] | None = None) -> Self:
        """Pictures behind web addresses, with a caption for each, if any; they are fetched when they are needed.

        Raises:
            InvalidInput: one is no web address, or there are not as many captions.
        """
        if isinstance(urls, str | bytes) or not isinstance(urls, Iterable):
            raise InvalidInput(f"Addresses are given as a list of texts, not as {type(urls).__name__}.")
        urls = list(urls)
        problems = [
            f"place {at}: {one!r} is no web address" for at, one in enumerate(urls) if not is_address(one)
        ]
        told = [None] * len(urls) if captions is None else [_text(one) for one in captions]
        if len(told) != len(urls):
            problems.append(f"there are {len(urls)} addresses and {len(told)} captions")
        if problems:
            raise InvalidInput(f"That is no dataset: {'; '.join(problems)}.", problems=problems)
        return cls(_samples(urls, told, "place"))

    def with_control(self, control: "Dataset") -> "Dataset":
        """The same with what each picture was made of: a dataset with a picture of each name."""
        return attrs.evolve(self, control=control)

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def __repr__(self) -> str:
        told = sum(one.caption is not None for one in self.samples)
        control = "" if self.control is None else f", {len(self.control)} control pictures"
        return f"<dataset of {len(self)} pictures, {told} with a caption{control}>"

    def check(
        self, base: str = "sdxl", *, trigger: str | None = None, resolution: int | None = None
    ) -> DatasetReport:
        """Look at every picture and caption, and report all that is wrong, or odd, at once.

        base: sdxl, flux, kontext or sd15: how many pictures that takes, and how large. trigger: the word that is to
        call what is learnt. Pictures behind web addresses are not fetched: ``st.trainings.plan`` does.

        Raises:
            InvalidInput: no such base.
            MissingExtra: Pillow or imagehash is not installed.
        """
        from stationthis_sdk.recipes.training.checking import checked  # noqa: PLC0415 - the two know each other

        return checked(self, base, trigger, resolution)

    def captions(self, trigger: str = "") -> list[str]:
        """What is sent as the caption of each picture: its own; of one without, the trigger."""
        return [one.caption or trigger for one in self.samples]

    def grid(self, *, columns: int | None = None, pixels: int = 192) -> Any:
        """The pictures side by side, for notebooks; ``grid().contact_sheet("sheet.png")`` writes them elsewhere.

        Raises:
            MissingExtra: the notebook's packages are not installed.
            InvalidInput: there is no picture here: addresses are not fetched.
        """
        folder = Path(tempfile.mkdtemp(prefix="stationthis-"))
        try:
            files = _some([*_files(self.samples, folder)])
            shown = gallery(files, columns=columns, pixels=pixels)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        weakref.finalize(shown, shutil.rmtree, folder, ignore_errors=True)
        return shown


def _some(files: list[Path]) -> list[Path]:
    if not files:
        raise InvalidInput(
            "There is no picture to show: what lies behind web addresses is not fetched for it, and what can't be opened is "
            "told by check()."
        )
    return files


def _files(samples: Iterable[Sample], folder: Path) -> Iterator[Path]:
    """A file of each picture that is here."""
    for place, one in enumerate(samples):
        if isinstance(one.picture, str | Path) and not is_address(one.picture):
            yield Path(one.picture)
        elif not is_address(one.picture):
            path = folder / f"{place:05d}-{one.name}.jpg"
            try:
                path.write_bytes(prepared(one.picture, _SHOWN_PIXELS, "fit"))
            except InvalidInput:
                continue  # check() tells; the others are shown
            yield path


def _samples(pictures: Sequence[Any], captions: Sequence[str | None], what: str) -> tuple[Sample, ...]:
    width = len(str(len(pictures)))
    made = []
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        called = name_of(picture)
        stem = Path(called.partition(" at ")[0]).stem if called else f"picture-{place + 1:0{width}d}"
        made.append(Sample(picture, caption, stem, f"{what} {place}" + (f" ({called})" if called else "")))
    return tuple(made)


def _caption_in(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_MOST_CAPTION + 1)
    if len(content) > _MOST_CAPTION:
        raise ValueError("too long")
    return " ".join(content.decode("utf-8-sig").split())


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None  # None, NaN, NA
    return " ".join(value.encode("utf-8", "replace").decode().split())


def _column(frame: Any, name: str) -> list[Any]:
    columns = getattr(frame, "columns", None)
    if columns is None and (isinstance(frame, str | bytes) or not isinstance(frame, Iterable)):
        raise InvalidInput(f"A frame is a DataFrame or a list of dicts, not {type(frame).__name__}.")
    try:
        if columns is not None:
            return list(frame[name])
        return [row[name] for row in frame]
    except (KeyError, TypeError, ValueError, LookupError):
        known = ", ".join(map(str, columns)) if columns is not None else "what its rows have"
        raise InvalidInput(f"The frame has no column {name!r}: there is {known}.") from None
    except Exception as error:
        if type(error).__name__ != "ColumnNotFoundError":  # polars' own
            raise
        raise InvalidInput(
            f"The frame has no column {name!r}: there is {', '.join(columns or ())}."
        ) from None


def _held(value: Any) -> Any:
    """The picture in what frames of Hugging Face hold."""
    if isinstance(value, Mapping):
        return value.get("bytes") or value.get("path")
    return value
