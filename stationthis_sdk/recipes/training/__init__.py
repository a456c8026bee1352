"""Train a model: a dataset that was checked, a recipe, and a run that is followed for hours."""
