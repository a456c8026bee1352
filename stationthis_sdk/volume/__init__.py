"""The way into the volume: where models come from, downloads by the service, uploads of our own."""
