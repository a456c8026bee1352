"""Who is measured: each file is one program, `python -m benchmarks.contenders.NAME TASK '{…}'`, run in its own environment."""
