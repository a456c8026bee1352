"""The core node that sends pictures to whoever listens on ComfyUI's websocket."""

from stationthis_sdk.local.engine.images import Picture
from stationthis_sdk.local.engine.node import IMAGE, Work, node_class

__all__: list[str] = []


@node_class("SaveImageWebsocket", is_output=True, images=IMAGE)
def _send(_work: Work, images: Picture) -> tuple[()]:  # noqa: ARG001  nobody listens here, and no file is written
    return ()
