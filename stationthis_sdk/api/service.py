"""One API with one key: the families of its operations, each loaded when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stationthis_sdk.api.calls.deployments import DeploymentCalls
    from stationthis_sdk.api.calls.files import FileCalls
    from stationthis_sdk.api.calls.machines import MachineCalls
    from stationthis_sdk.api.calls.run_lists import RunListCalls
    from stationthis_sdk.api.calls.runs import RunCalls
    from stationthis_sdk.api.calls.shares import ShareCalls
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
    def shares(self) -> "ShareCalls":
        """What is shown to others."""
        from stationthis_sdk.api.calls.shares import ShareCalls  # noqa: PLC0415 - likewise

        return ShareCalls(self.edge)
