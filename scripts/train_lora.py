"""Train a LoRA of a folder of pictures: `stationthis train` with the same arguments."""

import sys

from stationthis_sdk.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
