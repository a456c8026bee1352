"""Where progress is drawn: as HTML that is drawn anew in its place, as widgets with a button, as one line, as tqdm's bar."""

import asyncio
import contextvars
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import attrs

from stationthis_sdk.errors import StationThisError
from stationthis_sdk.ipython import kernel_shell
from stationthis_sdk.notebook.texts import clean
from stationthis_sdk.notebook.widgets import shut

__all__ = ["BarScreen", "CardScreen", "ControlledScreen", "Look", "Screen", "TextScreen"]

Bundle = dict[str, Any]
_UNSEEN: Final = 3
"""Idle seconds after which a front end that has not drawn a widget is taken to have none."""


@attrs.frozen
class Look:
    """How something looks just now: its name, a line, an element, and how much of it is done, 0 to 1."""

    name: str
    text: str
    element: Callable[[], Any]
    """Made only where it is drawn."""
    fraction: float = 0.0


class Screen(Protocol):
    """Somewhere to draw."""

    shows_html: bool

    def draw(self, look: Look) -> None:
        """Draw this in place of what was drawn last."""

    def end(self, look: Look, what: Bundle | None) -> None:
        """Leave this; ``what`` is the display that stays, where the screen can show one."""

    def handed_over(self) -> "Screen":
        """The same place, for somebody who waits there."""


class CardScreen:
    """A display of the cell that is drawn anew, in any front end that shows HTML."""

    shows_html = True

    def __init__(self) -> None:
        self._id = f"stationthis-{uuid.uuid4().hex}"
        self._drawn = False

    def draw(self, look: Look) -> None:
        """Draw it anew."""
        self._put({"text/plain": look.text, "text/html": clean(look.element())})

    def end(self, look: Look, what: Bundle | None) -> None:
        """Leave what came of it."""
        self._put({"text/plain": look.text, **(what or {})})

    def handed_over(self) -> Screen:
        """It goes on."""
        return self

    def _put(self, data: Bundle) -> None:
        from IPython.display import display, update_display  # noqa: PLC0415 - there is a notebook, so it is there

        if not self._drawn:
            put: Callable[..., Any] = display
            put(data, raw=True, display_id=self._id)
        else:
            # As of whatever cell runs now: some who run notebooks hear of no other, and the id finds the display.
            contextvars.Context().run(update_display, data, raw=True, display_id=self._id)
        self._drawn = True


class ControlledScreen:
    """Widgets, with a button that cancels. In a front end that has no widgets: the same without the button."""

    shows_html = True

    def __init__(self, cancel: Callable[[], Awaitable[Any]]) -> None:
        self._cancel = cancel
        self._card = CardScreen()
        self._box: Any = None
        self._without = False
        self._idle: _Idle | None = None

    def draw(self, look: Look) -> None:
        """Draw it anew."""
        if self._box is None and not self._without:
            self._open(look)
            return
        idle = 0 if self._idle is None else self._idle.seconds
        if not self._without and idle >= _UNSEEN and not self._box._view_count:  # noqa: SLF001 - it has no other name
            self._leave_widgets()
        if self._without:
            self._card.draw(look)
        else:
            self._html.value = clean(look.element())

    def end(self, look: Look, what: Bundle | None) -> None:
        """Leave what came of it, as a display that needs no widgets and no kernel."""
        try:
            self._card.end(look, what)
        finally:
            self._leave_widgets()

    def handed_over(self) -> Screen:
        """The same without widgets: a kernel that waits hears of no button."""
        self._leave_widgets()
        return self._card

    def _open(self, look: Look) -> None:
        try:
            import ipywidgets  # noqa: PLC0415 - slow, and may be missing
        except ImportError:
            self._without = True
            self._card.draw(look)
            return
        self._loop = asyncio.get_running_loop()
        html = clean(look.element())
        self._html = ipywidgets.HTML(html)
        self._button = ipywidgets.Button(
            description="Cancel", icon="stop", tooltip="Cancel it on the service", layout={"width": "auto"}
        )
        self._button.on_click(self._clicked)
        self._said = ipywidgets.Label()
        self._box = ipywidgets.VBox([self._html, ipywidgets.HBox([self._button, self._said])])
        self._box._view_count = 0  # noqa: SLF001 - likewise: from now on the front end counts
        view = self._box._repr_mimebundle_()
        self._card._put({**(view or {}), "text/plain": look.text, "text/html": html})  # noqa: SLF001 - the two are one
        self._idle = _Idle.of_this_kernel()

    def _leave_widgets(self) -> None:
        self._without = True
        if self._idle is not None:
            self._idle.stop()
            self._idle = None
        if self._box is not None:
            shut(self._html, self._button, self._said, *self._box.children, self._box)
            self._box = None

    def _clicked(self, _button: Any) -> None:
        """On the kernel's thread, which must not wait."""
        self._button.disabled = True
        self._said.value = "Cancelling…"
        asyncio.run_coroutine_threadsafe(self._ask(), self._loop)

    async def _ask(self) -> None:
        try:
            await self._cancel()
        except StationThisError as error:
            self._said.value, self._button.disabled = error.message, False
        except Exception as error:  # noqa: BLE001 - there is nobody else to tell
            self._said.value = f"It was not cancelled: {type(error).__name__}: {error}"
            self._button.disabled = False


