"""Each row as JSON, in the shape the service gives it."""
