"""What bots say, by language: each has the same keys, and the same ``{places}`` in each text."""
