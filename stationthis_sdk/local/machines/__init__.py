"""Machines: what they are like, how they are built, which engine does their work."""
