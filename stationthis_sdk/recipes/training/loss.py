"""The loss of a training, step by step: as a frame, and as a picture."""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

from stationthis_sdk.errors import InvalidInput, MissingExtra
from stationthis_sdk.recipes.training.progress import Step
from stationthis_sdk.shown import Shown

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

__all__ = ["LossCurve", "curve_of", "read_losses"]

_MARGIN: Final = 48
_INK, _LINE, _FAINT, _GROUND = (24, 26, 30), (38, 99, 235), (225, 227, 232), (255, 255, 255)


@attrs.frozen(repr=False)
class LossCurve(Shown):
    """Steps and the loss at each, as far as they were told.

    >>> curve = LossCurve(((1, 0.5), (2, 0.25)))
    >>> curve, curve.last, len(curve)
    (<loss of 2 steps: 0.5 → 0.25>, 0.25, 2)
    """

    points: tuple[tuple[int, float], ...] = ()

    @property
    def first(self) -> float | None:
        """Where it began; None when nothing was told yet."""
        return self.points[0][1] if self.points else None

    @property
    def last(self) -> float | None:
        """The loss that was told last."""
        return self.points[-1][1] if self.points else None

    @property
    def lowest(self) -> float | None:
        """The lowest that was told."""
        return min((loss for _, loss in self.points), default=None)

    def __len__(self) -> int:
        return len(self.points)

    def __repr__(self) -> str:
        if not self.points:
            return "<loss: nothing told yet>"
        return f"<loss of {len(self)} steps: {self.first:.4g} → {self.last:.4g}>"

    def to_frame(self) -> "pd.DataFrame":
        """The curve as a pandas frame with the columns step and loss.

        Raises:
            MissingExtra: pandas is not installed.
        """
        from stationthis_sdk.frames.making import frame_of  # noqa: PLC0415 - frames are the exception

        return frame_of({"step": "whole", "loss": "number"}, list(self.points))

    def plot(self, *, width: int = 640, height: int = 320) -> "Image":
        """The curve as a picture: notebooks show it, ``plot().save("loss.png")`` writes it.

        Raises:
            InvalidInput: nothing was told yet, or no such size.
            MissingExtra: Pillow is not installed.
        """
        if not self.points:
            raise InvalidInput("Nothing was told of the loss yet.")
        if not (200 <= width <= 8192 and 150 <= height <= 8192):
            raise InvalidInput(f"A plot is 200 × 150 to 8192 × 8192 pixels, not {width} × {height}.")
        try:
            from PIL import Image, ImageDraw  # noqa: PLC0415 - slow
        except ImportError:
            raise MissingExtra("Plots need Pillow: pip install 'stationthis-sdk[training]'.") from None
        picture = Image.new("RGB", (width, height), _GROUND)
        self._draw(ImageDraw.Draw(picture), width, height)
        return picture

    def _draw(self, drawing: Any, width: int, height: int) -> None:
        steps, losses = zip(*self.points, strict=True)
        low, high = min(losses), max(losses)
        first, last = min(steps), max(steps)
        left, top, right, bottom = _MARGIN + 16, 16, width - 16, height - _MARGIN + 12

        def at(step: float, loss: float) -> tuple[float, float]:
            across = (step - first) / ((last - first) or 1)
            up = (loss - low) / ((high - low) or 1)
            return left + across * (right - left), bottom - up * (bottom - top)

        for part in range(5):
            loss = low + (high - low) * part / 4
            _, y = at(first, loss)
            drawing.line((left, y, right, y), _FAINT)
            drawing.text((6, y - 6), f"{loss:.3g}", _INK)
        for part in range(5):
            step = first + (last - first) * part / 4
            x, _ = at(step, low)
            drawing.text((x - 8, bottom + 6), f"{step:.0f}", _INK)
        drawing.text(((left + right) / 2 - 10, height - 16), "step", _INK)
        line = [at(step, loss) for step, loss in self.points]
        if len(line) > 1:
            drawing.line(line, _LINE, width=2, joint="curve")
        x, y = line[-1]
        drawing.ellipse((x - 3, y - 3, x + 3, y + 3), _LINE)

    def with_step(self, step: Step) -> "LossCurve":
        """The same with one more point, where the step tells a loss and is new."""
        if step.loss is None or (self.points and step.step <= self.points[-1][0]):
            return self
        return LossCurve((*self.points, (step.step, step.loss)))


def curve_of(steps: Iterable[Step]) -> LossCurve:
    """The curve of what a log tells."""
    points = {one.step: one.loss for one in steps if one.loss is not None}
    return LossCurve(tuple(sorted(points.items())))


def read_losses(text: str) -> LossCurve:
    r"""The curve in a file of lines as step,loss, or in JSON as ComfyUI's trainer tells it; what is neither is left out.

    >>> read_losses("step,loss\n1,0.5\n2,0.25\n"), read_losses('{"loss": [0.5, 0.25]}')
    (<loss of 2 steps: 0.5 → 0.25>, <loss of 2 steps: 0.5 → 0.25>)
    """
    # No reader of CSV: it raises at what outputs may have, and two numbers need none.
    rows: Iterable[Any] = (line.replace('"', "").split(",", 2) for line in text.splitlines())
    if text.lstrip()[:1] in {"{", "["}:
        rows = _rows_of_json(text)
    points: dict[int, float] = {}
    for row in rows:
        try:
            step, loss = int(float(row[0])), float(row[1])
        except (ValueError, TypeError, LookupError, OverflowError):
            continue
        if math.isfinite(loss):
            points[step] = loss
    return LossCurve(tuple(sorted(points.items())))


def _rows_of_json(text: str) -> Iterable[Any]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ()
    losses = told.get("loss") if isinstance(told, dict) else told
    return enumerate(losses, 1) if isinstance(losses, list) else ()
