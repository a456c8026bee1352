"""The built-in engine: runs API-format graphs of model-free nodes on the processor, with numpy and Pillow.

Plain functions in a worker thread; it knows neither HTTP nor the database.
"""

from stationthis_sdk.local.folder import check_images

check_images()  # one clear line instead of a traceback from deep inside
