"""All figures, in the order in which they are measured."""

from __future__ import annotations

from benchmarks.figures.batches import BATCH, REPLAY
from benchmarks.figures.calling import CALLS, GET, SUBMITS
from benchmarks.figures.catalogues import CATALOGUE
from benchmarks.figures.displays import DISPLAYS
from benchmarks.figures.growth import GROWTH
from benchmarks.figures.starting import IMPORT, START
from benchmarks.figures.transfers import TRANSFER
from benchmarks.figures.waiting import DELAY

FIGURES = (IMPORT, START, GET, CALLS, SUBMITS, BATCH, DELAY, CATALOGUE, REPLAY, TRANSFER, DISPLAYS)
WITH_GROWTH = (*FIGURES, GROWTH)
