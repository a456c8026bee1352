from __future__ import annotations

from enum import StrEnum


class MachineType(StrEnum):
    CLASSIC = "classic"
    COMFY_DEPLOY_SERVERLESS = "comfy-deploy-serverless"
    MODAL_SERVERLESS = "modal-serverless"
    RUNPOD_SERVERLESS = "runpod-serverless"
    WORKSPACE = "workspace"
    WORKSPACE_V2 = "workspace-v2"

    def __str__(self) -> str:
        return str(self.value)
