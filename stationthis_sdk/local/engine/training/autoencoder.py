"""A linear autoencoder of picture patches, fitted by gradient descent."""

from collections.abc import Callable
from typing import Final

import attrs
import numpy as np

from stationthis_sdk.local.engine.training.dataset import NUMBERS, PATCH, Numbers, joined, patches_of
from stationthis_sdk.local.engines import NodeFailed

__all__ = ["Autoencoder", "fitted"]

_BATCH: Final = 1024
_MOMENTUM: Final = (0.9, 0.999)
_SMALLEST: Final = 1e-8
_LOST: Final = 1e6  # of the loss, which is 1 where nothing is known
_SHIFTS: Final = tuple((down, right) for down in (0, PATCH // 2) for right in (0, PATCH // 2))


@attrs.frozen(eq=False)
class Autoencoder:
    """What was learned: the mean patch, and a LoRA's two matrices, ``down`` to the rank and ``up`` again."""

    mean: Numbers
    down: Numbers
    up: Numbers

    @property
    def rank(self) -> int:
        """How many numbers a patch becomes on the way."""
        return len(self.down)

    def again(self, patches: Numbers, around: Numbers | None = None) -> Numbers:
        """Patches as they are told by the rank's few numbers, moved from ``around`` to the mean of what was learned."""
        centre = self.mean if around is None else around
        return self.mean + ((patches - centre) @ self.down.T) @ self.up.T

    def reconstructed(self, picture: Numbers) -> Numbers:
        """A picture whose sides are whole patches, by way of the rank."""
        return np.clip(joined(self.again(patches_of(picture)), *picture.shape[:2]), 0, 1)

    def restyled(self, picture: Numbers, check: Callable[[], None]) -> Numbers:
        """A picture of any size in the colours and forms of what was learned.

        Its patches are taken four times, each time half a patch further, so that no edges of patches show.
        """
        height, width, _ = picture.shape
        rest = ((PATCH, PATCH + -height % PATCH), (PATCH, PATCH + -width % PATCH), (0, 0))
        wide = np.pad(picture, rest, "symmetric" if min(height, width) >= 2 * PATCH else "edge")
        around = patches_of(wide).mean(axis=0, dtype=np.float32)
        total = np.zeros((height, width, 3), np.float32)
        for down, right in _SHIFTS:
            check()
            part = wide[down : down + wide.shape[0] - PATCH, right : right + wide.shape[1] - PATCH]
            made = joined(self.again(patches_of(part), around), *part.shape[:2])
            total += made[PATCH - down :, PATCH - right :][:height, :width]
        result: Numbers = np.clip(total / np.float32(len(_SHIFTS)), 0, 1)
        return result


def fitted(
    patches: Numbers,
    *,
    rank: int,
    steps: int,
    learning_rate: float,
    rng: np.random.Generator,
    told: Callable[[int, float], None],
) -> tuple[Autoencoder, Autoencoder]:
    """The autoencoder before the first step and after the last, by Adam on batches of patches.

    ``told`` has each step's number and loss: the mean squared error as a share of the patches' variance, 1 at first.
    Raises NodeFailed when the steps are too large to learn anything.
    """
    mean = patches.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = np.float32(max(float(np.sqrt(np.mean((patches - mean) ** 2, dtype=np.float64))), 1e-4))
    down = rng.normal(0, NUMBERS**-0.5, (rank, NUMBERS)).astype(np.float32)
    up = np.zeros((NUMBERS, rank), np.float32)  # as a LoRA begins: nothing is changed yet
    before = Autoencoder(mean, down.copy(), up.copy())
    weights = (down, up)
    firsts, seconds = tuple(map(np.zeros_like, weights)), tuple(map(np.zeros_like, weights))
    for step in range(1, steps + 1):
        batch = (
            patches if len(patches) <= _BATCH else patches[rng.choice(len(patches), _BATCH, replace=False)]
        )
        batch = (batch - mean) / spread
        codes = batch @ down.T
        error = codes @ up.T - batch
        loss = float(np.mean(error**2, dtype=np.float64))
        if not np.isfinite(loss) or loss > _LOST:
            raise NodeFailed(
                f"the loss ran away at step {step}: a learning_rate of {learning_rate:g} is too much, give a smaller one"
            )
        share = np.float32(2 / error.size)
        gradients = ((error @ up).T @ batch * share, error.T @ codes * share)
        for weight, gradient, first, second in zip(weights, gradients, firsts, seconds, strict=True):
            _adam(weight, gradient, first, second, step, learning_rate)
        told(step, loss)
    return before, Autoencoder(mean, down, up)


def _adam(
    weight: Numbers, gradient: Numbers, first: Numbers, second: Numbers, step: int, rate: float
) -> None:
    """One step of Adam, in place."""
    one, two = _MOMENTUM
    first += np.float32(1 - one) * (gradient - first)
    second += np.float32(1 - two) * (gradient**2 - second)
    scale = np.float32(rate * np.sqrt(1 - two**step) / (1 - one**step))
    weight -= scale * first / (np.sqrt(second) + np.float32(_SMALLEST))
