"""What hangs on one client, each loaded when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

from stationthis_sdk.context import Context
from stationthis_sdk.ui import Links

if TYPE_CHECKING:
    from stationthis_sdk.account import AsyncAccount
    from stationthis_sdk.batch_lists import AsyncBatches
    from stationthis_sdk.cache import AsyncCache
    from stationthis_sdk.deployments import AsyncDeployments
    from stationthis_sdk.files import AsyncFiles
    from stationthis_sdk.machines import AsyncMachines
    from stationthis_sdk.models import AsyncModels
    from stationthis_sdk.recipes.collections.cooks import AsyncCollections
    from stationthis_sdk.recipes.images.preferences import AsyncPreferences
    from stationthis_sdk.recipes.training.trainings import AsyncTrainings
    from stationthis_sdk.run_lists import AsyncRuns
    from stationthis_sdk.sessions import AsyncSessions
    from stationthis_sdk.workflows import AsyncWorkflows

__all__ = ["Resources"]


class Resources:
    """The resources of one context."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ui = Links(context.settings)

    @cached_property
    def workflows(self) -> "AsyncWorkflows":
        """Workflows."""
        from stationthis_sdk.workflows import AsyncWorkflows  # noqa: PLC0415 - who lists machines needs no workflows

        return AsyncWorkflows(self.context)

    @cached_property
    def deployments(self) -> "AsyncDeployments":
        """Deployments."""
        from stationthis_sdk.deployments import AsyncDeployments  # noqa: PLC0415 - likewise

        return AsyncDeployments(self.context)

    @cached_property
    def runs(self) -> "AsyncRuns":
        """Runs."""
        from stationthis_sdk.run_lists import AsyncRuns  # noqa: PLC0415 - likewise

        return AsyncRuns(self.context)

    @cached_property
    def batches(self) -> "AsyncBatches":
        """Batches of this machine."""
        from stationthis_sdk.batch_lists import AsyncBatches  # noqa: PLC0415 - likewise

        return AsyncBatches(self.context)

    @cached_property
    def preferences(self) -> "AsyncPreferences":
        """What inputs are where a call does not say."""
        from stationthis_sdk.recipes.images.preferences import AsyncPreferences  # noqa: PLC0415 - likewise

        return AsyncPreferences(self.context)

    @cached_property
    def trainings(self) -> "AsyncTrainings":
        """Trainings begun on this machine."""
        from stationthis_sdk.recipes.training.trainings import AsyncTrainings  # noqa: PLC0415 - likewise

        return AsyncTrainings(self.context)

    @cached_property
    def collections(self) -> "AsyncCollections":
        """Collections."""
        from stationthis_sdk.recipes.collections.cooks import AsyncCollections  # noqa: PLC0415 - likewise

        return AsyncCollections(self.context)

    @cached_property
    def machines(self) -> "AsyncMachines":
        """Machines."""
        from stationthis_sdk.machines import AsyncMachines  # noqa: PLC0415 - likewise

        return AsyncMachines(self.context)

    @cached_property
    def models(self) -> "AsyncModels":
        """Models."""
        from stationthis_sdk.models import AsyncModels  # noqa: PLC0415 - likewise

        return AsyncModels(self.context)

    @cached_property
    def sessions(self) -> "AsyncSessions":
        """Sessions."""
        from stationthis_sdk.sessions import AsyncSessions  # noqa: PLC0415 - likewise

        return AsyncSessions(self.context)

    @cached_property
    def files(self) -> "AsyncFiles":
        """Uploads."""
        from stationthis_sdk.files import AsyncFiles  # noqa: PLC0415 - likewise

        return AsyncFiles(self.context)

    @cached_property
    def cache(self) -> "AsyncCache":
        """Copies of answers."""
        from stationthis_sdk.cache import AsyncCache  # noqa: PLC0415 - likewise

        return AsyncCache(self.context)

    @cached_property
    def account(self) -> "AsyncAccount":
        """The account."""
        from stationthis_sdk.account import AsyncAccount  # noqa: PLC0415 - likewise

        return AsyncAccount(self.context)
