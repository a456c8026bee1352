"""Run a deployment once for each row of a table: `stationthis map` with the same arguments."""

import sys

from stationthis_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main(["map", *sys.argv[1:]]))
