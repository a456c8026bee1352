"""Behind `python scripts/benchmark.py`: the service, the contenders, the figures, and what is made of them."""
