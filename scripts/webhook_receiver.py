"""Receive webhooks and print what they tell, a JSON line each: `stationthis webhooks serve --json` with the same options."""

import sys

from stationthis_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main(["webhooks", "serve", "--json", *sys.argv[1:]]))
