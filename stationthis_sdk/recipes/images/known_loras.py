"""The LoRAs that an account has: the files of its volume, and what trainings on this machine know of them."""

from collections.abc import Collection, Sequence

import attrs

from stationthis_sdk.context import Context
from stationthis_sdk.model import AsyncModel
from stationthis_sdk.models import AsyncModels
from stationthis_sdk.recipes.images.loras import KnownLora, choose_loras
from stationthis_sdk.store.trainings import TrainingLedger, TrainingRow

__all__ = ["known_loras"]

_FOLDER = "loras"


async def known_loras(context: Context, prompt: str, names: Collection[str]) -> list[KnownLora]:
    """All that a prompt could mean; empty, and nobody asked, where it says nothing that a LoRA answers to.

    ``names`` are those it names. A copy of the list is looked at first; what that does not have is asked for anew, and
    then looked for in the volume that the service gives everybody.
    """
    trained = {row.registered or "": row for row in await TrainingLedger(context.ledger).loras()}
    called = [KnownLora(path, row.trigger, row.base, row.name) for path, row in trained.items()]
    if not names and not choose_loras(prompt, called).loras:
        return []
    models = AsyncModels(context)
    files = await models.list(_FOLDER)
    known = _joined(files, trained)
    wanted = " ".join(f"<lora:{name}>" for name in names)
    if choose_loras(wanted, known).problems and all(one.source.kind == "cache" for one in files):
        known = _joined(await models.list(_FOLDER, refresh=True), trained)
    if choose_loras(wanted, known).problems:
        known += _joined(await models.list(_FOLDER, public=True), {})
    return known


def _joined(files: Sequence[AsyncModel], trained: dict[str, TrainingRow]) -> list[KnownLora]:
    found = []
    for file in files:
        lora = KnownLora(file.path, public=file.public)
        if row := trained.get(file.path):
            lora = attrs.evolve(lora, trigger=row.trigger, base=row.base or None, called=row.name)
        found.append(lora)
    return found
