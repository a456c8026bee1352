"""Batches: many rows, each of them one run, unattended and on a budget."""
