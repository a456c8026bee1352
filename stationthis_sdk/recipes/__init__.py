"""What people came for, on top of deployments, runs and batches: make an image, train a model, cook a collection."""
