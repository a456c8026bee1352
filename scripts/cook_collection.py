"""Make the pieces of a collection: `stationthis cook` with the same arguments."""

import sys

from stationthis_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main(["cook", *sys.argv[1:]]))
