"""Writing on pictures: any text, within its width, in Pillow's own font."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

__all__ = ["Pen"]

_LONGEST: Final = 600


class Pen:
    """A font of one size, which writes what it is given and leaves out what does not fit."""

    def __init__(self, size: int) -> None:
        from PIL import ImageFont  # noqa: PLC0415 - slow

        self._font: Any = ImageFont.load_default(size)
        self.line = round(size * 1.3)

    @staticmethod
    def clean(text: str) -> str:
        r"""A text on one line, of letters that can be drawn; those that the font does not have are boxes.

        >>> Pen.clean("a\n\x00b\ud800")
        'a b'
        """
        shown = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * _LONGEST])
        return " ".join(shown.encode("utf-8", "replace").decode().split())[:_LONGEST]

    def lines(self, text: str, width: int, most: int = 3) -> int:
        """How many lines it takes within a width."""
        return len(self._broken(self.clean(text), width, most))

    def write(
        self,
        drawing: "ImageDraw",
        at: tuple[int, int],
        text: str,
        width: int,
        ink: tuple[int, int, int],
        *,
        lines: int = 1,
    ) -> None:
        """Write it within a width, on so many lines at the most."""
        x, y = at
        for number, line in enumerate(self._broken(self.clean(text), width, lines)):
            drawing.text((x, y + number * self.line), line, fill=ink, font=self._font)

    def _broken(self, text: str, width: int, lines: int) -> list[str]:
        """The lines of a text: broken at spaces where that can be."""
        made: list[str] = []
        while text and len(made) < lines:
            fits = self._fits(text, width)
            last = len(made) == lines - 1
            if fits < len(text) and last:
                made.append(text[: max(1, self._fits(text, width - self._long("…")))].rstrip() + "…")
                break
            if fits < len(text) and (space := text.rfind(" ", 0, fits + 1)) > 0:
                fits = space
            made.append(text[:fits].rstrip())
            text = text[fits:].lstrip()
        return made

    def _fits(self, text: str, width: float) -> int:
        """How many letters fit; one always does."""
        least, most = 1, len(text)
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (middle, most) if self._long(text[:middle]) <= width else (least, middle - 1)
        return least

    def _long(self, text: str) -> float:
        return float(self._font.getlength(text))
