"""The trainings that were begun on this machine."""

from stationthis_sdk.context import Context
from stationthis_sdk.recipes.training.job import AsyncTrainingJob
from stationthis_sdk.shown import Shown

__all__ = ["AsyncTrainings"]


class AsyncTrainings(Shown):
    """Trainings: ``st.train_lora`` begins one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return "<trainings: get(run_id), list()>"

    async def get(self, run_id: str) -> AsyncTrainingJob:
        """The training of this run, also of one that another process began."""
        raise NotImplementedError
