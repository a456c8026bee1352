"""Galleries, grids of batches, comparisons, contact sheets."""

__all__ = ["BatchGrid"]


class BatchGrid:
    """A batch's pictures."""
