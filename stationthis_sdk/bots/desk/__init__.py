"""The desk of a bot: who asked for what, whose turn it is, and what was sent; on disk, so that no restart loses any."""
