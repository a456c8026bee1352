"""``python -m stationthis_sdk.cli`` is the `stationthis` command."""

import sys

from . import main

sys.exit(main())
