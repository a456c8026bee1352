"""What the commands answer, the same for every platform."""
