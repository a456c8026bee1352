"""The built-in engine: runs API-format graphs of model-free nodes on the processor, with numpy and Pillow.

Graphs run in worker processes, which know neither HTTP nor the database; the gateway's side is built_in.py.
"""

from stationthis_sdk.local.folder import check_images

check_images()  # one clear line instead of a traceback from deep inside
