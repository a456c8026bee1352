"""Workflows: put on machines, taken elsewhere."""
