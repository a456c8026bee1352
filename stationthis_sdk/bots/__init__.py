"""For makers of bots: rules that every handler needs, as plain functions. Whoever sends is the host."""
