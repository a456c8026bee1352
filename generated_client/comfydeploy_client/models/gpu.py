from __future__ import annotations

from enum import StrEnum


class GPU(StrEnum):
    A100 = "A100"
    A100_80GB = "A100-80GB"
    A10G = "A10G"
    B200 = "B200"
    CPU = "CPU"
    H100 = "H100"
    H200 = "H200"
    L4 = "L4"
    L40S = "L40S"
    T4 = "T4"

    def __str__(self) -> str:
        return str(self.value)
