"""Make images of a few words: `stationthis make` with the same arguments."""

import sys

from stationthis_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main(["make", *sys.argv[1:]]))