class _Idle:
    """Counts the seconds for which the kernel could have heard of the front end."""

    def __init__(self, shell: Any, loop: Any) -> None:
        self.seconds = 0
        self._shell, self._loop = shell, loop
        self._busy, self._stopped = True, False
        shell.events.register("pre_execute", self._begins)
        shell.events.register("post_execute", self._ends)
        loop.call_soon_threadsafe(self._tick)

    @classmethod
    def of_this_kernel(cls) -> "_Idle | None":
        """Where it can be counted at all."""
        here = kernel_shell()
        loop = getattr(getattr(getattr(here, "kernel", None), "io_loop", None), "asyncio_loop", None)
        return None if loop is None else cls(here, loop)

    def _begins(self) -> None:
        self._busy = True

    def _ends(self) -> None:
        self._busy = False

    def _tick(self) -> None:
        if self._stopped:
            return
        self.seconds += not self._busy
        self._loop.call_later(1.0, self._tick)

    def stop(self) -> None:
        """Count no more."""
        self._stopped = True
        for event, callback in (("pre_execute", self._begins), ("post_execute", self._ends)):
            try:
                self._shell.events.unregister(event, callback)
            except ValueError:
                continue


class TextScreen:
    """One line on standard error, written over; for terminals."""

    shows_html = False

    def __init__(self) -> None:
        self._width = 0

    def draw(self, look: Look) -> None:
        """Write the line anew."""
        self._write(look.text, "")

    def end(self, look: Look, what: Bundle | None) -> None:  # noqa: ARG002 - a terminal shows none
        """Leave the last line."""
        self._write(look.text, "\n")

    def handed_over(self) -> Screen:
        """It goes on."""
        return self

    def _write(self, text: str, after: str) -> None:
        line = "".join(letter if letter.isprintable() else " " for letter in text)
        if sys.stderr is not None:
            sys.stderr.write(f"\r{line.ljust(self._width)}{after}")
            sys.stderr.flush()
        self._width = len(line)


class BarScreen:
    """A bar of tqdm's, or of what is called like it."""

    shows_html = False

    def __init__(self, tqdm: Callable[..., Any], *, total: int) -> None:
        self._total = total
        self._done = 0
        self._bar = tqdm(total=total)

    def draw(self, look: Look) -> None:
        """Move it on."""
        done = int(look.fraction * self._total)
        self._bar.set_description(look.name, refresh=False)
        self._bar.set_postfix_str(look.text.removeprefix(f"{look.name} · "), refresh=False)
        self._bar.update(max(0, done - self._done))
        self._done = max(done, self._done)

    def end(self, look: Look, what: Bundle | None) -> None:  # noqa: ARG002 - a bar is all there is
        """Close it."""
        try:
            self.draw(look)
            self._bar.refresh()
        finally:
            self._bar.close()

    def handed_over(self) -> Screen:
        """It goes on."""
        return self
