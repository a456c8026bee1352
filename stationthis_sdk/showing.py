"""What people see in a notebook is found here by name: the notebook builds on the public classes, never they on it.

Nothing of it is imported before somebody looks.
"""

import contextlib
import functools
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from stationthis_sdk.errors import InvalidInput, MissingExtra, StationThisError
from stationthis_sdk.ipython import kernel_shell, shell
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    from stationthis_sdk.notebook.gallery import BatchGrid
    from stationthis_sdk.notebook.studio import Studio

__all__ = [
    "PROGRESS_VARIABLE",
    "Showing",
    "ShownBatch",
    "ShownDeployment",
    "View",
    "check_progress",
    "showing",
    "view_of",
    "watched",
]

PROGRESS_VARIABLE: Final = "STATIONTHIS_PROGRESS"
WAYS: Final = ("auto", "widgets", "html", "text", "off")
_SWITCHES: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), "auto"),
    **dict.fromkeys(("0", "false", "no"), "off"),
}
_log: Final = logging.getLogger("stationthis_sdk.notebook")


class ShownDeployment(Shown):
    """A deployment, which has a form as well."""

    __slots__ = ()

    def studio(self, **inputs: Any) -> "Studio":
        """A form made from its inputs: run, cancel, queue several, look back, copy as code. For notebooks and Voilà.

        inputs: what the form begins with, else the defaults.

        Raises:
            MissingExtra: the notebook's packages are not installed.
            InvalidInput: there is no such input, or the value does not fit; nothing is sent.
        """
        made: Studio = notebook_part("studio").Studio(self, inputs)
        return made


class ShownBatch(Shown):
    """A batch, which has a grid as well."""

    __slots__ = ()

    def grid(
        self, rows: str | None = None, cols: str | None = None, page: str | None = None, *, pixels: int = 192
    ) -> "BatchGrid":
        """Its pictures in a grid that fills in live; a click shows what made one, and picks it.

        rows, cols, page: inputs, or columns that ride along. Of those left out, one that varies becomes pages: no picture
        is hidden behind another. pixels: the longer side of a picture. ``contact_sheet(path)`` of the grid writes it as
        one PNG.

        Raises:
            MissingExtra: the notebook's packages are not installed.
            InvalidInput: the batch has no such column.
        """
        made: BatchGrid = notebook_part("gallery").BatchGrid(
            self, rows=rows, cols=cols, page=page, pixels=pixels
        )
        return made


def notebook_part(part: str) -> Any:
    """A part of the notebook.

    Raises:
        MissingExtra: its packages are not installed.
    """
    try:
        return import_module(f"stationthis_sdk.notebook.{part}")
    except MissingExtra:
        raise
    except ImportError as error:
        raise MissingExtra(
            f"This needs the notebook's packages ({error.name} is missing): pip install 'stationthis-sdk[notebook]'."
        ) from None


class View(Protocol):
    """What a person sees of something under way; it never raises for what goes wrong with showing."""

    def tell(self) -> None:
        """Something may have changed; it is shown ten times a second at the most."""

    def row(self, place: int) -> None:
        """A row of a batch has ended."""

    def close(self, error: BaseException | None = None) -> None:
        """Nobody watches any more: what is known now stays."""

    async def end(self) -> None:
        """It is over: what came of it is shown in its place."""


def check_progress(how: Any) -> Any:
    """How progress is shown: one of the words, or tqdm itself (a class of its kind).

    Raises:
        InvalidInput: it is neither.
        MissingExtra: it needs the notebook's packages, which are not installed.

    >>> check_progress("html"), check_progress(False)
    ('html', 'off')
    """
    if how is False:
        return "off"
    if how is True:
        return "auto"
    if not (how in WAYS if isinstance(how, str) else callable(how)):
        raise InvalidInput(f"progress is {', '.join(WAYS)}, or tqdm; not {how!r}.")
    if how in ("widgets", "html"):
        notebook_part("html")
    return how


@functools.cache
def _asked_for(said: str) -> Any:
    """What the variable asks for; what can't be is told once."""
    word = said.strip().lower()
    try:
        return check_progress(_SWITCHES.get(word, word or "auto"))
    except StationThisError as error:
        _log.warning("%s=%r is taken as auto: %s", PROGRESS_VARIABLE, said, error.message)
        return "auto"


def view_of(
    thing: Any, how: Any = None, *, background: bool = False, environ: Mapping[str, str] = os.environ
) -> View | None:
    """The view of a run or a batch that somebody waits for, or that goes on in the background; None where nobody looks.

    Shown by itself in notebooks and at prompts only: a script's output stays its own, unless it asks for progress. Never
    raises: what is shown may be paid for already.
    """
    made: View | None = None
    try:
        how = how or _asked_for(environ.get(PROGRESS_VARIABLE, ""))
        where = _where()
        if how != "off" and not (how == "auto" and where == "program"):
            made = import_module("stationthis_sdk.notebook.live").view_of(
                thing, how, where=where, background=background
            )
    except Exception as error:  # noqa: BLE001 - a run is not lost because it can't be shown
        if not (
            how == "auto" and isinstance(error, ImportError)
        ):  # nobody asked, and the extra is not installed
            _log.warning("Progress is not shown: %s: %s", type(error).__name__, error)
    return made


def _where() -> str:
    """notebook, prompt (a person types at a terminal) or program."""
    if kernel_shell() is not None:
        return "notebook"
    typed = shell() is not None or hasattr(sys, "ps1")
    return "prompt" if typed and _is_terminal(sys.stderr) else "program"


def _is_terminal(stream: Any) -> bool:
    """No terminal: None, what knows nothing of terminals, and what is closed."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


class Showing:
    """What a wait shows, from when it begins to until it ends; nothing where nobody looks."""

    def __init__(self, thing: Any, how: Any) -> None:
        self._thing = thing
        self._how = how
        self._view: View | None = None

    def begin(self) -> None:
        """Show it from now on."""
        self._view = view_of(self._thing, self._how)

    def tell(self) -> None:
        """Something may have changed."""
        if self._view is not None:
            self._view.tell()

    def row(self, place: int) -> None:
        """A row of a batch has ended."""
        if self._view is not None:
            self._view.row(place)

    def close(self, error: BaseException | None = None) -> None:
        """Nobody watches any more."""
        if self._view is not None:
            self._view.close(error)

    async def end(self) -> None:
        """It is over: show what came of it."""
        if self._view is not None:
            await self._view.end()


@contextlib.asynccontextmanager
async def showing(thing: Any, how: Any = None) -> AsyncIterator[Showing]:
    """Show within the block how a run or a batch gets on.

    Whoever waits says when that begins and ends: an interruption of either is theirs to clean up. What leaves the block
    is shown after that, with what became of it.
    """
    shown = Showing(thing, how)
    try:
        yield shown
    except BaseException as error:
        shown.close(error)
        raise


async def watched(view: View, watching: Callable[[], Awaitable[None]]) -> None:
    """The same for what goes on in the background: nobody hears of what ends the watching, but for the view."""
    import asyncio  # noqa: PLC0415 - it is there, but not yet when the plain classes are loaded

    try:
        await watching()
    except (asyncio.CancelledError, StationThisError) as error:
        view.close(error)
        return
    except Exception as error:  # noqa: BLE001 - as when the interpreter ends: there is nobody else to tell
        _log.info("It is watched no more: %s: %s", type(error).__name__, error)
        view.close(error)
        return
    await view.end()
