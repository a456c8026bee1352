"""Measure StationThis SDK beside its rivals: raw aiohttp, raw httpx, comfydeploy and the stock generated client.

    python scripts/benchmark.py                      # all of it, some minutes; out/benchmark/ has table, JSON and pictures
    python scripts/benchmark.py --only calls,batch   # some figures
    python scripts/benchmark.py --quick              # in a minute, small: that it works
    python scripts/benchmark.py --help               # how each figure is measured

It needs nothing but Python: each contender is installed in an environment of its own, ours as a wheel with its core
dependencies. Every measurement is a process of its own beside a new service on 127.0.0.1, which is another. In each round
all contenders take turns, another one first each time; what is told is the median of the rounds, the least and the most,
and the ratios within this one run. What can't be installed or fails is said.
"""

from __future__ import annotations

import sys

from benchmarks.command import run

if __name__ == "__main__":
    sys.exit(run(__doc__ or ""))
