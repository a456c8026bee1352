"""One API with one key: the families of its operations, each loaded when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stationthis_sdk.api.calls.account import AccountCalls
    from stationthis_sdk.api.calls.assets import AssetCalls
    from stationthis_sdk.api.calls.changes import ChangeCalls
    from stationthis_sdk.api.calls.deployments import DeploymentCalls
    from stationthis_sdk.api.calls.files import FileCalls
    from stationthis_sdk.api.calls.logs import LogCalls
    from stationthis_sdk.api.calls.machine_versions import MachineVersionCalls
    from stationthis_sdk.api.calls.machines import MachineCalls
    from stationthis_sdk.api.calls.models import ModelCalls
    from stationthis_sdk.api.calls.object_info import ObjectInfoCalls
    from stationthis_sdk.api.calls.prices import PriceCalls
    from stationthis_sdk.api.calls.run_lists import RunListCalls
    from stationthis_sdk.api.calls.runs import RunCalls
    from stationthis_sdk.api.calls.secrets import SecretCalls
    from stationthis_sdk.api.calls.sessions import SessionCalls
    from stationthis_sdk.api.calls.shared_workflows import SharedWorkflowCalls
    from stationthis_sdk.api.calls.shares import ShareCalls
    from stationthis_sdk.api.calls.versions import VersionCalls
    from stationthis_sdk.api.calls.volumes import VolumeCalls
    from stationthis_sdk.api.calls.workflows import WorkflowCalls
    from stationthis_sdk.api.edge import Edge

__all__ = ["Service"]


class Service:
    """One API, one key, typed."""

    def __init__(self, edge: "Edge") -> None:
        self.edge = edge

    @cached_property
    def runs(self) -> "RunCalls":
        """Runs."""
        from stationthis_sdk.api.calls.runs import RunCalls  # noqa: PLC0415 - who lists machines needs no runs

        return RunCalls(self.edge)

    @cached_property
    def deployments(self) -> "DeploymentCalls":
        """Deployments."""
        from stationthis_sdk.api.calls.deployments import DeploymentCalls  # noqa: PLC0415 - likewise

        return DeploymentCalls(self.edge)

    @cached_property
    def machines(self) -> "MachineCalls":
        """Machines."""
        from stationthis_sdk.api.calls.machines import MachineCalls  # noqa: PLC0415 - likewise

        return MachineCalls(self.edge)

    @cached_property
    def assets(self) -> "AssetCalls":
        """Assets."""
        from stationthis_sdk.api.calls.assets import AssetCalls  # noqa: PLC0415 - likewise

        return AssetCalls(self.edge)

    @cached_property
    def files(self) -> "FileCalls":
        """Files."""
        from stationthis_sdk.api.calls.files import FileCalls  # noqa: PLC0415 - likewise

        return FileCalls(self.edge)

    @cached_property
    def run_lists(self) -> "RunListCalls":
        """Lists of runs."""
        from stationthis_sdk.api.calls.run_lists import RunListCalls  # noqa: PLC0415 - likewise

        return RunListCalls(self.edge)

    @cached_property
    def logs(self) -> "LogCalls":
        """Logs."""
        from stationthis_sdk.api.calls.logs import LogCalls  # noqa: PLC0415 - likewise

        return LogCalls(self.edge)

    @cached_property
    def changes(self) -> "ChangeCalls":
        """Changes of runs."""
        from stationthis_sdk.api.calls.changes import ChangeCalls  # noqa: PLC0415 - likewise

        return ChangeCalls(self.edge)

    @cached_property
    def shares(self) -> "ShareCalls":
        """What is shown to others."""
        from stationthis_sdk.api.calls.shares import ShareCalls  # noqa: PLC0415 - likewise

        return ShareCalls(self.edge)

    @cached_property
    def sessions(self) -> "SessionCalls":
        """Sessions."""
        from stationthis_sdk.api.calls.sessions import SessionCalls  # noqa: PLC0415 - likewise

        return SessionCalls(self.edge)

    @cached_property
    def models(self) -> "ModelCalls":
        """Models for everybody."""
        from stationthis_sdk.api.calls.models import ModelCalls  # noqa: PLC0415 - likewise

        return ModelCalls(self.edge)

    @cached_property
    def volumes(self) -> "VolumeCalls":
        """Volumes."""
        from stationthis_sdk.api.calls.volumes import VolumeCalls  # noqa: PLC0415 - likewise

        return VolumeCalls(self.edge)

    @cached_property
    def account(self) -> "AccountCalls":
        """The account."""
        from stationthis_sdk.api.calls.account import AccountCalls  # noqa: PLC0415 - likewise

        return AccountCalls(self.edge)

    @cached_property
    def prices(self) -> "PriceCalls":
        """What machines cost."""
        from stationthis_sdk.api.calls.prices import PriceCalls  # noqa: PLC0415 - likewise

        return PriceCalls(self.edge)

    @cached_property
    def shared_workflows(self) -> "SharedWorkflowCalls":
        """Published workflows."""
        from stationthis_sdk.api.calls.shared_workflows import SharedWorkflowCalls  # noqa: PLC0415 - likewise

        return SharedWorkflowCalls(self.edge)

    @cached_property
    def versions(self) -> "VersionCalls":
        """Versions of workflows."""
        from stationthis_sdk.api.calls.versions import VersionCalls  # noqa: PLC0415 - likewise

        return VersionCalls(self.edge)

    @cached_property
    def workflows(self) -> "WorkflowCalls":
        """Workflows."""
        from stationthis_sdk.api.calls.workflows import WorkflowCalls  # noqa: PLC0415 - likewise

        return WorkflowCalls(self.edge)

    @cached_property
    def object_info(self) -> "ObjectInfoCalls":
        """What machines say of their node classes."""
        from stationthis_sdk.api.calls.object_info import ObjectInfoCalls  # noqa: PLC0415 - likewise

        return ObjectInfoCalls(self.edge)

    @cached_property
    def machine_versions(self) -> "MachineVersionCalls":
        """Versions of machines."""
        from stationthis_sdk.api.calls.machine_versions import MachineVersionCalls  # noqa: PLC0415 - likewise

        return MachineVersionCalls(self.edge)

    @cached_property
    def secrets(self) -> "SecretCalls":
        """Secrets of machines."""
        from stationthis_sdk.api.calls.secrets import SecretCalls  # noqa: PLC0415 - likewise

        return SecretCalls(self.edge)
