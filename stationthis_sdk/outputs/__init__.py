"""What comes back from a run."""
