"""Runs: submitted, queued, carried out, told."""
