"""Galleries, grids of batches, comparisons, contact sheets."""

from stationthis_sdk.notebook.gallery.comparing import Comparison
from stationthis_sdk.notebook.gallery.galleries import Gallery
from stationthis_sdk.notebook.gallery.grid import BatchGrid

__all__ = ["BatchGrid", "Comparison", "Gallery"]
