"""The ComfyUI engine: runs graphs on somebody's ComfyUI server over its HTTP and WebSocket API.

It knows neither the gateway's routes nor its database.
"""

from stationthis_sdk.local.folder import check_images

check_images()  # pictures are read and converted here; one clear line instead of a traceback from deep inside
