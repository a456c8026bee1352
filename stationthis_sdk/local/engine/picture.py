"""The node of ours: a procedural picture from prompt, seed and steps."""
from typing import Any
import numpy as np
from stationthis_sdk.local.engine.images import Picture, allow
from stationthis_sdk.local.engine.node import IMAGE, TEXT, Slot, Work, node_class, real, whole

@node_class("StationThisPicture", outputs=("IMAGE",), weight=20, prompt=TEXT, seed=whole(-2**63, 2**64-1), steps=whole(1,1000,20), width=whole(16,2048,512), height=whole(16,2048,512),
  palette=Slot("STRING", required=False, default=""), image=Slot("IMAGE", required=False), strength=real(0,1,0.6))
def _picture(work: Work, prompt: str, seed: int, steps: int, width: int, height: int, palette: str, image: Picture | None, strength: float) -> tuple[Picture]:
    import zlib
    rng = np.random.default_rng([zlib.crc32(prompt.encode()), abs(seed)])
    a = rng.random((1, height, width, 3)).astype(np.float32)
    for s in range(steps):
        a = (a + np.roll(a, 1, 1) + np.roll(a, 1, 2)) / 3
        work.step(s + 1, steps)
    return (a,)
