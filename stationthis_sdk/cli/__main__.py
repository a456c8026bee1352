"""``python -m stationthis_sdk.cli`` is the `stationthis` command."""

import sys

from stationthis_sdk.cli import main

sys.exit(main())
